"""The ledger's door: questions about work and accountability, and the transactions that change them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select

from ledger.database import Database
from ledger.questions import Questions
from ledger.rows import Progress, Status
from ledger.transaction import Tx
from schemas.errors import LedgerNotUpgraded


def utc_now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


class _Snapshot(Questions):
    """Several questions to one consistent state."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._one_connection = connection
        self._moment = now

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        yield self._one_connection

    def _now(self) -> datetime:
        return self._moment


class Ledger(Questions):
    """The ledger at a database URL, for example `sqlite:////srv/motlan/ledger.db`. It may be used from several threads,
    and in a child process after a fork."""

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = Database(url)
        self._clock = clock

    def upgrade(self) -> None:
        """Make the tables, or bring them to this program's version."""
        self._database.upgrade()

    def is_ready(self) -> bool:
        """Whether the tables are there in this program's version."""
        return self._database.is_ready()

    def examine(self) -> str:
        """Write something and take it back; returns what database it is, with its version. Raises LedgerAway and its
        kinds, LedgerNotUpgraded."""
        if not self.is_ready():
            raise LedgerNotUpgraded()
        return self._database.examine()

    def close(self) -> None:
        """Close idle connections; the ledger can still be used."""
        self._database.close()

    @property
    def database(self) -> Database:
        """What it is kept in, for copying it as a whole (`ledger.dump`, `ledger.copying`)."""
        return self._database

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Changes that are committed at the end of the block, or rolled back on any exception."""
        with self._database.writing() as connection:
            tx = Tx(connection, self._clock)
            try:
                yield tx
                tx.write_hints()
            finally:
                tx.close()

    def batch_progress(self, batch_id: int) -> Progress:
        """How far a batch is, in one consistent look."""
        with self.look() as at:
            return at.batch_progress(batch_id)

    def status(self) -> Status:
        """The whole ledger at a glance, in one consistent look."""
        with self.look() as at:
            return at.status()

    @contextmanager
    def look(self) -> Iterator[Questions]:
        """Several questions to one consistent state."""
        with self._connection() as connection:
            yield _Snapshot(connection, self._now())

    def _all(self, query: Select[Any], **given: str | int) -> Sequence[Row[Any]]:
        with self._database.reading(once=True) as connection:
            return connection.execute(query, given).all()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._database.reading() as connection:
            yield connection

    def _now(self) -> datetime:
        return self._clock()
