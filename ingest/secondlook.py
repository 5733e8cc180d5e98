"""What a second reader saw at the very place of each token: the line's two texts laid beside each other, letter by
letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from schemas.reading import Box, SecondLook, Word

_NOBODY = -1
_APART = 0.03  # of the page's width: wider than a space between words


@dataclass(frozen=True)
class Seen:
    """What the second reader saw at a place (empty where it saw nothing), how sure it was of the weakest word it
    touches, and who it is."""

    text: str
    confidence: float
    engine: str


@dataclass(frozen=True)
class _Letter:
    char: str
    word: int  # index of the look's word


def seen_at(tokens: Sequence[tuple[str, Box]], look: SecondLook) -> list[Seen]:
    """For each token (text, box) of a line, in order, what the look saw there. A letter that only the look saw goes to
    the token that the rest of its word lies on; a word that only the look saw to the token nearest to it, unless it
    stands apart from all of them, as a neighbouring column does."""
    first, owners = _spread(tokens)
    second = _letters(look.words)
    owned = _owned(first, owners, second)
    _settle_words(owned, second, tokens, look.words)
    return [_seen(index, owned, second, look) for index in range(len(tokens))]


def _spread(tokens: Sequence[tuple[str, Box]]) -> tuple[str, list[int]]:
    """The tokens' text, and for each of its characters the token it belongs to."""
    owners: list[int] = []
    for index, (text, _) in enumerate(tokens):
        owners += [_NOBODY] * bool(owners) + [index] * len(text)
    return " ".join(text for text, _ in tokens), owners


def _letters(words: Sequence[Word]) -> list[_Letter]:
    letters: list[_Letter] = []
    for index, word in enumerate(words):
        letters += [_Letter(" ", _NOBODY)] * bool(letters) + [_Letter(char, index) for char in word.text]
    return letters


def _owned(first: str, owners: Sequence[int], second: Sequence[_Letter]) -> list[int]:
    """For each letter of the look the token whose letter it stands for."""
    owned = [_NOBODY] * len(second)
    text = "".join(letter.char for letter in second)
    for step in Levenshtein.opcodes(first, text):
        if step.tag in ("equal", "replace"):
            owned[step.dest_start : step.dest_end] = owners[step.src_start : step.src_end]
    return owned


def _settle_words(
    owned: list[int], second: Sequence[_Letter], tokens: Sequence[tuple[str, Box]], words: Sequence[Word]
) -> None:
    """Give every letter that has no token yet one: that of the nearest letter of its word, else the nearest token."""
    for index, word in enumerate(words):
        places = [at for at, letter in enumerate(second) if letter.word == index]
        known = [at for at in places if owned[at] != _NOBODY]
        nearest = _nearest(word.box, tokens)
        for at in places:
            if owned[at] == _NOBODY:
                owned[at] = owned[min(known, key=lambda other: abs(other - at))] if known else nearest


def _nearest(box: Box, tokens: Sequence[tuple[str, Box]]) -> int:
    """Of two as near the one behind: what begins a value is lost more often than what ends a label."""
    gaps = [round(max(other.x0 - box.x1, box.x0 - other.x1), 3) for _, other in tokens]
    nearest = min(gaps)
    return max(index for index, gap in enumerate(gaps) if gap == nearest) if nearest <= _APART else _NOBODY


def _seen(index: int, owned: Sequence[int], second: Sequence[_Letter], look: SecondLook) -> Seen:
    mine = [letter for letter, owner in zip(second, owned, strict=True) if owner == index and letter.word != _NOBODY]
    touched = sorted({letter.word for letter in mine})
    parts = ("".join(letter.char for letter in mine if letter.word == word) for word in touched)
    confidence = min((look.words[word].confidence for word in touched), default=0.0)
    return Seen(" ".join(parts), confidence, look.engine)
