"""Words that stamps draw on a page (a signature's visible stamp, a number and date set by the registry): they are text
in the file, so they are read exactly, and put into the line they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.layerreading import LayerWord
from schemas.reading import Box, Word

_JOIN_WITHIN = 1.2
_NEAR = 4.0


def joined_digits(words: Sequence[LayerWord]) -> list[LayerWord]:
    """Registries' programs set numbers digit by digit with a blank between: "1 1" is 11. Single digits of a row that
    stand closer than about their height are one number."""
    joined: list[LayerWord] = []
    for word in words:
        last = joined[-1] if joined else None
        if last is not None and last.text.isdigit() and word.text.isdigit() and len(word.text) == 1:
            same_row = abs(last.box.y0 - word.box.y0) < 0.5 * word.box.height
            # Fractions of width and height differ on a sheet; √2 is A4's.
            gap = (word.box.x0 - last.box.x1) / 1.414
            if same_row and 0 <= gap < _JOIN_WITHIN * word.box.height:
                joined[-1] = LayerWord(last.text + word.text, last.box.union(word.box))
                continue
        joined.append(word)
    return joined


def with_stamps(words: tuple[Word, ...], stamps: Sequence[LayerWord]) -> tuple[Word, ...]:
    """The page's words with the stamps': within a line where they continue it, else in a last block of their own."""
    rows = _rows_of(words)
    apart: list[LayerWord] = []
    for stamp in joined_digits(stamps):
        row = _row_for(stamp.box, rows)
        if row is None:
            apart.append(stamp)
        else:
            row.append(Word(text=stamp.text, box=stamp.box, confidence=1.0, block=row[0].block, line=row[0].line))
            row.sort(key=lambda word: word.box.x0)
    block = max((word.block for word in words), default=-1) + 1
    return tuple(word for row in rows for word in row) + _own_block(apart, block)


def _rows_of(words: tuple[Word, ...]) -> list[list[Word]]:
    rows: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        rows.setdefault((word.block, word.line), []).append(word)
    return [rows[key] for key in sorted(rows)]


def _row_for(box: Box, rows: list[list[Word]]) -> list[Word] | None:
    middle = (box.y0 + box.y1) / 2
    for row in rows:
        for word in row:
            gap = max(word.box.x0 - box.x1, box.x0 - word.box.x1)
            if word.box.y0 <= middle <= word.box.y1 and gap / 1.414 <= _NEAR * word.box.height:
                return row
    return None


def _own_block(stamps: Sequence[LayerWord], block: int) -> tuple[Word, ...]:
    found: list[Word] = []
    line, last = -1, None
    for stamp in stamps:
        if last is None or not last.y0 <= (stamp.box.y0 + stamp.box.y1) / 2 <= last.y1:
            line += 1
        last = stamp.box
        found.append(Word(text=stamp.text, box=stamp.box, confidence=1.0, block=block, line=line))
    return tuple(found)
