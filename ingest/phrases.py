"""What wording alone says of a text that was read. Against it: it ends where more must follow, or has a set phrase with
other marks than it is always written with. Two readers may agree on either: they saw the same piece of the same line.
For it: where they differ over a syllable, one of them saw a word that there is (data/compounds.txt)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ingest.vocabulary import words
from schemas.vietnamese import fold, nfc, tone_style

_JOINING = ("-", "–", "/")
_WORD = re.compile(r"\w+")
_STAMPED = re.compile(r"\b(?:số|ngày)\s*:\s*\d", re.IGNORECASE)


def ends_open(text: str) -> bool:
    """ "H53.69-260128-", "Đến ngày": the rest stands in the next line. A number of days ("30 ngày") is whole, and so is
    "trong thời gian đến"."""
    text = nfc(text).strip()
    if text.endswith(_JOINING):
        return True
    *before, last = text.split() or [""]
    if not before or last.casefold() not in words("opening_words"):
        return False
    closed = tuple(word.casefold() for word in (*before, last)[-3:]) in _closings()
    return not closed and not before[-1].strip("()").isdigit()


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


def holds_a_stamp(text: str) -> bool:
    """ "… theo mẫu ĐẾN Số: 1125 Ngày: 12/11/2025": what a stamp of arrival says lies between the words."""
    return _STAMPED.search(nfc(text)) is not None


def known_word(mine: Sequence[str], other: Sequence[str], at: int) -> bool | None:
    """Which of two readers saw a word that there is at the place where they differ, with a syllable beside it that both
    saw alike: True the first, False the other, None where that decides nothing. Syllables that are both written with a
    capital may be a name, and of names nothing is known."""
    beside = [n for n in (at - 1, at + 1) if 0 <= n < len(mine) and mine[n] == other[n]]
    both = [any(_is_word(text, n, at) for n in beside) for text in (mine, other)]
    return both[0] if both[0] != both[1] else None


def _is_word(text: Sequence[str], one: int, two: int) -> bool:
    pair = [_bare(text[n]) for n in sorted((one, two))]
    joined = not text[min(one, two)].endswith((",", ";", "."))
    return joined and pair[1][:1].islower() and " ".join(tone_style(nfc(word)).casefold() for word in pair) in _words()


def _bare(text: str) -> str:
    match = _WORD.search(text)
    return match[0] if match else ""


@cache
def _words() -> frozenset[str]:
    rows = (Path(__file__).parent / "data" / "compounds.txt").read_text("utf-8").splitlines()
    return frozenset(
        tone_style(nfc(word.strip())) for row in rows if not row.startswith("#") for word in row.split(",")
    )


@cache
def _closings() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in words("closing_phrases"))


@cache
def _phrases() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    phrases = [tuple(tone_style(word).casefold() for word in phrase.split()) for phrase in words("set_phrases")]
    return tuple((phrase, tuple(fold(word) for word in phrase)) for phrase in phrases)
