"""A light reader in the place of the product's: a page is opened and decoded as for reading, and its words come from
its pixels. What a page says is not what the campaign tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ingest.kinds import MediaKind
from ingest.pages import open_pages
from schemas.reading import Box, PageReading, Word

_SYLLABLES = "an bình cường dũng giang hà khánh lâm minh nam oanh phúc quang sơn thủy vinh".split()
_WORDS = 32


def read_light(path: Path, kind: MediaKind, page: int, readers: object) -> PageReading:  # noqa: ARG001 (stands for read_page)
    """32 words, one row under the other, the same for the same picture."""
    with open_pages(path, kind) as source:
        picture = source.picture(page).rgb
    height, width = picture.shape[:2]
    spoken = [_SYLLABLES[byte % len(_SYLLABLES)] for byte in hashlib.sha256(picture.tobytes()).digest()]
    words = tuple(
        Word(
            text=text,
            box=Box(x0=0.1, y0=round(row / _WORDS, 5), x1=0.3, y1=round((row + 0.8) / _WORDS, 5)),
            confidence=0.9,
            block=0,
            line=row,
        )
        for row, text in enumerate(spoken)
    )
    return PageReading(
        page=page, width=width, height=height, dpi=50, source="ocr", words=words, engine="light", config="light"
    )
