"""The digitisation and reuse indicators of Decision 766/QĐ-TTg: counts in, points out; formulas and slopes are data."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Attribute

DATA = Path(__file__).with_name("indicators.toml")


@dataclass
class Counts:
    """What is counted of an archive: as `ledger.DossierTotals`."""

    dossiers: int = 0
    with_result: int = 0
    digitised: int = 0
    received: int = 0
    reused: int = 0


class Rule(BaseModel):
    """One indicator of the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    name_en: str
    max: float = Attribute(gt=0)
    full: float = Attribute(gt=0, le=100)
    of: str | None = None
    whole: str | None = None
    note: str
    note_en: str


@dataclass(frozen=True)
class Indicator:
    """An indicator's state: `percent` and `points` are None where our data cannot tell, or there is nothing yet."""

    rule: Rule
    of: int | None
    whole: int | None
    percent: float | None
    points: float | None


def indicators(counts: Counts) -> list[Indicator]:
    """All of them, in the order of the data file."""
    return [_state(rule, counts) for rule in rules()[0]]


def _state(rule: Rule, counts: Counts) -> Indicator:
    if rule.of is None or rule.whole is None:
        return Indicator(rule, None, None, None, None)
    of, whole = int(getattr(counts, rule.of)), int(getattr(counts, rule.whole))
    if not whole:
        return Indicator(rule, of, whole, None, None)
    percent = 100 * of / whole
    return Indicator(rule, of, whole, percent, min(rule.max, rule.max * percent / rule.full))


def points(found: Sequence[Indicator]) -> tuple[float, float]:
    """(points reached, points that could be reached) of the indicators that are known."""
    known = [each for each in found if each.points is not None]
    return sum(each.points or 0 for each in known), sum(each.rule.max for each in known)


@cache
def rules() -> tuple[tuple[Rule, ...], frozenset[str]]:
    """The indicators, and the types that are results."""
    told = tomllib.loads(DATA.read_text("utf-8"))
    return tuple(Rule.model_validate(each) for each in told["indicator"]), frozenset(told["results"])
