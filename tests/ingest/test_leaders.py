"""Leaders of forms: gone from the picture whatever they are printed with, and nothing else gone with them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingest.cleaning import Ink
from ingest.layout import blocks_of
from ingest.leaders import marked, without_leaders, without_remains
from ingest.pagepicture import Pixels
from tests.ingest.sheets import BODY, DPI, font, sheet

MARKS = "Sự ị ĩ í ơ ợ ặ ậ: ìiiìị nghị quyết; 1.200.000.000 đồng, v.v... (i) - Số: 12.5.7"


def grey(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("L"))


def lines(texts: tuple[str, ...], points: float = 13) -> Image.Image:
    picture, draw = sheet()
    for i, text in enumerate(texts):
        draw.text((150, 200 + 60 * i), text, font=font(points), fill="black")
    return picture


@pytest.mark.parametrize("dot", [".", "…"])
@pytest.mark.parametrize("points", [11, 14])
def test_leaders_go_and_the_words_beside_them_stay(dot: str, points: float) -> None:
    words = ("Họ và tên: Võ Văn Mẫu", "Nơi sinh: Bệnh viện tỉnh Bình Mẫu")
    level, found = without_leaders(grey(lines(tuple(word + " " + dot * 25 for word in words), points)), DPI)
    assert len(found) == 2
    assert np.array_equal(level < 128, grey(lines(words, points)) < 128)


def test_dots_that_a_scanner_blurred_go_as_one_row() -> None:
    picture = lines(("Dân tộc: Kinh",))
    draw, base = ImageDraw.Draw(picture), 200 + font(13).getmetrics()[0] - 5
    size = round(0.76 * DPI / 25.4)
    places = [500 + round(9.6 * step * DPI / 200) for step in range(60)]
    for step, x in enumerate(places):
        draw.rectangle((x, base, x + size - step % 2, base + size - 1), fill="#303030")
    level, found = without_leaders(grey(picture), DPI)
    assert len(found) == 1
    assert (level[base : base + size, places[0] :] < 128).sum() == 0


def test_marks_of_letters_stops_and_separators_stay() -> None:
    page = grey(lines((*BODY, MARKS, MARKS.upper())))
    level, found = without_leaders(page, DPI)
    assert found == ()
    assert np.array_equal(level, page)


def test_what_is_written_on_a_leader_keeps_its_letters() -> None:
    text = "Trạm Y tế xã Thượng Mẫu, huyện Mẫu Sơn"
    plain = grey(lines((text,)))
    picture = lines((text,))
    base = 200 + font(13).getmetrics()[0] + 3
    draw = ImageDraw.Draw(picture)
    for x in range(150, 1000, 7):
        draw.rectangle((x, base, x + 1, base + 1), fill="#404040")
    level, found = without_leaders(grey(picture), DPI)
    before, after, wanted = grey(picture) < 128, level < 128, plain < 128
    assert found
    assert (wanted & ~after).sum() < 0.002 * wanted.sum()
    assert (after & ~wanted).sum() < 0.5 * (before & ~wanted).sum()


def test_a_raster_of_dots_is_no_leader() -> None:
    page = np.full((1754, 1240), 255, np.uint8)
    page[300:420:6, 200:900:6] = 0
    page[301:421:6, 200:900:6] = 0
    assert without_leaders(page, DPI)[1] == ()


def test_what_a_leader_joins_is_one_line() -> None:
    """Two values in a row with leaders between them are no two columns."""
    picture, draw = sheet()
    for i in range(4):
        draw.text((150, 300 + 60 * i), f"Dân tộc {i}: Kinh", font=font(13), fill="black")
        draw.text((700, 300 + 60 * i), f"Quốc tịch {i}: Mẫu", font=font(13), fill="black")
        draw.text((335, 300 + 60 * i), "." * 54, font=font(13), fill="black")
    level, leaders = without_leaders(grey(picture), DPI)
    mask = np.where(level < 140, 255, 0).astype(np.uint8)
    assert len(blocks_of(Ink(np.zeros((0, 4), np.int32), mask, DPI, 0.0), level.shape, DPI)) == 4
    ink = Ink(np.zeros((0, 4), np.int32), marked(mask, leaders, 1.0), DPI, 0.0)
    assert len(blocks_of(ink, level.shape, DPI)) == 1


@pytest.mark.parametrize(
    ("read", "kept"),
    [
        ("........", ""),
        ("....,...", ""),
        ("……", ""),
        ("KỲ.......", "KỲ"),
        ("....Nam", "Nam"),
        ("v.v...", "v.v..."),
        ("...", "..."),
        ("-", "-"),
        ("1.200.000", "1.200.000"),
    ],
)
def test_remains_of_leaders_are_no_words(read: str, kept: str) -> None:
    assert without_remains(read) == kept
