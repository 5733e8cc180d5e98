"""Pictures for the report, taken while a paper's file is still there: the pages, and the spots where values stand."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from bench.reading.engines import Read
from bench.reading.papers import PaperFile
from bench.reading.results import FieldResult, PaperResult
from ingest.pages import open_pages

PAGE_WIDTH, SPOT_WIDTH = 640, 900  # pixels at most
_MARGIN = 0.015  # of the page, so that one sees what stands around


@dataclass(frozen=True)
class Spot:
    """A field to look at: the page it is on (an index into the album's pages, None where it has none) and the picture
    of the very spot (None where nothing was found)."""

    paper: PaperResult
    field: FieldResult
    page: int | None
    crop: str | None


@dataclass
class Album:
    """`pages` are JPEG pictures as data URIs, `sizes` their heights by their widths; `texts` are misread papers, each
    with the album's page for its own page numbers."""

    pages: list[str] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    texts: list[tuple[PaperResult, dict[int, int]]] = field(default_factory=list)

    def take(self, paper: PaperFile, read: Read, result: PaperResult) -> None:
        """Take the pages of every field that is wrong or doubted, of misread lines, and of a paper of wrong type."""
        doubted = [one for one in result.fields if not (one.right and one.accepted) and (one.truth or one.value)]
        wanted = {_page_of(one, read) for one in doubted} | {page for page, _ in result.mistakes}
        if not result.type_right:
            wanted.add(1)
        turns = {reading.page: reading.rotation for reading in read.readings}
        kept: dict[int, int] = {}
        crops: dict[str, str] = {}
        with open_pages(paper.path, "pdf") as source:
            for number in sorted(wanted):
                picture = Image.fromarray(source.picture(number).rgb)
                picture = picture.rotate(-turns.get(number, 0), expand=True).convert("RGB")
                kept[number] = self._page(picture)
                for one in doubted:
                    if _page_of(one, read) == number and (box := box_of(one)) is not None:
                        crops[one.name] = _uri(_cut(picture, box), SPOT_WIDTH, 75)
        for one in doubted:
            self.spots.append(Spot(result, one, kept.get(_page_of(one, read)), crops.get(one.name)))
        if result.mistakes or not result.type_right:
            self.texts.append((result, kept))

    def _page(self, picture: Image.Image) -> int:
        self.pages.append(_uri(picture, PAGE_WIDTH, 55))
        self.sizes.append(picture.height / picture.width)
        return len(self.pages) - 1


def box_of(one: FieldResult) -> Sequence[float] | None:
    """(x0, y0, x1, y1) in fractions of the page, of the first witness that stands somewhere."""
    box = next((seen["box"] for seen in one.evidence if seen["page"] and seen["box"]), None)
    return (box["x0"], box["y0"], box["x1"], box["y1"]) if box else None


def _page_of(one: FieldResult, read: Read) -> int:
    page = next((seen["page"] for seen in one.evidence if seen["page"] and seen["box"]), None)
    return int(page or read.readings[0].page)


def _cut(picture: Image.Image, box: Sequence[float]) -> Image.Image:
    wide, high = picture.size
    left, top = max(0.0, box[0] - _MARGIN) * wide, max(0.0, box[1] - _MARGIN) * high
    right, bottom = min(1.0, box[2] + _MARGIN) * wide, min(1.0, box[3] + _MARGIN) * high
    return picture.crop((int(left), int(top), max(int(right), int(left) + 1), max(int(bottom), int(top) + 1)))


def _uri(picture: Image.Image, width: int, quality: int) -> str:
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
