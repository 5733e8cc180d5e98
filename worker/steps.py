"""Doing a step: claim it, hold the lease, hand it to its handler, commit its outcome in one ledger transaction."""

from __future__ import annotations

import random

import structlog

from ledger import LeaseLost, Step
from schemas.errors import ErrorKind, MotlanError
from worker.handlers import HANDLERS
from worker.lease import Lease
from worker.outcome import MAX_ATTEMPTS, MAX_CRASHES, keep_aside, publish, set_aside
from worker.parts import Owner, Parts, crash_point

log = structlog.get_logger()


def run_step(parts: Parts, step_id: int) -> bool:
    """Claim and do one step. False when there was nothing to claim (done, taken, or not yet due)."""
    owner = str(Owner.me())
    with parts.ledger.transaction() as tx:
        step = tx.claim_step(step_id, owner, parts.lease_seconds)
    if step is None:
        return False
    crash_point(f"{step.kind}:claimed")
    with Lease(parts.ledger, step, owner, parts.lease_seconds):
        try:
            done = HANDLERS[step.kind](parts, step)
            crash_point(f"{step.kind}:worked")
            with parts.ledger.transaction() as tx:
                tx.finish_step(step, owner)
                done.commit(tx)
                hints = tx.hints
        except LeaseLost:
            log.info("step_lost", step=step.id, kind=step.kind)
            return True
        except Exception as error:
            _failed(parts, step, owner, error)
            return True
    crash_point(f"{step.kind}:committed")
    publish(parts, hints)
    done.after()
    return True


def _failed(parts: Parts, step: Step, owner: str, error: Exception) -> None:
    """Transient: back off with jitter, bounded. Input: set the file aside. Anything else: three tries."""
    known = error if isinstance(error, MotlanError) else MotlanError(detail=type(error).__name__)
    log.warning(
        "step_failed",
        step=step.id,
        kind=step.kind,
        code=known.code,
        error=type(error).__name__,
        exc_info=not isinstance(error, MotlanError),
    )
    tries = {ErrorKind.TRANSIENT: MAX_ATTEMPTS, ErrorKind.INPUT: 1}.get(known.kind, MAX_CRASHES)
    final = step.attempts >= tries
    if final:
        keep_aside(parts, step.file_id)
    with parts.ledger.transaction() as tx:
        if final:
            tx.fail_step(step, owner, known.as_reason())
            set_aside(tx, step.file_id, known)
        else:
            delay = min(300.0, 2.0 ** min(step.attempts, 8)) * random.uniform(0.5, 1.0)
            tx.retry_step(step, owner, known.as_reason(), delay)
        hints = tx.hints
    publish(parts, hints)
