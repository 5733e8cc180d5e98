"""Cleaning: seals go and what lies under them stays, paper becomes white, blank is told from pale."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from ingest.cleaning import clean, components, flatten, ink_of, is_blank, without_rules
from ingest.pagepicture import PagePicture
from tests.ingest.sheets import BODY, DPI, decision, font, sheet, stamp, worn


def page(picture: Image.Image, dpi: float = DPI) -> PagePicture:
    return PagePicture(np.asarray(picture), dpi)


def blank(picture: Image.Image) -> bool:
    cleaned = clean(page(picture))
    return is_blank(cleaned, ink_of(cleaned.grey, cleaned.dpi))


def test_the_working_copy_is_grey_at_about_200_dpi() -> None:
    for dpi in (100, 150, 300, 600):
        cleaned = clean(page(decision().resize((413, 585)), dpi))
        assert cleaned.dpi == 200
        assert cleaned.grey.shape == (round(585 * 200 / dpi), round(413 * 200 / dpi))
    assert clean(page(decision(), 190)).grey.shape == (1754, 1240)


def test_a_round_red_seal_is_found_and_faded_and_the_name_under_it_stays() -> None:
    cleaned = clean(page(worn(decision(seal=True))))
    ((left, top, right, bottom),) = cleaned.seals
    scale = 200 / DPI
    assert abs((left + right) / 2 - 800 * scale) < 12
    assert abs((top + bottom) / 2 - 1010 * scale) < 12
    without = clean(page(worn(decision(seal=False)))).grey[top:bottom, left:right]
    within = cleaned.grey[top:bottom, left:right]
    assert abs(int((within < 120).sum()) - int((without < 120).sum())) < 0.1 * (without < 120).sum()


def test_a_seal_in_dim_light_leaves_no_grey_ring_through_the_name() -> None:
    cleaned, bare = (
        clean(page(Image.eval(worn(decision(seal=seal)), lambda value: int(value * 0.7)))) for seal in (True, False)
    )
    ((left, top, right, bottom),) = cleaned.seals
    marks = [(one.grey[top:bottom, left:right] < 215).sum() for one in (cleaned, bare)]
    assert marks[0] < 1.35 * marks[1]


def test_red_words_and_red_frames_are_kept() -> None:
    picture, draw = sheet()
    draw.text((400, 200), "GIẤY KHAI SINH", font=font(20, "bold"), fill="#d22630")
    draw.rectangle((100, 100, 260, 160), outline="#d22630", width=5)
    draw.text((180, 130), "HỎA TỐC", font=font(12, "bold"), fill="#d22630", anchor="mm")
    cleaned = clean(page(picture))
    assert cleaned.seals == ()
    assert (cleaned.grey[260:360, 530:1100] < 140).sum() > 3000
    assert (cleaned.grey[130:215, 130:350] < 140).sum() > 2000


def test_red_paper_has_no_seals_and_its_words_stay() -> None:
    cleaned = clean(page(decision(paper="#f4a8a8")))
    assert cleaned.seals == ()
    plain = clean(page(decision()))
    assert ink_of(cleaned.grey, 200).count == pytest.approx(ink_of(plain.grey, 200).count, rel=0.05)


def test_grey_and_one_bit_pictures_are_cleaned_too() -> None:
    for mode in ("L", "1"):
        pixels = np.asarray(decision(seal=True).convert(mode).convert("L"))
        cleaned = clean(PagePicture(pixels, DPI))
        assert cleaned.seals == ()
        assert ink_of(cleaned.grey, 200).count > 200


def test_shadow_becomes_paper_and_ink_stays_ink() -> None:
    dark_side = np.asarray(worn(decision()).convert("L"))
    flat = flatten(dark_side, DPI)
    assert dark_side[:, :100].mean() < 215
    assert flat[:, :100].mean() > 240
    assert (flat < 120).sum() > 0.9 * (np.asarray(decision().convert("L")) < 120).sum()


def test_ink_is_writing_not_rules_edges_or_dust() -> None:
    picture, draw = sheet()
    draw.line((100, 800, 1100, 800), fill="black", width=4)
    draw.rectangle((0, 0, 20, 1754), fill="black")
    draw.rectangle((300, 900, 900, 1400), fill="black")
    for i in range(50):
        draw.point((200 + i * 15, 600), fill="black")
    assert ink_of(clean(page(picture)).grey, 200).count == 0
    draw.text((180, 300), BODY[0], font=font(13), fill="black")
    assert ink_of(clean(page(picture)).grey, 200).count > 40


def test_a_clean_back_with_dust_edges_and_holes_is_blank() -> None:
    picture, draw = sheet("#f4f2ea")
    draw.rectangle((0, 0, 12, 1754), fill="black")
    for y in (500, 1200):
        draw.ellipse((40, y, 75, y + 35), fill="#404040")
    for i in range(8):
        draw.ellipse((200 + 110 * i, 300 + 90 * i, 204 + 110 * i, 305 + 90 * i), fill="black")
    assert blank(worn(picture))


def test_a_mirrored_pale_seal_and_writing_that_shines_through_are_blank() -> None:
    front = decision(seal=True).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert blank(Image.blend(Image.new("RGB", front.size, "white"), front, 0.12))


def test_red_crumbs_of_a_seal_that_came_through_are_blank() -> None:
    picture, draw = sheet()
    for i in range(24):
        x, y = 400 + 97 * np.sin(i / 3.8), 900 - 97 * np.cos(i / 3.8)
        draw.ellipse((x - 5, y - 6, x + 5, y + 6), fill="#e04048")
    assert blank(picture)


def test_a_red_stamp_of_words_alone_is_not_blank() -> None:
    picture, draw = sheet()
    draw.text((500, 300), "TUYỆT MẬT SAO LỤC", font=font(20, "bold"), fill="#d22630")
    assert not blank(picture)


def test_a_seal_alone_a_few_words_and_a_pale_page_are_not_blank() -> None:
    sealed, draw = sheet()
    stamp(draw, (600, 600))
    assert not blank(sealed)
    few, draw = sheet()
    draw.text((300, 300), "Nơi nhận: như trên", font=font(13), fill="black")
    assert not blank(few)
    front = decision()
    assert not blank(Image.blend(Image.new("RGB", front.size, "white"), front, 0.35))


@pytest.mark.parametrize("dark", [0.0, 0.01, 0.2], ids=["none", "few", "more than 16 bits can count"])
def test_marks_of_a_noisy_page_are_all_told_however_many_there_are(dark: float) -> None:
    noise = (np.random.default_rng(1).random((1200, 900)) < dark).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(noise, connectivity=8)
    found = components(noise)
    assert (count > 65_535) == (dark == 0.2)
    assert np.array_equal(found[0], labels)
    assert np.array_equal(found[1], stats)


def test_a_crease_goes_and_the_letters_that_it_crosses_stay() -> None:
    picture, draw = sheet()
    draw.text((200, 500), "Thắng Phát huyện Long Thành", font=font(16), fill="black")
    bare = np.asarray(picture.convert("L"))
    creased = bare.copy()
    for crease in (np.s_[:, 300:303], np.s_[530:533, :]):  # a fold is a shade, not ink: what is printed there is darker
        creased[crease] = np.minimum(creased[crease], 150)
    seen = without_rules(creased, DPI)
    assert ((seen < 120) == (bare < 120)).mean() > 0.9999
    assert (seen[:480, 295:310] > 200).all() and (seen[530:533, 800:] > 200).all()
