"""Writing down what became of papers, and the questions about them that people decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypedDict, Unpack

from sqlalchemy import select

from ledger.rows import DocumentState
from ledger.statements import insert_unless_there
from ledger.tables import documents, reviews
from ledger.writes import Writes


class DocumentChange(TypedDict, total=False):
    """The columns of a document that may change with its state."""

    sealed: str | None
    revision: int | None
    manifest: str | None
    indexed_revision: int | None
    review_generation: int
    understanding: str
    type: str
    access_level: str


class PaperWrites(Writes):
    """The part of a transaction that deals with documents and reviews."""

    def add_document(
        self,
        file_id: int,
        index: int,
        pages: Sequence[int],
        type: str,
        record: str,
        understanding: str,
        access_level: str,
    ) -> int:
        """Write down the paper at that place of the file; done again, it is the same document, unchanged."""
        now = self._now()
        document = self._insert_new(
            documents,
            [documents.c.file_id, documents.c.index],
            file_id=file_id,
            unit=self.file(file_id).unit,
            index=index,
            pages=list(pages),
            type=type,
            record=record,
            understanding=understanding,
            access_level=access_level,
            state="UNDERSTOOD",
            review_generation=0,
            created_at=now,
            changed_at=now,
        )
        if document is None:
            this = (documents.c.file_id == file_id, documents.c.index == index)
            document = int(self._all(select(documents.c.id).where(*this))[0].id)
        return document

    def set_document(
        self,
        document_id: int,
        *,
        state: DocumentState,
        expected: DocumentState | tuple[DocumentState, ...] | None = None,
        **values: Unpack[DocumentChange],
    ) -> bool:
        """Move a document to a state, with what is known by then, if it is in an expected one; whether it was."""
        return self._change(documents, document_id, expected, {**values, "state": state})

    def mark_damaged(self, records: Collection[str]) -> None:
        """From now on the stored papers of these records are DAMAGED, and no others. Each that begins or ends to be is
        told to the audit chain; one on which a step is at work is left for the next time."""
        found = (self.document_by_record(record) for record in sorted(records))
        for harmed in (one for one in found if one is not None):
            if self.set_document(harmed.id, state="DAMAGED", expected="DONE"):
                self.audit("motlan", "record.damaged", harmed.record, {}, record=harmed.record)
        for whole in (one for one in self.documents(state="DAMAGED") if one.record not in records):
            if self.set_document(whole.id, state="DONE", expected="DAMAGED"):
                self.audit("motlan", "record.repaired", whole.record, {}, record=whole.record)

    def open_reviews(self, document_id: int, unit: str, asked: Mapping[str, Sequence[str]], revision: int) -> None:
        """Ask a person about these fields ("": the whole paper) of a revision, with the doubts about each, at once."""
        if not asked:
            return
        connection, now = self._usable(), self._now()
        same = (reviews.c.document_id, reviews.c.field, reviews.c.revision)
        told = {"document_id": document_id, "unit": unit, "revision": revision, "created_at": now}
        rows = [{**told, "field": field, "doubts": list(doubts)} for field, doubts in asked.items()]
        connection.execute(insert_unless_there(connection.dialect.name, reviews, same, None), rows)

    def open_review(self, document_id: int, field: str | None, doubts: Sequence[str], revision: int) -> int:
        """Ask a person about a field (or the whole paper) of a revision; the same question again is the same review."""
        this = (reviews.c.document_id == document_id, reviews.c.field == (field or ""), reviews.c.revision == revision)
        known = self._all(select(reviews.c.id).where(*this))
        if known:
            return int(known[0].id)
        return self._insert(
            reviews,
            document_id=document_id,
            field=field or "",
            doubts=list(doubts),
            revision=revision,
            created_at=self._now(),
            unit=self.document(document_id).unit,
        )
