"""Work to be done: steps are claimed in the ledger's order under a lease, and hinted at through the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, select, update

from ledger.privacy import without_numbers
from ledger.reads import claimable
from ledger.rows import Hint, Step
from ledger.statements import (
    ANY_READY,
    CLAIM,
    CLAIM_NEXT,
    END,
    END_RUN,
    HIGHEST,
    HIGHEST_BELOW,
    OF_FILE,
    QUEUE_OF,
    SENT,
    TURNS,
)
from ledger.tables import outbox, steps
from ledger.writes import Writes
from schemas.errors import LeaseLost


class WorkWrites(Writes):
    """The part of a transaction that deals with steps and hints."""

    def add_step(
        self,
        kind: str,
        file_id: int,
        document_id: int | None = None,
        page: int | None = None,
        generation: int = 0,
        queue: str | None = None,
        priority: int | None = None,
    ) -> int:
        """Add a piece of work with its hint, in its file's queue unless told otherwise; the same work added again is
        the same step, whatever has become of it."""
        key = f"{kind}:{file_id}:{document_id or ''}:{page or ''}:{generation}"
        file = self._one(OF_FILE, "file", file_id, file_id=file_id)
        now = self._now()
        queue, priority = queue or file.queue, file.priority if priority is None else priority
        step_id = self._insert_new(
            steps,
            [steps.c.key],
            key=key,
            kind=kind,
            file_id=file_id,
            document_id=document_id,
            page=page,
            generation=generation,
            queue=queue,
            priority=priority,
            state="READY",
            attempts=0,
            crashes=0,
            interruptions=0,
            hinted_at=now,
            created_at=now,
            changed_at=now,
            unit=file.unit,
            due_at=file.due_at,
            turn=self._turn_of(queue, priority, file.unit),
        )
        if step_id is None:  # it was added before
            return int(self._all(select(steps.c.id).where(steps.c.key == key))[0].id)
        self._hint(step_id, kind, queue, now)
        return step_id

    def claim_next(self, hinted: int, owner: str, lease_seconds: float) -> Step | None:
        """Make the step ours that is to be done next in the queue of the hinted one; None when that queue has nothing
        to do. Every hint is worth one claim, whichever step it names: so the order is the ledger's in every size."""
        found = self._all(QUEUE_OF, step_id=hinted)
        if not found:
            return None
        if found[0].state == "WAITING":
            waited = (steps.c.id == hinted, steps.c.state == "WAITING", steps.c.not_before <= self._now())
            self._do(update(steps).where(*waited).values(state="READY", changed_at=self._now()))
        return self._claim_in(found[0].queue, owner, lease_seconds)

    def claim_onward(self, queue: str, owner: str, lease_seconds: float, before: Sequence[str]) -> Step | None:
        """As claim_next in that queue, for one of this transaction's own hints, which is used up by it and not sent.
        None when there is no such hint, or when one of the queues `before` has work: that goes first."""
        mine = [hint for hint in self.hints if hint.queue == queue]
        if not mine or (before and self._usable().execute(ANY_READY, {"queues": list(before)}).first()):
            return None
        step = self._claim_in(queue, owner, lease_seconds)
        if step is not None:
            used = next((hint for hint in mine if hint.step_id == step.id), mine[0])
            self.mark_sent([used.id])
            self._added = [(hint, due) for hint, due in self._added if hint is not used]
        return step

    def _claim_in(self, queue: str, owner: str, lease_seconds: float) -> Step | None:
        priority = self._all(HIGHEST, of_queue=queue)[0][0]
        while priority is not None:
            claimed = self._claim(CLAIM_NEXT, owner, lease_seconds, of_queue=queue, of_priority=priority)
            if claimed is not None:
                return claimed
            priority = self._all(HIGHEST_BELOW, of_queue=queue, of_priority=priority)[0][0]
        return None

    def claim_step(self, step_id: int, owner: str, lease_seconds: float) -> Step | None:
        """Make a ready step ours, or None: someone else has it, it is over, or its time has not come. `owner` should
        name one run of one worker, so that a late run cannot pass for a new one."""
        return self._claim(CLAIM.where(steps.c.id == step_id, claimable(self._now())), owner, lease_seconds)

    def renew_lease(self, step_id: int, owner: str, lease_seconds: float) -> bool:
        """Keep a running step ours for longer; false when it is not ours any more."""
        ours = (steps.c.id == step_id, steps.c.state == "RUNNING", steps.c.owner == owner)
        return (
            self._do(update(steps).where(*ours).values(lease_until=self._now() + timedelta(seconds=lease_seconds))) == 1
        )

    def finish_step(self, step: Step | int, owner: str, result: str | None = None) -> None:
        """The step is done. Raises LeaseLost when it is not ours any more: let it roll this transaction back."""
        self._end(step, owner, {"state": "DONE", "result": result})

    def fail_step(self, step: Step | int, owner: str, reason: Any) -> None:
        """The step cannot succeed and is not tried again. Raises LeaseLost."""
        self._end(step, owner, {"state": "FAILED", "reason": without_numbers(reason)})

    def retry_step(
        self, step: Step | int, owner: str, reason: Any, delay_seconds: float, *, crashed: bool = False
    ) -> None:
        """What the step needs is away: it waits, with the reason, and is tried again after the delay, with a hint due
        then. `crashed`: it failed as nobody foresaw, which counts like a crash. Raises LeaseLost."""
        due = self._now() + timedelta(seconds=delay_seconds)
        waiting: dict[str, Any] = {"state": "WAITING", "owner": None, "not_before": due, "hinted_at": due}
        kind, queue = self._end(step, owner, {**waiting, "reason": without_numbers(reason)}, crashed)
        self._hint(_id(step), kind, queue, due)

    def free_steps(self, step_ids: Sequence[int], blame: bool) -> None:
        """Take running steps from their owners and make them ready: with blame when their worker died on them (counted
        as a crash), without when it was stopped (an interruption)."""
        now = self._now()
        counter = steps.c.crashes if blame else steps.c.interruptions
        for step_id in step_ids:
            running = (steps.c.id == step_id, steps.c.state == "RUNNING")
            free = {"state": "READY", "owner": None, "lease_until": None, "hinted_at": now, "changed_at": now}
            change = update(steps).where(*running).values({**free, counter.name: counter + 1})
            freed = self._usable().execute(change.returning(steps.c.kind, steps.c.queue)).one_or_none()
            if freed is not None:
                self._hint(step_id, freed.kind, freed.queue, now)

    @property
    def hints(self) -> list[Hint]:
        """The hints of this transaction that are due at once, to be sent after its commit."""
        return [hint for hint, due in self._added if due <= self._now()]

    def mark_sent(self, ids: Sequence[int]) -> None:
        """The broker has these hints; they leave the outbox."""
        self._usable().execute(SENT, {"ids": list(ids)})

    def hint_again(self, older_than: timedelta, queue: str, limit: int = 200) -> int:
        """Hint once more at the most urgent such steps of a queue: the broker may have lost their hints. Returns how
        many."""
        now = self._now()
        order = (steps.c.priority.desc(), steps.c.due_at, steps.c.turn, steps.c.id)
        query = select(steps.c.id, steps.c.kind).where(*self._forgotten(older_than), steps.c.queue == queue)
        lost = self._all(query.order_by(*order).limit(limit).with_for_update(skip_locked=True))
        for row in lost:
            self._do(update(steps).where(steps.c.id == row.id).values(hinted_at=now))
            self._hint(row.id, row.kind, queue, now)
        return len(lost)

    def _turn_of(self, queue: str, priority: int, unit: str) -> int:
        """Start-time fair queueing: a unit's step stands behind the unit's own, but never behind the place that other
        units have reached; so a unit with one paper does not wait for another one's twenty thousand."""
        found = self._all(TURNS, of_queue=queue, of_priority=priority, of_unit=unit)[0]
        own, reached = (-1 if found.own is None else found.own), (0 if found.reached is None else found.reached)
        return int(max(own, reached - 1)) + 1

    def _claim(self, claim: Update, owner: str, lease_seconds: float, **which: str | int) -> Step | None:
        now = self._now()
        mine = {"mine": owner, "until": now + timedelta(seconds=lease_seconds), "now": now}
        row = self._usable().execute(claim, {**mine, **which}).one_or_none()
        return None if row is None else Step(**row._asdict())

    def _end(self, step: Step | int, owner: str, values: dict[str, Any], crashed: bool = False) -> tuple[str, str]:
        """The step's kind and queue. Raises LeaseLost."""
        end = END
        given = {"this": _id(step), "by": owner, "changed_at": self._now(), **values}
        if isinstance(step, Step):
            end, given["run"] = END_RUN, step.attempts
        if crashed:
            end = end.values(crashes=steps.c.crashes + 1)
        row = self._usable().execute(end, given).one_or_none()
        if row is None:
            raise LeaseLost(step=_id(step))
        return row.kind, row.queue

    def _hint(self, step_id: int, kind: str, queue: str, due: datetime) -> None:
        number = self._insert(outbox, step_id=step_id, due_at=due, created_at=self._now())
        self._added.append((Hint(number, step_id, kind, queue), due))


def _id(step: Step | int) -> int:
    return step.id if isinstance(step, Step) else step
