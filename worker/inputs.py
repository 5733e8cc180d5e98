"""What a step works on, fetched from ledger and blobs: its readings, and the paper as it was understood."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger import DocumentRow, Step, TakenFile
from schemas.evidence import Paper, Understanding, Verdict
from schemas.reading import PageReading
from storage.blobs import BlobStore
from worker.parts import Parts


def subject_of(parts: Parts, step: Step) -> tuple[DocumentRow, TakenFile]:
    """The paper a step is about, and the file it came in."""
    assert step.document_id is not None
    return parts.ledger.document(step.document_id), parts.ledger.taken_file(step.file_id)


def bytes_of(store: BlobStore, digest: str) -> bytes:
    """A small blob, whole."""
    with store.open(digest) as stream:
        return stream.read()


def readings_of(parts: Parts, file_id: int) -> list[PageReading]:
    """All page readings of a file, in page order. Raises BlobMissing when the work area lost one."""
    rows = parts.ledger.pages(file_id)
    return [PageReading.model_validate_json(bytes_of(parts.work, row.reading)) for row in rows if row.reading]


def incoming_of(parts: Parts, file: TakenFile) -> Verdict | None:
    """The verdict on the signatures that the file came with."""
    return Verdict.model_validate_json(bytes_of(parts.work, file.incoming)) if file.incoming else None


def paper_of(parts: Parts, document: DocumentRow) -> tuple[Paper, list[PageReading]]:
    """The paper as it was understood, and the readings of its pages."""
    understood = Understanding.model_validate_json(bytes_of(parts.work, document.understanding))
    paper = next(paper for paper in understood.papers if paper.index == document.index)
    readings = readings_of(parts, document.file_id)
    return paper, [readings[page - 1] for page in paper.pages]


@contextmanager
def scratch(parts: Parts) -> Iterator[Path]:
    """A folder of this step's own, gone afterwards."""
    parts.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parts.staging, prefix="step-") as folder:
        yield Path(folder)
