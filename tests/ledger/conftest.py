"""A fresh ledger with one unit and one batch, and a clock that moves only when told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import Ledger

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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = Clock()
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger = Ledger(url, clock)
    ledger.upgrade()
    with ledger.transaction() as tx:
        tx.ensure_unit(UNIT, "Xã Hòa Bình")
        batch = tx.open_batch(UNIT, "drop", "clerk:lan")
    yield Desk(ledger, clock, url, batch)
    ledger.close()
