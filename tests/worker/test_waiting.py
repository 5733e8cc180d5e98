"""What is away, or set up wrongly, is waited for with its reason, and goes on by itself when it is mended."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from motlan.processes import start, supervisor
from motlan.wiring import House
from schemas.errors import IndexKeyMissing, LedgerAway, MotlanError, SigningRefused, StorageAway, Truncated
from signing.keys import make_soft_key
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop
from tests.support.outages import Breakable
from worker import steps
from worker.outcome import LONGEST_WAIT, MAX_CRASHES, Done, known, wait_seconds, waits, write
from worker.steps import run_step
from worker.supervisor import running


@dataclass
class Clock:
    """The time; `pass_` moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paper") / "giấy.pdf"
    write_paper(make_paper("marital_status", 4, dpi=120), path)
    return path


@contextmanager
def gone(path: Path) -> Iterator[None]:
    """As long as this lasts, the file or folder is not where it was."""
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    yield
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    aside.rename(path)


def waited_for(house: House) -> list[str]:
    return [one["code"] for one in house.ledger.status().waiting]


def try_for_an_hour(house: House, clock: Clock, code: str) -> None:
    """Twelve tries, an hour: still waiting for the same thing, and nothing else happened."""
    for _ in range(12):
        drain(house)
        clock.pass_(LONGEST_WAIT)
        assert waited_for(house) == [code]
    assert not house.ledger.status().quarantined and not house.ledger.status().stuck
    [waiting] = house.ledger.steps(state="WAITING")
    assert waiting.attempts >= 12 and waiting.crashes == 0


def at_that_time(house: House, clock: Clock) -> House:
    house.ledger.close()
    house.__dict__.pop("ledger")
    house.clock = clock
    return house


@pytest.mark.slow
def test_every_outage_on_the_way_is_waited_for_and_the_paper_arrives(breakable: Breakable, paper: Path) -> None:
    clock = Clock()
    house = at_that_time(breakable.house, clock)
    _ = house.archive  # a worker that has been running has it open
    drop(house, paper)
    code = "STORAGE_AWAY" if breakable.big else "BLOB_MISSING"
    with breakable.away("store"):
        try_for_an_hour(house, clock, code)
    with gone(house.settings.keys_folder / "signer.key.pem"):
        try_for_an_hour(house, clock, "SIGNING_REFUSED")
    with gone(house.settings.keys_folder):
        old = datetime.now(UTC) - timedelta(days=20 * 365)
        make_soft_key(house.settings.keys_folder, house.unit_name, house.unit_code, old)  # expired for fifteen years
        for kept in house.settings.keys_folder.with_name(house.settings.keys_folder.name + ".aside").glob("*index*"):
            shutil.copy(kept, house.settings.keys_folder)
        house.forget()
        try_for_an_hour(house, clock, "SIGNING_REFUSED")
    pages = {step.id: step.attempts for step in house.ledger.steps(kind="page")}
    with breakable.away("store"):
        try_for_an_hour(house, clock, code)
    drain(house)
    assert [document.state for document in house.ledger.documents()] == ["DONE"]
    assert {step.id: step.attempts for step in house.ledger.steps(kind="page")} == pages, "no page was read again"
    assert waited_for(house) == []


def test_a_timestamp_authority_that_is_away_is_waited_for(sized: Callable[..., House], paper: Path) -> None:
    house = sized(timestamp_urls=("http://127.0.0.1:9/",))
    drop(house, paper)
    drain(house)
    assert waited_for(house) == ["TIMESTAMP_AWAY"]
    assert not house.ledger.status().quarantined


def test_without_the_blind_indexs_secret_nothing_starts(sized: Callable[..., House]) -> None:
    house = sized()
    (secret,) = house.settings.keys_folder.glob("*index*")
    with gone(secret):
        with pytest.raises(IndexKeyMissing):
            start(supervisor(house, drop_folder=False), house)
        assert not secret.exists(), "none is made in its place"
    assert not running(house.settings.run_folder)


@pytest.fixture
def one(sized: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], House]]:
    """A house with one step whose handler does as told, for failures that no folder can be made to have."""
    house = sized()

    def given(handler: Any) -> House:
        with house.ledger.transaction() as tx:
            batch = tx.open_batch(house.unit_code, "test", "lan")
            tx.receive_file(batch, "a.pdf", "a" * 64, 1, "pdf", [], "lan")
        monkeypatch.setitem(steps.HANDLERS, "inspect", handler)
        return house

    yield given


def failing(error: BaseException) -> Any:
    def handler(*_: Any) -> Done:
        raise error

    return handler


def test_what_nobody_foresaw_is_tried_three_times_and_an_outage_before_does_not_count(one: Any) -> None:
    clock = Clock()
    house = at_that_time(one(failing(StorageAway(detail="test"))), clock)
    [step] = house.ledger.steps()
    for _ in range(10):
        assert run_step(house, step.id)
        clock.pass_(LONGEST_WAIT)
    steps.HANDLERS["inspect"] = failing(ZeroDivisionError())
    for strike in range(1, MAX_CRASHES + 1):
        assert house.ledger.file(step.file_id).state == "RECEIVED"
        assert run_step(house, step.id)
        clock.pass_(LONGEST_WAIT)
        assert house.ledger.step(step.id).crashes == min(strike, MAX_CRASHES - 1)
    assert house.ledger.file(step.file_id).state == "QUARANTINED"


def test_bad_input_is_not_tried_again(one: Any) -> None:
    house = one(failing(Truncated(detail="test")))
    [step] = house.ledger.steps()
    assert run_step(house, step.id)
    assert house.ledger.step(step.id).attempts == 1
    assert house.ledger.file(step.file_id).reason["code"] == "TRUNCATED"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "full"), "DISK_FULL"),
        (OSError(errno.EDQUOT, "full"), "DISK_FULL"),
        (OSError(errno.EIO, "broken"), "MACHINE_FAULT"),
        (OSError(errno.EMFILE, "many"), "MACHINE_FAULT"),
        (SigningRefused(detail="expired"), "SIGNING_REFUSED"),
        (LedgerAway(detail="x"), "LEDGER_AWAY"),
    ],
)
def test_a_fault_of_the_machine_or_the_set_up_waits(error: Exception, code: str) -> None:
    assert known(error).code == code and waits(known(error))


@pytest.mark.parametrize("error", [OSError("image file is truncated"), ValueError("x"), MemoryError(), Truncated()])
def test_what_a_document_may_have_caused_does_not_wait(error: Exception) -> None:
    assert not waits(known(error))


def test_waits_grow_to_five_minutes_and_not_beyond() -> None:
    assert wait_seconds(1) <= 2
    assert all(LONGEST_WAIT / 2 <= wait_seconds(attempts) <= LONGEST_WAIT for attempts in (9, 50, 5000))


def test_a_ledger_that_comes_back_takes_what_was_worked_out(house: House) -> None:
    tries = []

    def change(_: Any) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise LedgerAway(detail="restarting")
        return "written"

    assert write(house, change, patience=30) == "written"
    with pytest.raises(MotlanError, match="LEDGER_AWAY"):
        write(house, failing(LedgerAway(detail="gone")), patience=0.1)
