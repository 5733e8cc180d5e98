"""The made-up digits that the reader of handwriting learns from, as far as they can be made without its training's own
packages."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ingest.handdigits import NO_DIGIT, SIDE, DigitReader
from training.pendigits import DigitMaker
from training.penstrokes import digit, leaned


def test_the_same_seed_makes_the_same_samples_and_another_seed_others() -> None:
    (first, one), (again, two), (other, _) = (DigitMaker(seed).batch(12) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and np.array_equal(one, two)
    assert not np.array_equal(first, other)


def test_samples_are_as_the_product_hands_them_to_the_network() -> None:
    pictures, classes = DigitMaker(5).batch(300)
    assert pictures.shape == (300, SIDE, SIDE)
    assert set(classes.tolist()) == set(range(NO_DIGIT + 1))
    assert np.allclose(pictures.reshape(300, -1).max(axis=1), 1.0)
    inner = pictures[:, 3:-3, 3:-3]  # in the middle, 20 pixels in the longer direction
    assert float(inner.sum()) > 0.99 * float(pictures.sum())


@pytest.mark.parametrize("char", "0123456789")
def test_no_digit_is_written_twice_alike_and_all_lie_near_their_box(char: str) -> None:
    rng = random.Random(1)
    ways = [np.concatenate(leaned(digit(rng, char), 0.1, 1.0, 0.0)) for _ in range(40)]
    assert len({way.tobytes() for way in ways}) == 40
    for way in ways:
        assert way.min() > -0.4
        assert way[:, 0].max() < 1.1
        assert 0.7 < float(np.ptp(way[:, 1])) < 1.3


def test_the_weights_name_samples_that_they_were_not_trained_on() -> None:
    pictures, classes = DigitMaker(-7).batch(400)
    named = DigitReader().chances(pictures).argmax(axis=1)
    assert float((named == classes).mean()) > 0.93
