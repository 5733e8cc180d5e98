"""How people laid out a file's papers anew: each arrangement with what was before it, so that it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update

from ledger.facts import FactWrites
from ledger.people_tables import arrangements
from ledger.reads import Reads
from ledger.rows import DocumentRow
from ledger.tables import documents, files, reviews

ArrangementState = Literal["APPLIED", "UNDONE", "UNDO"]


@dataclass(frozen=True)
class Arrangement:
    """`plan` and `before` are digests of blobs in the work area. An UNDO brought an earlier one's `before` back."""

    id: int
    file_id: int
    actor: str
    plan: str
    before: str
    state: ArrangementState
    created_at: datetime
    undone_at: datetime | None


class ArrangementReads(Reads):
    """Questions about arrangements."""

    def arrangement(self, arrangement_id: int) -> Arrangement:
        """Raises NoSuchRow."""
        query = select(arrangements).where(arrangements.c.id == arrangement_id)
        return Arrangement(**self._one(query, "arrangement", arrangement_id)._asdict())

    def arrangements(self, file_id: int) -> list[Arrangement]:
        """All of a file, oldest first."""
        query = select(arrangements).where(arrangements.c.file_id == file_id).order_by(arrangements.c.id)
        return [Arrangement(**row._asdict()) for row in self._all(query)]

    def arrangement_digests(self) -> set[str]:
        """The blobs that arrangements refer to."""
        rows = self._all(select(arrangements.c.plan, arrangements.c.before))
        return {digest for row in rows for digest in row}


class ArrangementWrites(FactWrites):
    """The part of a transaction that deals with arrangements."""

    def add_arrangement(
        self, file_id: int, actor: str, plan: str, before: str, undoes: int | None = None, *, undo: bool = False
    ) -> int:
        """Write down a plan; with `undoes` it brings back what was before that one, which counts as undone. `undo`: it
        brings something else back, and is not undone itself."""
        now = self._now()
        if undoes is not None:
            undone = update(arrangements).where(arrangements.c.id == undoes)
            self._do(undone.values(state="UNDONE", undone_at=now))
        state = "APPLIED" if undoes is None and not undo else "UNDO"
        return self._insert(
            arrangements, file_id=file_id, actor=actor, plan=plan, before=before, state=state, created_at=now
        )

    def reopen_file(self, file_id: int) -> bool:
        """A DONE file is worked on again; whether it was DONE."""
        change = update(files).where(files.c.id == file_id, files.c.state == "DONE")
        return self._do(change.values(state="UNDERSTOOD", changed_at=self._now())) == 1

    def lay_out(self, document_id: int, pages: Sequence[int], **values: Any) -> None:
        """A document's pages, type, access level and understanding anew; it is to be sealed and stored again, and what
        was asked about it is asked no more."""
        now = self._now()
        fresh = {"pages": list(pages), "state": "UNDERSTOOD", "sealed": None, "changed_at": now} | values
        self._do(update(documents).where(documents.c.id == document_id).values(**fresh))
        self.drop_reviews(document_id)

    def withdraw_document(self, document: DocumentRow, revision: int, manifest: str) -> None:
        """As `cancel_document`, told to the audit chain."""
        self.cancel_document(document.id, revision, manifest)
        detail = {"revision": revision, "manifest": manifest}
        self.audit("motlan", "record.withdrawn", document.record, detail, record=document.record)

    def cancel_document(self, document_id: int, revision: int, manifest: str) -> None:
        """The document is no paper any more: its record was withdrawn by that revision."""
        gone = {"state": "CANCELLED", "revision": revision, "manifest": manifest, "indexed_revision": revision}
        self._do(update(documents).where(documents.c.id == document_id).values(**gone, changed_at=self._now()))
        self.drop_reviews(document_id)
        self.drop_facts(document_id)

    def drop_reviews(self, document_id: int) -> None:
        """Open questions about a document are asked no more."""
        is_open = (reviews.c.document_id == document_id, reviews.c.outcome.is_(None))
        self._do(update(reviews).where(*is_open).values(outcome="superseded", decided_at=self._now()))

    def number_papers(self, file_id: int, order: Sequence[int]) -> None:
        """The documents of a file in that order are 1, 2, 3 …; all others come after them."""
        mine = [row.id for row in self._all(select(documents.c.id).where(documents.c.file_id == file_id))]
        rest = [number for number in mine if number not in order]
        for sign in (-1, 1):  # the numbers are unique at every moment
            for index, number in enumerate([*order, *rest], 1):
                self._do(update(documents).where(documents.c.id == number).values(index=sign * index))
