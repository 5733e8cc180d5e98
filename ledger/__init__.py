"""Work and accountability: batches, documents, pages, steps and leases, outbox, consents, the audit chain."""
