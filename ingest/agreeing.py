"""Two readers that differ over the form of a value only: the form that both may be taken for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rapidfuzz.distance import Levenshtein

from ingest import lunaryears, places
from ingest.evidence import Found
from ingest.phrases import known_word
from schemas.vietnamese import syllable_share

WORDED: Final = ("text", "agency", "address", "place", "list")
"""The kinds of fields whose values are words."""

_PLACED = ("agency", "address", "place")
_STOPS = re.compile(r"[\s.,;]")
_SPECKS = re.compile(r"[`~|^*]|(?<!\w)['‘’_]")  # of dirt: an apostrophe stands within a word (H'Mông)
_DASHES = re.compile(r"[–—−]")


def in_one_form(found: Found, kind: str) -> Found:
    """The find with what both readers saw in one spelling, where a list or the syllables decide it."""
    if kind in _PLACED:
        found = _placed(found)
    if kind == "text":
        found = _worded(_dated(found))
    return _spaced(found) if kind in WORDED else found


def _placed(found: Found) -> Found:
    """Where two readers differ over a place, both in the spelling of the list of units: it decides between them."""
    if found.again is None or found.again.value is None or found.value in (None, found.again.value):
        return found
    both = found.in_form(places.proper)
    return replace(both, snapped=Levenshtein.distance(both.value or "", found.value or ""))


def _dated(found: Found) -> Found:
    """The years of the lunar calendar in the spelling of their list."""
    both = found.in_form(lunaryears.proper)
    return replace(both, snapped=found.snapped + Levenshtein.distance(both.value or "", found.value or ""))


def _worded(found: Found) -> Found:
    """Where two readers differ over a syllable, and only what the one saw is a word with the syllable beside it, both
    as that one saw it."""
    again = found.again
    if again is None or again.value is None or found.value in (None, again.value):
        return found
    mine, other = (found.value or "").split(), again.value.split()
    if len(mine) != len(other):
        return found
    ours, theirs = list(mine), list(other)
    for at in range(len(mine)):
        first = known_word(mine, other, at) if mine[at] != other[at] else None
        if first is not None:
            ours[at] = theirs[at] = mine[at] if first else other[at]
    value, seen = " ".join(ours), " ".join(theirs)
    return replace(
        found,
        value=value,
        likeliest=value if value == seen else found.likeliest,
        again=replace(again, value=seen),
    )


def _spaced(found: Found) -> Found:
    """Two readers that differ only over spaces, stops, specks, kinds of dashes and the size of the first letter have
    seen the same: the one is kept that has more syllables, fewer specks, begins with a capital, or was surer."""
    again = found.again
    if again is None or again.value is None or found.value is None or _unspaced(found.value) != _unspaced(again.value):
        return found
    first = _merit(found.value, found.confidence) >= _merit(again.value, again.confidence)
    value = found.value if first else again.value
    return replace(found, value=value, likeliest=value, again=replace(again, value=value))


def _unspaced(text: str) -> str:
    bare = _DASHES.sub("-", _STOPS.sub("", _SPECKS.sub("", text)))
    return bare[:1].casefold() + bare[1:]


def _merit(text: str, confidence: float) -> tuple[float, int, bool, float]:
    return syllable_share(text), -len(_SPECKS.findall(text)), text[:1].isupper(), confidence
