"""Damage does what its name says, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from specimens import Damage, make_paper


def page(damage: Damage | None) -> Image.Image:
    return make_paper("marital_status", 9, layout="form2015", dpi=100, damage=damage).pages[0]


def red_share(picture: Image.Image) -> float:
    pixels = np.asarray(picture.convert("RGB"), dtype=int)[: picture.height * 9 // 10]
    return float(((pixels[..., 0] - pixels[..., 1]) > 90).mean())


def test_the_seal_is_red_and_only_there_when_wanted() -> None:
    assert red_share(page(Damage(jpeg=0))) > 0.002
    assert red_share(page(Damage(seal=False, signature=False, jpeg=0))) == 0
    assert red_share(page(None)) == 0


def test_ink_under_the_seal_stays_dark() -> None:
    clean = np.asarray(page(Damage(seal=False, signature=False, jpeg=0)).convert("L"))
    sealed = np.asarray(page(Damage(signature=False, jpeg=0)).convert("L"))
    assert (sealed[clean < 60] < 70).all()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turning_is_clockwise_and_exact(turn: int) -> None:
    plain, turned = page(Damage(jpeg=0)), page(Damage(jpeg=0, turn=turn))
    assert turned.tobytes() == plain.rotate(-turn, expand=True).tobytes()


def test_fax_is_one_bit_and_grey_is_grey() -> None:
    assert page(Damage(fax=True)).mode == "1"
    assert page(Damage(grey=True)).mode == "L"


def test_skew_leans_the_lines_clockwise() -> None:
    """The motto's line at the right lies lower at its right end."""
    leaning = np.asarray(page(Damage(skew=3, jpeg=0, seal=False, signature=False)).convert("L")) < 128
    columns = [np.flatnonzero(leaning[:, x])[0] for x in (420, 700) if leaning[:, x].any()]
    assert columns[1] - columns[0] > 6


def test_noise_light_and_blur_change_the_paper_as_much_as_asked() -> None:
    def corner(damage: Damage) -> np.ndarray:
        return np.asarray(page(damage).convert("L"), dtype=float)[250:280, 5:60]

    assert corner(Damage(jpeg=0)).std() < 0.01
    assert 2 < corner(Damage(noise=8, jpeg=0)).std() < 10
    dark = np.asarray(page(Damage(light=0.3, jpeg=0)).convert("L"), dtype=float)
    assert dark[:40].mean() - dark[-40:].mean() != pytest.approx(0, abs=5) or dark[:, :20].std() > 5
    sharp, soft = (np.asarray(page(Damage(blur=blur, jpeg=0)).convert("L")) for blur in (0, 3.0))
    assert sharp.min() < soft.min()


def test_levels_are_the_same_for_the_same_seed_and_grow() -> None:
    assert Damage.level(2, 1) == Damage.level(2, 1) != Damage.level(2, 2)
    assert Damage.level(0) == Damage()
    assert Damage.level(1, 1).noise < Damage.level(2, 1).noise < Damage.level(3, 1).noise
