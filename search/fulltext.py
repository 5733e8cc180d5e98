"""What of a paper's text is findable: its first pages as they stand, of all further pages every word once.

So a file of two thousand pages costs no more memory than one of four hundred, and any word still finds it; phrases,
the rank by frequency and the piece of text shown with a hit come from the first part alone.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from search.query import WORD

MAX_RUNNING = 1_000_000  # characters indexed as they stand: some four hundred full pages
MAX_FURTHER = 250_000  # characters of further words; ten times the vocabulary of a long paper
_BLOCK = 1 << 16  # bytes


def pages_in(stream: BinaryIO) -> Iterator[str]:
    """The pages of a text representation (UTF-8, a form feed between pages), one at a time."""
    decoder, rest = getincrementaldecoder("utf-8")(), ""
    while block := stream.read(_BLOCK):
        *whole, rest = (rest + decoder.decode(block)).split("\f")
        yield from whole
    yield rest


def findable(pages: Iterable[str]) -> str:
    """The pages as they stand, a line break between, up to MAX_RUNNING characters; then the words of the others."""
    running: list[str] = []
    further: dict[str, None] = {}  # in the order they were met
    room, spare = MAX_RUNNING, MAX_FURTHER
    for page in pages:
        if room > 0:
            running.append(page[:room])
        for word in _words(page[room:]):
            if word not in further and len(word) < spare:
                further[word] = None
                spare -= len(word) + 1
        room = max(0, room - len(page) - 1)
    return "\n".join([*running, " ".join(further)]) if further else "\n".join(running)


def _words(text: str) -> Iterator[str]:
    return (match[0].lower() for match in WORD.finditer(text))
