"""Databases for tests: a SQLite file, or a database of its own on a real PostgreSQL server, copied from a template."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from ledger import Ledger
from ledger.tables import metadata
from tests.services import Addresses

NewDatabase = Callable[..., str]
_names = (f"motlan_test_{os.getpid()}_{number}" for number in itertools.count())


def sql(url: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run one statement behind the ledger's back; its rows. Values stand for the question marks."""
    pieces = statement.split("?")
    named = "".join(f"{piece}:p{n}" for n, piece in enumerate(pieces[:-1])) + pieces[-1]
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(named), {f"p{n}": value for n, value in enumerate(values)})
            return [dict(row._mapping) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


class Postgres:
    """Databases on the server at that URL. Upgraded ones are emptied and used again: to make and drop one for each
    test would cost a checkpoint each."""

    def __init__(self, server: str) -> None:
        self.server = make_url(server)
        self._made: list[str] = []
        self._lent: list[str] = []
        self._clean: list[str] = []
        self._columns = 0

    def database(self, upgraded: bool = True) -> str:
        """The URL of a database with the newest tables and nothing in them; or with no tables."""
        if not upgraded:
            return self._new()
        if not self._clean:
            url = self._new()
            ledger = Ledger(url)
            ledger.upgrade()
            ledger.close()
            self._columns = self._columns or _columns(url)
            self._clean.append(url)
        self._lent.append(self._clean.pop())
        return self._lent[-1]

    def take_back(self) -> None:
        """Empty what was lent; one whose tables a test has changed is not lent again."""
        for url in self._lent:
            if _columns(url) == self._columns and Ledger(url).is_ready():
                names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
                sql(url, f"truncate {names} restart identity cascade")
                sql(url, "insert into audit_head (id, seq, hash) values (1, 0, ?)", "0" * 64)
                self._clean.append(url)
        self._lent = []

    def admin(self, statement: str) -> None:
        """A statement on the server itself, outside of any transaction."""
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def drop_all(self) -> None:
        for name in self._made:
            self.admin(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _new(self) -> str:
        name = next(_names)
        self.admin(f'CREATE DATABASE "{name}" TEMPLATE template0')
        self._made.append(name)
        return self.server.set(database=name).render_as_string(hide_password=False)


def _columns(url: str) -> int:
    where = "table_schema = 'public'"
    return int(sql(url, f"select count(*) as number from information_schema.columns where {where}")[0]["number"])


def sqlite(folder: Path) -> NewDatabase:
    """Makes SQLite files in a folder."""
    numbers = itertools.count()

    def new(upgraded: bool = True) -> str:
        url = f"sqlite:///{folder}/ledger{next(numbers) or ''}.db"
        if upgraded:
            ledger = Ledger(url)
            ledger.upgrade()
            ledger.close()
        return url

    return new


@pytest.fixture(scope="session")
def postgres(services: Addresses) -> Iterator[Postgres]:
    """Databases of their own on the real PostgreSQL server."""
    made = Postgres(services["postgres"]["url"])
    yield made
    made.drop_all()
