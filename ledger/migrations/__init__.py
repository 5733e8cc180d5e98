"""The history of the ledger's schema, run by Ledger.upgrade()."""
