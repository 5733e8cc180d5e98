"""In both sizes: a part that is cut off in the middle of a step, and a worker that stands still for longer than its
lease. Nothing is lost, nothing counts twice, and nothing says STORED that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from motlan.checking import check_everything
from motlan.wiring import House, new_boot
from search.projection import parity
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop
from tests.support.drain import start
from tests.support.forks import PATIENCE
from tests.support.outages import Breakable
from tests.support.sizes import environment
from tests.support.trees import wait_for
from worker.reconciler import LeaseWatch, tidy


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paper") / "giấy.pdf"
    write_paper(make_paper("marital_status", 4, dpi=120), path)
    return path


class Worker:
    """A process that takes a paper in, or goes on with what is there, and stands still at a named point."""

    def __init__(self, house: House, point: str, *papers: Path) -> None:
        env = environment(house, MOTLAN_STOP_AT=point)
        self._logs = house.data / "logs"
        self.process = start(house.data, env, *papers)
        self._seen = psutil.Process(self.process.pid)

    def said(self) -> str:
        return "".join((self._logs / name).read_text("utf-8") for name in ("out", "err"))

    def stands_still(self) -> bool:
        assert self.process.is_alive(), self.said()
        return self._seen.status() == psutil.STATUS_STOPPED

    def wakes(self) -> None:
        self._seen.resume()

    def ends(self) -> None:
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0, self.said()


@contextmanager
def standing(house: House, point: str, *papers: Path) -> Iterator[Worker]:
    worker = Worker(house, point, *papers)
    try:
        wait_for(worker.stands_still, PATIENCE)
        yield worker
    finally:
        worker.process.kill()
        worker.process.join(30)


def whole(house: House) -> None:
    """One paper, stored once by one entry, found, with nothing left to do."""
    (record,) = house.records.records()
    assert house.records.revisions(record) == [1]
    assert house.index.count() == 1 and parity(house.index, [(record, 1)]).ok
    assert [document.state for document in house.ledger.documents()] == ["DONE"]
    assert {step.state for step in house.ledger.steps()} == {"DONE"}
    stored = house.ledger.audit_entries(action="record.stored")
    assert len(stored) == 1 and house.ledger.verify_audit().ok
    assert check_everything(house, lambda *_: None).ok


def later(house: House) -> House:
    """The same archive in ten minutes: what waited may be tried again."""
    fresh = House(house.settings)
    fresh.clock = lambda: datetime.now(UTC) + timedelta(minutes=10)
    return fresh


def waited_for(house: House) -> list[str]:
    return [one["code"] for one in house.ledger.status().waiting]


@pytest.mark.parametrize("point", ["inspect:claimed", "page:claimed", "seal:claimed", "keep:blobs"])
def test_a_store_that_is_cut_off_during_a_step_is_waited_for(breakable: Breakable, paper: Path, point: str) -> None:
    house = breakable.house
    with standing(house, point, paper) as worker, breakable.away("store"):
        worker.wakes()
        worker.ends()
        assert waited_for(house) == ["STORAGE_AWAY" if breakable.big or point == "keep:blobs" else "BLOB_MISSING"]
        assert not [one for one in house.ledger.documents() if one.revision]
        assert not house.ledger.audit_entries(action="record.stored")
    drain(later(house))
    whole(house)


def test_an_index_that_is_cut_off_is_waited_for_and_the_paper_is_stored(breakable: Breakable, paper: Path) -> None:
    house = breakable.house
    assert house.index.count() == 0
    with standing(house, "project:claimed", paper) as worker, breakable.away("index"):
        worker.wakes()
        worker.ends()
        assert waited_for(house) == ["INDEX_AWAY" if breakable.big else "INDEX_UNUSABLE"]
        assert [document.state for document in house.ledger.documents()] == ["STORED"]
    drain(later(house))
    whole(house)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["page:worked", "keep:manifest"])
def test_a_ledger_that_is_cut_off_gets_what_was_worked_out(breakable: Breakable, paper: Path, point: str) -> None:
    house = breakable.house
    with standing(house, point, paper) as worker:
        with breakable.away("ledger"):
            worker.wakes()
            wait_for(lambda: "ledger_awaited" in worker.said(), PATIENCE)
        worker.ends()
    whole(house)
    assert {step.attempts for step in house.ledger.steps()} == {1}, "no step was done again"


def test_a_broker_that_is_cut_off_stops_no_step_and_its_messages_go_out_later(
    breakable: Breakable, paper: Path
) -> None:
    house = breakable.house
    drop(house, paper)
    with standing(house, "inspect:worked") as worker, breakable.away("broker"):
        worker.wakes()
        worker.ends()
        whole(house)
        left = house.ledger.unsent()
    new_boot(house.settings)
    tidy(later(house))
    assert not house.ledger.unsent()
    assert all(house.ledger.step(hint.step_id).state == "DONE" for hint in left)


@pytest.mark.parametrize("point", ["page:worked", "seal:signed", "keep:blobs", "keep:manifest", "project:worked"])
def test_a_worker_that_stood_still_for_longer_than_its_lease_changes_nothing_when_it_wakes(
    sized: Callable[..., House], paper: Path, point: str
) -> None:
    house = sized()
    new_boot(house.settings)
    seconds = 0.0
    watch = LeaseWatch(house.lease_seconds, house.stale_seconds, lambda: seconds)
    with standing(house, point, paper) as worker:
        tidy(house, watch)
        [held] = house.ledger.running_steps()
        seconds = house.lease_seconds
        assert tidy(house, watch).freed == 1
        drain(house)  # by another worker
        whole(house)
        worker.wakes()
        worker.ends()
        assert "step_lost" in worker.said(), "its result came too late"
    whole(house)
    assert house.ledger.step(held.id).attempts == 2
