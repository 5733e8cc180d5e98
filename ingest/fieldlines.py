"""The lines of a page that fields stand on, told from what the first reader saw: what a second reader is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.gathering import Context, gather
from ingest.naming import name_paper
from ingest.sheet import sheet_of
from ingest.witnesses import SigningWitness
from schemas.reading import Box, PageReading, Word
from schemas.types import TypeCatalogue

_SLACK = 0.002  # of the page: boxes are rounded


def field_lines(
    words: Sequence[Word], shape: tuple[int, int], skew: float, types: TypeCatalogue
) -> frozenset[tuple[int, int]] | None:
    """(block, line) of each line that a value of the paper's type was found on; None where the page alone does not say
    its type: then a value may stand on any line. `words` are the first reader's on an upright page of this shape
    (height, width), its lines tilted by `skew` degrees."""
    height, width = shape
    reading = PageReading(
        page=1, width=width, height=height, dpi=1, skew=skew, source="ocr", words=tuple(words), engine="", config=""
    )
    sheet = sheet_of(reading)
    if not sheet.lines:
        return frozenset()
    name = name_paper([sheet], types)
    kind = types.get(name.type_id)
    if kind is None or name.doubted:
        return None
    context = Context(kind, (sheet,), name.title, "", SigningWitness())
    spots = [one.box for found in gather(context).values() for one in found if one.box is not None]
    return frozenset(_numbered(words, spots))


def _numbered(words: Sequence[Word], spots: Sequence[Box]) -> Iterator[tuple[int, int]]:
    for word in words:
        x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
        if any(s.x0 - _SLACK <= x <= s.x1 + _SLACK and s.y0 - _SLACK <= y <= s.y1 + _SLACK for s in spots):
            yield word.block, word.line
