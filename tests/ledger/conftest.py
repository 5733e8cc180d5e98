"""A fresh ledger with one unit and one batch, and a clock that moves only when told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from tests.support.databases import NewDatabase, Postgres, sql, sqlite

UNIT = "H41.16"


@dataclass
class Clock:
    """Call it for the time; `pass_` moves it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Desk:
    """A ledger with a batch open in it."""

    ledger: Ledger
    clock: Clock
    url: str
    batch: int

    def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask or change the tables as somebody with access to the database could."""
        return sql(self.url, statement, *values)

    def receive(self, sha: str = "a" * 64, name: str = "khai-sinh.pdf", batch: int | None = None) -> int:
        """Take in a file and return its id."""
        with self.ledger.transaction() as tx:
            return tx.receive_file(batch or self.batch, name, sha, 1000, "pdf", [], "clerk:lan").id

    def reading(self, pages: int = 2) -> int:
        """A file that has been inspected, with a step for each page."""
        file_id = self.receive()
        with self.ledger.transaction() as tx:
            [inspect] = tx.steps(kind="inspect", file_id=file_id)
            step = tx.claim_step(inspect.id, "w", 60)
            assert step is not None
            tx.set_inspected(file_id, pages, False, True, None)
            for page in range(1, pages + 1):
                tx.add_step("page", file_id, page=page)
            tx.finish_step(step, "w")
        return file_id

    def document(self, file_id: int, index: int = 0) -> int:
        """A paper of a file."""
        with self.ledger.transaction() as tx:
            record = f"motlan:{UNIT}:" + "abcdefghijklmnopqrstuvwxy" + "abcdefgh"[index]
            return tx.add_document(file_id, index, (1, 2), "birth_certificate", record, "e" * 64, "personal")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes fresh databases of either kind and gives their URLs; `upgraded` (the default) or empty."""
    if request.param == "sqlite":
        yield sqlite(tmp_path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield server.database
    server.take_back()


@pytest.fixture
def desk(new_database: NewDatabase) -> Iterator[Desk]:
    clock, url = Clock(), new_database()
    ledger = Ledger(url, clock)
    with ledger.transaction() as tx:
        tx.ensure_unit(UNIT, "Xã Hòa Bình")
        batch = tx.open_batch(UNIT, "drop", "clerk:lan")
    yield Desk(ledger, clock, url, batch)
    ledger.close()
