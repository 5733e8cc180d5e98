"""The API for other systems: client credentials, batches in, records out, once-only, hooks."""
