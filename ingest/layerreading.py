"""A text layer that was there before us: its words, if they prove to be Vietnamese text that covers the page."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pdfplumber
from pdfminer.pdfexceptions import PDFException

from ingest.cleaning import Ink
from ingest.oldfonts import repaired
from schemas.reading import Box, Word
from schemas.vietnamese import nfc, syllable_share

_MIN_WORDS = 5
_MIN_SHARE = 0.75
_MIN_COVERED = 0.85
_MIN_INKED_WORDS = 0.7
_SCAN = 0.5  # pictures over more of the page than this are what was scanned; letterheads and seals are smaller


@dataclass(frozen=True)
class LayerWord:
    """A word of the layer and its box in fractions of the page as it is shown."""

    text: str
    box: Box


def layer_words(page: io.BytesIO) -> list[LayerWord]:
    """The words of a one-page PDF; none if the page cannot be parsed, or is a scan with somebody's reading over it: a
    recogniser's word is no proof, so the picture is read here then."""
    try:
        with pdfplumber.open(page) as document:
            sheet = document.pages[0]
            if _is_scan(sheet):
                return []
            found = sheet.extract_words(x_tolerance_ratio=0.25)
            left, top = float(sheet.bbox[0]), float(sheet.bbox[1])
            width, height = float(sheet.width), float(sheet.height)
            return _in_unicode([_word(entry, left, top, width, height) for entry in found if entry["text"].strip()])
    except (PDFException, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return []


def _in_unicode(words: list[LayerWord]) -> list[LayerWord]:
    texts = repaired([word.text for word in words])
    return words if texts is None else [replace(word, text=text) for word, text in zip(words, texts, strict=True)]


def _is_scan(sheet: Any) -> bool:
    area = float(sheet.width) * float(sheet.height)
    return sum(float(picture["width"]) * float(picture["height"]) for picture in sheet.images) > _SCAN * area


def is_vietnamese(words: list[LayerWord]) -> bool:
    """Whether the layer reads as Vietnamese: other recognisers' garbage and old font encodings do not."""
    return len(words) >= _MIN_WORDS and syllable_share(" ".join(word.text for word in words)) >= _MIN_SHARE


def covers(words: list[LayerWord], ink: Ink) -> bool:
    """Whether the layer's boxes hold nearly all of the page's text-like marks, and most boxes hold marks: a stamp's
    text over a scan covers too little, a layer shifted against its picture lies on nothing."""
    height, width = ink.mask.shape
    held = np.zeros((height, width), dtype=bool)
    inked = 0
    for word in words:
        x0, x1 = (min(width, max(0, round(v * width))) for v in (word.box.x0, word.box.x1))
        y0, y1 = (min(height, max(0, round(v * height))) for v in (word.box.y0, word.box.y1))
        rise = max(1, (y1 - y0) // 4)
        area = (slice(max(0, y0 - rise), y1 + rise), slice(max(0, x0 - 1), x1 + 1))
        held[area] = True
        inked += bool(ink.mask[area].any())
    if ink.count == 0:
        return False
    x, y, w, h = (ink.boxes[:, i] for i in range(4))
    covered = held[np.minimum(height - 1, y + h // 2), np.minimum(width - 1, x + w // 2)].mean()
    return bool(covered >= _MIN_COVERED and inked >= _MIN_INKED_WORDS * len(words))


def _word(entry: dict[str, Any], left: float, top: float, width: float, height: float) -> LayerWord:
    x0, x1 = ((float(entry[key]) - left) / width for key in ("x0", "x1"))
    y0, y1 = ((float(entry[key]) - top) / height for key in ("top", "bottom"))
    box = Box(x0=_unit(x0), y0=_unit(y0), x1=_unit(x1), y1=_unit(y1))
    return LayerWord(nfc(entry["text"]), box)


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 5)


def in_reading_order(words: list[LayerWord], blocks: list[Box]) -> tuple[Word, ...]:
    """The words with block and line numbers: within each block of the page (fractions, in reading order) rows from top
    to bottom, in a row from left to right."""
    sorted_words: list[Word] = []
    for number, block in enumerate(blocks):
        inside = [word for word in words if _belongs(word, block)]
        for line, row in enumerate(_rows(inside)):
            sorted_words += [
                Word(text=word.text, box=word.box, confidence=1.0, block=number, line=line)
                for word in sorted(row, key=lambda w: w.box.x0)
            ]
    return tuple(sorted_words)


def _belongs(word: LayerWord, block: Box) -> bool:
    x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
    return block.x0 <= x < block.x1 and block.y0 <= y < block.y1


def _rows(words: list[LayerWord]) -> list[list[LayerWord]]:
    """Words whose middles lie within another's height are a row; the row's first word decides."""
    rows: list[list[LayerWord]] = []
    for word in sorted(words, key=lambda w: (w.box.y0 + w.box.y1) / 2):
        middle = (word.box.y0 + word.box.y1) / 2
        row = rows[-1] if rows else None
        if row is not None and row[0].box.y0 <= middle <= row[0].box.y1:
            row.append(word)
        else:
            rows.append([word])
    return rows
