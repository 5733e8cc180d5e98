"""The invisible text of one page: words laid over their places in the picture, in reading order, in render mode 3."""

from __future__ import annotations

import unicodedata
from statistics import median

from ingest.glyphless import ADVANCE, GlyphlessFont
from schemas.reading import PageReading, Word

FONT_NAME = "MotLanText"
_DESCENT = 0.2  # share of the box below the base line
_GAP = 0.2  # em kept free after a word: pdftotext joins words that stand closer than 0.1 em
_LEAST_SIZE = 1.0  # points; a degenerate box must not make a font of size zero


def upright_matrix(rotation: int, width: float, height: float) -> tuple[int, int, int, int, float, float]:
    """The matrix from the upright page to the stored page (`width` x `height` points) that /Rotate turns clockwise."""
    return {
        0: (1, 0, 0, 1, 0.0, 0.0),
        90: (0, 1, -1, 0, width, 0.0),
        180: (-1, 0, 0, -1, width, height),
        270: (0, -1, 1, 0, 0.0, height),
    }[rotation % 360]


def page_text(
    reading: PageReading, font: GlyphlessFont, rotation: int, box: tuple[float, float, float, float]
) -> bytes:
    """Content of the text layer, empty for a page without words. `rotation` is the page's whole /Rotate, `box` the
    page box shown (x0, y0, x1, y1 in points)."""
    if not reading.words:
        return b""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    a, b, c, d, e, f = upright_matrix(rotation, width, height)
    across, down = (width, height) if rotation % 180 == 0 else (height, width)
    rows = [f"q {a} {b} {c} {d} {e + x0:.3f} {f + y0:.3f} cm BT 3 Tr".encode()]
    for line in reading.lines():
        rows += _line(line, font, across, down)
    return b"\n".join([*rows, b"ET Q\n"])


def _line(line: list[Word], font: GlyphlessFont, width: float, height: float) -> list[bytes]:
    """One line of words with one size; base lines follow the tilt of the line, each word fills its own box."""
    words = [word for word in line if word.text.strip()]
    if not words:
        return []
    size = max(_LEAST_SIZE, median(word.box.height for word in words) * height)
    rows = [f"/{FONT_NAME} {size:.3f} Tf".encode()]
    for word, after in zip(words, [*words[1:], None], strict=True):
        text = unicodedata.normalize("NFC", word.text)
        room = (word.box.x1 - word.box.x0) * width
        if after is not None and after.box.x0 > word.box.x0:
            room = min(room, (after.box.x0 - word.box.x0) * width - _GAP * size)
        scale = 100 * max(room, 0.05 * size) / (len(text) * size * ADVANCE / 1000)
        left = word.box.x0 * width
        base = height - word.box.y1 * height + _DESCENT * size
        shown = font.encode(text if after is None else text + " ").hex().upper()
        rows.append(f"{scale:.3f} Tz 1 0 0 1 {left:.3f} {base:.3f} Tm <{shown}> Tj".encode())
    return rows
