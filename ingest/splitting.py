"""Splitting a dropped file into papers: a first page bears the State's motto or a form's title; a page without goes on
with the paper before it, and so does a blank one.

A file that came in signed is one paper, whatever it contains: who signed it signed the whole, annexes and drafts too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.naming import SURE, Title, anchor_share, motto_of, title_of
from ingest.sheet import Sheet
from ingest.vocabulary import folded
from schemas.types import TypeCatalogue
from schemas.vietnamese import fold

_PAGE_NUMBER_ZONE = 0.09
_PAGE_NUMBER = re.compile(r"\W*(?:trang\s*)?(\d{1,3})(?:\s*/\s*\d{1,3})?\W*")
NOT_SPLIT = "SIGNED_FILE_NOT_SPLIT"


@dataclass(frozen=True)
class Split:
    """The pages of each paper, from 1, in order; notices are stable codes."""

    papers: tuple[tuple[int, ...], ...]
    notices: tuple[str, ...] = ()


def split(sheets: Sequence[Sheet], types: TypeCatalogue, *, signed: bool) -> Split:
    """Group the pages of a file. `signed`: the file came in with signatures over it."""
    papers: list[list[int]] = []
    starts = 0
    seen_text = False
    for sheet in sheets:
        first = not sheet.reading.blank and (not seen_text or begins_paper(sheet, types))
        starts += first
        if not papers or (first and seen_text and not signed):
            papers.append([])
        seen_text = seen_text or not sheet.reading.blank
        papers[-1].append(sheet.page)
    notices = (NOT_SPLIT,) if signed and starts > 1 else ()
    return Split(tuple(tuple(pages) for pages in papers), notices)


def begins_paper(sheet: Sheet, types: TypeCatalogue) -> bool:
    """Whether a page, not the file's first, begins a paper of its own."""
    if not sheet.lines or _page_number(sheet) > 1 or _is_draft(sheet):
        return False
    if motto_of(sheet) is not None:
        return True
    title = title_of(sheet, types)
    return title is not None and title.score >= SURE and _is_form(title, sheet, types)


def _is_form(title: Title, sheet: Sheet, types: TypeCatalogue) -> bool:
    """A form's title (not a word like "QUYẾT ĐỊNH:" in the middle of a letter) with anchors of the form around it."""
    kind = types.types[title.type_id]
    return not kind.type_names and anchor_share(kind, [sheet]) > 0


def _page_number(sheet: Sheet) -> int:
    """The number printed in the top margin (Decree 30: from the second page on); 0 for none."""
    for run in sheet.runs:
        if run.box.y0 > _PAGE_NUMBER_ZONE:
            break
        match = _PAGE_NUMBER.fullmatch(fold(run.text))
        if match:
            return int(match[1])
    return 0


def _is_draft(sheet: Sheet) -> bool:
    """A draft attached to a letter belongs to it."""
    return any(run.folded in folded("draft") for run in sheet.runs if run.y < 0.25)
