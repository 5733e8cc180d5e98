"""How sure a reader must be before its word is accepted without a person (data/calibration.toml): by reader, by kind of
evidence, by kind of field; each limit with what it was derived from."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.types import FieldRule

Evidence = Literal["alone", "agreed", "confirmed"]
"""One reader; two readers that say the same; a reader, and the layout, the value in words or an outside witness."""

Group = Literal["text", "name", "choice", "date", "id", "mst", "amount", "code", "hand", "pen"]
"""Of the field's kind; `hand` is what may be written by hand and tesseract saw too, `pen` what the reader of
hand-written digits saw."""

FILE = Path(__file__).parent / "data" / "calibration.toml"
_GROUPS: dict[str, Group] = {
    "name": "name", "choice": "choice", "date": "date", "cccd": "id", "person_id": "id", "mst": "mst",
    "money": "amount", "area": "amount", "number": "amount", "code": "code", "notation": "code",
}  # fmt: skip


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Table):
    """The least sureness (0..1; of the weakest word, or of two readers together) that is accepted. `n` values at or
    above it were compared with the truth, `errors` of them were wrong; `supported` is the precision that they show
    with 95 % confidence (Clopper-Pearson). All nought: set by hand, as seen in use."""

    least: float
    n: int = 0
    errors: int = 0
    supported: float = 0.0
    curve: tuple[tuple[float, float], ...] = ()  # (sureness, probability of being right), both rising

    def probability(self, sureness: float) -> float:
        """That a value read with this sureness is right, between the curve's points; without a curve, the sureness."""
        if not self.curve:
            return sureness
        before = after = self.curve[0]
        for point in self.curve:
            before, after = after, point
            if point[0] >= sureness:
                break
        if sureness <= before[0]:  # below all that was seen nothing is known: falling to nought
            return before[1] * sureness / before[0] if before[0] else 0.0
        share = min(1.0, (sureness - before[0]) / (after[0] - before[0])) if after[0] > before[0] else 1.0
        return before[1] + share * (after[1] - before[1])


class Reader(_Table):
    """The limits of one first reader: `engine` is how its name begins, `config` what it was calibrated with, `made`
    how, `wanted` the precision aimed at."""

    engine: str
    config: str
    made: str
    wanted: float
    alone: dict[Group, Limit]
    agreed: dict[Group, Limit]
    confirmed: dict[Group, Limit]


class Calibration(_Table):
    """All readers; the last one, with an empty engine, stands for every reader that was not calibrated."""

    readers: tuple[Reader, ...]


@cache
def calibration() -> Calibration:
    """The limits in force."""
    return Calibration.model_validate(tomllib.loads(FILE.read_text("utf-8")))


@cache
def limit(engine: str, evidence: Evidence, group: Group) -> Limit:
    """The limit for this reader's word."""
    reader = next(reader for reader in calibration().readers if engine.startswith(reader.engine))
    limits: dict[Group, Limit] = getattr(reader, evidence)
    return limits[group]


def group_of(rule: FieldRule) -> Group:
    """Kinds whose errors are alike share their limits."""
    return _GROUPS.get(rule.kind, "text")
