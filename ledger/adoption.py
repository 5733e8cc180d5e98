"""Taking up what the archive holds and the ledger does not know: after a lost ledger, the manifests are the truth."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import func, select

from ledger.arranging import ArrangementWrites
from ledger.intake import IntakeWrites
from ledger.papers import PaperWrites
from ledger.rows import OPEN_STEP, DocumentRow, FileKind
from ledger.tables import batches, documents, steps
from schemas.manifest import Manifest, Representation

SOURCE = "rebuild"


class AdoptionWrites(ArrangementWrites, IntakeWrites, PaperWrites):
    """The part of a transaction that learns from manifests."""

    def adopt_record(self, head: Manifest, manifest: str) -> bool:
        """Make the ledger know a record's newest revision, whose manifest has that digest and is in the index; false
        when it knew, or when a step for this paper is open and will see to it. Questions the manifest leaves open are
        asked again. A record that is not known at all gets a file that is DONE, in a batch named `rebuild`."""
        known = self.document_by_record(head.record)
        if known is not None and (known.state != "CANCELLED" or known.revision):
            if (known.revision or 0) >= head.revision or self._has_open_step(known.id):
                return False
            self._settle(known, head, manifest)
            return True
        self._settle(self.document(self._add_adopted(head)), head, manifest)
        return True

    def _settle(self, document: DocumentRow, head: Manifest, manifest: str) -> None:
        if head.withdrawn is not None:
            self.cancel_document(document.id, head.revision, manifest)
            self.file_done_if_complete(document.file_id)
            return
        self.set_document(
            document.id,
            state="DONE",
            revision=head.revision,
            manifest=manifest,
            indexed_revision=head.revision,
            type=head.type,
            access_level=head.access_level,
        )
        if head.doubts:
            self.open_review(document.id, None, head.doubts, head.revision)
        for name, field in head.fields.items():
            if field.doubts and not field.accepted:
                self.open_review(document.id, name, field.doubts, head.revision)
        self.file_done_if_complete(document.file_id)

    def _add_adopted(self, head: Manifest) -> int:
        if not self.unit_exists(head.unit):
            self.ensure_unit(head.unit, head.unit)
        file = self.file_by_digest(head.unit, head.source.sha256)
        file_id = file.id if file is not None else self._add_adopted_file(head)
        last = self._count(select(func.max(documents.c.index)).where(documents.c.file_id == file_id))
        is_first = not self.documents(file_id)
        return self.add_document(
            file_id,
            0 if is_first else last + 1,
            head.source.pages,
            head.type,
            head.record,
            "",  # the understanding was a blob for work, and is gone
            head.access_level,
        )

    def _add_adopted_file(self, head: Manifest) -> int:
        original = head.representation("original")
        added = self._add_file(
            self._adoption_batch(head.unit),
            head.unit,
            actor=head.conversion.by,
            name=head.source.file_name,
            sha256=head.source.sha256,
            size=original.size if original else None,
            kind=_kind(original),
            notices=["ADOPTED"],
            state="DONE",
            queue="repair",
            priority=0,
        )
        if added is None:  # taken in at this very moment
            first = self.file_by_digest(head.unit, head.source.sha256)
            assert first is not None
            return first.id
        return added

    def _adoption_batch(self, unit: str) -> int:
        query = select(batches.c.id).where(batches.c.unit == unit, batches.c.source == SOURCE)
        known = self._all(query.order_by(batches.c.id))
        return int(known[0].id) if known else self.open_batch(unit, SOURCE, "motlan")

    def _has_open_step(self, document_id: int) -> bool:
        query = select(func.count()).select_from(steps)
        mine = (steps.c.document_id == document_id, steps.c.state.in_(OPEN_STEP))
        return self._count(query.where(*mine)) > 0


def _kind(original: Representation | None) -> FileKind | None:
    if original is None:
        return None
    kinds: tuple[FileKind, ...] = get_args(FileKind)
    return next((kind for kind in kinds if original.media_type.endswith(f"/{kind}")), None)
