"""A short piece of the original text around the best place, with the found words marked by their positions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from schemas.vietnamese import fold
from search.query import WORD

_WIDTH = 160  # characters
_LEAD = 40  # characters of context before the first found word


@dataclass(frozen=True)
class Snippet:
    """`highlights` are (start, end) character positions in `text`."""

    text: str
    highlights: tuple[tuple[int, int], ...] = ()


def snippet(text: str, folded_words: frozenset[str], prefix: str | None = None) -> Snippet:
    """The window with the most different words found. Words compare folded, so accents and tone style do not matter."""
    found = [(match.start(), match.end(), word) for match, word in _found(text, folded_words, prefix)]
    if not found:
        return _cut(text, 0, [])
    first = _best(found)
    return _cut(text, max(0, found[first][0] - _LEAD), [(start, end) for start, end, _ in found[first:]])


def _found(text: str, words: frozenset[str], prefix: str | None) -> list[tuple[re.Match[str], str]]:
    seen = ((match, _fold(match[0])) for match in WORD.finditer(text))
    return [(match, word) for match, word in seen if word in words or (prefix and word.startswith(prefix))]


@lru_cache(maxsize=1 << 15)
def _fold(word: str) -> str:
    """A long paper says the same few thousand words again and again."""
    return fold(word)


def _best(found: list[tuple[int, int, str]]) -> int:
    """Index of the found word that opens the best window: most different words, then the closest together."""

    def worth(first: int) -> tuple[int, int]:
        inside = [item for item in found[first : first + 40] if item[1] <= found[first][0] + _WIDTH - _LEAD]
        firsts = {word: end for _, end, word in reversed(inside)}
        return len(firsts), found[first][0] - max(firsts.values(), default=0)

    return max(range(len(found)), key=worth)


def _cut(text: str, start: int, marks: list[tuple[int, int]]) -> Snippet:
    if start:
        start = text.find(" ", start) + 1 or start
    end = min(len(text), start + _WIDTH)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + _WIDTH // 2)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = len(before) - start
    body = re.sub(r"\s", " ", text[start:end])  # one for one, so that positions hold
    kept = tuple((a + shift, b + shift) for a, b in marks if a >= start and b <= end)
    return Snippet(before + body + after, kept)
