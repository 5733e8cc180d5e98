"""Finding: the query, the index and its projection from manifests."""
