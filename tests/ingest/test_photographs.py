"""Photographed pages: the sheet is found on a darker table and straightened; a scan is never touched."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingest.pagepicture import PagePicture, Pixels
from ingest.photographs import straightened
from ingest.placing import MIRROR, as_stored
from schemas.reading import Box, PageReading, Word
from tests.ingest.sheets import DPI, decision, worn

MARK = (700, 1400)
CORNERS = ((130, 160), (1330, 110), (1380, 1900), (60, 1860))


@cache
def page() -> Image.Image:
    picture = worn(decision())
    ImageDraw.Draw(picture).rectangle((MARK[0] - 9, MARK[1] - 9, MARK[0] + 9, MARK[1] + 9), fill=(0, 0, 255))
    return picture


def photographed(table: int, corners: tuple[tuple[int, int], ...] = CORNERS) -> tuple[Pixels, tuple[float, float]]:
    """The page lying askew on a table of that grey, darker towards one side; and where its mark came to lie."""
    width, height = page().size
    before = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(before, np.array(corners, np.float32))
    ground = np.full((2000, 1500, 3), table, np.uint8)
    cv2.warpPerspective(np.asarray(page()), matrix, (1500, 2000), dst=ground, borderMode=cv2.BORDER_TRANSPARENT)
    grain = np.random.default_rng(1).normal(0, 5, ground.shape)
    lit = ground * np.linspace(1, 0.7, 1500)[None, :, None] + grain
    x, y, depth = matrix @ (*MARK, 1.0)
    return np.clip(lit, 0, 255).astype(np.uint8), (float(x / depth), float(y / depth))


def marked(rgb: Pixels) -> tuple[float, float]:
    y, x = np.nonzero((rgb[:, :, 2].astype(int) - rgb[:, :, 0]) > 90)
    return float(np.median(x)), float(np.median(y))


@pytest.mark.parametrize("table", [30, 100])
def test_a_sheet_on_a_darker_table_is_straightened_and_points_find_their_way_back(table: int) -> None:
    photo, mark = photographed(table)
    flat, place = straightened(PagePicture(photo, 160))
    assert place is not None
    height, width = flat.rgb.shape[:2]
    x, y = marked(flat.rgb)
    assert (x / width, y / height) == pytest.approx((MARK[0] / 1240, MARK[1] / 1754), abs=0.012)
    across, down, depth = place @ (x / width, y / height, 1.0)
    assert (across / depth * 1500, down / depth * 2000) == pytest.approx(mark, abs=2.5)
    assert flat.dpi == pytest.approx(height / 11.69, rel=0.01)


def test_a_corner_in_the_dark_is_where_its_two_sides_meet() -> None:
    photo, _ = photographed(70)
    y, x = np.ogrid[: photo.shape[0], : photo.shape[1]]
    away = np.hypot(x - CORNERS[3][0], y - CORNERS[3][1])
    dim = (photo * np.clip(0.45 + away / 700, 0, 1)[:, :, None]).astype(np.uint8)
    flat, place = straightened(PagePicture(dim, 160))
    assert place is not None
    height = flat.rgb.shape[0]
    x0, y0, depth = place @ (0.0, 1.0, 1.0)
    assert (x0 / depth * 1500, y0 / depth * 2000) == pytest.approx(CORNERS[3], abs=16)
    assert marked(flat.rgb)[1] / height == pytest.approx(MARK[1] / 1754, abs=0.012)


def with_dark_edges() -> Image.Image:
    picture = page().copy()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 40, 1754), fill="black")
    draw.rectangle((0, 1700, 1240, 1754), fill="black")
    return picture


NOT_PHOTOGRAPHED = {
    "a scan": page,
    "a tilted scan": lambda: page().rotate(3, fillcolor="white"),
    "a scan with dark edges": with_dark_edges,
    "a negative": lambda: Image.eval(page(), lambda value: 255 - value),
    "no sheet": lambda: Image.fromarray(np.random.default_rng(2).integers(0, 255, (900, 700, 3), dtype=np.uint8)),
    "a sheet that is cut off": lambda: Image.fromarray(photographed(30)[0][:1700]),
    "a sheet on a white table": lambda: Image.fromarray(photographed(235)[0]),
}


@pytest.mark.parametrize("name", NOT_PHOTOGRAPHED)
def test_anything_else_is_left_as_it_is(name: str) -> None:
    picture = PagePicture(np.asarray(NOT_PHOTOGRAPHED[name]()), DPI)
    assert straightened(picture) == (picture, None)


def reading(rotation: int, box: Box) -> PageReading:
    word = Word(text="Mẫu", box=box, confidence=1.0, block=0, line=0)
    return PageReading.model_validate(
        {"page": 1, "width": 1000, "height": 1400, "dpi": 100, "rotation": rotation, "skew": 1.0, "source": "ocr",
         "words": (word,), "engine": "a", "config": "b"}
    )  # fmt: skip


@pytest.mark.parametrize(("turn", "stored_turn"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_a_reading_in_a_mirror_is_told_for_the_stored_picture(turn: int, stored_turn: int) -> None:
    told = as_stored(reading(turn, Box(x0=0.1, y0=0.2, x1=0.3, y1=0.25)), MIRROR)
    assert (told.rotation, told.skew) == (stored_turn, pytest.approx(-1.0, abs=0.02))
    assert tuple(told.words[0].box.model_dump().values()) == pytest.approx((0.7, 0.2, 0.9, 0.25), abs=1e-4)


def test_boxes_of_a_part_lie_in_that_part_of_the_whole() -> None:
    part = np.array([[0.5, 0.0, 0.25], [0.0, 0.8, 0.1], [0.0, 0.0, 1.0]])
    told = as_stored(reading(90, Box(x0=0.2, y0=0.4, x1=0.4, y1=0.5)), part)
    box = told.words[0].box  # upright (x, y) lies at (y, 1 - x): within the part, then turned back
    assert (box.x0, box.x1) == pytest.approx((1 - (0.1 + 0.8 * 0.8), 1 - (0.1 + 0.8 * 0.6)), abs=1e-4)
    assert (box.y0, box.y1) == pytest.approx((0.25 + 0.5 * 0.4, 0.25 + 0.5 * 0.5), abs=1e-4)
