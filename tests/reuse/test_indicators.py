"""The indicators of Decision 766: their formulas, and that what cannot be known is not made up."""

from __future__ import annotations

import pytest

from reuse.indicators import Counts, Dossiers, indicators, points, rules
from schemas.evidence import Verdict
from schemas.manifest import Conversion, Manifest, Source
from schemas.types import TypeCatalogue

SEAL = Verdict(verdict="VALID", sub="OK", policy="test")


def paper(type: str, dossier: str | None, seal: Verdict | None = SEAL) -> Manifest:
    return Manifest(
        record="motlan:H99:" + "a" * 26,
        revision=1,
        unit="H99",
        created_at="2026-01-05T00:00:00Z",
        type=type,
        type_name=type,
        pages=1,
        source=Source(file_name="a.pdf", sha256="0" * 64, pages=(1,), batch="1"),
        conversion=Conversion(by="a", at="2026-01-05T00:00:00Z", software="s", reading_config="c"),
        dossier=dossier,
        representations=(),
        seal=seal,
    )


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


def test_dossiers_come_to_light_paper_by_paper() -> None:
    dossiers = Dossiers.new()
    for type, code, seal in (
        ("application_form", "A", SEAL),
        ("marital_status", "A", SEAL),
        ("marital_status", "B", SEAL),
        ("diploma", "C", None),
        ("diploma", None, SEAL),
    ):
        dossiers.add(paper(type, code, seal))
    assert dossiers.counts(["C", "D"], ["D"]) == Counts(dossiers=3, with_result=2, digitised=1, received=4, reused=1)


def test_the_results_are_types_that_exist() -> None:
    known = {type.id for type in TypeCatalogue.load()}
    assert rules()[1] <= known
