"""What the dashboard and the metrics count: queues and their age, faults, reviews, what is kept, requests, deliveries.

`top` narrows every answer to a unit and those below it; None is the whole ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select

from ledger.administration import below
from ledger.people_tables import HANDED_IN, deliveries, hooks
from ledger.reads import Reads
from ledger.rows import OPEN_STEP, AuditEntry
from ledger.tables import audit, batches, documents, files, pages, reviews, steps

APART = ("QUARANTINED", "REFUSED")


@dataclass(frozen=True)
class QueueLine:
    """Open steps of one kind in one state, and when the oldest of them was made."""

    kind: str
    state: str
    steps: int
    oldest: datetime


@dataclass(frozen=True)
class Backlog:
    """Questions that wait for a person, and since when the oldest does."""

    open: int
    oldest: datetime | None


@dataclass(frozen=True)
class Intake:
    """What came in: batches, those with work still open, files by state, pages read, bytes taken in."""

    batches: int
    moving: int
    files: Counter[str]
    pages: int
    bytes: int


class MeasureReads(Reads):
    """Questions that count for a whole unit."""

    def intake(self, top: str | None = None) -> Intake:
        mine = below(top, batches.c.unit)
        is_open = exists().where(
            steps.c.state.in_(OPEN_STEP), steps.c.file_id == files.c.id, files.c.batch_id == batches.c.id
        )
        taken = and_(below(top, files.c.unit), HANDED_IN)
        read = select(func.count()).select_from(pages).join(files, files.c.id == pages.c.file_id)
        return Intake(
            batches=self._count(select(func.count()).select_from(batches).where(mine)),
            moving=self._count(select(func.count()).select_from(batches).where(mine, is_open)),
            files=self._groups(select(files.c.state, func.count().label("n")).where(taken).group_by(files.c.state)),
            pages=self._count(read.where(taken, pages.c.state == "READ")),
            bytes=self._count(select(func.sum(files.c.size)).where(taken, files.c.state.not_in(APART))),
        )

    def queue(self, top: str | None = None) -> list[QueueLine]:
        """Work that is open, by kind and state."""
        query = select(
            steps.c.kind, steps.c.state, func.count().label("n"), func.min(steps.c.created_at).label("oldest")
        )
        query = query.join(files, files.c.id == steps.c.file_id)
        query = query.where(steps.c.state.in_(OPEN_STEP), below(top, files.c.unit))
        rows = self._all(query.group_by(steps.c.kind, steps.c.state).order_by(steps.c.kind, steps.c.state))
        return [QueueLine(row.kind, row.state, row.n, row.oldest) for row in rows]

    def fault_codes(self, top: str | None = None) -> Counter[str]:
        """Files set apart and steps given up, by the code of the reason; the most frequent first."""
        mine = below(top, files.c.unit)
        apart = select(files.c.reason, func.count().label("n")).where(mine, files.c.state.in_(APART))
        failed = select(steps.c.reason, func.count().label("n")).join(files, files.c.id == steps.c.file_id)
        failed = failed.where(mine, steps.c.state == "FAILED", files.c.state.not_in((*APART, "CANCELLED")))
        found: Counter[str] = Counter()
        for query in (apart.group_by(files.c.reason), failed.group_by(steps.c.reason)):
            for row in self._all(query):
                found[_code(row)] += row.n
        return Counter(dict(found.most_common()))

    def papers(self, top: str | None = None) -> Counter[str]:
        """Papers by state."""
        query = select(documents.c.state, func.count().label("n")).where(below(top, documents.c.unit))
        return self._groups(query.group_by(documents.c.state))

    def types_kept(self, top: str | None = None, before: datetime | None = None) -> Counter[str]:
        """Stored papers by type; with `before` those taken in before that moment."""
        query = select(documents.c.type, func.count().label("n"))
        query = query.where(below(top, documents.c.unit), documents.c.revision.is_not(None))
        if before is not None:
            query = query.where(documents.c.created_at < before)
        return self._groups(query.where(documents.c.state != "CANCELLED").group_by(documents.c.type))

    def backlog(self, top: str | None = None) -> Backlog:
        number: Any = func.count().label("n")
        query = select(number, func.min(reviews.c.created_at).label("oldest"))
        query = query.join(documents, documents.c.id == reviews.c.document_id)
        row = self._all(query.where(reviews.c.outcome.is_(None), below(top, documents.c.unit)))[0]
        return Backlog(row.n, row.oldest)

    def outcomes(self, top: str | None = None, since: datetime | None = None) -> Counter[str]:
        """Reviews that a person decided, by outcome."""
        query = select(reviews.c.outcome, func.count().label("n"))
        query = query.join(documents, documents.c.id == reviews.c.document_id).where(below(top, documents.c.unit))
        query = query.where(reviews.c.outcome.is_not(None), reviews.c.outcome != "superseded")
        if since is not None:
            query = query.where(reviews.c.decided_at >= since)
        return self._groups(query.group_by(reviews.c.outcome))

    def deliveries(self, top: str | None = None) -> Counter[str]:
        """What hooks are to be told, by state."""
        query = select(deliveries.c.state, func.count().label("n")).join(hooks, hooks.c.id == deliveries.c.hook_id)
        return self._groups(query.where(below(top, hooks.c.unit)).group_by(deliveries.c.state))

    def last_fixity(self) -> AuditEntry | None:
        """The entry of the newest check of everything that is kept."""
        this = (audit.c.actor == "motlan", audit.c.action == "archive.fixity")
        found = self._all(select(audit).where(*this).order_by(audit.c.at.desc(), audit.c.seq.desc()).limit(1))
        return AuditEntry(**found[0]._asdict()) if found else None

    def _groups(self, query: Select[Any]) -> Counter[str]:
        return Counter({row[0]: row.n for row in self._all(query)})


def _code(row: Row[Any]) -> str:
    return str((row.reason or {}).get("code", "INTERNAL")) if isinstance(row.reason, dict) else "INTERNAL"
