"""Where on a read row a pen may have filled in a number or a day, between the print that goes before and after it, and
what the reader of hand-written digits sees there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from ingest.handdigits import DigitReader, PenSpot
from ingest.pagepicture import Pixels
from ingest.placing import level_box
from schemas.reading import PenWord

_NUMBER = re.compile(r"^\W{0,3}[Ss]\s?[ốóòôỐÓÔo]\s?[:;.]?(?P<pen>[^/|]{0,16}?)[/|]\s?[A-ZĐ]")
_DAY = re.compile(r"(?P<place>^|.*?[\s,.])[Nn]g[àaảáâ]\s?[yỳỵvýw](?P<pen>.{0,12}?)(?=[tf]h?[áaảâ]ng)")
_SENTENCE = re.compile(r"[\d:;]|\w{3,}\s[a-z]")  # before a day: not the place that a date line begins with
_LOW = ":;."
_COLUMN = 2.5  # ems from letter to letter
_LONGEST = 80  # characters: a date line is no longer


class LetterSpot(NamedTuple):
    """A letter of a row as the first reader read it: its middle's x and the baseline below it, in pixels of the level
    page, and the em of its line."""

    char: str
    x: float
    baseline: float
    em: float


def pen_words(
    rows: Iterable[Sequence[LetterSpot]], level: Pixels, skew: float, reader: DigitReader | None
) -> tuple[PenWord, ...]:
    """What a pen wrote on the rows of a level page that was tilted by `skew` degrees; nothing without a reader."""
    if reader is None:
        return ()
    words: list[PenWord] = []
    for spot in (spot for row in rows for spot in pen_spots(row)):
        read = reader.read(level, spot)
        if read is not None:
            left, top, right, bottom = read.box
            box = level_box(left, top, right - left, bottom - top, skew, (level.shape[0], level.shape[1]))
            words.append(
                PenWord(engine=reader.name, kind=spot.kind, text=read.text, confidence=read.confidence, box=box)
            )
    return tuple(words)


def pen_spots(row: Sequence[LetterSpot]) -> list[PenSpot]:
    """The spots of a row, which may hold several stretches from left to right."""
    text = "".join(letter.char for letter in row)
    spots = []
    number = _NUMBER.match(text)
    if number is not None:
        spots.append(_spot("number", row, number.start("pen"), number.end("pen")))
    day = _DAY.search(text)
    if day is not None and _is_dated(row[: day.end("place")], len(text) - day.end("place")):
        spots.append(_spot("day", row, day.start("pen"), day.end("pen")))
    return spots


def _is_dated(before: Sequence[LetterSpot], rest: int) -> bool:
    """Nothing but a place stands before the day; what stands far from it, in another column, does not count."""
    gaps = [i for i in range(1, len(before)) if before[i].x - before[i - 1].x > _COLUMN * before[i].em]
    place = before[gaps[-1] if gaps else 0 :]
    text = "".join(letter.char for letter in place)
    return len(text) + rest <= _LONGEST and not _SENTENCE.search(text)


def _spot(kind: Literal["number", "day"], row: Sequence[LetterSpot], start: int, end: int) -> PenSpot:
    """Between the printed letters before `start` and from `end` on: there are two at least on both sides."""
    *_, before_last, last = (letter for letter in row[:start] if letter.char != " ")
    first, second, *_ = (letter for letter in row[end:] if letter.char != " ")
    baseline, em = (last.baseline + first.baseline) / 2, (last.em + first.em) / 2
    return PenSpot(kind, (before_last.x, last.x), (first.x, second.x), baseline, em, last.char in _LOW)
