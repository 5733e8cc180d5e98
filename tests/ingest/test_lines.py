"""Where lines are found, and the strips that are cut along them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ingest.cleaning import clean, without_rules
from ingest.layout import Block
from ingest.lines import STRIP_BASELINE, STRIP_EM, LineSpot, lines_of, strip, x_on_page
from ingest.pagepicture import PagePicture, Pixels
from specimens import Damage, make_paper
from tests.ingest.sheets import BODY, DPI, font, sheet

WHOLE = (Block(0, 0, 1240, 1754),)
EM = 13 * DPI / 72


def page(*texts: tuple[float, float, str], points: float = 13) -> Pixels:
    """Each text with its baseline's left end at (x, y)."""
    picture, draw = sheet()
    for x, y, text in texts:
        draw.text((x, y), text, font=font(points), fill="black", anchor="ls")
    return np.asarray(picture.convert("L"))


def test_every_line_is_found_with_its_baseline_and_type_size() -> None:
    level = page(*((180, 400 + 48 * i, line) for i, line in enumerate(BODY)))
    spots = lines_of(level, DPI, WHOLE)
    assert [spot.line for spot in spots] == list(range(len(BODY)))
    for i, (spot, line) in enumerate(zip(spots, BODY, strict=True)):
        assert spot.at(400) == pytest.approx(400 + 48 * i, abs=2)
        assert spot.em == pytest.approx(EM, rel=0.12)
        assert spot.left == pytest.approx(180, abs=6)
        assert spot.right == pytest.approx(180 + font(13).getlength(line), abs=8)


def test_columns_are_stretches_of_one_row_and_blocks_come_one_after_the_other() -> None:
    level = page(
        (100, 300, "Số: 15/QĐ-UBND"), (700, 303, "Dân tộc: Kinh"), (100, 360, "Nơi sinh"), (700, 500, "Ghi chú")
    )
    spots = lines_of(level, DPI, WHOLE)
    assert [(spot.line, spot.left < 400) for spot in spots] == [(0, True), (0, False), (1, True), (2, False)]
    halves = (Block(0, 0, 620, 1754), Block(620, 0, 1240, 1754))
    assert [(s.block, s.line) for s in lines_of(level, DPI, halves)] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_line_of_capitals_is_not_taken_for_large_print() -> None:
    body = [(180.0, 500.0 + 48 * i, line) for i, line in enumerate(BODY)]
    level = page((300, 400, "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT"), *body)
    assert lines_of(level, DPI, WHOLE)[0].em == pytest.approx(EM, rel=0.15)


def test_a_dash_before_and_a_full_stop_after_belong_to_the_line() -> None:
    text = "- Như Điều 3."
    (spot,) = lines_of(page((200, 300, text)), DPI, WHOLE)
    assert spot.left == pytest.approx(200, abs=5)
    assert spot.right == pytest.approx(200 + font(13).getlength(text), abs=5)


def test_pale_print_is_found_as_black_print_is() -> None:
    black = page((200, 300, BODY[0]))
    pale = (255 - (255 - black.astype(int)) // 4).astype(np.uint8)
    assert [round(s.left) for s in lines_of(pale, DPI, WHOLE)] == [round(s.left) for s in lines_of(black, DPI, WHOLE)]


def test_accents_above_a_line_are_no_line_of_their_own() -> None:
    texts = (
        "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ)",
        "ẤẦẪ ỖỒỐ NGƯỜI KÝ GIẤY CHỨNG NHẬN",
        "những khó khăn, vướng mắc đã nêu",
    )
    picture, draw = sheet()
    for i, text in enumerate(texts):
        draw.text((200, 300 + 50 * i), text, font=font(14, "italic"), fill="black", anchor="ls")
    level = cv2.resize(np.asarray(picture.convert("L")), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert [spot.line for spot in lines_of(level, 2 * DPI, (Block(0, 0, 2480, 3508),))] == [0, 1, 2]


def test_an_empty_page_and_dust_have_no_lines() -> None:
    level = np.full((1754, 1240), 255, np.uint8)
    assert lines_of(level, DPI, WHOLE) == []
    level[100:102, 100:102] = 0
    assert lines_of(level, DPI, WHOLE) == []


@pytest.mark.parametrize("tilt", [0.0, 0.7])
def test_a_strip_has_the_baseline_and_the_size_that_the_recogniser_knows(tilt: float) -> None:
    level = page((180, 400, BODY[0]))
    turn = cv2.getRotationMatrix2D((620, 400), tilt, 1)
    level = np.asarray(cv2.warpAffine(level, turn, (1240, 1754), borderValue=255), np.uint8)
    (spot,) = lines_of(level, DPI, WHOLE)
    picture = strip(level, spot)
    rows = (picture < 128).sum(axis=1)
    assert picture.shape[0] == 40
    assert rows[int(STRIP_BASELINE) + 1 :].sum() < 0.12 * rows.sum()  # only descenders and dots below
    assert rows[int(STRIP_BASELINE) - 3 : int(STRIP_BASELINE) + 1].max() > 0.3 * rows.max()
    assert x_on_page(spot, 0) == pytest.approx(spot.left - 0.3 * spot.em)


def test_a_strip_at_the_edge_of_the_page_is_filled_with_paper() -> None:
    level = page((180, 12, BODY[0]))
    spot = LineSpot(180, 700, 12, 0.0, EM, 0)
    picture = strip(level, spot)
    assert picture.shape == (40, round((520 + 0.6 * EM) * STRIP_EM / EM))
    assert (picture[:6] == 255).all()


def test_what_is_left_of_a_seal_makes_no_second_line_along_a_name() -> None:
    paper = make_paper("death_extract", 30001, dpi=200, damage=Damage.level(0, 30001))
    level = without_rules(clean(PagePicture(np.asarray(paper.pages[-1]), 200.0)).grey, 200.0)
    whole = Block(0, 0, level.shape[1], level.shape[0])
    spots = lines_of(level, 200.0, [whole])
    for one in spots:
        for other in spots:
            apart = abs(one.at(one.left) - other.at(one.left)) > 0.25 * other.em
            assert one is other or apart or one.right > other.right or one.left < other.left
