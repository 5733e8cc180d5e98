"""From samples to limits: what so many right and wrong values support, and what is written."""

from __future__ import annotations

import tomllib

import pytest

from bench.calibrate import Sample, as_toml, curve_of, limit_from, reader_from, supported
from ingest.acceptance import Grounds
from ingest.calibration import Calibration, Limit, calibration


def _sample(sureness: float, right: bool = True) -> Sample:
    return Sample(Grounds("motlan-lines-1", "agreed", "name", sureness), right, "MẪU")


@pytest.mark.parametrize(
    ("n", "errors", "low", "high"),
    [(3000, 0, 0.9990, 0.9991), (300, 0, 0.9900, 0.9901), (10, 0, 0.74, 0.75), (100, 1, 0.953, 0.954), (0, 0, 0, 0)],
)
def test_what_so_many_values_support(n: int, errors: int, low: float, high: float) -> None:
    assert low <= supported(n, errors) <= high


def test_few_samples_never_lower_a_limit() -> None:
    assert limit_from([_sample(0.5)] * 100, by_hand=0.9).least == 0.9


def test_an_error_raises_a_limit_above_it() -> None:
    found = limit_from([_sample(0.99)] * 50 + [_sample(0.94, right=False)], by_hand=0.9)
    assert (found.least, found.n, found.errors) == (0.97, 50, 0)


def test_enough_samples_set_the_limit_where_the_wanted_precision_ends() -> None:
    samples = [_sample(0.8)] * 4000 + [_sample(0.4, right=False)] * 20 + [_sample(0.3)] * 20
    found = limit_from(samples, by_hand=0.9)
    assert (found.least, found.errors) == (0.8, 0) and found.supported >= 0.999


def test_a_curve_rises_and_is_never_certain() -> None:
    samples = [_sample(n / 100, right=n % 10 > 10 - n / 10) for n in range(100)]
    curve = curve_of(samples)
    assert list(curve) == sorted(curve, key=lambda point: (point[1], point[0])) and curve[-1][1] < 1
    assert curve_of(samples[:5]) == ()


@pytest.mark.parametrize(("sureness", "probability"), [(0.4, 0.3), (0.8, 0.6), (0.9, 0.75), (1.0, 0.9)])
def test_sureness_becomes_a_probability(sureness: float, probability: float) -> None:
    found = Limit(least=0.5, curve=((0.8, 0.6), (1.0, 0.9)))
    assert found.probability(sureness) == pytest.approx(probability)
    assert Limit(least=0.5).probability(sureness) == sureness


def test_what_is_written_is_read_again_and_leaves_other_readers_alone() -> None:
    before = calibration().readers
    reader = reader_from([_sample(0.95)] * 40, before[-1], "motlan-lines", "test", 0.999)
    written = Calibration.model_validate(tomllib.loads(as_toml(Calibration(readers=(reader, *before)))))
    assert written.readers[0] == reader and written.readers[1:] == before
    assert written.readers[0].alone == before[-1].alone  # no sample, no change
