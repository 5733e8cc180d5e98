"""Numbers and dates written out in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ingest.vocabulary import table
from schemas.vietnamese import nfc

_TEN, _TENS, _HUNDRED, _BILLION = "mười", "mươi", "trăm", 10**9
_DATE = re.compile(r"(?:ngày\s+)?(?P<day>.+?)[\s,]+tháng\s+(?P<month>.+?)[\s,]+năm\s+(?P<year>.+)")


def number_in_words(text: str) -> int | None:
    """ "hai nghìn không trăm mười lăm" is 2015; None where a word is no numeral or the words make no number."""
    scales = table("scales")
    total, group = 0, list[str]()
    tokens = re.findall(r"[^\W\d_]+", nfc(text).lower())
    for token in tokens:
        if token not in scales:
            group.append(token)
            continue
        part, group = _below_thousand(group), []
        if part is None:
            return None
        total = (total + part) * _BILLION if scales[token] == _BILLION else total + part * scales[token]
    rest = _below_thousand(group)
    return None if rest is None or not tokens else total + rest


def date_in_words(text: str) -> date | None:
    """ "Ngày mười hai tháng ba năm hai nghìn không trăm mười lăm" is that day; None where it is none."""
    match = _DATE.search(re.sub(r"[().;:]", " ", nfc(text)).strip().lower())
    if match is None:
        return None
    month = 4 if match["month"] == "tư" else number_in_words(match["month"])
    day, year = number_in_words(match["day"]), number_in_words(match["year"])
    if day is None or month is None or year is None:
        return None
    return valid_date(year, month, day)


def valid_date(year: int, month: int, day: int) -> date | None:
    """That day, or None if the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _below_thousand(tokens: Sequence[str]) -> int | None:
    numerals = table("numbers")
    value, digit = 0, None
    for token in tokens:
        if token == _TEN:
            if digit:
                return None
            value, digit = value + 10, None
        elif token in (_TENS, _HUNDRED):
            if digit is None:
                return None
            value, digit = value + digit * (100 if token == _HUNDRED else 10), None
        elif token in numerals:
            if digit:  # two digits in a row are read out, not counted
                return None
            digit = numerals[token]
        else:
            return None
    return value + (digit or 0)
