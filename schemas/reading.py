"""What reading a page yields: words with boxes and confidences, in the coordinates of the upright page."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(_Value):
    """A rectangle in fractions of the page's width and height (0..1), origin at the top left of the *upright* page:
    the original picture turned by `PageReading.rotation`, but not deskewed."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    def union(self, other: Box) -> Box:
        return Box(
            x0=min(self.x0, other.x0), y0=min(self.y0, other.y0), x1=max(self.x1, other.x1), y1=max(self.y1, other.y1)
        )


class Word(_Value):
    """One word, NFC. `block` and `line` number the reading order: a line's words share both. Confidence 0..1."""

    text: str
    box: Box
    confidence: float
    block: int
    line: int


class Barcode(_Value):
    """A barcode seen on the page (QR, DataMatrix, Code 128 …) and its text."""

    format: str
    text: str
    box: Box


class SecondLook(_Value):
    """A line of the page read again, by another reader or with another setting: `block` and `line` name the line as in
    `PageReading.words`; `words` are what this reader saw there, with its own boxes and confidences. It changes nothing
    in `PageReading.words`: it is a second witness for what stands on that line."""

    engine: str
    block: int
    line: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The line as this reader read it."""
        return " ".join(word.text for word in self.words)


class PenWord(_Value):
    """Digits that a pen wrote between print, as a reader of digits saw them: a "number" stands between "Số:" and the
    stroke of a notation, a "day" between "ngày" and "tháng". A further witness for what stands there."""

    engine: str
    kind: Literal["number", "day"]
    text: str
    confidence: float
    box: Box


class PageReading(_Value):
    """One page, read. `page` counts from 1 within the dropped file; `rotation` is the clockwise turn in degrees
    (0, 90, 180, 270) that makes the picture upright, `skew` the remaining tilt in degrees (counter-clockwise
    positive) that was removed for reading only. `width`/`height` are pixels of the upright picture, `dpi` its scale.
    `notices` are stable codes of schemas.errors that concern this page (UNREADABLE_SCAN, FOREIGN_SCRIPT …)."""

    page: int
    width: int
    height: int
    dpi: float
    rotation: Literal[0, 90, 180, 270] = 0
    skew: float = 0.0
    source: Literal["ocr", "text_layer", "none"]
    blank: bool = False
    words: tuple[Word, ...] = ()
    seconds: tuple[SecondLook, ...] = ()
    pens: tuple[PenWord, ...] = ()
    barcodes: tuple[Barcode, ...] = ()
    seals: tuple[Box, ...] = ()
    confidence: float = 0.0
    engine: str
    config: str
    notices: tuple[str, ...] = ()

    def lines(self) -> list[list[Word]]:
        """Words grouped into lines, in reading order."""
        rows: dict[tuple[int, int], list[Word]] = {}
        for word in self.words:
            rows.setdefault((word.block, word.line), []).append(word)
        return [rows[key] for key in sorted(rows)]

    def text(self) -> str:
        """The page's text, one line a line."""
        return "\n".join(" ".join(word.text for word in row) for row in self.lines())
