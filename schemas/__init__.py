"""The words everybody uses: identifiers, document types, fields and evidence, manifests, errors."""
