"""The statements that every step runs, built once: building one takes longer than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Insert,
    Select,
    Table,
    TextClause,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from ledger.tables import IS_READY, batches, files, outbox, steps

STEP_COLUMNS = [c for c in steps.c if c.name != "key"]

QUEUE_OF = select(steps.c.queue, steps.c.state).where(steps.c.id == bindparam("step_id"))

# Ready steps `of_queue` and `of_priority`; the index gives the next one, however many there are.
_ready = (IS_READY, steps.c.queue == bindparam("of_queue"))
_alike = (*_ready, steps.c.priority == bindparam("of_priority"))
_order = (steps.c.due_at, steps.c.turn, steps.c.id)
HIGHEST = select(func.max(steps.c.priority)).where(*_ready)
HIGHEST_BELOW = HIGHEST.where(steps.c.priority < bindparam("of_priority"))
_first_queues = select(steps.c.id).where(IS_READY, steps.c.queue.in_(bindparam("before", expanding=True)))

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
_next = select(steps.c.id).order_by(*_order).limit(1).with_for_update(skip_locked=True)
# Skipped: another claim takes it right now.
CLAIM_NEXT = CLAIM.where(IS_READY, steps.c.id == _next.where(*_alike).scalar_subquery())
# The same for the highest priority that is ready.
_urgent = _next.where(*_ready, steps.c.priority == HIGHEST.scalar_subquery())
CLAIM_FIRST = CLAIM.where(IS_READY, steps.c.id == _urgent.scalar_subquery())
# … unless a queue of `before` has work.
CLAIM_ONWARD = CLAIM_FIRST.where(~_first_queues.exists())

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


NO_TURN = 2**31 - 1  # behind everything

_OF_STEP = ("key", "kind", "file_id", "document_id", "page", "generation")
_AT_FIRST = {"state": "READY", "attempts": 0, "crashes": 0, "interruptions": 0}


@cache
def new_step(dialect: str) -> Any:
    """A new ready step, with what it inherits of its file and batch, giving its id and queue; none where the file or
    the batch is missing, or a step with that key is there. Takes what the step is (`_OF_STEP`), `now`, and `in_queue`,
    `of_priority`, None for the file's own, and `no_later_than`.

    Its turn is start-time fair queueing: it stands behind its unit's own steps, but never behind the place that other
    units have reached, nor behind the turn `no_later_than`."""
    greatest, least = (func.max, func.min) if dialect == "sqlite" else (func.greatest, func.least)
    queue = func.coalesce(bindparam("in_queue", type_=steps.c.queue.type), files.c.queue)
    priority = func.coalesce(bindparam("of_priority", type_=steps.c.priority.type), files.c.priority)
    alike = (IS_READY, steps.c.queue == queue, steps.c.priority == priority)
    own = select(func.max(steps.c.turn)).where(*alike, steps.c.unit == files.c.unit).scalar_subquery()
    reached = select(steps.c.turn).where(*alike).order_by(*_order).limit(1).scalar_subquery()
    fair = greatest(func.coalesce(own + 1, 0), func.coalesce(reached, 0))
    now = bindparam("now", type_=steps.c.created_at.type)
    values: dict[str, Any] = {
        **{name: bindparam(name, type_=steps.c[name].type) for name in _OF_STEP},
        **{name: literal(value) for name, value in _AT_FIRST.items()},
        **dict.fromkeys(("hinted_at", "created_at", "changed_at"), now),
        "queue": queue,
        "priority": priority,
        "unit": files.c.unit,
        "due_at": batches.c.due_at,
        "turn": least(bindparam("no_later_than", type_=steps.c.turn.type), fair),
    }
    of_file = select(*values.values()).join_from(files, batches, batches.c.id == files.c.batch_id)
    of_file = of_file.where(files.c.id == bindparam("file_id", type_=files.c.id.type))
    new = sqlite.insert(steps) if dialect == "sqlite" else postgresql.insert(steps)
    added = new.from_select(list(values), of_file, include_defaults=False)
    return added.on_conflict_do_nothing(index_elements=[steps.c.key]).returning(steps.c.id, steps.c.queue)


@cache
def by_id(table: Table) -> Select[Any]:
    """The whole row with the id `row`."""
    return select(table).where(table.c.id == bindparam("row"))


@cache
def change_in(table: Table) -> Update:
    """Columns of the row with the id `row`, their values given when it is run."""
    return update(table).where(table.c.id == bindparam("row"))


@cache
def change_from(table: Table) -> Update:
    """As change_in, if the row's state is `among` those."""
    return change_in(table).where(table.c.state.in_(bindparam("among", expanding=True)))


WITH_CONTENT = by_id(files).where(files.c.sha256.is_not(None), files.c.size.is_not(None), files.c.kind.is_not(None))

LOCKED_FILE = select(files.c.id).where(files.c.id == bindparam("row")).with_for_update(key_share=True)
