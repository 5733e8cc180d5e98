"""What wording alone says against a text that was read: it ends where more must follow, or has a set phrase with other
marks than it is always written with. Two readers may agree on either: they saw the same piece of the same line."""

from __future__ import annotations

import re
from functools import cache

from ingest.vocabulary import words
from schemas.vietnamese import fold, nfc, tone_style

_JOINING = ("-", "–", "/")
_WORD = re.compile(r"\w+")


def ends_open(text: str) -> bool:
    """ "H53.69-260128-", "Đến ngày": the rest stands in the next line. A number of days ("30 ngày") is whole."""
    text = nfc(text).strip()
    if text.endswith(_JOINING):
        return True
    *before, last = text.split() or [""]
    counted = bool(before) and before[-1].strip("()").isdigit()
    return bool(before) and last.casefold() in words("opening_words") and not counted


def has_other_marks(text: str) -> bool:
    """ "Bênh viện Đa khoa", "HỌ KINH DOANH": a set phrase letter by letter, but not mark by mark."""
    written = [tone_style(nfc(word)).casefold() for word in _WORD.findall(nfc(text))]
    plain = [fold(word) for word in written]
    for phrase, bare in _phrases():
        size = len(phrase)
        for at in range(len(written) - size + 1):
            if tuple(plain[at : at + size]) == bare and tuple(written[at : at + size]) != phrase:
                return True
    return False


@cache
def _phrases() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    phrases = [tuple(tone_style(word).casefold() for word in phrase.split()) for phrase in words("set_phrases")]
    return tuple((phrase, tuple(fold(word) for word in phrase)) for phrase in phrases)
