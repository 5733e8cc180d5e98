"""Reading order: halves side by side are read one after the other, lines across the sheet stay whole."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ingest.cleaning import clean, ink_of
from ingest.layout import Block, blocks_of, stack, with_titles
from ingest.pagepicture import PagePicture
from tests.ingest.sheets import BODY, DPI, decision, font, sheet


def blocks(picture: Image.Image) -> tuple[Block, ...]:
    """In pixels of the picture itself."""
    cleaned = clean(PagePicture(np.asarray(picture), DPI))
    return blocks_of(ink_of(cleaned.grey, cleaned.dpi), (picture.height, picture.width), DPI)


def test_the_halves_of_a_header_are_blocks_of_their_own() -> None:
    found = blocks(decision())
    halves = [b for b in found if b.right - b.left < 1240]
    assert len(halves) == 2
    left, right = halves
    assert (left.left, left.right, right.right) == (0, right.left, 1240)
    assert 480 < left.right < 590
    assert left.top <= 105
    assert 225 <= left.bottom < 300


def test_a_page_of_lines_is_one_block() -> None:
    picture, draw = sheet()
    for i, line in enumerate(BODY):
        draw.text((180, 200 + 48 * i), line, font=font(13), fill="black")
    assert blocks(picture) == (Block(0, 0, 1240, 1754),)


def test_two_spouses_are_read_one_after_the_other() -> None:
    picture, draw = sheet()
    draw.text(
        (620, 150),
        "GIẤY CHỨNG NHẬN KẾT HÔN SỐ BA MƯƠI CỦA PHƯỜNG MẪU",
        font=font(14, "bold"),
        fill="black",
        anchor="mm",
    )
    for i in range(6):
        draw.text((120, 300 + 60 * i), f"Vợ dòng {i}: Trần Thị Mẫu", font=font(12), fill="black")
        draw.text((700, 300 + 60 * i), f"Chồng dòng {i}: Lê Văn Mẫu", font=font(12), fill="black")
    found = blocks(picture)
    assert [b.right - b.left == 1240 for b in found] == [True, False, False, True]
    assert found[1].bottom > 620


@pytest.mark.parametrize("picture", [decision(), Image.new("RGB", (1240, 1754), "white")])
def test_blocks_cover_the_page_once(picture: Image.Image) -> None:
    count = np.zeros((1754, 1240), int)
    for b in blocks(picture):
        count[b.top : b.bottom, b.left : b.right] += 1
    assert (count == 1).all()


def test_no_accent_is_cut_off_and_every_point_finds_its_way_back() -> None:
    page = decision()
    grey = np.asarray(page.convert("L"))
    pile = stack(grey, blocks(page), DPI)
    assert (pile.picture < 128).sum() == (grey < 128).sum()
    for block, top in zip(pile.blocks, pile.tops, strict=True):
        part = pile.picture[top : top + block.bottom - block.top]
        ys, xs = np.nonzero(part[:, block.left : block.right] < 128)
        if len(ys):
            index, x, y, _ = pile.place(float(xs[0] + block.left), float(ys[0] + top))
            assert pile.blocks[index] == block
            assert grey[int(y), int(x)] < 128


def test_a_cut_goes_between_lines_not_through_accents() -> None:
    page = decision()
    rows_with_ink = (np.asarray(page.convert("L")) < 128).any(axis=1)
    for block in blocks(page):
        for edge in (block.top, block.bottom):
            assert not rows_with_ink[min(edge, 1753)]


def test_a_title_is_set_apart_made_small_and_finds_its_way_back() -> None:
    picture, draw = sheet()
    draw.text((620, 320), "GIẤY KHAI SINH", font=font(24, "bold"), fill="black", anchor="mm")
    for i, line in enumerate(BODY):
        draw.text((180, 400 + 48 * i), line, font=font(13), fill="black")
    grey = np.asarray(picture.convert("L"))
    marks = ink_of(grey, DPI)
    cut = with_titles(blocks_of(marks, grey.shape, DPI), marks, DPI)
    (title,) = [b for b in cut if b.large > 1]
    assert not (grey[[title.top, title.bottom - 1]] < 128).any()
    assert (grey[: title.top] < 128).sum() == 0
    assert 335 < title.bottom < 405
    assert 1.4 < title.large < 2.2
    pile = stack(grey, cut, DPI)
    index = cut.index(title)
    for y, x in ((320, 620), (310, 500)):
        at_x, at_y = x / title.large, (y - title.top) / title.large + pile.tops[index]
        assert pile.place(at_x, at_y) == pytest.approx((index, x, y, 1 / title.large))
    assert pile.picture.shape[0] < grey.shape[0] + 30


def test_a_page_of_one_size_is_not_cut() -> None:
    page = decision()
    cleaned = clean(PagePicture(np.asarray(page), DPI))
    marks = ink_of(cleaned.grey, cleaned.dpi)
    found = blocks_of(marks, cleaned.grey.shape, cleaned.dpi)
    assert with_titles(found, marks, cleaned.dpi) == found
