"""What is swept, in both sizes: only what stood idle for long, and no clock that jumps makes anything old."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from motlan.wiring import House
from storage.blobs import BlobStore
from tests.support.archive import drop
from worker.sweeping import Sweeper

HOUR = 3600.0


class Seconds:
    """A clock that never jumps."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def left(store: BlobStore) -> int:
    return len(list(store.digests()))


def test_a_clock_that_jumps_takes_no_young_blob_and_an_old_one_goes(
    sized: Callable[..., House], clock: Seconds
) -> None:
    house = sized()
    house.clock = lambda: datetime.now(UTC) + timedelta(days=300)
    house.work.put_bytes(b"written just now; the ledger hears of it in a moment")
    sweeper = Sweeper(HOUR, clock)
    for clock.now in (0, HOUR - 1):
        assert sweeper.sweep(house) == 0 and left(house.work) == 1
    clock.now = HOUR
    assert sweeper.sweep(house) == 1 and left(house.work) == 0


def test_what_was_put_again_meanwhile_is_young(sized: Callable[..., House], clock: Seconds) -> None:
    house, sweeper = sized(), Sweeper(HOUR, clock)
    name = house.work.put_bytes(b"a reading")
    sweeper.sweep(house)
    seen = house.work.stored_at(name)
    while house.work.stored_at(name) == seen:
        house.work.put_bytes(b"a reading")
    for clock.now, gone in ((HOUR, 0), (HOUR + 1, 0), (2 * HOUR, 0), (2 * HOUR + 1, 1)):
        assert sweeper.sweep(house) == gone


def test_what_the_ledger_speaks_of_and_an_original_that_is_nowhere_else_stay(
    sized: Callable[..., House], clock: Seconds, tmp_path: Path
) -> None:
    house, sweeper = sized(), Sweeper(HOUR, clock)
    import pikepdf

    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    document.save(tmp_path / "giấy.pdf")
    drop(house, tmp_path / "giấy.pdf")
    house.received.put_bytes(b"its ledger row was never written")
    for clock.now in (0, HOUR, 2 * HOUR):
        assert sweeper.sweep(house) == 0
    assert left(house.received) == 2
    house.archive.put_bytes(b"its ledger row was never written")
    assert sweeper.sweep(house) == 1


def test_scraps_of_writers_that_are_gone_are_cleared_and_those_at_work_are_not(house: House, clock: Seconds) -> None:
    sweeper = Sweeper(HOUR, clock)
    dead, living = house.staging / "dead.part", house.staging / "living.part"
    for path in (dead, living):
        path.write_bytes(b"half")
        os.utime(path, (1e9, 1e9))  # written before the clock was set right
    for clock.now in (0, HOUR / 2):
        sweeper.sweep(house)
        living.write_bytes(b"more")
        os.utime(living, (1e9 + clock.now + 1, 1e9 + clock.now + 1))
    assert dead.exists()
    clock.now = HOUR
    sweeper.sweep(house)
    assert not dead.exists() and living.exists()
