"""One message takes a paper its whole way; it gives way to what is more urgent, and to time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger import Step, Tx
from motlan.wiring import House, new_boot
from worker.handlers import HANDLERS
from worker.outcome import Done
from worker.reconciler import tidy
from worker.sqlite_broker import counts
from worker.steps import run_steps

WAY = ["inspect", "page", "understand", "seal", "keep", "project"]


@pytest.fixture
def way(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each step makes the next one ready and does nothing else; what was done stands in the list."""
    new_boot(house.settings)
    done: list[str] = []

    def handler(kind: str, following: str | None) -> Callable[[House, Step], Done]:
        def work(_: House, step: Step) -> Done:
            done.append(kind)
            return Done(lambda tx: add(tx, step, following))

        return work

    def add(tx: Tx, step: Step, following: str | None) -> None:
        if following:
            tx.add_step(following, step.file_id, queue=step.queue)

    for kind, following in zip(WAY, [*WAY[1:], None], strict=True):
        monkeypatch.setitem(HANDLERS, kind, handler(kind, following))
    return done


def received(house: House, digit: str = "a", queue: str = "batch") -> int:
    """A file, its message in the broker; the id of its first step."""
    with house.ledger.transaction() as tx:
        batch = tx.open_batch(house.unit_code, "test", "lan")
        tx.receive_file(batch, f"{digit}.pdf", digit * 64, 1, "pdf", [], "lan", queue=queue)
        [hint] = tx.hints
    house.send([hint])
    with house.ledger.transaction() as tx:
        tx.mark_sent([hint.id])
    return hint.step_id


def test_one_message_is_enough_for_the_whole_way(house: House, way: list[str]) -> None:
    assert run_steps(house, received(house)) == 6
    assert way == WAY
    assert counts(house.settings.broker_path) == {"batch": 1}, "no other message than the one that is in hand"
    assert not house.ledger.unsent()
    assert {(step.state, step.attempts) for step in house.ledger.steps()} == {("DONE", 1)}


@pytest.mark.usefixtures("way")
def test_when_the_time_is_over_the_next_step_gets_a_message_of_its_own(house: House) -> None:
    assert run_steps(house, received(house), onward_seconds=0) == 1
    assert counts(house.settings.broker_path) == {"batch": 2}
    assert [step.kind for step in house.ledger.steps(state="READY")] == ["page"]
    assert not house.ledger.unsent()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("mine", "other", "done"), [("batch", "counter", 1), ("counter", "batch", 6)])
def test_work_of_a_queue_that_goes_first_is_not_kept_waiting(house: House, mine: str, other: str, done: int) -> None:
    hinted = received(house, queue=mine)
    received(house, "b", queue=other)
    assert run_steps(house, hinted) == done


def test_it_goes_on_with_what_is_next_in_its_queue_whose_ever_that_is(house: House, way: list[str]) -> None:
    hinted, other = received(house), received(house, "b")
    with house.ledger.transaction() as tx:
        tx.hurry_file(tx.step(other).file_id, 9)
    run_steps(house, hinted)
    assert way[0] == "inspect" and house.ledger.step(other).state == "DONE", "the urgent paper went first"
    left = [step.kind for step in house.ledger.steps(state="READY")]
    assert left == ["inspect"] and counts(house.settings.broker_path) == {"batch": 2}, "one message for one ready step"


@pytest.mark.usefixtures("way")
def test_a_step_that_fails_leaves_nothing_running(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Done:
        raise ZeroDivisionError

    monkeypatch.setitem(HANDLERS, "understand", fails)
    assert run_steps(house, received(house)) == 3
    assert [step.state for step in house.ledger.steps()] == ["DONE", "DONE", "WAITING"]
    assert tidy(house).freed == 0


def test_of_many_pages_made_ready_one_is_in_hand_and_each_other_gets_a_message(
    house: House, way: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def three_pages(_: House, step: Step) -> Done:
        def commit(tx: Tx) -> None:
            for page in (1, 2, 3):
                tx.add_step("page", step.file_id, page=page, queue=step.queue)

        return Done(commit)

    monkeypatch.setitem(HANDLERS, "inspect", three_pages)
    monkeypatch.setitem(HANDLERS, "page", lambda *_: Done(lambda _: None))
    assert run_steps(house, received(house)) == 2
    assert not way
    assert counts(house.settings.broker_path) == {"batch": 3}
    assert sorted(step.state for step in house.ledger.steps(kind="page")) == ["DONE", "READY", "READY"]
