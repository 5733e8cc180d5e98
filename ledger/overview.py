"""How things are: the state of the whole ledger, with what is stuck in it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, Text, and_, exists, func, not_, or_, select, type_coerce

from ledger.reads import Reads
from ledger.rows import OPEN_STEP, QuarantinedFile, Status, Stuck, Waiting
from ledger.tables import documents, files, reviews, steps

MOVING_FILE = ("RECEIVED", "READING", "UNDERSTOOD")
MOVING_DOCUMENT = ("UNDERSTOOD", "SEALED", "STORED")


class Overview(Reads):
    """Questions that count."""

    def status(self) -> Status:
        """The whole ledger at a glance."""
        counts = {"file": self._states(files), "document": self._states(documents), "step": self._states(steps)}
        apart = select(files.c.id, files.c.name, files.c.reason).where(files.c.state.in_(("QUARANTINED", "REFUSED")))
        quarantined = tuple(
            QuarantinedFile(file=row.id, name=row.name, code=str((row.reason or {}).get("code", "")))
            for row in self._all(apart.order_by(files.c.id))
        )
        open_reviews = self._open_reviews(documents.c.id.is_not(None))
        return Status(counts, open_reviews, quarantined, tuple(self._stuck()), tuple(self._waiting()))

    def _waiting(self) -> list[Waiting]:
        query = select(
            steps.c.reason,
            func.count().label("steps"),
            func.count(steps.c.file_id.distinct()).label("files"),
            type_coerce(func.min(steps.c.not_before), Text).label("next_try"),
            type_coerce(func.max(steps.c.not_before), Text).label("last_try"),
        )
        query = query.where(steps.c.state == "WAITING").group_by(steps.c.reason)
        by_code: dict[str, Waiting] = {}
        for row in self._all(query):  # reasons of one code may differ in their details
            told = row.reason or {}
            code = str(told.get("code", ""))
            message, hint = str(told.get("message", "")), str(told.get("hint", ""))
            one = Waiting(
                code=code,
                message=message,
                hint=hint,
                steps=row.steps,
                files=row.files,
                next_try=row.next_try,
                last_try=row.last_try,
            )
            known = by_code.setdefault(code, one)
            if known is not one:
                known["steps"] += one["steps"]
                known["files"] = max(known["files"], one["files"])
                known["next_try"] = min(known["next_try"], one["next_try"])
                known["last_try"] = max(known["last_try"], one["last_try"])
        return sorted(by_code.values(), key=lambda one: -one["steps"])

    def _stuck(self) -> list[Stuck]:
        return [*self._stuck_steps(), *self._without_step(files), *self._without_step(documents)]

    def _stuck_steps(self) -> list[Stuck]:
        expired = and_(steps.c.state == "RUNNING", steps.c.lease_until < self._now())
        # The failure of a file that was set apart is told there.
        failed = and_(steps.c.state == "FAILED", files.c.state.not_in(("QUARANTINED", "CANCELLED")))
        query = select(steps.c.id, steps.c.kind, steps.c.state, steps.c.reason)
        query = query.join(files, files.c.id == steps.c.file_id).where(or_(failed, expired)).order_by(steps.c.id)
        return [
            Stuck(
                kind="step",
                id=row.id,
                why="FAILED" if row.state == "FAILED" else "LEASE_EXPIRED",
                detail=row.reason or row.kind,
            )
            for row in self._all(query)
        ]

    def _without_step(self, table: Table) -> list[Stuck]:
        is_file = table is files
        moving = MOVING_FILE if is_file else MOVING_DOCUMENT
        file_id = files.c.id if is_file else documents.c.file_id
        helped = exists().where(steps.c.file_id == file_id, or_(_open(), steps.c.state == "FAILED"))
        query = select(table.c.id, table.c.state).where(table.c.state.in_(moving), not_(helped)).order_by(table.c.id)
        kind = "file" if is_file else "document"
        return [Stuck(kind=kind, id=row.id, why="NO_STEP", detail=row.state) for row in self._all(query)]

    def _states(self, table: Table, where: ColumnElement[bool] | None = None) -> dict[str, int]:
        query = select(table.c.state, func.count().label("number")).group_by(table.c.state)
        rows = self._all(query if where is None else query.where(where))
        return {row.state: row.number for row in rows}

    def _number(self, table: Table, where: ColumnElement[bool]) -> int:
        return self._count(select(func.count()).select_from(table).where(where))

    def _open_reviews(self, of_documents: ColumnElement[bool]) -> int:
        mine = reviews.c.document_id.in_(select(documents.c.id).where(of_documents))
        return self._number(reviews, and_(reviews.c.outcome.is_(None), mine))


def _open() -> ColumnElement[bool]:
    return steps.c.state.in_(OPEN_STEP)
