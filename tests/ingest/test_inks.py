"""Coloured stamps over print: they go and the print stays; printed boxes and red stamps stay."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from ingest.cleaning import clean
from ingest.pagepicture import PagePicture, Pixels
from tests.ingest.sheets import DPI, font, sheet, worn

BLUE, VIOLET, RED = "#283296", "#962878", "#c81e28"
BOX = (360, 260, 620, 400)


def print_alone() -> Image.Image:
    picture, draw = sheet()
    for i in range(6):
        draw.text((180, 240 + 44 * i), "Số định danh 094089993400, cấp tại Cục Cảnh sát", font=font(13), fill="black")
    return picture


def stamped(page: Image.Image, ink: str, tilt: float = 0.0) -> Image.Image:
    layer = Image.new("RGB", page.size, "white")
    draw = ImageDraw.Draw(layer)
    draw.rectangle(BOX, outline=ink, width=4)
    draw.text(((BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2), "ĐẾN 2020", font=font(20, "bold"), fill=ink, anchor="mm")
    return ImageChops.multiply(page, layer.rotate(tilt, center=(490, 330), fillcolor="white"))


def dark(picture: Image.Image) -> int:
    grey: Pixels = clean(PagePicture(np.asarray(worn(picture)), DPI)).grey
    left, top, right, bottom = (round(v * 200 / DPI) for v in (BOX[0] - 20, BOX[1] - 20, BOX[2] + 20, BOX[3] + 20))
    return int((grey[top:bottom, left:right] < 150).sum())


@pytest.mark.parametrize("ink", [BLUE, VIOLET])
def test_a_coloured_stamp_over_print_goes_and_the_print_stays(ink: str) -> None:
    assert dark(stamped(print_alone(), ink, tilt=3)) == pytest.approx(dark(print_alone()), rel=0.08)


def test_a_coloured_stamp_that_stands_askew_goes_wherever_it_stands() -> None:
    assert dark(stamped(sheet()[0], BLUE, tilt=8)) == 0


def test_a_printed_box_stays_with_its_words() -> None:
    assert dark(stamped(sheet()[0], BLUE)) > 4000


def test_a_red_stamp_over_print_stays_for_it_may_speak_of_secrecy() -> None:
    assert dark(stamped(print_alone(), RED, tilt=8)) > dark(print_alone()) + 4000
