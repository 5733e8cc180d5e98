"""Looking things up: the same questions may be asked of the ledger or, within a transaction, of what it will be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from ledger import audit as chain
from ledger.rows import (
    NOT_TAKEN,
    AuditEntry,
    AuditReport,
    Batch,
    Consent,
    DocumentRow,
    Expectation,
    FileRow,
    Hint,
    PageRow,
    RegisterRow,
    Request,
    ReviewRow,
    Step,
    TakenFile,
    Unit,
)
from ledger.statements import STEP_COLUMNS, WITH_CONTENT, by_id
from ledger.tables import (
    IS_READY,
    audit,
    batches,
    consents,
    documents,
    expectations,
    files,
    outbox,
    pages,
    registers,
    requests,
    reviews,
    steps,
    units,
)
from schemas.errors import NoSuchRow

_EXPECTATION_COLUMNS = [c for c in expectations.c if c.name != "created_at"]
_UNIT_COLUMNS = [units.c.code, units.c.name, units.c.parent]


class Reads(ABC):
    """Questions with frozen rows for answers. An id that does not exist raises NoSuchRow."""

    @abstractmethod
    def _connection(self) -> AbstractContextManager[Connection]:
        """A connection that sees one consistent state."""

    @abstractmethod
    def _now(self) -> datetime: ...

    def _all(self, query: Select[Any], **given: str | int) -> Sequence[Row[Any]]:
        with self._connection() as connection:
            return connection.execute(query, given).all()

    def _one(self, query: Select[Any], what: str, id: int | str, **given: str | int) -> Row[Any]:
        found = self._all(query, **given)
        if not found:
            raise NoSuchRow(what=what, id=id)
        return found[0]

    def _count(self, query: Select[Any]) -> int:
        return int(self._all(query)[0][0] or 0)

    # --- intake

    def unit(self, code: str) -> Unit:
        return Unit(**self._one(select(*_UNIT_COLUMNS).where(units.c.code == code), "unit", code)._asdict())

    def units(self) -> list[Unit]:
        return [Unit(**row._asdict()) for row in self._all(select(*_UNIT_COLUMNS).order_by(units.c.code))]

    def unit_exists(self, code: str) -> bool:
        return self._count(select(func.count()).select_from(units).where(units.c.code == code)) > 0

    def batch(self, batch_id: int) -> Batch:
        return Batch(**self._one(by_id(batches), "batch", batch_id, row=batch_id)._asdict())

    def batches(self) -> list[Batch]:
        return [Batch(**row._asdict()) for row in self._all(select(batches).order_by(batches.c.id))]

    def files(self, batch_id: int | None = None, state: str | None = None) -> list[FileRow]:
        query = _where(select(files), [(files.c.batch_id, batch_id), (files.c.state, state)])
        return [file_of(row) for row in self._all(query.order_by(files.c.id))]

    def files_shown(self, batch_id: int, shown: str, also_below: bool = False) -> int:
        """How many files of a batch are shown by that path; `also_below`: or by a path that ends in it."""
        path = func.coalesce(files.c.path_shown, files.c.name)
        same = path == shown
        ends = path.endswith("/" + shown.rpartition("/")[2], autoescape=True)
        wanted = (files.c.batch_id == batch_id, or_(same, ends) if also_below else same)
        return self._count(select(func.count()).select_from(files).where(*wanted))

    def file(self, file_id: int) -> FileRow:
        return file_of(self._one(by_id(files), "file", file_id, row=file_id))

    def taken_file(self, file_id: int) -> TakenFile:
        """A file with bytes to work on; raises NoSuchRow also for one of which nothing usable was kept."""
        row = self._one(WITH_CONTENT, "file with content", file_id, row=file_id)
        return TakenFile(**{**row._asdict(), "notices": tuple(row.notices)})

    def file_by_digest(self, unit: str, sha256: str) -> FileRow | None:
        """The file with these bytes that was taken in first, and is not a duplicate or set apart."""
        query = select(files).where(files.c.unit == unit, files.c.sha256 == sha256, files.c.state.not_in(NOT_TAKEN))
        found = self._all(query.order_by(files.c.id).limit(1))
        return file_of(found[0]) if found else None

    def pages(self, file_id: int, only: Sequence[int] | None = None) -> list[PageRow]:
        """A file's pages in order; with `only` those of these numbers (from 1)."""
        query = select(pages.c.page, pages.c.state, pages.c.reading, pages.c.notices)
        query = query.where(pages.c.file_id == file_id).order_by(pages.c.page)
        if only is not None:  # a range, for a list of two thousand numbers is more than a query takes
            query = query.where(pages.c.page.between(min(only, default=0), max(only, default=0)))
        wanted = None if only is None else set(only)
        found = (row for row in self._all(query) if wanted is None or row.page in wanted)
        return [PageRow(row.page, row.state, row.reading, tuple(row.notices)) for row in found]

    def expectations(self, batch_id: int) -> list[Expectation]:
        """What was announced of a batch and of what lies behind the printed sheets in its files."""
        query = select(*_EXPECTATION_COLUMNS).where(expectations.c.batch_id == batch_id).order_by(expectations.c.id)
        return [Expectation(**row._asdict()) for row in self._all(query)]

    def registers(self, batch_id: int) -> list[RegisterRow]:
        """The registers dropped with a batch."""
        columns = (registers.c.id, registers.c.batch_id, registers.c.name, registers.c.sha256)
        query = select(*columns).where(registers.c.batch_id == batch_id).order_by(registers.c.id)
        return [RegisterRow(**row._asdict()) for row in self._all(query)]

    def register_digests(self) -> set[str]:
        """The digests of all registers: bytes that the received area keeps."""
        return {row.sha256 for row in self._all(select(registers.c.sha256))}

    # --- papers

    def documents(self, file_id: int | None = None, state: str | None = None) -> list[DocumentRow]:
        query = _where(select(documents), [(documents.c.file_id, file_id), (documents.c.state, state)])
        return [document_of(row) for row in self._all(query.order_by(documents.c.id))]

    def document(self, document_id: int) -> DocumentRow:
        return document_of(self._one(by_id(documents), "document", document_id, row=document_id))

    def document_by_record(self, record: str) -> DocumentRow | None:
        """The newest document of a record; one that was cancelled only when there is no other."""
        found = self._all(select(documents).where(documents.c.record == record).order_by(documents.c.id.desc()))
        living = [row for row in found if row.state != "CANCELLED"] or list(found)
        return document_of(living[0]) if living else None

    def reviews(self, open_only: bool = True, document_id: int | None = None) -> list[ReviewRow]:
        query = _where(select(reviews), [(reviews.c.document_id, document_id)])
        if open_only:
            query = query.where(reviews.c.outcome.is_(None))
        return [_review(row) for row in self._all(query.order_by(reviews.c.id))]

    def review(self, review_id: int) -> ReviewRow:
        return _review(self._one(select(reviews).where(reviews.c.id == review_id), "review", review_id))

    # --- work

    def steps(self, state: str | None = None, kind: str | None = None, file_id: int | None = None) -> list[Step]:
        query = select(*STEP_COLUMNS)
        query = _where(query, [(steps.c.state, state), (steps.c.kind, kind), (steps.c.file_id, file_id)])
        return [Step(**row._asdict()) for row in self._all(query.order_by(steps.c.id))]

    def step(self, step_id: int) -> Step:
        return Step(**self._one(select(*STEP_COLUMNS).where(steps.c.id == step_id), "step", step_id)._asdict())

    def running_steps(self) -> list[Step]:
        """Every step that somebody holds, with its lease."""
        return self.steps(state="RUNNING")

    def unsent(self, limit: int = 100, older_than: timedelta | None = None) -> list[Hint]:
        """Hints that are due and were not handed to the broker, most urgent first; at least `older_than` ago."""
        query = select(outbox.c.id, outbox.c.step_id, steps.c.kind, steps.c.queue)
        query = query.join(steps, steps.c.id == outbox.c.step_id)
        query = query.where(outbox.c.due_at <= self._now() - (older_than or timedelta(0)))
        return [
            Hint(**row._asdict())
            for row in self._all(query.order_by(steps.c.priority.desc(), outbox.c.id).limit(limit))
        ]

    def unhinted(self, older_than: timedelta, queue: str) -> bool:
        """Whether a step of that queue could be claimed and its last hint left the outbox that long ago."""
        query = select(steps.c.id).where(*self._forgotten(older_than), steps.c.queue == queue)
        return bool(self._all(query.limit(1)))

    def poison(self, crashes: int, interruptions: int) -> list[Step]:
        """Steps nobody runs that have lost their worker, or failed unforeseen, that often."""
        often = or_(steps.c.crashes >= crashes, steps.c.interruptions >= interruptions)
        query = select(*STEP_COLUMNS).where(steps.c.state.in_(("READY", "WAITING")), often)
        return [Step(**row._asdict()) for row in self._all(query.order_by(steps.c.id))]

    def _forgotten(self, older_than: timedelta) -> tuple[ColumnElement[bool], ...]:
        now = self._now()
        unsent = exists().where(outbox.c.step_id == steps.c.id)
        return claimable(now), steps.c.hinted_at <= now - older_than, ~unsent

    # --- accountability

    def audit_entries(
        self,
        after: int = 0,
        limit: int = 1000,
        *,
        record: str | None = None,
        subject_token: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> list[AuditEntry]:
        """Entries with a sequence number above `after`, in order."""
        wanted = [(audit.c.record, record), (audit.c.subject_token, subject_token)]
        wanted += [(audit.c.actor, actor), (audit.c.action, action)]
        query = _where(select(audit).where(audit.c.seq > after), wanted)
        return list(chain.entries_of(self._all(query.order_by(audit.c.seq).limit(limit))))

    def audit_count(self, actor: str, action: str, since: datetime, outcome: str = "ok") -> int:
        """How often an actor did something, with that outcome, since a moment; the base of quotas."""
        query = select(func.count()).select_from(audit)
        query = query.where(
            audit.c.actor == actor, audit.c.action == action, audit.c.at >= since, audit.c.outcome == outcome
        )
        return self._count(query)

    def verify_audit(self, known: tuple[int, str] | None = None) -> AuditReport:
        """Recompute the audit chain; `known` is a remembered (seq, hash) that must still be in it."""
        with self._connection() as connection:
            return chain.verify(connection, known)

    # --- reuse

    def request(self, request_id: int) -> Request:
        return Request(
            **self._one(select(requests).where(requests.c.id == request_id), "request", request_id)._asdict()
        )

    def requests(self, record: str | None = None, state: str | None = None) -> list[Request]:
        query = _where(select(requests), [(requests.c.record, record), (requests.c.state, state)])
        return [Request(**row._asdict()) for row in self._all(query.order_by(requests.c.id))]

    def consent(self, consent_id: int) -> Consent:
        return Consent(
            **self._one(select(consents).where(consents.c.id == consent_id), "consent", consent_id)._asdict()
        )

    def consents(self, request_id: int | None = None, subject_token: str | None = None) -> list[Consent]:
        wanted = [(consents.c.request_id, request_id), (consents.c.subject_token, subject_token)]
        return [Consent(**row._asdict()) for row in self._all(_where(select(consents), wanted).order_by(consents.c.id))]


def claimable(now: datetime) -> ColumnElement[bool]:
    """Steps that somebody may begin."""
    return or_(IS_READY, and_(steps.c.state == "WAITING", steps.c.not_before <= now))


def _where(query: Select[Any], wanted: Sequence[tuple[ColumnElement[Any], Any]]) -> Select[Any]:
    return query.where(*(column == value for column, value in wanted if value is not None))


def file_of(row: Row[Any]) -> FileRow:
    """A whole row of `files`."""
    return FileRow(**{**row._asdict(), "notices": tuple(row.notices)})


def document_of(row: Row[Any]) -> DocumentRow:
    """A whole row of `documents`."""
    return DocumentRow(**{**row._asdict(), "pages": tuple(row.pages)})


def _review(row: Row[Any]) -> ReviewRow:
    return ReviewRow(**{**row._asdict(), "field": row.field or None, "doubts": tuple(row.doubts)})
