"""Sheets laid between papers before scanning: a batch's header and separators, told by the text of their QR code.

The text is `MOTLAN1:B:unit:batch:papers:pages:CHECK` or `MOTLAN1:S:dossier:pages:type:CHECK`; numbers nobody gave are
left empty. The digit after the name is the version of this format, CHECK the first eight hex digits of the SHA-256 of
all before it: a sheet of another version, or one whose text was made up or cut, is never guessed at. No personal value
stands in it, and a code that may hold an ID number is refused.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ingest.sheet import Sheet
from schemas.errors import BadSetting, SeparatorUnread, SeparatorUntrusted
from schemas.identifiers import mask_numbers
from schemas.vietnamese import fold

VERSION = 1
HEADER_TITLE = "PHIẾU ĐẦU LÔ – MỘT LẦN"
SEPARATOR_TITLE = "PHIẾU NGĂN CÁCH – MỘT LẦN"
_MARK = re.compile(r"MOTLAN(\d+):")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,39}")
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOST = 99_999  # papers or pages that a sheet may announce
_TITLES = tuple(re.sub(r"[^a-z]", "", fold(title)) for title in (HEADER_TITLE, SEPARATOR_TITLE))


@dataclass(frozen=True)
class BatchHeader:
    """The first sheet of a batch: unit, the batch's code, and how many papers and pages lie behind it."""

    unit: str
    batch: str
    papers: int | None = None
    pages: int | None = None

    def __post_init__(self) -> None:
        _check_code(self.unit)
        _check_code(self.batch)
        _check_numbers(self.papers, self.pages)

    @property
    def text(self) -> str:
        """What the QR code holds."""
        return _signed(f"B:{self.unit}:{self.batch}:{_number(self.papers)}:{_number(self.pages)}")


@dataclass(frozen=True)
class Separator:
    """The sheet before a paper or dossier: its code, how many pages follow up to the next sheet, and the type (id of a
    document type) where the clerk knew it."""

    dossier: str
    pages: int | None = None
    type: str | None = None

    def __post_init__(self) -> None:
        _check_code(self.dossier)
        _check_numbers(self.pages)
        if self.type is not None and not _TYPE.fullmatch(self.type):
            raise BadSetting(name="type", detail="the id of a document type")

    @property
    def text(self) -> str:
        """What the QR code holds."""
        return _signed(f"S:{self.dossier}:{_number(self.pages)}:{self.type or ''}")


def read_sheet(sheet: Sheet) -> BatchHeader | Separator | None:
    """The printed sheet that a scanned page is, None for a page of a paper. Raises SeparatorUntrusted for a code that
    says it is one of ours and cannot be believed, SeparatorUnread for a sheet whose code could not be read."""
    ours = [code.text for code in sheet.reading.barcodes if _MARK.match(code.text)]
    if len(set(ours)) > 1:
        raise SeparatorUntrusted(detail="two codes on one page")
    if ours:
        return parse(ours[0])
    top = "".join(line.folded for line in sheet.lines[:3]).replace(" ", "")
    if any(title in top for title in _TITLES):
        raise SeparatorUnread(page=sheet.page)
    return None


def parse(text: str) -> BatchHeader | Separator:
    """The sheet a code's text describes. Raises SeparatorUntrusted."""
    mark = _MARK.match(text)
    if mark is None or int(mark[1]) != VERSION:
        raise SeparatorUntrusted(detail="version")
    body, _, check = text.rpartition(":")
    if check != _check(body):
        raise SeparatorUntrusted(detail="check")
    kind, *values = body[mark.end() :].split(":")
    try:
        if kind == "B":
            unit, batch, papers, pages = values
            return BatchHeader(unit, batch, _told(papers), _told(pages))
        if kind == "S":
            dossier, pages, type_id = values
            return Separator(dossier, _told(pages), type_id or None)
    except (ValueError, BadSetting) as error:
        raise SeparatorUntrusted(detail="content") from error
    raise SeparatorUntrusted(detail="kind")


def _signed(body: str) -> str:
    text = f"MOTLAN{VERSION}:{body}"
    return f"{text}:{_check(text)}"


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8].upper()


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _told(text: str) -> int | None:
    return int(text) if text else None


def _check_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise BadSetting(name="code", detail="1–40 capitals, digits and . / _ -")
    if mask_numbers(code) != code:
        raise BadSetting(name="code", detail="an ID number must not stand on a separator sheet")


def _check_numbers(*numbers: int | None) -> None:
    if any(number is not None and not 1 <= number <= _MOST for number in numbers):
        raise BadSetting(name="papers or pages", detail=f"1–{_MOST}")
