"""The indicators of Decision 766: their formulas, and that what cannot be known is not made up."""

from __future__ import annotations

import pytest

from reuse.indicators import Counts, indicators, points, rules
from schemas.types import TypeCatalogue


@pytest.mark.parametrize(("reused", "expected"), [(0, 0.0), (40, 1.0), (80, 2.0), (100, 2.0)])
def test_reuse_reaches_its_points_at_four_fifths(reused: int, expected: float) -> None:
    found = {each.rule.code: each for each in indicators(Counts(received=100, reused=reused))}
    assert found["REUSED_DIGITIZED_DATA"].points == pytest.approx(expected)


def test_what_cannot_be_known_has_no_points_and_says_why() -> None:
    found = indicators(Counts(dossiers=4, with_result=3, digitised=2, received=4, reused=4))
    unknown = [each for each in found if each.points is None]
    assert {each.rule.code for each in unknown} >= {"SYNCED_WITH_DVCQG_PERSONAL_STORAGE", "ELECTRONIC_CERTIFIED_COPY"}
    assert all(each.rule.note and each.rule.note_en for each in found)
    assert points(found) == (pytest.approx(6 * 0.75 + 4 * 0.5 + 2), 12)
    assert sum(each.rule.max for each in found) == 22


def test_an_empty_archive_has_no_percentages() -> None:
    assert points(indicators(Counts())) == (0, 0)


def test_the_results_are_types_that_exist() -> None:
    known = {type.id for type in TypeCatalogue.load()}
    assert rules()[1] <= known
