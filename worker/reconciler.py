"""The reconciler: re-sends what was lost, frees dead leases, sets poison aside, sweeps what is disposable."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psutil
import structlog

from ledger import Step
from schemas.errors import CrashedThreeTimes
from storage.staging import sweep_staging
from worker.outcome import MAX_CRASHES, MAX_INTERRUPTIONS, keep_aside, publish, set_aside
from worker.parts import Owner, Parts

log = structlog.get_logger()

UNSENT_AFTER = timedelta(seconds=2)  # younger outbox rows are still being published by whoever wrote them
HINT_AGAIN_AFTER = timedelta(seconds=30)  # engine.md: what the broker lost comes back within 30 s
ACTIVE_FILES = ("RECEIVED", "READING", "UNDERSTOOD", "WAITING")


@dataclass(frozen=True)
class Tidied:
    """What one round did, as counts."""

    sent: int
    hinted_again: int
    freed: int
    set_aside: int


def after_restart(parts: Parts) -> int:
    """Free, without blame, every step that an earlier boot of this host was running: the program was stopped, the paper
    did nothing wrong. To be called before workers start. Returns how many were in flight."""
    me = Owner.me()
    with parts.ledger.transaction() as tx:
        left = [s for s in tx.running_steps() if _owner(s).host == me.host and _owner(s).boot != me.boot]
        tx.free_steps([s.id for s in left], blame=False)
    if left:
        log.info("steps_interrupted", steps=len(left))
    return len(left)


def tidy(parts: Parts) -> Tidied:
    """One round; cheap when there is nothing to do."""
    freed = _free_dead(parts)
    poison = _set_poison_aside(parts)
    with parts.ledger.transaction() as tx:
        again = tx.hint_again(HINT_AGAIN_AFTER)
        unsent = tx.unsent(500, older_than=None if again or freed else UNSENT_AFTER)
    publish(parts, unsent)
    return Tidied(sent=len(unsent), hinted_again=again, freed=freed, set_aside=poison)


def _owner(step: Step) -> Owner:
    return Owner.parse(step.owner or "?|?|0")


def _free_dead(parts: Parts) -> int:
    """Steps whose lease ran out, or whose process on this host is gone: the worker died while it ran them."""
    now, me = parts.clock(), Owner.me()
    with parts.ledger.transaction() as tx:
        dead = [s for s in tx.running_steps() if _is_dead(_owner(s), me) or (s.lease_until and s.lease_until < now)]
        tx.free_steps([s.id for s in dead], blame=True)
    for step in dead:
        log.warning("step_lost_its_worker", step=step.id, kind=step.kind, crashes=step.crashes + 1)
    return len(dead)


def _is_dead(owner: Owner, me: Owner) -> bool:
    return owner.host == me.host and not psutil.pid_exists(owner.pid)


def _set_poison_aside(parts: Parts) -> int:
    """Three strikes: a step that keeps killing its worker takes its file to quarantine, so that the others go on."""
    poison = [
        s for s in parts.ledger.steps(state="READY") if s.crashes >= MAX_CRASHES or s.interruptions >= MAX_INTERRUPTIONS
    ]
    for step in poison:
        keep_aside(parts, step.file_id)
        with parts.ledger.transaction() as tx:
            set_aside(tx, step.file_id, CrashedThreeTimes(step=step.kind, attempts=step.attempts))
    return len(poison)


def sweep(parts: Parts) -> int:
    """Remove disposable blobs that no unfinished file refers to and that are old; the archive is never swept. A
    received original goes only when the archive or quarantine has it. Returns how many were removed."""
    removed = 0
    old = parts.clock() - timedelta(seconds=parts.sweep_after_seconds)
    sweep_staging(parts.staging, parts.sweep_after_seconds)
    active = [file for state in ACTIVE_FILES for file in parts.ledger.files(state=state)]
    used = {file.sha256 for file in active} | {file.incoming for file in active}
    for file in active:
        used |= {page.reading for page in parts.ledger.pages(file.id)}
        for document in parts.ledger.documents(file_id=file.id):
            used |= {document.understanding, document.sealed}
    used |= parts.ledger.register_digests()
    used |= {review.witness for review in parts.ledger.reviews(open_only=False)}
    for digest in list(parts.work.digests()):
        if digest not in used:
            removed += parts.work.remove(digest, put_before=old)
    for digest in list(parts.received.digests()):
        kept = parts.archive.exists(digest) or parts.quarantine.exists(digest)
        if digest not in used and kept:
            removed += parts.received.remove(digest, put_before=old)
    return removed


def keep_tidying(parts: Parts, stop: Callable[[float], bool], every: float = 1.0, sweep_every: float = 300.0) -> None:
    """Tidy until `stop(seconds)`, which waits that long, answers True. A failing round is logged and tried again."""
    swept = time.monotonic()
    while not stop(every):
        try:
            tidy(parts)
            if time.monotonic() - swept > sweep_every:
                swept = time.monotonic()
                sweep(parts)
        except Exception as error:
            log.error("reconciler_round_failed", error=type(error).__name__, exc_info=True)
