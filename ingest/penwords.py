"""What the reader of hand-written digits says to a number, a code or a day that stands between print."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.evidence import Found
from ingest.fields.numerals import valid_date
from ingest.sheet import Sheet
from schemas.reading import Box, PenWord
from schemas.types import FieldRule


def pen_word(rule: FieldRule, own: Found, notation: str | None, sheets: Iterable[Sheet]) -> Found | None:
    """The pen's digits at the place of a find, in the normal form of its field; None where nobody read them. A single
    digit is none: Decree 30 wants a nought before it, and it may be what a bad copy left of two."""
    kind = "day" if rule.kind == "date" else "number"
    sheet = next((sheet for sheet in sheets if sheet.page == own.page), None)
    if not rule.by_hand or sheet is None or own.box is None:
        return None
    word = next((pen for pen in sheet.reading.pens if pen.kind == kind and _beside(pen.box, own.box)), None)
    value = _value(rule, word, own, notation) if word is not None and len(word.text) > 1 else None
    if word is None or value is None:
        return None
    return Found(
        raw=word.text,
        value=value,
        source="second_ocr",
        confidence=word.confidence,
        page=own.page,
        box=word.box,
        engine=word.engine,
        config=own.config,
        written=word.text,
        pen=True,
    )


def _value(rule: FieldRule, word: PenWord, own: Found, notation: str | None) -> str | None:
    if rule.kind == "date":
        if not {"month", "year"} <= own.partial.keys():
            return None
        day = valid_date(int(own.partial["year"]), int(own.partial["month"]), int(word.text))
        return day.isoformat() if day is not None else None
    number = word.text.zfill(2)
    if rule.kind == "number":
        return number
    return f"{number}/{notation}" if notation else None


def _beside(pen: Box, found: Box) -> bool:
    """On the line of the find, and not far off: a day may stand left of all digits that were read."""
    middle = (pen.y0 + pen.y1) / 2
    near = pen.x0 < found.x1 + 0.1 and pen.x1 > found.x0 - 0.1
    return near and found.y0 - found.height / 6 < middle < found.y1 + found.height / 6
