"""Damage does what its name says, and no more."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from PIL import Image

from specimens import Damage, make_paper
from specimens.damage import DAMAGES, apply, apply_all


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


@lru_cache(maxsize=1)
def plain() -> Image.Image:
    return page(Damage(seal=False, signature=False, jpeg=0))


@pytest.mark.parametrize("name", DAMAGES)
def test_a_named_damage_is_the_same_for_the_same_seed_and_keeps_the_kind_of_picture(name: str) -> None:
    one, again = (apply(plain(), name, 100, 4) for _ in range(2))
    assert one.tobytes() == again.tobytes()
    assert one.mode == {"fax": "1"}.get(name, "RGB")
    assert apply(plain().convert("L"), name, 100, 4).mode == {"fax": "1", "phone": "RGB"}.get(name, "L")
    if not name.endswith("dpi"):
        assert np.asarray(one.convert("L").resize((827, 1169))).tobytes() != np.asarray(plain().convert("L")).tobytes()


@pytest.mark.parametrize("mode", ["1", "LA", "RGBA", "CMYK", "P", "I;16"])
def test_any_mode_of_picture_can_be_damaged(mode: str) -> None:
    assert apply(Image.new(mode, (120, 90)), "jpeg40", 100, 1).size == (120, 90)


def test_a_finer_picture_is_made_coarser_and_a_coarser_one_stays() -> None:
    fine = Image.new("L", (600, 300), 255)
    assert apply(fine, "150dpi", 300, 1).size == (300, 150)
    assert apply(fine, "150dpi", 300, 1).info["dpi"] == (150, 150)
    assert apply(fine, "200dpi", 100, 1).size == (600, 300)
    assert apply_all(fine, ("150dpi", "fax"), 300, 1).size == (300, 150)


def test_damages_touch_what_their_names_say() -> None:
    clean = np.asarray(plain().convert("L"), dtype=float)
    light, bleed, folds = (
        np.asarray(apply(plain(), n, 100, 2).convert("L"), float) for n in ("light", "bleed", "folds")
    )
    assert light.min() < clean.max() and np.ptp(light[clean > 250]) > 80
    assert ((bleed < 245) & (clean > 250)).mean() > 0.01
    creased = np.flatnonzero((folds - clean)[:, 700:].mean(axis=1) < -60)
    assert {round(row / 1169 * 3) for row in creased} == {1, 2}
    assert red_share(apply(plain(), "stamps", 100, 2)) > 0.002


def test_a_phone_sees_the_paper_on_a_darker_table() -> None:
    photo = apply(plain(), "phone", 100, 3)
    assert photo.width > 827 and photo.height > 1169
    grey = np.asarray(photo.convert("L"), dtype=float)
    assert grey[:8].mean() < 110 and grey[-8:].mean() < 110
    assert np.median(grey) > 150


def test_less_strength_is_less_damage() -> None:
    clean = np.asarray(plain().convert("L"), dtype=float)
    some, full = (np.asarray(apply(plain(), "noise", 100, 2, strength=much).convert("L"), float) for much in (0.3, 1))
    assert abs(some - clean).mean() < 0.5 * abs(full - clean).mean()


def test_an_unknown_damage_is_refused() -> None:
    with pytest.raises(KeyError):
        apply(plain(), "rain", 100, 1)
