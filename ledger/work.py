"""Work to be done: steps are claimed in the ledger's order under a lease, and hinted at through the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, select, update

from ledger.privacy import without_numbers
from ledger.reads import claimable
from ledger.rows import Hint, Step
from ledger.statements import (
    CLAIM,
    CLAIM_FIRST,
    CLAIM_NEXT,
    CLAIM_ONWARD,
    END,
    END_RUN,
    HIGHEST,
    HIGHEST_BELOW,
    NO_TURN,
    QUEUE_OF,
    SENT,
    new_step,
)
from ledger.tables import outbox, steps
from ledger.writes import Writes
from schemas.errors import LeaseLost


@dataclass(frozen=True)
class _NewHint:
    """A hint that is not in the outbox yet."""

    step_id: int
    kind: str
    queue: str
    due: datetime


class WorkWrites(Writes):
    """The part of a transaction that deals with steps and hints."""

    def __init__(self, connection: Connection, clock: Callable[[], datetime]) -> None:
        super().__init__(connection, clock)
        self._unwritten: list[_NewHint] = []
        self._added: list[tuple[Hint, datetime]] = []  # the hints written so far, and when each is due

    def add_step(
        self,
        kind: str,
        file_id: int,
        document_id: int | None = None,
        page: int | None = None,
        generation: int = 0,
        queue: str | None = None,
        priority: int | None = None,
        turn: int = NO_TURN,
    ) -> int:
        """Add a piece of work with its hint, in its file's queue unless told otherwise; the same work added again is
        the same step, whatever has become of it. `turn`: that of the step it follows from, so that what was begun is
        finished before the next is begun. Raises NoSuchRow for a file that does not exist."""
        connection, now = self._usable(), self._now()
        key = f"{kind}:{file_id}:{document_id or ''}:{page or ''}:{generation}"
        given = {
            "key": key,
            "kind": kind,
            "file_id": file_id,
            "document_id": document_id,
            "page": page,
            "generation": generation,
            "in_queue": queue,
            "of_priority": priority,
            "no_later_than": turn,
            "now": now,
        }
        new = connection.execute(new_step(connection.dialect.name), given).one_or_none()
        if new is None:  # it was added before
            return int(self._one(select(steps.c.id).where(steps.c.key == key), "file", file_id).id)
        self._hint(new.id, kind, new.queue, now)
        return int(new.id)

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
        """As claim_next in that queue, for one of this transaction's own hints, which is used up by it and never
        written. None when there is no such hint (or it was asked for), when one of the queues `before` has work, which
        goes first, or when others claim all that is most urgent: then a message is sent."""
        now = self._now()
        mine = [hint for hint in self._unwritten if hint.queue == queue and hint.due <= now]
        if not mine:
            return None
        step = self._claim(CLAIM_ONWARD, owner, lease_seconds, of_queue=queue, before=before)
        if step is not None:
            self._unwritten.remove(next((hint for hint in mine if hint.step_id == step.id), mine[0]))
        return step

    def _claim_in(self, queue: str, owner: str, lease_seconds: float) -> Step | None:
        claimed = self._claim(CLAIM_FIRST, owner, lease_seconds, of_queue=queue)
        if claimed is not None:
            return claimed
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
        self.write_hints()
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

    def _claim(
        self, claim: Update, owner: str, lease_seconds: float, **which: str | int | Sequence[str]
    ) -> Step | None:
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

    def unsent(self, limit: int = 100, older_than: timedelta | None = None) -> list[Hint]:
        self.write_hints()
        return super().unsent(limit, older_than)

    def _forgotten(self, older_than: timedelta) -> tuple[ColumnElement[bool], ...]:
        self.write_hints()
        return super()._forgotten(older_than)

    def _hint(self, step_id: int, kind: str, queue: str, due: datetime) -> None:
        self._unwritten.append(_NewHint(step_id, kind, queue, due))

    def write_hints(self) -> None:
        """Put this transaction's hints into the outbox. Most are used up before (`claim_onward`): it is done late, at
        the end, or when somebody asks."""
        for new in self._unwritten:
            number = self._insert(outbox, step_id=new.step_id, due_at=new.due, created_at=self._now())
            self._added.append((Hint(number, new.step_id, new.kind, new.queue), new.due))
        self._unwritten.clear()


def _id(step: Step | int) -> int:
    return step.id if isinstance(step, Step) else step
