"""What a reader without mistakes would say of a made-up paper: for trying rules and document types in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.reading import Box, PageReading, Word
from specimens.press import PrintedWord
from specimens.truth import Specimen

_SAME_LINE = 0.004  # of the page's height: words whose baselines are so near stand on one line


def perfect_readings(paper: Specimen, confidence: float = 0.96) -> list[PageReading]:
    """The pages of a paper as read without a mistake, every word with the same confidence; barcodes are not read."""
    return [_reading(paper, number, words, confidence) for number, words in enumerate(paper.words, 1)]


def _reading(paper: Specimen, number: int, printed: Sequence[PrintedWord], confidence: float) -> PageReading:
    words = [
        Word(text=word.text, box=Box(x0=word.x0, y0=word.y0, x1=word.x1, y1=word.y1), confidence=confidence,
             block=0, line=index)
        for index, line in enumerate(_lines(printed))
        for word in line
    ]  # fmt: skip
    wide, high = paper.pages[number - 1].size
    return PageReading(
        page=number,
        width=wide,
        height=high,
        dpi=paper.dpi,
        source="ocr",
        words=tuple(words),
        confidence=confidence,
        engine="perfect",
        config="perfect",
    )


def _lines(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    """Words by baseline, top to bottom, each line left to right."""
    lines: list[list[PrintedWord]] = []
    for word in sorted((word for word in words if word.text.strip("\u00a0")), key=lambda word: word.base):
        if lines and word.base - lines[-1][0].base < _SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.x0) for line in lines]
