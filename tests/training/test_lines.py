"""The made-up lines that the recogniser learns from, as far as they can be made without its training's own packages."""

from __future__ import annotations

import random
from functools import cache
from itertools import islice

import numpy as np
import onnxruntime
import pytest

from ingest.linereader import WEIGHTS
from ingest.lines import STRIP_BASELINE, STRIP_EM, STRIP_HEIGHT
from schemas.vietnamese import syllable_share
from specimens.fonts import font_path
from training.alphabet import ALPHABET, spelled
from training.fonts import Fonts
from training.lines import BASELINE, EM, HEIGHT, LineMaker, classes
from training.texts import HAND, Texts, syllable


@cache
def texts() -> Texts:
    return Texts(1, papers=1)


def maker(seed: int) -> LineMaker:
    files = tuple(font_path(name) for name in ("texgyretermes-regular.otf", "NotoSans-Regular.ttf"))
    return LineMaker(texts(), Fonts(((1.0, files),), (font_path("texgyrechorus-mediumitalic.otf"),)), seed)


def seen(seed: int, count: int) -> list[tuple[str, bytes]]:
    made = maker(seed)
    lines = ((line.text, made.seen(line)) for line in iter(made.printed, None))
    return list(islice(((text, picture.tobytes()) for text, picture in lines if picture is not None), count))


def test_the_same_seed_makes_the_same_lines_and_another_seed_others() -> None:
    assert seen(3, 12) == seen(3, 12)
    assert seen(3, 12) != seen(4, 12)


def test_lines_are_cut_as_the_product_cuts_them_and_hold_ink_and_readable_text() -> None:
    assert (HEIGHT, EM, BASELINE) == (STRIP_HEIGHT, STRIP_EM, STRIP_BASELINE)
    made = maker(5)
    for _ in range(60):
        line = made.printed()
        picture = made.seen(line)
        assert HAND not in line.text
        assert line.text == spelled(line.text) != ""
        assert all(0 < number <= len(ALPHABET) for number in classes(line.text))
        if picture is not None:
            assert (picture.shape[0], picture.dtype) == (HEIGHT, np.uint8)
            assert picture.shape[1] // 4 >= len(line.text)
            assert int(picture.max()) - int(picture.min()) > 40


def test_numbers_of_specimens_are_not_what_numbers_are_learnt_from() -> None:
    """All made-up ID numbers have two nines at one place; a recogniser that learnt that would read them into others."""
    rng = random.Random(1)
    lines = [texts().line(rng).replace(HAND, "") for _ in range(4000)]
    numbers = [word for line in lines for word in line.split() if len(word) == 12 and word.isdigit()]
    assert len(numbers) > 50
    assert sum(number[6:8] == "99" for number in numbers) < len(numbers) / 10


@pytest.mark.parametrize("seed", range(3))
def test_syllables_are_spelled_as_vietnamese_is(seed: int) -> None:
    rng = random.Random(seed)
    assert syllable_share(" ".join(syllable(rng) for _ in range(300))) > 0.8  # the rest is spelled right, but no word


def test_the_weights_say_what_made_them() -> None:
    facts = onnxruntime.InferenceSession(WEIGHTS).get_modelmeta().custom_metadata_map
    assert facts["alphabet"] == ALPHABET
    assert int(facts["lines"]) > 100_000
    assert all(facts[key] for key in ("version", "plan", "last", "fonts"))
    assert WEIGHTS.stat().st_size < 4_000_000
