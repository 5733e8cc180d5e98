"""Names of agencies: what is always written the same way snaps to its only spelling, provinces to their list; what is
left must be seen twice, or be sure by itself."""

from __future__ import annotations

import re
from functools import cache

from rapidfuzz.distance import Levenshtein

from ingest.vocabulary import words
from schemas.identifiers import provinces
from schemas.vietnamese import fold, nfc, tone_style

_WITHOUT_OWNER = ("DÂN", "UBND", "HĐND", "AN")
_LONG_HEAD = 12  # letters, for each of which one may be misread
_ENDS_IN_PROVINCE = re.compile(r"(?:^|[\s,])tỉnh\s+(?P<name>[^,]+)$", re.IGNORECASE)


def snapped(name: str) -> tuple[str, int, bool]:
    """(name, edit distance, whole): the head ("ỦY BAN NHÂN DÂN"), the kind of unit and a province's name in their
    proper spelling where only marks differ. `whole` says that nothing is left over that was not in a list."""
    parts = name.split()
    head = next((h for h in words("agency_heads") if _starts(parts, h)), None) or _nearest_head(parts)
    done = head.split() if head else []
    rest = parts[len(done) :]
    unit = next((u for u in words("unit_words") if _starts(rest, u)), None)
    if unit is not None:
        done += unit.split()
        rest = rest[len(unit.split()) :]
    province = _province(" ".join(rest)) if head and unit in ("TỈNH", "THÀNH PHỐ") else None
    proper = " ".join([*done, *([province] if province else rest)])
    whole = head is not None and (province is not None or (unit is None and not rest))
    return proper, Levenshtein.distance(proper, nfc(name)), whole


def is_bare(name: str) -> bool:
    """A head that says nothing of whose it is: "ỦY BAN NHÂN DÂN", "TRƯỜNG"."""
    bare = (head for head in words("agency_heads") if head.split()[-1] in _WITHOUT_OWNER)
    heads = {*map(fold, bare), *(fold(head) for head in words("organisation_heads") if len(head.split()) == 1)}
    return fold(name) in heads


def ends_in_unknown_province(text: str) -> bool:
    """ "…, tỉnh Khánh": the name was cut off or misread."""
    match = _ENDS_IN_PROVINCE.search(tone_style(text).strip(" .,;"))
    return match is not None and match["name"].strip().casefold() not in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(tone_style(name).casefold() for name in provinces().values())


@cache
def _by_folded_name() -> dict[str, str]:
    return {fold(name): tone_style(name).upper() for name in provinces().values()}


def _province(text: str) -> str | None:
    return _by_folded_name().get(fold(text))


def _nearest_head(parts: list[str]) -> str | None:
    """The long head that the words begin with but for a letter or two: no two of them are as alike as that."""
    for head in words("agency_heads"):
        text = fold(" ".join(parts[: len(head.split())]))
        if len(head) >= _LONG_HEAD and Levenshtein.distance(text, fold(head)) <= len(head) // _LONG_HEAD:
            return head
    return None


def _starts(parts: list[str], words_of: str) -> bool:
    wanted = words_of.split()
    return [fold(part) for part in parts[: len(wanted)]] == [fold(word) for word in wanted]
