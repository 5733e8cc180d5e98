"""A file's papers with their pages as a clerk lays them out, and the plan that comes back from the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from ledger import FileRow
from portal.access import record_look
from portal.parts import Parts
from portal.pictures import page_jpeg
from portal.review.desk import desk_of
from portal.visitor import Visitor, parts_of
from schemas.errors import ArrangementNotPossible, NoSuchRow, NotAllowed
from schemas.manifest import Manifest
from worker.arranging import Planned, papers_of
from worker.arranging import arrange as order_arrangement
from worker.arranging import undo as order_undo
from worker.outcome import publish

UNKNOWN = "unknown"


@dataclass(frozen=True)
class LaidPaper:
    """A paper as it is now: its record, type and pages within the file, in order."""

    record: str
    type: str
    pages: tuple[int, ...]
    reviews: int


@dataclass(frozen=True)
class Layout:
    """A file's papers; `busy` while something of it is under way, `undoable` when there is an arrangement to undo."""

    file: FileRow
    papers: tuple[LaidPaper, ...]
    busy: bool
    undoable: bool

    @property
    def pages(self) -> int:
        return sum(len(paper.pages) for paper in self.papers)


def file_of(parts: Parts, visitor: Visitor, file_id: int) -> FileRow:
    """A file of the visitor's own unit, by the file whose bytes were taken. Raises NotAllowed."""
    try:
        file = parts.ledger.file(file_id)
        file = parts.ledger.file(file.duplicate_of) if file.duplicate_of else file
    except NoSuchRow:
        raise NotAllowed() from None
    if file.unit != visitor.unit:
        raise NotAllowed()
    return file


def layout_for(request: Request, visitor: Visitor, file_id: int) -> Layout:
    """How the file is laid out now; the look at its papers is written down first. Raises NotAllowed."""
    parts = parts_of(request)
    file = file_of(parts, visitor, file_id)
    rows = papers_of(parts, file.id)
    for row in rows:
        _cover(request, visitor, row.record)
    return Layout(
        file,
        tuple(
            LaidPaper(row.record, row.type, row.pages, len(parts.ledger.reviews(document_id=row.id))) for row in rows
        ),
        not parts.ledger.is_at_rest(file.id),
        any(one.state == "APPLIED" for one in parts.ledger.arrangements(file.id)),
    )


def page_picture(request: Request, visitor: Visitor, file_id: int, page: int, width: int) -> bytes:
    """A page of the file as JPEG, covered by a written look. Raises NotAllowed for a page in no paper of it."""
    parts = parts_of(request)
    file = file_of(parts, visitor, file_id)
    row = next((row for row in papers_of(parts, file.id) if page in row.pages), None)
    manifest = _cover(request, visitor, row.record) if row is not None else None
    if manifest is None or page not in manifest.source.pages:
        raise NotAllowed()
    return page_jpeg(parts, manifest, manifest.source.pages.index(page) + 1, width)


def _cover(request: Request, visitor: Visitor, record: str) -> Manifest | None:
    parts, desk = parts_of(request), desk_of(request)
    manifest = parts.records.head(record)
    if manifest is not None and not desk.covers(visitor.known.id, record, parts.clock()):
        record_look(parts, visitor, "arrange", manifest)
        desk.looked(visitor.known.id, record, parts.clock())
    return manifest


def plan_of(form: Mapping[str, str]) -> list[Planned]:
    """The plan of a page's form: `paper_N` and `place_N` for each page N, `type_K` for each paper K. Raises
    ArrangementNotPossible."""
    papers: dict[int, list[tuple[int, int]]] = {}
    try:
        for name, value in form.items():
            word, _, number = name.partition("_")
            if word == "paper":
                papers.setdefault(int(value), []).append((int(form.get(f"place_{number}", number)), int(number)))
    except ValueError:
        raise ArrangementNotPossible(reason="số thứ tự phải là số") from None
    return [
        Planned(tuple(page for _, page in sorted(pages)), form.get(f"type_{paper}") or None)
        for paper, pages in sorted(papers.items())
    ]


def arrange(parts: Parts, visitor: Visitor, file_id: int, plan: list[Planned]) -> None:
    """Order the plan. Raises NotAllowed, ArrangementNotPossible."""
    publish(parts, order_arrangement(parts, file_of(parts, visitor, file_id).id, plan, visitor.actor))


def undo(parts: Parts, visitor: Visitor, file_id: int) -> None:
    """Bring back what was before. Raises NotAllowed, ArrangementNotPossible."""
    publish(parts, order_undo(parts, file_of(parts, visitor, file_id).id, visitor.actor))
