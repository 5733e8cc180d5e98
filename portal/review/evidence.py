"""Evidence as a person reads it: readings side by side with what differs, and what a number says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from portal.pages import day, grouped
from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, Witness
from schemas.identifiers import Cccd
from schemas.manifest import Manifest
from schemas.types import FieldRule

_NUMBERS = ("cccd", "person_id")
_GROUPED = (*_NUMBERS, "mst")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Piece:
    """A part of a reading; `differs` from the value it is compared with."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Seen:
    """One witness: its source, what it says in pieces, how sure (0..1; None where that means nothing), and the places
    (from 1) where a reading of the same length has another character."""

    source: str
    pieces: tuple[Piece, ...]
    confidence: float | None
    places: tuple[int, ...]
    person: str = ""


@dataclass(frozen=True)
class Check:
    """What a rule says of a value: whether it speaks for it, the key of its sentence, and what the sentence names."""

    good: bool
    key: str
    said: dict[str, Any]


def shown(kind: str, value: str | None) -> str:
    """A value as people write it: dates with the day first."""
    if value and kind == "date" and _DAY.fullmatch(value):
        return day(value)
    return value or ""


def compared(value: str, other: str) -> tuple[tuple[Piece, ...], tuple[int, ...]]:
    """The other reading in pieces, and the places (from 1) of single characters in which it differs from the value."""
    pieces: list[Piece] = []
    for step in Levenshtein.opcodes(value, other):
        text, differs = other[step.dest_start : step.dest_end], step.tag != "equal"
        if not text:  # the value has more here: the gap itself is what differs
            text, differs = "·", True
        pieces.append(Piece(text, differs))
    same_length = len(value) == len(other)
    places = tuple(i + 1 for i, (a, b) in enumerate(zip(value, other, strict=False)) if a != b) if same_length else ()
    return tuple(pieces), places


def in_threes(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Pieces of a number with a space behind every third digit, as its value is shown beside them."""
    text = "".join(piece.text for piece in pieces)
    if not text.isdigit():
        return pieces
    spaced, at = list[Piece](), 0
    for piece in pieces:
        shown_text = "".join((" " if n and n % 3 == 0 else "") + text[n] for n in range(at, at + len(piece.text)))
        spaced.append(Piece(shown_text, piece.differs))
        at += len(piece.text)
    return tuple(spaced)


def witnesses_of(field: FieldReading, kind: str) -> tuple[Seen, ...]:
    """All witnesses, each beside the field's value."""
    return tuple(_seen(one, shown(kind, field.value), kind) for one in field.evidence if one.value)


def _seen(witness: Witness, value: str, kind: str) -> Seen:
    pieces, places = compared(value, shown(kind, witness.value))
    reader = witness.source in ("ocr", "second_ocr", "text_layer")
    person = witness.engine if witness.source == "person" else ""
    pieces = in_threes(pieces) if kind in _GROUPED else pieces
    return Seen(witness.source, pieces, witness.confidence if reader else None, places, person)


def checks_of(rule: FieldRule | None, value: str | None, manifest: Manifest) -> tuple[Check, ...]:
    """What a personal number says of itself, against what else stands on the paper."""
    if rule is None or rule.kind not in _NUMBERS or not value:
        return ()
    try:
        number = Cccd.parse(value)
    except BadIdentifier:
        return ()
    known = "province_known" if number.province else "province_unknown"
    checks = [Check(bool(number.province), known, {"code": number.province_code, "province": number.province or ""})]
    sex, born = _value(manifest, rule.sex_field), _value(manifest, rule.birth_field)
    against = number.agrees_with(sex=sex, birth_date=born)
    says = {"sex": number.sex, "year": number.birth_year}
    if sex or born:
        checks.append(Check(not against, "parts_contradict" if against else "parts_agree", says))
    else:
        checks.append(Check(True, "parts_say", says))
    return tuple(checks)


def _value(manifest: Manifest, name: str | None) -> str | None:
    field = manifest.fields.get(name) if name else None
    return field.value if field else None


def easy(kind: str, text: str) -> str:
    """A value as it is best compared by eye: digits of numbers in threes."""
    return grouped(text) if kind in _GROUPED and text else text
