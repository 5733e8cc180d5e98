"""Grey and black seals: their rings go, what is printed under them stays, and other round things are no seals."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingest.cleaning import Cleaned, clean
from ingest.pagepicture import PagePicture
from ingest.rings import without_rings
from tests.ingest.sheets import DPI, decision, font, sheet, worn

NAME = (800, 1010)
SCALE = 200 / DPI


def cleaned(picture: Image.Image) -> Cleaned:
    return clean(PagePicture(np.asarray(picture), DPI))


def copied(ink: str = "#707070") -> Image.Image:
    """A decision whose red seal came out grey (or black): two rings of a rim round the signer's name."""
    page = decision().convert("L").convert("RGB")
    draw = ImageDraw.Draw(page)
    for radius, width in ((106, 4), (99, 2), (72, 2)):
        x, y = NAME
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=ink, width=width)
    name = Image.new("RGB", page.size, "white")
    ImageDraw.Draw(name).text((880, 1050), "Trần Văn Mẫu", font=font(12, "bold"), fill="black", anchor="mm")
    return Image.fromarray(np.minimum(np.asarray(page), np.asarray(name)))


def dark(grey: np.ndarray, box: tuple[int, int, int, int]) -> int:
    left, top, right, bottom = box
    return int((grey[top:bottom, left:right] < 120).sum())


@pytest.mark.parametrize("ink", ["#707070", "#101010"])
def test_a_copied_seal_is_found_its_rings_go_and_the_name_stays(ink: str) -> None:
    found = without_rings(cleaned(worn(copied(ink))))
    (box,) = found.seals
    assert np.allclose([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], [at * SCALE for at in NAME], atol=3)
    bare = cleaned(worn(decision()))
    assert abs(dark(found.grey, box) - dark(bare.grey, box)) < 0.25 * dark(bare.grey, box)


def test_a_page_without_a_round_seal_is_left_as_it_is() -> None:
    page, draw = sheet()
    draw.rectangle((200, 200, 500, 500), outline="black", width=4)
    draw.arc((600, 200, 900, 500), 0, 150, fill="black", width=4)
    draw.ellipse((200, 700, 230, 730), outline="black", width=3)
    draw.text((600, 900), "O Q 0", font=font(60), fill="black")
    draw.ellipse((200, 1200, 500, 1500), fill="black")
    before = cleaned(page)
    assert without_rings(before) is before


def test_rings_beyond_the_edge_of_the_page_do_no_harm() -> None:
    page, draw = sheet()
    draw.ellipse((1140, 1660, 1340, 1860), outline="black", width=5)
    found = without_rings(cleaned(page))
    assert found.grey.shape == cleaned(page).grey.shape
