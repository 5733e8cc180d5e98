"""Doing a step: claim it, hold the lease, hand it to its handler, commit its outcome in one ledger transaction."""

from __future__ import annotations

import time
from itertools import takewhile

import structlog

from ledger import Hint, LeaseLost, Step, Tx
from schemas.errors import ErrorKind, MotlanError
from worker.brokers import QUEUES
from worker.handlers import HANDLERS
from worker.lease import Lease
from worker.outcome import MAX_CRASHES, keep_aside, known, publish, set_aside, wait_seconds, waits, write
from worker.parts import Owner, Parts, crash_point

log = structlog.get_logger()

# How long one message's work goes on with what it made ready. Short beside a step's time limit, which counts from the
# message on, and so that a worker asks its queues in turn.
ONWARD_SECONDS = 10.0
CLAIM_SECONDS = 10.0  # a hint that finds the ledger away is given up; the reconciler sends another one
COMMIT_SECONDS = 300.0  # what has been worked out is kept this long for a ledger that is away


def run_step(parts: Parts, hinted: int) -> bool:
    """Claim and do the step that is next in the hinted one's queue. False when there was nothing to claim."""
    return run_steps(parts, hinted, onward_seconds=0) > 0


def run_steps(parts: Parts, hinted: int, onward_seconds: float = ONWARD_SECONDS) -> int:
    """As run_step, and then go on for so long with what each step's end made ready, without a message in between: the
    next step is claimed in the transaction that ends the one before. Returns how many steps were done."""
    owner, end, done = str(Owner.me()), time.monotonic() + onward_seconds, 0
    try:
        step = write(parts, lambda tx: tx.claim_next(hinted, owner, parts.lease_seconds), CLAIM_SECONDS)
    except MotlanError as error:
        log.warning("no_claim", code=error.code)
        return 0
    if step is None:
        return 0
    with Lease(parts.ledger, owner, parts.lease_seconds) as lease:
        while step is not None:
            lease.take(step)
            crash_point(f"{step.kind}:claimed")
            step = _done(parts, step, owner, end)
            done += 1
    return done


def _done(parts: Parts, step: Step, owner: str, end: float) -> Step | None:
    """Do a step; the next one when it was claimed with its end."""
    try:
        return _do(parts, step, owner, end)
    except LeaseLost:
        log.info("step_lost", step=step.id, kind=step.kind)
    except Exception as error:
        _left(step, error)
    return None


def _do(parts: Parts, step: Step, owner: str, end: float) -> Step | None:
    def finish(tx: Tx) -> tuple[list[Hint], Step | None]:
        tx.finish_step(step, owner)
        done.commit(tx)
        onward = None
        if time.monotonic() < end:
            before = tuple(takewhile(lambda queue: queue != step.queue, QUEUES))
            onward = tx.claim_onward(step.queue, owner, parts.lease_seconds, before)
        return tx.hints, onward

    try:
        done = HANDLERS[step.kind](parts, step)
        crash_point(f"{step.kind}:worked")
        hints, onward = write(parts, finish, COMMIT_SECONDS)
    except LeaseLost:
        raise
    except Exception as error:
        publish(parts, _failed(parts, step, owner, error))
        return None
    crash_point(f"{step.kind}:committed")
    publish(parts, hints)
    done.after()
    return onward


def _failed(parts: Parts, step: Step, owner: str, failure: Exception) -> list[Hint]:
    """What was away, or set up wrongly, is waited for; bad input sets the file aside; what nobody foresaw counts like a
    crash."""
    told = known(failure)
    log.warning(
        "step_failed",
        step=step.id,
        kind=step.kind,
        code=told.code,
        error=type(failure).__name__,
        exc_info=not isinstance(failure, MotlanError),
    )
    if waits(told):
        parts.forget()
        return write(parts, lambda tx: _wait(tx, step, owner, told, crashed=False), COMMIT_SECONDS)
    if told.kind is not ErrorKind.INPUT and step.crashes + 1 < MAX_CRASHES:
        return write(parts, lambda tx: _wait(tx, step, owner, told, crashed=True), COMMIT_SECONDS)
    try:
        keep_aside(parts, step.file_id)
    except MotlanError as error:  # the store is away: the file is set aside when it is back
        away = error
        return write(parts, lambda tx: _wait(tx, step, owner, away, crashed=False), COMMIT_SECONDS)
    return write(parts, lambda tx: _give_up(tx, step, owner, told), COMMIT_SECONDS)


def _wait(tx: Tx, step: Step, owner: str, told: MotlanError, *, crashed: bool) -> list[Hint]:
    tx.retry_step(step, owner, told.as_reason(), wait_seconds(step.attempts), crashed=crashed)
    return tx.hints


def _give_up(tx: Tx, step: Step, owner: str, told: MotlanError) -> list[Hint]:
    tx.fail_step(step, owner, told.as_reason())
    set_aside(tx, step.file_id, told)
    return tx.hints


def _left(step: Step, error: Exception) -> None:
    """Neither the outcome nor the failure could be written down: the step stays RUNNING until its lease has ended."""
    code = error.code if isinstance(error, MotlanError) else type(error).__name__
    log.error("step_left", step=step.id, kind=step.kind, code=code, exc_info=not isinstance(error, MotlanError))
