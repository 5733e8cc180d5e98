"""The archive itself: content-addressed blobs, record manifests, fixity."""
