"""The files of a batch as a page shows them: where each stands, its papers, and what a clerk can do about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ledger import Batch, DocumentRow, FileRow
from ledger.joining import LIVING_JOIN, MOVING_JOIN
from ledger.questions import Questions
from portal.parts import Parts
from schemas.errors import MotlanError, by_code

FileWord = Literal["received", "reading", "sealing", "waiting", "done", "review", "apart", "duplicate", "cancelled"]
PAGE = 100  # files on one page of a batch


@dataclass(frozen=True)
class PaperLine:
    """A paper found in a file: its type's name, its pages in the file, and the open questions about it."""

    record: str
    type: str
    type_name: str
    pages: tuple[int, ...]
    stored: bool
    reviews: tuple[int, ...]

    @property
    def pages_told(self) -> str:
        """`1–3, 7`: its pages as people say them."""
        runs: list[list[int]] = []
        for page in self.pages:
            if runs and page == runs[-1][-1] + 1:
                runs[-1].append(page)
            else:
                runs.append([page])
        return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


@dataclass(frozen=True)
class FileLine:
    """A file: its word, how many of its pages are read, its papers; `reason` where it was set apart or waits;
    `first_batch` where the first file with these bytes came in. `joined_from`: the files it was made of; `joined_into`:
    the one it went into."""

    id: int
    batch: int
    name: str
    size: int | None
    word: FileWord
    pages: int | None
    read: int
    papers: tuple[PaperLine, ...]
    reason: MotlanError | None
    first_batch: int | None
    joined_from: tuple[str, ...] = ()
    joined_into: str | None = None


def files_of(parts: Parts, batch: Batch, after: int = 0, limit: int = PAGE) -> list[FileLine]:
    """The files of a batch with ids above `after`, in the order they came. A duplicate tells the papers of the file it
    was linked to."""
    with parts.ledger.look() as at:
        rows = at.files_page(batch.id, after, limit)
        firsts = {row.duplicate_of: at.file(row.duplicate_of) for row in rows if row.duplicate_of}
        ids = [row.duplicate_of or row.id for row in rows]
        read, documents, reviews = at.pages_of(ids), at.documents_of(ids), at.open_reviews_of(ids)
        joins = _Joins(at, batch.id, [row.id for row in rows])
    papers: dict[int, list[DocumentRow]] = {}
    for document in documents:
        papers.setdefault(document.file_id, []).append(document)
    return [
        joins.told(
            _line(
                parts, row, firsts.get(row.duplicate_of or 0), read, papers.get(row.duplicate_of or row.id, []), reviews
            )
        )
        for row in rows
    ]


class _Joins:
    """Which of these files were made of others, or went into one."""

    def __init__(self, at: Questions, batch: int, files: Collection[int]) -> None:
        self._made_of: dict[int, tuple[str, ...]] = {}
        self._gone_into: dict[int, str] = {}
        self._going: set[int] = set()
        for one in at.joins(batch):
            sources = {source.file_id for source in one.sources}
            if not {one.file_id, *sources} & set(files):
                continue
            self._made_of[one.file_id] = tuple(_shown(at.file(source.file_id)) for source in one.sources)
            if one.state in LIVING_JOIN:
                self._gone_into |= dict.fromkeys(sources, _shown(at.file(one.file_id)))
            if one.state in MOVING_JOIN:
                self._going |= sources

    def told(self, line: FileLine) -> FileLine:
        """The line with what is known of it here. What is just going into another file is not stored by itself."""
        word = "sealing" if line.id in self._going and line.word == "done" and not line.papers else line.word
        into, made_of = self._gone_into.get(line.id), self._made_of.get(line.id, ())
        return replace(line, word=word, joined_from=made_of, joined_into=into)


def _shown(row: FileRow) -> str:
    return row.path_shown or row.name


def _line(
    parts: Parts,
    row: FileRow,
    first: FileRow | None,
    read: dict[int, int],
    documents: Sequence[DocumentRow],
    reviews: dict[int, list[int]],
) -> FileLine:
    papers = tuple(_paper(parts, document, reviews) for document in documents)
    return FileLine(
        id=row.id,
        batch=row.batch_id,
        name=_shown(row),
        size=row.size,
        word=_word(row, documents, papers),
        pages=(first or row).pages,
        read=read.get((first or row).id, 0),
        papers=papers,
        reason=_reason(row.reason),
        first_batch=first.batch_id if first else None,
    )


def _paper(parts: Parts, document: DocumentRow, reviews: dict[int, list[int]]) -> PaperLine:
    kind = parts.types.get(document.type)
    return PaperLine(
        record=document.record,
        type=document.type,
        type_name=kind.name if kind else "",
        pages=document.pages,
        stored=document.revision is not None,
        reviews=tuple(reviews.get(document.id, ())),
    )


def _word(row: FileRow, documents: Sequence[DocumentRow], papers: Sequence[PaperLine]) -> FileWord:
    if row.state in ("QUARANTINED", "REFUSED"):
        return "apart"
    if row.state == "DUPLICATE":
        return "duplicate"
    if row.state == "CANCELLED":
        return "cancelled"
    if row.state == "WAITING" or any(document.state == "WAITING" for document in documents):
        return "waiting"
    if row.state == "DONE":
        return "review" if any(paper.reviews for paper in papers) else "done"
    return {"RECEIVED": "received", "READING": "reading"}.get(row.state, "sealing")  # type: ignore[return-value]


def _reason(told: dict[str, Any] | None) -> MotlanError | None:
    return by_code(str(told.get("code")))(**told.get("details", {})) if told else None
