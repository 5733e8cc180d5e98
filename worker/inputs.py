"""What a step works on, fetched from ledger and blobs: its readings, and the paper as it was understood."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import overload

from ledger import DocumentRow, Step, TakenFile
from schemas.errors import BlobMissing
from schemas.evidence import Paper, Verdict
from schemas.reading import PageReading
from storage.blobs import BlobStore
from worker.parts import Parts


class Readings(Sequence[PageReading]):
    """The readings of some pages, in order, each fetched from its blob whenever it is asked for: a dense page takes a
    megabyte in memory, and a file may have two thousand. Raises BlobMissing when the work area lost one."""

    def __init__(self, store: BlobStore, digests: Sequence[str]) -> None:
        self._store, self._digests = store, digests

    def __len__(self) -> int:
        return len(self._digests)

    @overload
    def __getitem__(self, index: int) -> PageReading: ...
    @overload
    def __getitem__(self, index: slice) -> Readings: ...
    def __getitem__(self, index: int | slice) -> PageReading | Readings:
        if isinstance(index, slice):
            return Readings(self._store, self._digests[index])
        return PageReading.model_validate_json(self.bytes_at(index))

    def bytes_at(self, index: int) -> bytes:
        """A reading as its blob has it: canonical JSON."""
        return bytes_of(self._store, self._digests[index])


def subject_of(parts: Parts, step: Step) -> tuple[DocumentRow, TakenFile]:
    """The paper a step is about, and the file it came in."""
    assert step.document_id is not None
    with parts.ledger.look() as at:
        return at.document(step.document_id), at.taken_file(step.file_id)


def document_of(parts: Parts, step: Step) -> DocumentRow:
    """The paper a step is about."""
    assert step.document_id is not None
    return parts.ledger.document(step.document_id)


def bytes_of(store: BlobStore, digest: str) -> bytes:
    """A small blob, whole."""
    with store.open(digest) as stream:
        return stream.read()


def readings_of(parts: Parts, file_id: int, pages: Sequence[int] | None = None) -> Readings:
    """The readings of a file's pages: of all of them in page order, or of those told, in that order. Raises BlobMissing
    for a page without a reading."""
    rows = parts.ledger.pages(file_id, pages)
    if pages is not None:
        place = {page: at for at, page in enumerate(pages)}
        rows.sort(key=lambda row: place[row.page])
    if any(row.reading is None for row in rows):
        raise BlobMissing(digest="(page not read)")
    return Readings(parts.work, [row.reading for row in rows if row.reading is not None])


def incoming_of(parts: Parts, file: TakenFile) -> Verdict | None:
    """The verdict on the signatures that the file came with."""
    return Verdict.model_validate_json(bytes_of(parts.work, file.incoming)) if file.incoming else None


def paper_of(parts: Parts, document: DocumentRow) -> tuple[Paper, Readings]:
    """The paper as it was understood, and the readings of its pages."""
    paper = Paper.model_validate_json(bytes_of(parts.work, document.understanding))
    return paper, readings_of(parts, document.file_id, paper.pages)


@contextmanager
def scratch(parts: Parts) -> Iterator[Path]:
    """A folder of this step's own, gone afterwards."""
    parts.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parts.staging, prefix="step-") as folder:
        yield Path(folder)
