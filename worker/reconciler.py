"""The reconciler: re-sends what was lost, frees dead leases, sets poison aside, has what is disposable swept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
import structlog

from ledger import Step
from schemas.errors import CrashedThreeTimes, MotlanError
from worker.brokers import QUEUES
from worker.outcome import MAX_CRASHES, MAX_INTERRUPTIONS, keep_aside, publish, set_aside
from worker.parts import Owner, Parts
from worker.sweeping import Sweeper

log = structlog.get_logger()

UNSENT_AFTER = timedelta(seconds=2)  # younger outbox rows are still being published by whoever wrote them
HINT_AGAIN_AFTER = timedelta(seconds=30)  # engine.md: what the broker lost comes back within 30 s


@dataclass(frozen=True)
class Tidied:
    """What one round did, as counts."""

    sent: int
    hinted_again: int
    freed: int
    set_aside: int


class LeaseWatch:
    """Which leases nobody renews, and which steps run for longer than any may. A lease counts as ended when it has
    stood unchanged for its length, a step as stale when it was seen running for `stale_seconds`: by our own monotonic
    clock and while the ledger could be reached, for clocks of hosts differ and jump, and a ledger that was away kept
    nobody from living."""

    def __init__(self, seconds: float, stale_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._stale_seconds, self._clock = seconds, stale_seconds, clock
        self._leases: dict[tuple[int, int, datetime | None], float] = {}
        self._runs: dict[tuple[int, int], float] = {}

    def ended(self, running: Sequence[Step]) -> list[Step]:
        """Of the steps that run now, those whose leases have ended or that are stale."""
        now = self._clock()
        leases = {(step.id, step.attempts, step.lease_until): step for step in running}
        runs = {(step.id, step.attempts): step for step in running}
        self._leases = {lease: self._leases.get(lease, now) for lease in leases}
        self._runs = {run: self._runs.get(run, now) for run in runs}
        lost = [leases[lease] for lease, since in self._leases.items() if now - since >= self._seconds]
        return lost + [runs[run] for run, since in self._runs.items() if now - since >= self._stale_seconds]

    def begin_anew(self) -> None:
        """The ledger could not be reached: what was seen before says nothing."""
        self._leases.clear()
        self._runs.clear()


def after_restart(parts: Parts) -> int:
    """Free, without blame, every step that an earlier boot of this place was running: the program was stopped, the
    paper did nothing wrong. To be called before workers start. Returns how many were in flight."""
    me = Owner.me()
    with parts.ledger.transaction() as tx:
        left = [s for s in tx.running_steps() if _owner(s).place == me.place and _owner(s).boot != me.boot]
        tx.free_steps([s.id for s in left], blame=False)
    if left:
        log.info("steps_interrupted", steps=len(left))
    return len(left)


def tidy(parts: Parts, watch: LeaseWatch | None = None) -> Tidied:
    """One round; cheap when there is nothing to do. Without a watch, leases are left alone."""
    freed = _free_dead(parts, watch)
    poison = _set_poison_aside(parts)
    again = _hint_again(parts)
    unsent = parts.ledger.unsent(500, older_than=None if again or freed else UNSENT_AFTER)
    publish(parts, unsent)
    return Tidied(sent=len(unsent), hinted_again=again, freed=freed, set_aside=poison)


def _owner(step: Step) -> Owner:
    return Owner.parse(step.owner or "?|?|0")


def _free_dead(parts: Parts, watch: LeaseWatch | None) -> int:
    """Steps whose process in our own tree is gone, or that the watch calls ended."""
    me = Owner.me()
    with parts.ledger.transaction() as tx:
        running = tx.running_steps()
        ended = {step.id for step in watch.ended(running)} if watch else set()
        dead = [s for s in running if _is_gone(_owner(s), me) or s.id in ended]
        tx.free_steps([s.id for s in dead], blame=True)
    for step in dead:
        log.warning("step_lost_its_worker", step=step.id, kind=step.kind, crashes=step.crashes + 1)
    return len(dead)


def _is_gone(owner: Owner, me: Owner) -> bool:
    return owner.boot == me.boot and not psutil.pid_exists(owner.pid)


def _set_poison_aside(parts: Parts) -> int:
    """Three strikes: a step that keeps killing its worker takes its file to quarantine, so that the others go on."""
    set_apart = 0
    for step in parts.ledger.poison(MAX_CRASHES, MAX_INTERRUPTIONS):
        try:
            keep_aside(parts, step.file_id)
        except MotlanError as error:  # the store is away: the next round tries again, and the others go on
            log.warning("poison_waits", step=step.id, code=error.code)
            continue
        with parts.ledger.transaction() as tx:
            set_aside(tx, step.file_id, CrashedThreeTimes(step=step.kind, attempts=step.attempts))
        set_apart += 1
    return set_apart


def _hint_again(parts: Parts) -> int:
    """Hints that the broker lost. While it holds others for the queue, nothing is missing: each of them is worth a
    claim, whichever step it names."""
    again = 0
    for queue in QUEUES:
        if parts.ledger.unhinted(HINT_AGAIN_AFTER, queue) and parts.waiting(queue) == 0:
            with parts.ledger.transaction() as tx:
                again += tx.hint_again(HINT_AGAIN_AFTER, queue)
    return again


def keep_tidying(parts: Parts, stop: Callable[[float], bool], every: float = 1.0, sweep_every: float = 300.0) -> None:
    """Tidy until `stop(seconds)`, which waits that long, answers True. A failing round is logged and tried again."""
    swept, watch = time.monotonic(), LeaseWatch(parts.lease_seconds, parts.stale_seconds)
    sweeper = Sweeper(parts.sweep_after_seconds)
    while not stop(every):
        try:
            tidy(parts, watch)
            if time.monotonic() - swept > sweep_every:
                swept = time.monotonic()
                sweeper.sweep(parts)
        except MotlanError as error:
            watch.begin_anew()
            parts.forget()
            log.warning("reconciler_waits", code=error.code, hint=error.hint_text)
        except Exception as error:
            log.error("reconciler_round_failed", error=type(error).__name__, exc_info=True)
