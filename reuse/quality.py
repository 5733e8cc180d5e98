"""The four scores of a held paper: đúng, đủ, sạch, sống (correct, complete, clean, living); weights in a data file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from reuse.values import Held, Quality
from schemas.evidence import FieldReading
from schemas.manifest import Manifest
from schemas.types import DocumentType
from schemas.vietnamese import nfc

SHIPPED = Path(__file__).with_name("quality.toml")


@dataclass(frozen=True)
class Weights:
    """What counts how much; the tables of quality.toml."""

    correct: Mapping[str, float]
    complete: Mapping[str, float]
    clean: Mapping[str, float]
    living: Mapping[str, float]
    single: tuple[str, ...]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Weights:
        """Raises KeyError or tomllib.TOMLDecodeError for a file that is not of this form."""
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        tables = {name: data[name] for name in ("correct", "complete", "clean", "living")}
        return cls(**tables, single=tuple(data["single"]["types"]))


@cache
def shipped() -> Weights:
    """The weights that come with the program."""
    return Weights.load()


def quality(manifest: Manifest, kind: DocumentType | None, held: Held, superseded: bool, today: date) -> Quality:
    """All four of one paper, 0 to 1 with two decimals; `kind` None where this installation does not know its type."""
    weights = shipped()
    return Quality(
        correct=round(correct(manifest, weights), 2),
        complete=round(complete(manifest, kind, weights), 2),
        clean=round(clean(manifest, weights), 2),
        living=round(living(held, superseded, today, weights), 2),
    )


def correct(manifest: Manifest, weights: Weights) -> float:
    """How well its values are vouched for: nothing for one that was not accepted."""
    return _mean([_vouched(field, weights) for field in manifest.fields.values() if field.value])


def complete(manifest: Manifest, kind: DocumentType | None, weights: Weights) -> float:
    """How many of the required fields are there; of all that were read where none is required."""
    required = [rule.name for rule in kind.fields if rule.required] if kind else []
    return _mean([_there(manifest.fields.get(name), weights) for name in required or manifest.fields])


def clean(manifest: Manifest, weights: Weights) -> float:
    """How well formed its values are, and whether they agree with the lists and with each other."""
    fields = [_well_formed(field, weights) for field in manifest.fields.values() if field.value]
    return max(0.0, _mean(fields) - sum(weights.clean.get(doubt, 0.0) for doubt in manifest.doubts))


def living(held: Held, superseded: bool, today: date, weights: Weights) -> float:
    """Whether it still holds: valid, not too old, no newer one in its place."""
    if held.validity == "expired":
        return weights.living["expired"]
    if superseded:
        return weights.living["superseded"]
    if held.validity == "unknown":
        return weights.living["unknown"]
    years = (today - held.issued_date).days / 365.25 if held.issued_date else 0.0
    begin, end = weights.living["full_years"], weights.living["old_years"]
    share = min(1.0, max(0.0, (years - begin) / (end - begin)))
    return 1.0 - share * (1.0 - weights.living["old"])


def is_superseded(held: Held, others: Sequence[Held]) -> bool:
    """Whether a newer paper of a kind of which a person has one at a time is among them."""
    if held.type not in shipped().single or held.issued_date is None:
        return False
    return any(o.type == held.type and o.issued_date and o.issued_date > held.issued_date for o in others)


def _vouched(field: FieldReading, weights: Weights) -> float:
    if not field.accepted:
        return 0.0
    agreeing = [w.source for w in field.evidence if w.value == field.value] or [w.source for w in field.evidence]
    return max((weights.correct.get(source, 0.0) for source in agreeing), default=0.0)


def _there(field: FieldReading | None, weights: Weights) -> float:
    if field is None or not field.value:
        return 0.0
    return 1.0 if field.accepted else weights.complete["unaccepted"]


def _well_formed(field: FieldReading, weights: Weights) -> float:
    value = field.value or ""
    if value != nfc(value).strip():
        return 0.0
    doubts = () if field.accepted else field.doubts
    return 1.0 - max((weights.clean.get(doubt, 0.0) for doubt in doubts), default=0.0)


def _mean(parts: Sequence[float]) -> float:
    return sum(parts) / len(parts) if parts else 0.0
