"""What a person typed, made into terms, and a text's words as they are indexed; what is typed is never an operator."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.vietnamese import fold, tone_style

WORD = re.compile(r"[^\W_]+")
MAX_WORDS = 32

_PIECE = re.compile(r'"([^"]*)"?|“([^”]*)”?|([^\s"“]+)')


@dataclass(frozen=True)
class Term:
    """One word, or several that stand together (a phrase in quotes, a code like 15/QĐ-UBND). Lower case."""

    words: tuple[str, ...]

    @property
    def folded(self) -> tuple[str, ...]:
        return tuple(fold(word) for word in self.words)

    @property
    def marked(self) -> bool:
        """Whether the person typed accents, so that accents matter."""
        return self.words != self.folded


def searchable(text: str) -> str:
    """The form of text that is indexed and searched: NFC in one tone style."""
    return tone_style(text)


def parse(query: str) -> list[Term]:
    """The terms of a query, of at most MAX_WORDS words together; empty when it holds no word."""
    pieces = (match[1] or match[2] or match[3] or "" for match in _PIECE.finditer(searchable(query)))
    terms: list[Term] = []
    room = MAX_WORDS
    for piece in pieces:
        words = tuple(WORD.findall(piece.lower()))[:room]
        terms += [Term(words)] if words else []
        room -= len(words)
    return terms


def fts_string(words: Iterable[str], prefix: bool = False) -> str:
    """An FTS5 string literal of those words standing together."""
    return '"' + " ".join(word.replace('"', '""') for word in words) + '"' + (" *" if prefix else "")
