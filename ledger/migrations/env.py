"""Alembic's entry: runs the migrations on the connection, and in the transaction, that Database.upgrade opened."""

from __future__ import annotations

from alembic import context

from ledger.people_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
