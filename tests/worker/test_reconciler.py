"""Whose work is lost: dead processes of our own tree, leases that nobody renews; never a living worker elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import Step
from motlan.wiring import House, new_boot
from schemas.errors import LedgerAway
from worker.parts import Owner
from worker.reconciler import LeaseWatch, after_restart, keep_tidying, tidy
from worker.sqlite_broker import counts


@pytest.fixture
def house(sized: Callable[..., House]) -> House:
    """An archive of either size."""
    return sized()


@pytest.fixture
def running(house: House) -> Any:
    """Has a step run by somebody: `running(owner)` gives the step."""

    def claimed(owner: Owner, lease: float = 60) -> Step:
        with house.ledger.transaction() as tx:
            batch = tx.open_batch(house.unit_code, "test", "lan")
            sha = f"{len(house.ledger.files()):064x}"
            file_id = tx.receive_file(batch, "a.pdf", sha, 1, "pdf", [], "lan").id
            [step] = tx.steps(file_id=file_id)
            found = tx.claim_step(step.id, str(owner), lease)
            assert found is not None
            return found

    new_boot(house.settings)
    return claimed


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def crashes(house: House, step: Step) -> tuple[str, int]:
    now = house.ledger.step(step.id)
    return now.state, now.crashes


def test_a_dead_process_of_our_tree_loses_its_step_at_once(house: House, running: Any) -> None:
    me = Owner.me()
    step = running(Owner(me.host, me.boot, dead_pid()))
    mine = running(Owner(me.host, me.boot, os.getpid()))
    tidy(house)
    assert crashes(house, step) == ("READY", 1)
    assert crashes(house, mine) == ("RUNNING", 0)


def test_a_pid_of_another_host_or_tree_means_nothing_here(house: House, running: Any) -> None:
    me = Owner.me()
    elsewhere = running(Owner("other-host", "0123456789ab.1", dead_pid()))
    same_name = running(Owner(me.host, "fedcba987654.2", dead_pid()))  # a container, or a host with our name
    tidy(house, LeaseWatch(60, STALE))
    assert after_restart(house) == 0, "another place's work is not ours to free"
    assert crashes(house, elsewhere) == crashes(house, same_name) == ("RUNNING", 0)


def test_a_restart_frees_what_this_place_was_running_without_blame(house: House, running: Any) -> None:
    before = running(Owner.me())
    new_boot(house.settings)
    assert after_restart(house) == 1
    now = house.ledger.step(before.id)
    assert (now.state, now.crashes, now.interruptions) == ("READY", 0, 1)


STALE = 1800  # seconds


class Seconds:
    """A clock that never jumps."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_lease_that_nobody_renews_ends_and_one_that_is_renewed_does_not(house: House, running: Any) -> None:
    clock = Seconds()
    watch = LeaseWatch(60, STALE, clock)
    lost, held = (running(Owner("other", "0123456789ab.1", pid)) for pid in (7, 8))
    for clock.now in range(0, 200, 20):
        with house.ledger.transaction() as tx:
            assert tx.renew_lease(held.id, held.owner or "", 60)
        tidy(house, watch)
        assert crashes(house, lost) == (("RUNNING", 0) if clock.now < 60 else ("READY", 1))
    assert crashes(house, held) == ("RUNNING", 0)


def test_clocks_that_jump_or_differ_end_no_lease(house: House, running: Any) -> None:
    clock = Seconds()
    watch = LeaseWatch(60, STALE, clock)
    step = running(Owner("other", "0123456789ab.1", 7), lease=60)
    house.clock = lambda: datetime.now(UTC) + timedelta(days=300)  # this host's clock is wrong
    for clock.now in (0, 30, 59):
        tidy(house, watch)
        assert crashes(house, step) == ("RUNNING", 0)


def test_time_in_which_the_ledger_was_away_does_not_count(house: House, running: Any) -> None:
    clock = Seconds()
    watch = LeaseWatch(60, STALE, clock)
    step = running(Owner("other", "0123456789ab.1", 7))
    tidy(house, watch)
    watch.begin_anew()  # an hour's outage in between
    clock.now = 3600
    tidy(house, watch)
    assert crashes(house, step) == ("RUNNING", 0)
    clock.now += 60
    tidy(house, watch)
    assert crashes(house, step) == ("READY", 1)


def test_an_outage_of_the_ledger_makes_the_reconciler_begin_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(LeaseWatch, "begin_anew", lambda _: begun.append(1))
    monkeypatch.setattr(type(house.ledger), "unsent", _away)
    rounds = iter([False, False, True])
    keep_tidying(house, lambda _: next(rounds))
    assert len(begun) == 2


def _away(*_: Any, **__: Any) -> Any:
    raise LedgerAway(detail="test")


def test_a_step_that_runs_for_longer_than_any_may_is_lost_though_its_lease_is_renewed(
    house: House, running: Any
) -> None:
    clock = Seconds()
    watch = LeaseWatch(60, STALE, clock)
    step = running(Owner("other", "0123456789ab.1", 7))
    for clock.now in range(0, STALE + 60, 30):
        with house.ledger.transaction() as tx:
            tx.renew_lease(step.id, step.owner or "", 60 + clock.now)
        tidy(house, watch)
        assert crashes(house, step) == (("RUNNING", 0) if clock.now < STALE else ("READY", 1))


def test_hints_are_sent_again_when_the_broker_has_none_left_and_not_before(archive: Callable[..., House]) -> None:
    house = archive()  # test_faults.py loses RabbitMQ's
    with house.ledger.transaction() as tx:
        batch = tx.open_batch(house.unit_code, "test", "lan")
        for number in range(3):
            tx.receive_file(batch, "a.pdf", f"{number:064x}", 1, "pdf", [], "lan")
        hints = tx.hints
    house.send(hints[:1])
    with house.ledger.transaction() as tx:
        tx.mark_sent([hint.id for hint in hints])  # two of three were lost on the way
    house.clock = lambda: datetime.now(UTC) + timedelta(seconds=31)
    house.__dict__.pop("ledger")
    assert tidy(house).hinted_again == 0
    for left in house.data.glob("broker.sqlite*"):
        left.unlink()  # and then the broker lost everything
    assert tidy(house).hinted_again == 3
    assert counts(house.settings.broker_path) == {"batch": 3}
