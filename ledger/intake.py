"""Writing down what was dropped: units, batches, files and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from ledger.privacy import mask_runs, without_numbers
from ledger.reads import file_of
from ledger.rows import OPEN_STEP, ExpectationSource, FileKind, FileRow, FileState, Reason, ReceivedFile
from ledger.statements import LOCKED_FILE
from ledger.tables import (
    IS_TAKEN,
    NEVER,
    batches,
    documents,
    expectations,
    files,
    outbox,
    pages,
    registers,
    reviews,
    steps,
    units,
)
from ledger.work import WorkWrites

UNFINISHED_FILE: tuple[FileState, ...] = ("RECEIVED", "READING", "UNDERSTOOD", "WAITING")
FINISHED_DOCUMENT = ("DONE", "CANCELLED", "DAMAGED")


class IntakeWrites(WorkWrites):
    """The part of a transaction that deals with files."""

    def ensure_unit(self, code: str, name: str, parent: str | None = None) -> None:
        """Make the unit known, or give it the name and parent it has now."""
        if self.unit_exists(code):
            self._do(update(units).where(units.c.code == code).values(name=name, parent=parent))
        else:
            self._do(insert(units).values(code=code, name=name, parent=parent, created_at=self._now()))

    def open_batch(
        self,
        unit: str,
        source: str,
        actor: str,
        expected_files: int | None = None,
        due_at: datetime | None = None,
    ) -> int:
        """Begin a drop of a unit (which must exist) and return its id. What is due sooner is done before other work of
        the same priority."""
        self.unit(unit)
        values = {"unit": unit, "source": mask_runs(source), "actor": actor, "expected_files": expected_files}
        return self._insert(batches, **values, created_at=self._now(), due_at=due_at or NEVER)

    def receive_file(
        self,
        batch_id: int,
        name: str,
        sha256: str,
        size: int,
        kind: FileKind,
        notices: Sequence[str],
        actor: str,
        path_shown: str | None = None,
        queue: str = "batch",
        priority: int = 5,
        once: bool = False,
    ) -> ReceivedFile:
        """Take a file in, with its first step `inspect`; one whose bytes the unit has taken before is only linked. With
        `once`, the same name and bytes in the same batch are the same file, sent again. The audit entry is the caller's
        to write, who knows more of how the file came."""
        if once and (known := self._known(batch_id, path_shown or name, sha256)):
            return ReceivedFile(known.id, known.duplicate_of, again=True)
        unit = self._unit_of(batch_id)
        told: dict[str, Any] = {
            "actor": actor,
            "name": name,
            "path_shown": path_shown,
            "sha256": sha256,
            "size": size,
            "kind": kind,
            "notices": list(notices),
            "queue": queue,
            "priority": priority,
        }
        file_id = self._add_file(batch_id, unit, state="RECEIVED", **told)  # None: its bytes are taken
        if file_id is not None:
            self.add_step("inspect", file_id)
            return ReceivedFile(file_id, None)
        first = self.file_by_digest(unit, sha256)
        assert first is not None
        linked = self._add_file(batch_id, unit, state="DUPLICATE", duplicate_of=first.id, **told)
        return ReceivedFile(_there(linked), first.id)

    def refuse_file(
        self,
        batch_id: int,
        name: str,
        reason: Reason,
        actor: str,
        sha256: str | None = None,
        size: int | None = None,
        once: bool = False,
    ) -> ReceivedFile:
        """Write down a file that cannot be worked on: QUARANTINED when its bytes were kept, else REFUSED. With `once`,
        the same name and bytes in the same batch are the same file, sent again."""
        if once and (known := self._known(batch_id, name, sha256)):
            return ReceivedFile(known.id, known.duplicate_of, again=True)
        state = "QUARANTINED" if sha256 else "REFUSED"
        refused = self._add_file(
            batch_id,
            self._unit_of(batch_id),
            actor=actor,
            name=name,
            sha256=sha256,
            size=size,
            notices=[],
            state=state,
            reason=without_numbers(reason),
            queue="batch",
            priority=5,
        )
        return ReceivedFile(_there(refused), None)

    def set_inspected(self, file_id: int, pages: int, signed: bool, plain_pictures: bool, incoming: str | None) -> None:
        """Write down what a look at the file found, and a row for every page; the file is READING from now on."""
        changed = self._change_file(
            file_id,
            ("RECEIVED",),
            state="READING",
            pages=pages,
            signed=signed,
            plain_pictures=plain_pictures,
            incoming=incoming,
        )
        if changed:
            self._add_pages(file_id, pages)

    def page_read(self, file_id: int, page: int, reading: str, notices: Sequence[str]) -> int:
        """Write down a page's reading. Returns how many pages are left, so that exactly one caller ever gets 0; for a
        page that was read before (or is not of this file) nothing changes and the answer is -1."""
        self._lock_file(file_id)
        this = (pages.c.file_id == file_id, pages.c.page == page, pages.c.state == "READING")
        if self._do(update(pages).where(*this).values(state="READ", reading=reading, notices=list(notices))) == 0:
            return -1
        left = select(func.count()).select_from(pages).where(pages.c.file_id == file_id, pages.c.state == "READING")
        return self._count(left)

    def pages_apart(self, file_id: int, numbers: Sequence[int]) -> None:
        """Pages that were read and belong to no paper."""
        for page in numbers:
            this = (pages.c.file_id == file_id, pages.c.page == page, pages.c.state == "READ")
            self._do(update(pages).where(*this).values(state="APART"))

    def note_file(self, file_id: int, codes: Sequence[str]) -> None:
        """Tell something about a file: stable codes beside those it has."""
        if codes:
            known = self.file(file_id).notices
            self._change_file(file_id, None, notices=list(dict.fromkeys([*known, *codes])))

    def hurry_file(self, file_id: int, priority: int) -> None:
        """Do what is left of a file before less urgent work: its open steps get that priority, and so do later ones."""
        if self.file(file_id).priority >= priority:
            return
        self._change_file(file_id, None, priority=priority)
        left = (steps.c.file_id == file_id, steps.c.state.in_(("READY", "WAITING")), steps.c.priority < priority)
        self._do(update(steps).where(*left).values(priority=priority))

    def expect(
        self,
        batch_id: int,
        source: ExpectationSource,
        *,
        code: str = "",
        papers: int | None = None,
        pages: int | None = None,
        file_id: int | None = None,
        page: int | None = None,
    ) -> None:
        """Write down what a batch, or what lies behind a sheet, is said to hold; said again by the same source at the
        same place, it changes nothing."""
        place = (expectations.c.batch_id == batch_id, expectations.c.source == source)
        where = (expectations.c.file_id.is_not_distinct_from(file_id), expectations.c.page.is_not_distinct_from(page))
        if not self._all(select(expectations.c.id).where(*place, *where)):
            told = {"source": source, "code": mask_runs(code), "papers": papers, "pages": pages}
            place_of = {"batch_id": batch_id, "file_id": file_id, "page": page}
            self._insert(expectations, **told, **place_of, created_at=self._now())

    def add_register(self, batch_id: int, name: str, sha256: str) -> int:
        """Write down that a register came with a batch; its bytes must be in the received area. The same one sent again
        is the same register."""
        shown = mask_runs(name)
        same = (registers.c.batch_id == batch_id, registers.c.sha256 == sha256, registers.c.name == shown)
        if known := self._all(select(registers.c.id).where(*same)):
            return int(known[0].id)
        return self._insert(registers, batch_id=batch_id, name=shown, sha256=sha256, created_at=self._now())

    def set_file_state(self, file_id: int, new: FileState, expected: tuple[FileState, ...] | None = None) -> bool:
        """Move a file to a state if it is in one of the expected ones; whether it was."""
        return self._change_file(file_id, expected, state=new)

    def quarantine_file(self, file_id: int, reason: Reason) -> None:
        """Set a file apart: its open steps and its papers that are not stored yet are cancelled. A worker that does
        this about its own step must end that step first, in the same transaction."""
        self._lock_file(file_id)
        self.write_hints()
        now = self._now()
        self._change_file(file_id, None, state="QUARANTINED", reason=without_numbers(reason))
        mine = select(steps.c.id).where(steps.c.file_id == file_id)
        self._do(outbox.delete().where(outbox.c.step_id.in_(mine)))
        is_open = (steps.c.file_id == file_id, steps.c.state.in_(OPEN_STEP))
        self._do(update(steps).where(*is_open).values(state="CANCELLED", lease_until=None, changed_at=now))
        lost = (documents.c.file_id == file_id, documents.c.revision.is_(None))
        self._do(update(documents).where(*lost).values(state="CANCELLED", changed_at=now))
        asked = reviews.c.document_id.in_(select(documents.c.id).where(*lost))
        self._do(update(reviews).where(asked, reviews.c.outcome.is_(None)).values(outcome="superseded", decided_at=now))

    def file_done_if_complete(self, file_id: int) -> bool:
        """Move an understood file to DONE if its last paper is; true for exactly one caller."""
        self._lock_file(file_id)
        open_papers = select(func.count()).select_from(documents)
        open_papers = open_papers.where(documents.c.file_id == file_id, documents.c.state.not_in(FINISHED_DOCUMENT))
        if self._count(open_papers):
            return False
        return self._change_file(file_id, ("UNDERSTOOD", "WAITING"), state="DONE")

    def _known(self, batch_id: int, shown: str, sha256: str | None) -> FileRow | None:
        # On PostgreSQL the lock puts those in a line who send the same file at the same time.
        self._one(
            select(batches.c.id).where(batches.c.id == batch_id).with_for_update(key_share=True), "batch", batch_id
        )
        same = (files.c.batch_id == batch_id, files.c.sha256.is_not_distinct_from(sha256))
        place = func.coalesce(files.c.path_shown, files.c.name) == mask_runs(shown)
        found = self._all(select(files).where(*same, place).order_by(files.c.id).limit(1))
        return file_of(found[0]) if found else None

    def _unit_of(self, batch_id: int) -> str:
        return self.batch(batch_id).unit

    def _add_file(
        self, batch_id: int, unit: str, *, name: str, path_shown: str | None = None, **values: Any
    ) -> int | None:
        """None when the unit has taken these bytes before (index uq_files_taken), or takes them at this moment."""
        now = self._now()
        return self._insert_new(
            files,
            [files.c.unit, files.c.sha256],
            IS_TAKEN,
            batch_id=batch_id,
            unit=unit,
            name=mask_runs(name),
            path_shown=None if path_shown is None else mask_runs(path_shown),
            signed=False,
            plain_pictures=False,
            received_at=now,
            changed_at=now,
            **values,
        )

    def _add_pages(self, file_id: int, number: int) -> None:
        rows = [{"file_id": file_id, "page": n, "state": "READING", "notices": []} for n in range(1, number + 1)]
        if rows:
            self._do(insert(pages), rows)

    def _change_file(self, file_id: int, expected: tuple[FileState, ...] | None, **values: Any) -> bool:
        return self._change(files, file_id, expected, values)

    def _lock_file(self, file_id: int) -> None:
        # On PostgreSQL this puts the finishers of one file in a line; SQLite's write lock has done so already. With
        # key_share it does not stop those who only refer to the file, as every new step does.
        self._one(LOCKED_FILE, "file", file_id, row=file_id)


def _there(key: int | None) -> int:
    assert key is not None  # its state is none that uq_files_taken looks at, or nobody else adds it
    return key
