"""Text written with fonts from before Unicode (TCVN3, VNI) turned into Unicode, only where the result proves itself."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from schemas.vietnamese import syllable_share

_GARBLED, _PROVEN = 0.75, 0.95
_LEAST_WORDS = 5


def repaired(words: Sequence[str]) -> list[str] | None:
    """The words in Unicode; None where they need no repair, or where neither encoding makes nearly all of them
    Vietnamese: chance does not turn garbage into well-formed syllables with their tones."""
    if len(words) < _LEAST_WORDS or syllable_share(" ".join(words)) >= _GARBLED:
        return None
    tried = [[decode(word) for word in words] for decode in _DECODERS]
    best = max(tried, key=lambda each: syllable_share(" ".join(each)))
    return best if syllable_share(" ".join(best)) >= _PROVEN else None


def from_tcvn3(word: str) -> str:
    """A word of TCVN3. Its fonts for capitals show small letters as capitals: among capitals such a letter is one."""
    meant = word.translate(_table("tcvn3"))
    plain = [char for char in word if char.isascii() and char.isalpha()]
    return meant.upper() if plain and all(char.isupper() for char in plain) and len(plain) > 1 else meant


def from_vni(word: str) -> str:
    """A word of VNI: a vowel, then the sign of its marks."""
    rules = _encodings()["vni"]
    marks = dict(zip(rules["marks"], rules["adds"], strict=True))
    out = ""
    for char in word:
        mark = marks.get(char.lower())
        if mark is not None and out and out[-1] in rules["vowels"]:
            out = out[:-1] + unicodedata.normalize("NFC", out[-1] + mark)
        else:
            out += char.translate(_table("vni"))
    return out


_DECODERS: tuple[Callable[[str], str], ...] = (from_tcvn3, from_vni)


@cache
def _table(name: str) -> dict[int, str]:
    rules = _encodings()[name]
    return {ord(written): meant for written, meant in zip(rules["written"], rules["meant"], strict=True)}


@cache
def _encodings() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "encodings.toml").read_text("utf-8"))
