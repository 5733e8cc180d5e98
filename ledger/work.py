"""Work to be done: steps are claimed by compare-and-set under a lease, and hinted at through the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update

from ledger.privacy import without_numbers
from ledger.reads import hints_of
from ledger.rows import Hint, Step
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
        known = self._all(select(steps.c.id).where(steps.c.key == key))
        if known:
            return int(known[0].id)
        file = self.file(file_id)
        now = self._now()
        step_id = self._insert(
            steps,
            key=key,
            kind=kind,
            file_id=file_id,
            document_id=document_id,
            page=page,
            generation=generation,
            queue=file.queue if queue is None else queue,
            priority=file.priority if priority is None else priority,
            state="READY",
            attempts=0,
            crashes=0,
            interruptions=0,
            hinted_at=now,
            created_at=now,
            changed_at=now,
        )
        self._hint(step_id, now)
        return step_id

    def claim_step(self, step_id: int, owner: str, lease_seconds: float) -> Step | None:
        """Make a ready step ours, or None: someone else has it, it is over, or its time has not come. `owner` should
        name one run of one worker, so that a late run cannot pass for a new one."""
        now = self._now()
        ready = (steps.c.id == step_id, steps.c.state == "READY", _due(now))
        mine = {"state": "RUNNING", "owner": owner, "lease_until": now + timedelta(seconds=lease_seconds)}
        claim = update(steps).where(*ready).values(**mine, attempts=steps.c.attempts + 1, changed_at=now)
        return self.step(step_id) if self._do(claim) else None

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

    def retry_step(self, step: Step | int, owner: str, reason: Any, delay_seconds: float) -> None:
        """Something was away for a moment: ready again after the delay, with a hint due then. Raises LeaseLost."""
        due = self._now() + timedelta(seconds=delay_seconds)
        ready = {"state": "READY", "owner": None, "not_before": due, "hinted_at": due}
        self._end(step, owner, {**ready, "reason": without_numbers(reason)})
        self._hint(_id(step), due)

    def free_steps(self, step_ids: Sequence[int], blame: bool) -> None:
        """Take running steps from their owners and make them ready: with blame when their worker died on them (counted
        as a crash), without when it was stopped (an interruption)."""
        now = self._now()
        counter = steps.c.crashes if blame else steps.c.interruptions
        for step_id in step_ids:
            running = (steps.c.id == step_id, steps.c.state == "RUNNING")
            free = {"state": "READY", "owner": None, "lease_until": None, "hinted_at": now, "changed_at": now}
            if self._do(update(steps).where(*running).values({**free, counter.name: counter + 1})):
                self._hint(step_id, now)

    @property
    def hints(self) -> list[Hint]:
        """The hints of this transaction that are due at once, to be sent after its commit."""
        return [Hint(**row._asdict()) for row in self._all(hints_of(self._added, self._now()))]

    def mark_sent(self, ids: Sequence[int]) -> None:
        """The broker has these hints; they leave the outbox."""
        self._do(outbox.delete().where(outbox.c.id.in_(list(ids))))

    def hint_again(self, older_than: timedelta) -> int:
        """Hint once more at every ready, due step whose last hint is older than that and has left the
        outbox: the broker may have lost it. Returns how many."""
        now = self._now()
        waiting = exists().where(outbox.c.step_id == steps.c.id)
        old = steps.c.hinted_at <= now - older_than
        query = select(steps.c.id).where(steps.c.state == "READY", _due(now), old, ~waiting)
        lost = [row.id for row in self._all(query.order_by(steps.c.id))]
        for step_id in lost:
            self._do(update(steps).where(steps.c.id == step_id).values(hinted_at=now))
            self._hint(step_id, now)
        return len(lost)

    def _hint_now(self, step_ids: Sequence[int]) -> None:
        now = self._now()
        for step_id in step_ids:
            self._hint(step_id, now)

    def _end(self, step: Step | int, owner: str, values: dict[str, Any]) -> None:
        ours = [steps.c.id == _id(step), steps.c.state == "RUNNING", steps.c.owner == owner]
        if isinstance(step, Step):
            ours.append(steps.c.attempts == step.attempts)
        end = update(steps).where(*ours).values(**values, lease_until=None, changed_at=self._now())
        if self._do(end) == 0:
            raise LeaseLost(step=_id(step))

    def _hint(self, step_id: int, due: datetime) -> None:
        self._added.append(self._insert(outbox, step_id=step_id, due_at=due, created_at=self._now()))


def _id(step: Step | int) -> int:
    return step.id if isinstance(step, Step) else step


def _due(now: datetime) -> Any:
    return or_(steps.c.not_before.is_(None), steps.c.not_before <= now)
