"""Stamps that say how secret or how urgent a paper is: words that stand alone, never words of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.sheet import Line, Sheet
from ingest.vocabulary import folded, words
from schemas.vietnamese import fold, nfc

_LETTERS = re.compile(r"[^\W\d_]+")
_STAMP_TOKENS = 5  # a stamp's words with specks of its frame


def is_secret(sheet: Sheet) -> bool:
    """A MẬT, TỐI MẬT or TUYỆT MẬT stamp stands on the page. Misread marks count: a false alarm is looked at by a
    person, a miss would be stored."""
    return any(_is_secrecy_stamp(run) for run in _stamps(sheet))


def urgency_of(sheet: Sheet) -> str | None:
    """HỎA TỐC, THƯỢNG KHẨN or KHẨN, as stamped."""
    found = {fold(" ".join(_capitals(run))) for run in _stamps(sheet)}
    return next((name for name in words("urgency") if fold(name) in found), None)


def is_internal(sheet: Sheet) -> bool:
    """LƯU HÀNH NỘI BỘ stands on the page."""
    return any(fold(" ".join(_capitals(run))) in folded("internal") for run in _stamps(sheet))


def _stamps(sheet: Sheet) -> Iterable[Line]:
    """Runs that may be a stamp: few words, all of them capitals."""
    for run in sheet.runs:
        letters = _LETTERS.findall(nfc(run.text))
        if 0 < len(letters) <= _STAMP_TOKENS and all(word.isupper() for word in letters if len(word) > 1):
            yield run


def _is_secrecy_stamp(run: Line) -> bool:
    stamp = _capitals(run)
    text = " ".join(stamp)
    joined = fold("".join(stamp))
    if any(joined == long.replace(" ", "") for long in folded("secrecy_long")):
        return True
    return text in words("secrecy") or text in words("secrecy_misread") or "".join(stamp) in words("secrecy")


def _capitals(run: Line) -> list[str]:
    """The run's words, without single letters at either end that are specks of a frame (l, I, T …)."""
    found = _LETTERS.findall(nfc(run.text))
    if len("".join(found)) <= 3:  # a spaced-out "M Ậ T"
        return ["".join(found)]
    while len(found) > 1 and len(found[0]) == 1:
        found.pop(0)
    while len(found) > 1 and len(found[-1]) == 1:
        found.pop()
    return found
