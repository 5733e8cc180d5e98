"""The statements that every step runs, built once: building one takes longer than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, Insert, Select, Table, TextClause, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.tables import IS_READY, batches, files, outbox, steps

STEP_COLUMNS = [c for c in steps.c if c.name != "key"]

# What a new step inherits of its file and batch. Takes `file_id`.
OF_FILE = (
    select(files.c.unit, files.c.queue, files.c.priority, batches.c.due_at)
    .join(batches, batches.c.id == files.c.batch_id)
    .where(files.c.id == bindparam("file_id"))
)

QUEUE_OF = select(steps.c.queue, steps.c.state).where(steps.c.id == bindparam("step_id"))

# Ready steps `of_queue` and `of_priority`; the index gives the next one, however many there are.
_ready = (IS_READY, steps.c.queue == bindparam("of_queue"))
_alike = (*_ready, steps.c.priority == bindparam("of_priority"))
_order = (steps.c.due_at, steps.c.turn, steps.c.id)
HIGHEST = select(func.max(steps.c.priority)).where(*_ready)
HIGHEST_BELOW = HIGHEST.where(steps.c.priority < bindparam("of_priority"))
ANY_READY = select(steps.c.id).where(IS_READY, steps.c.queue.in_(bindparam("queues", expanding=True))).limit(1)
TURNS = select(
    select(func.max(steps.c.turn)).where(*_alike, steps.c.unit == bindparam("of_unit")).scalar_subquery().label("own"),
    select(steps.c.turn).where(*_alike).order_by(*_order).limit(1).scalar_subquery().label("reached"),
)

# Make a step ours that nobody has. Takes the new owner as `mine`, and `until`, `now`.
CLAIM = (
    update(steps)
    .values(
        state="RUNNING",
        owner=bindparam("mine"),
        lease_until=bindparam("until", type_=steps.c.lease_until.type),
        attempts=steps.c.attempts + 1,
        changed_at=bindparam("now", type_=steps.c.changed_at.type),
    )
    .returning(*STEP_COLUMNS)
)
_first = select(steps.c.id).where(*_alike).order_by(*_order).limit(1).with_for_update(skip_locked=True)
CLAIM_NEXT = CLAIM.where(IS_READY, steps.c.id == _first.scalar_subquery())  # skipped: another claim takes it right now

# End the run of a step that is ours. Takes `this`, `by`, and the columns that change.
END = (
    update(steps)
    .where(steps.c.id == bindparam("this"), steps.c.state == "RUNNING", steps.c.owner == bindparam("by"))
    .values(lease_until=None)
    .returning(steps.c.kind, steps.c.queue)
)
END_RUN = END.where(steps.c.attempts == bindparam("run"))

SENT = delete(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))


@cache
def insert_into(table: Table) -> Insert:
    """One row, its values given when it is run."""
    return insert(table)


@cache
def insert_unless_there(dialect: str, table: Table, same: tuple[Column[Any], ...], where: TextClause | None) -> Any:
    """As insert_into, giving the row's id; none when a row with the same values in the columns of that unique index
    (of the rows that satisfy `where`) is there."""
    new = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return new.on_conflict_do_nothing(index_elements=same, index_where=where).returning(table.c.id)


@cache
def by_id(table: Table) -> Select[Any]:
    """The whole row with the id `row`."""
    return select(table).where(table.c.id == bindparam("row"))


WITH_CONTENT = by_id(files).where(files.c.sha256.is_not(None), files.c.size.is_not(None), files.c.kind.is_not(None))

LOCKED_FILE = select(files.c.id).where(files.c.id == bindparam("row")).with_for_update(key_share=True)
