"""What a step works on, fetched from ledger and blobs: its readings, and the paper as it was understood."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from ledger import DocumentRow, PageRow, Step, TakenFile
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


@dataclass(frozen=True)
class Subject:
    """The paper a step is about, the file it came in, and its pages: one look at the ledger."""

    document: DocumentRow
    file: TakenFile
    rows: Sequence[PageRow]


def subject_of(parts: Parts, step: Step) -> Subject:
    """What a step is about."""
    assert step.document_id is not None
    with parts.ledger.look() as at:
        document = at.document(step.document_id)
        return Subject(document, at.taken_file(step.file_id), at.pages(document.file_id, document.pages))


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
    return readings_in(parts, _in_order(rows, pages))


def _in_order(rows: list[PageRow], pages: Sequence[int] | None) -> list[PageRow]:
    place = {page: at for at, page in enumerate(pages or ())}
    return sorted(rows, key=lambda row: place[row.page]) if pages is not None else rows


def readings_in(parts: Parts, rows: Sequence[PageRow]) -> Readings:
    """The readings of these pages, in the rows' order. Raises BlobMissing for a page without a reading."""
    if any(row.reading is None for row in rows):
        raise BlobMissing(digest="(page not read)")
    return Readings(parts.work, [row.reading for row in rows if row.reading is not None])


def incoming_of(parts: Parts, file: TakenFile) -> Verdict | None:
    """The verdict on the signatures that the file came with."""
    return Verdict.model_validate_json(bytes_of(parts.work, file.incoming)) if file.incoming else None


def paper_of(parts: Parts, subject: Subject) -> tuple[Paper, Readings]:
    """The paper as it was understood, and the readings of its pages."""
    paper = Paper.model_validate_json(bytes_of(parts.work, subject.document.understanding))
    row = {row.page: row for row in subject.rows}
    return paper, readings_in(parts, [row[page] for page in paper.pages])


@contextmanager
def scratch(parts: Parts) -> Iterator[Path]:
    """A folder of this step's own, gone afterwards."""
    parts.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parts.staging, prefix="step-") as folder:
        yield Path(folder)
