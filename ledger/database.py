"""The connection to the database: one engine a process, safe across a fork, with the same promises in both sizes."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.faults import fault_of

BUSY_TIMEOUT_MS = 30_000

_open: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """Reads see one consistent state. Writes on SQLite take the write lock at their begin, so that a transaction that
    has begun cannot fail half-way because another one got in first; on PostgreSQL they lock the rows they change.

    A database that is away, or set up so that it cannot work, is told as such (`ledger.faults`): LedgerAway,
    ServerLoginRefused, ServerUntrusted, ServerTooOld, ServerReadOnly, ServerFull. Nothing waits without a limit."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._pid = 0
        self._line = threading.Lock()
        _open.add(self)

    @contextmanager
    def reading(self, once: bool = False) -> Iterator[Connection]:
        """A connection for reading; nothing it did is kept. With `once`, for a single statement, which sees one
        consistent state by itself: on PostgreSQL without a transaction around it."""
        with _told(), self._current().connect().execution_options(**self._reads(once)) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction: committed at the end, rolled back on any exception."""
        with (
            _told(),
            self._turn(),
            self._current().connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # SQLite's waiting writers sleep and try again, and the unlucky ones for seconds: threads of one process stand
        # in a line of their own instead. Other processes, and whoever waits too long here, ask SQLite.
        self._current()
        line = self._line
        mine = self.is_file and line.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            yield
        finally:
            if mine:
                line.release()

    def upgrade(self) -> None:
        """Bring the schema to the newest version; two processes at once do it one after the other."""
        from ledger.migrating import upgrade

        with self.rebuilding() as connection:
            upgrade(connection)

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """As `writing`, for as long as it takes; two processes do it one after the other."""
        with self.writing() as connection:
            if not self.is_file:
                from ledger.postgres import before_upgrade

                before_upgrade(connection)
            yield connection
            if not self.is_file:
                connection.detach()  # its limits are those of an upgrade

    def is_ready(self) -> bool:
        """Whether the schema is the one this program was written for."""
        if self._is_missing():
            return False
        from ledger.migrating import is_current

        with self.reading() as connection:
            return is_current(connection)

    def examine(self) -> str:
        """Change nothing by a real write that is rolled back; returns the database's name and version."""
        version = "sqlite_version()" if self.is_file else "current_setting('server_version')"
        with _told(), self._current().connect().execution_options(writes=True) as connection:
            connection.execute(text("update audit_head set seq = seq"))
            found = connection.execute(text(f"select {version}")).scalar_one()
            connection.rollback()
        return f"{'SQLite' if self.is_file else 'PostgreSQL'} {found}"

    def differences(self) -> list[Any]:
        """What the migrated schema and the tables in code disagree on; empty when all is well."""
        from ledger.migrating import differences

        with self.reading() as connection:
            return differences(connection)

    def close(self) -> None:
        """Close the idle connections; the next use opens new ones."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()

    @cached_property
    def is_file(self) -> bool:
        """Whether this is a SQLite file, and no server."""
        return make_url(self._url).get_backend_name() == "sqlite"

    def _reads(self, once: bool) -> dict[str, Any]:
        return {} if self.is_file else {"isolation_level": "AUTOCOMMIT" if once else "REPEATABLE READ"}

    def _is_missing(self) -> bool:
        # Asking must not create an empty database file.
        path = make_url(self._url).database
        return self.is_file and not (path and Path(path).exists())

    def _current(self) -> Engine:
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                self._engine.dispose(close=False)  # a connection of the parent process is not ours to close
            self._engine = _engine(self._url)
            self._pid = os.getpid()
            self._line = threading.Lock()  # a thread of the parent may have held the old one
        return self._engine


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    from ledger import postgres

    engine = create_engine(url, hide_parameters=True, **postgres.options())
    postgres.set_up(engine)
    return engine


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        told = fault_of(error)
        if told is None:
            raise
        raise told from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _close_idle_before_fork() -> None:
    # SQLite forbids carrying an open connection into a child process.
    for database in list(_open):
        database.close()


os.register_at_fork(before=_close_idle_before_fork)
