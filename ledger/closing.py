"""A ledger that has moved elsewhere stays readable and takes nothing in any more: the database itself refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from ledger.database import Database
from ledger.faults import MOVED
from ledger.people_tables import metadata

_NAME = "motlan_moved"


@contextmanager
def standing_still(database: Database) -> Iterator[Connection]:
    """Everything as of now, and nobody writes until the block ends; reading goes on. Writers wait, then are told
    LedgerAway, which makes them try again."""
    with database.rebuilding() as connection:
        if not database.is_file:
            tables = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(text(f"lock table {tables} in exclusive mode"))
        yield connection


def close(connection: Connection) -> None:
    """Refuse every write from the end of this transaction on, whoever asks: each is told LedgerMoved."""
    is_file = connection.dialect.name == "sqlite"
    if not is_file:
        raised = f"raise exception '{MOVED}' using errcode = 'read_only_sql_transaction'"
        body = f"create or replace function {_NAME}() returns trigger language plpgsql as $$ begin {raised}; end $$"
        connection.execute(text(body))
    for table in metadata.sorted_tables:
        for event in ("insert", "update", "delete"):
            name = f"{_NAME}_{table.name}_{event}"
            if is_file:
                what = f"begin select raise(abort, '{MOVED}'); end"
            else:
                what = f"for each statement execute function {_NAME}()"
            connection.execute(text(f"create trigger {name} before {event} on {table.name} {what}"))


def is_closed(connection: Connection) -> bool:
    """Whether this ledger has moved."""
    if connection.dialect.name == "sqlite":
        query = "select count(*) from sqlite_master where type = 'trigger' and name like :name"
    else:
        query = "select count(*) from pg_trigger where tgname like :name"
    return bool(connection.execute(text(query), {"name": f"{_NAME}%"}).scalar_one())
