"""Two readers that differ over the form of a value only: the form that both may be taken for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rapidfuzz.distance import Levenshtein

from ingest import lunaryears, places
from ingest.evidence import Found
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
        found = _dated(found)
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


def _spaced(found: Found) -> Found:
    """Two readers that differ only over spaces, stops, specks and kinds of dashes have seen the same: the one is kept
    that has more syllables, fewer specks, or was surer."""
    again = found.again
    if again is None or again.value is None or found.value is None or _unspaced(found.value) != _unspaced(again.value):
        return found
    first = _merit(found.value, found.confidence) >= _merit(again.value, again.confidence)
    value = found.value if first else again.value
    return replace(found, value=value, likeliest=value, again=replace(again, value=value))


def _unspaced(text: str) -> str:
    return _DASHES.sub("-", _STOPS.sub("", _SPECKS.sub("", text)))


def _merit(text: str, confidence: float) -> tuple[float, int, float]:
    return syllable_share(text), -len(_SPECKS.findall(text)), confidence
