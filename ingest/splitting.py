"""Splitting a dropped file into papers: a first page bears the State's motto or a form's title; a page without goes on
with the paper before it, and so does a blank one. A separator sheet ends the paper before it and belongs to none.

A file that came in signed is one paper, whatever it contains: who signed it signed the whole, annexes and drafts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.naming import SURE, Title, anchor_share, motto_of, title_of
from ingest.secrecy import is_secret, urgency_of
from ingest.separators import BatchHeader, Separator, read_sheet
from ingest.sheet import Sheet
from ingest.vocabulary import folded
from schemas.errors import SeparatorUnread, SeparatorUntrusted, SignedFileNotSplit
from schemas.types import TypeCatalogue
from schemas.vietnamese import fold

_PAGE_NUMBER_ZONE = 0.09
_PAGE_NUMBER = re.compile(r"\W*(?:trang\s*)?(\d{1,3})(?:\s*/\s*\d{1,3})?\W*")


@dataclass
class Part:
    """The pages of one paper, from 1, in order: all of them, those with something on them, and of these those with a
    seal or a barcode. `separator` is the sheet it lies behind, `urgency` the stamp on its first written page."""

    pages: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)
    separator: Separator | None = None
    follows_separator: bool = False
    urgency: str | None = None

    def take(self, sheet: Sheet) -> None:
        """Add the next page."""
        self.pages.append(sheet.page)
        if sheet.reading.blank:
            return
        if not self.written:
            self.urgency = urgency_of(sheet)
        self.written.append(sheet.page)
        if sheet.reading.seals or sheet.reading.barcodes:
            self.marked.append(sheet.page)


@dataclass
class Split:
    """What the pages of a file come to. `sheets` are the separator and header sheets by page; `apart` all pages that
    belong to no paper (these sheets and their blank backs); `notices` are stable codes. A page with a secrecy stamp
    ends the look: nothing else is told then."""

    papers: list[Part] = field(default_factory=list)
    sheets: dict[int, BatchHeader | Separator] = field(default_factory=dict)
    apart: list[int] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    secrecy_page: int | None = None


def split(sheets: Iterable[Sheet], types: TypeCatalogue, *, signed: bool) -> Split:
    """Group the pages of a file; they are looked at once, one after the other, and none is kept. `signed`: the file
    came in with signatures over it."""
    found = Split()
    starts, seen_text = 0, False
    part: Part | None = None
    behind: Separator | None = None
    for sheet in sheets:
        if is_secret(sheet):
            return Split(secrecy_page=sheet.page)
        printed = _printed(sheet, found)
        if printed is not None and not signed:
            found.sheets[sheet.page] = printed
            found.apart.append(sheet.page)
            behind = printed if isinstance(printed, Separator) else None
            part, seen_text = None, False
            continue
        if part is None and sheet.reading.blank and found.apart[-1:] == [sheet.page - 1]:
            found.apart.append(sheet.page)  # the back of a separator
            continue
        first = not sheet.reading.blank and (not seen_text or begins_paper(sheet, types))
        starts += first or printed is not None
        if part is None or (first and seen_text and not signed):
            part = Part(separator=behind, follows_separator=part is None and behind is not None)
            found.papers.append(part)
        seen_text = seen_text or not sheet.reading.blank
        part.take(sheet)
    if signed and starts > 1:
        found.notices.append(SignedFileNotSplit.code)
    return found


def _printed(sheet: Sheet, found: Split) -> BatchHeader | Separator | None:
    """The separator or header sheet that the page is. One that cannot be trusted stays a page like any other, and is
    told."""
    try:
        return read_sheet(sheet)
    except (SeparatorUntrusted, SeparatorUnread) as doubt:
        found.notices.append(doubt.code)
        return None


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
