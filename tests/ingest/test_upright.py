"""Which way up and how tilted: told for every turn and tilt, and a point finds its way back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ingest.cleaning import Ink, clean, ink_of
from ingest.pagepicture import PagePicture
from ingest.upright import attitude, levelled, turned, unlevel
from tests.ingest.sheets import BODY, DPI, decision, font, sheet, worn


def marks(picture: Image.Image) -> Ink:
    cleaned = clean(PagePicture(np.asarray(picture), DPI))
    return ink_of(cleaned.grey, cleaned.dpi)


@pytest.mark.parametrize("tilt", [-3.0, 0.0, 1.2])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turn_and_tilt_are_told_together(turn: int, tilt: float) -> None:
    """The picture is tilted counter-clockwise by `tilt` and lies so that `turn` clockwise makes it upright."""
    tilted = worn(decision()).rotate(tilt, fillcolor="white", resample=Image.Resampling.BICUBIC)
    found = attitude(marks(tilted.rotate(turn, expand=True)))
    assert (found.turn, found.sure) == (turn, True)
    assert found.skew == pytest.approx(tilt, abs=0.15)


@pytest.mark.parametrize("turn", [0, 180])
def test_bold_rows_of_digits_do_not_speak_for_the_page(turn: int) -> None:
    """Three rows that stick out nowhere, or rather below (a machine-readable zone), under lines of small print."""
    picture, draw = sheet()
    for i, line in enumerate(BODY):
        draw.text((180, 300 + 40 * i), line[:45], font=font(9), fill="black")
    for i in range(3):
        draw.text((180, 900 + 60 * i), "Q,;QQ,;1QJ;,QQ;,JQ,QQ;Q,;QQ", font=font(22, "bold"), fill="black")
    assert attitude(marks(picture.rotate(turn))).turn == turn


def test_too_few_marks_are_not_sure() -> None:
    assert not attitude(marks(Image.new("RGB", (1240, 1754), "white"))).sure


def test_levelling_makes_lines_level_and_a_point_finds_its_way_back() -> None:
    grey = np.full((1000, 800), 255, np.uint8)
    grey[300:304, 600:604] = 0
    tilted = levelled(grey, -2.0)  # undoing a tilt of −2° tilts a level page by +2°
    page = Image.fromarray(levelled(np.asarray(decision().convert("L")), -2.0))
    assert attitude(marks(page)).skew == pytest.approx(2.0, abs=0.15)
    y, x = (float(v.mean()) for v in np.nonzero(tilted < 128))
    assert unlevel(x, y, -2.0, 800, 1000) == pytest.approx((601.5, 301.5), abs=1.0)


def test_turning_is_clockwise() -> None:
    grey = np.zeros((2, 3), np.uint8)
    grey[0, 0] = 255
    assert turned(grey, 90)[0, -1] == 255
    assert turned(grey, 180)[-1, -1] == 255
    assert turned(grey, 270)[-1, 0] == 255
    assert turned(grey, 0)[0, 0] == 255
