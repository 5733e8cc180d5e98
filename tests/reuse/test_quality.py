"""The four scores of a paper: what vouches for it, what is missing, what is malformed, whether it still holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reuse import Held, Quality
from reuse.quality import quality
from schemas.evidence import FieldReading, Witness
from schemas.types import TypeCatalogue
from tests.reuse.conftest import paper

KIND = TypeCatalogue.load().get("marital_status")
TODAY = date(2026, 3, 2)
REQUIRED = ("number", "full_name", "birth_date", "status", "issued_date", "agency")


def field(value: str = "x", source: Any = "qr", accepted: bool = True, *doubts: str) -> FieldReading:
    evidence = (Witness(source=source, value=value, confidence=1),)
    return FieldReading(value=value, confidence=1, accepted=accepted, evidence=evidence, doubts=doubts)


def held(validity: Any = "valid", issued: date | None = date(2026, 1, 1)) -> Held:
    return Held("r", "marital_status", "t", issued, None, validity)


def scores(fields: dict[str, FieldReading], of: Held | None = None, superseded: bool = False, *doubts: str) -> Quality:
    manifest = paper("r", "marital_status", "079201000001").model_copy(update={"fields": fields, "doubts": doubts})
    return quality(manifest, KIND, of or held(), superseded, TODAY)


def test_a_perfect_paper() -> None:
    assert scores({name: field() for name in REQUIRED}) == Quality(1.0, 1.0, 1.0, 1.0)


def test_correct_is_what_vouches_for_the_values() -> None:
    assert scores({"a": field(source="mrz"), "b": field(source="ocr")}).correct == 0.85
    assert scores({"a": field(), "b": field(accepted=False)}).correct == 0.5
    assert (
        scores({"a": field(source="person"), "empty": FieldReading(value=None, confidence=0, accepted=False)}).correct
        == 1
    )
    disagreeing = (Witness(source="qr", value="y", confidence=1), Witness(source="ocr", value="x", confidence=1))
    assert scores({"a": field().model_copy(update={"evidence": disagreeing})}).correct == 0.7


def test_complete_is_the_share_of_required_fields() -> None:
    assert scores({name: field() for name in REQUIRED[:3]}).complete == 0.5
    assert scores({name: field(accepted=False) for name in REQUIRED}).complete == 0.5
    assert scores({}).complete == 0


def test_clean_is_what_is_well_formed() -> None:
    assert scores({"a": field(), "b": field("x", "ocr", False, "MALFORMED")}).clean == 0.5
    assert scores({"a": field("x", "ocr", True, "MALFORMED")}).clean == 1.0, "a person has settled it"
    assert scores({"a": field(" x")}).clean == 0
    assert scores({"a": field()}, None, False, "TYPE_UNKNOWN").clean == 0.5


@pytest.mark.parametrize(
    ("of", "superseded", "living"),
    [
        (held("expired"), False, 0.0),
        (held("unknown"), False, 0.5),
        (held(), True, 0.2),
        (held(issued=None), False, 1.0),
        (held(issued=date(2017, 1, 1)), False, 1.0),
        (held(issued=date(2001, 3, 2)), False, 0.9),
        (held(issued=date(1960, 1, 1)), False, 0.8),
    ],
)
def test_living_is_whether_it_still_holds(of: Held, superseded: bool, living: float) -> None:
    assert scores({"a": field()}, of, superseded).living == living
