"""The decision over a field: what its witnesses say, whether they and the rules agree, and if not, why not.

Precision first: a value is accepted only where the evidence is of a kind that was never seen to be wrong; everything
else waits for a person with its best value beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.evidence import Found
from ingest.fields import kinds
from schemas import doubts
from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, WitnessSource
from schemas.identifiers import Cccd
from schemas.types import FieldRule
from schemas.vietnamese import syllable_share

_PROOF: frozenset[WitnessSource] = frozenset({"qr", "mrz", "text_layer"})
_PAPER: frozenset[WitnessSource] = frozenset({"ocr"})


@dataclass(frozen=True)
class Thresholds:
    """The least confidence (0..1, of the weakest word) with which OCR's reading of each kind is accepted.

    Source: bench/reading on the eleven real scans and on specimens of four levels of damage. tesseract's confidence
    ends at 0.97; wrong marks ("Át Ty" for "Ất Tỵ") were seen up to 0.93, in names up to 0.92.
    """

    text: float = 0.95  # free text, addresses: no rule can contradict a wrong mark
    name: float = 0.95
    confirmed_name: float = 0.85  # another witness, or another line of the paper, says the same
    choice: float = 0.85
    date: float = 0.92
    confirmed_date: float = 0.60  # digits and words agree, or the signing day does
    cccd: float = 0.90
    mst: float = 0.80  # the check digit lets one misreading of eleven through
    amount: float = 0.94
    confirmed_amount: float = 0.60
    code: float = 0.95
    confirmed: float = 0.60  # any kind, where an independent witness says the very same


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class Known:
    """What else was read on the paper: the best value of every other field, and the last possible day."""

    values: Mapping[str, str]
    last_day: date | None = None


def decide(
    rule: FieldRule, found: Sequence[Found], known: Known, limits: Thresholds = THRESHOLDS
) -> FieldReading | None:
    """The reading of a field, with all its witnesses; None for a field that is neither there nor required."""
    if not found:
        if not rule.required:
            return None
        return FieldReading(value=None, confidence=0.0, accepted=False, doubts=(doubts.MISSING_REQUIRED,))
    best = best_of(found, by_hand=rule.by_hand)
    evidence = tuple(one.witness() for one in found)
    reasons = _doubts(rule, best, found, known, limits)
    confidence = max(0.0, min(1.0, best.confidence))
    return FieldReading(
        value=best.value,
        confidence=round(confidence, 3),
        accepted=not reasons,
        evidence=evidence,
        doubts=tuple(reasons),
    )


def best_of(found: Sequence[Found], *, by_hand: bool = False) -> Found:
    """Proof before reading before hints; a value before none; then the order of the paper. Handwriting that a
    recogniser is not sure of comes after hints: they are the better guess to show."""

    def rank(one: Found) -> tuple[bool, int]:
        order = {"qr": 0, "text_layer": 1, "mrz": 2, "ocr": 3}.get(one.source, 4)
        unsure = by_hand and one.source == "ocr" and one.confidence < THRESHOLDS.date
        agreed = any(other.source != one.source and other.value == one.value for other in found)
        return one.value is None, 5 if unsure and not agreed else order

    return min(found, key=rank)


def _doubts(rule: FieldRule, best: Found, found: Sequence[Found], known: Known, limits: Thresholds) -> list[str]:
    if best.value is None:
        return [doubts.HANDWRITTEN_SUSPECTED if rule.by_hand else _shapeless(rule)]
    reasons = []
    proved, agreeing, against = best.source in _PROOF, _agreeing(best, found), _against(best, found)
    if against and not proved:
        reasons.append(doubts.WITNESSES_DISAGREE)
    reasons += _contradictions(rule, best, known)
    if best.source not in _PAPER | _PROOF:
        reasons.append(doubts.HANDWRITTEN_SUSPECTED if rule.by_hand else doubts.NOT_CONFIRMED)
    elif not proved:
        reasons += _ocr_doubts(rule, best, bool(agreeing), known, limits)
    return list(dict.fromkeys(reasons))


def _shapeless(rule: FieldRule) -> str:
    return doubts.NOT_IN_LIST if rule.kind == "choice" else doubts.MALFORMED


def _ocr_doubts(rule: FieldRule, best: Found, agreed: bool, known: Known, limits: Thresholds) -> list[str]:
    """What speaks against a value that only a recogniser read, or that others confirm."""
    in_words = best.words_value is not None and best.words_value == best.value
    if rule.by_hand and not agreed:
        return [doubts.HANDWRITTEN_SUSPECTED]
    if (rule.confirm or best.unsure) and not agreed:
        return [doubts.NOT_CONFIRMED]
    if rule.kind == "name" and best.structural and not agreed and not kinds.name_is_plausible(best.value or ""):
        return [doubts.NOT_CONFIRMED]
    if agreed or best.structural:
        floor = limits.confirmed_name if rule.kind == "name" else limits.confirmed
        return [] if best.confidence >= floor or rule.by_hand else [doubts.LOW_CONFIDENCE]
    assert best.value is not None
    needed, checked = _needed(rule, in_words, limits), True
    if rule.kind in ("cccd", "person_id"):
        checked = _number_is_backed(rule, best.value, known)
    elif rule.kind == "name":
        checked = kinds.name_is_plausible(best.value)
    elif rule.kind in ("text", "address", "agency", "place"):
        checked = syllable_share(best.value) >= 0.9
    reasons = [] if best.confidence >= needed else [doubts.LOW_CONFIDENCE]
    return reasons if checked else [*reasons, doubts.NOT_CONFIRMED]


def _needed(rule: FieldRule, in_words: bool, limits: Thresholds) -> float:
    if rule.kind == "date":
        return limits.confirmed_date if in_words else limits.date
    if rule.kind in ("money", "area", "number"):
        return limits.confirmed_amount if in_words else limits.amount
    by_kind = {
        "name": limits.name, "choice": limits.choice, "cccd": limits.cccd, "person_id": limits.cccd, "mst": limits.mst,
        "code": limits.code, "notation": limits.code,
    }  # fmt: skip
    return by_kind.get(rule.kind, limits.text)


def _contradictions(rule: FieldRule, best: Found, known: Known) -> list[str]:
    """The rules of the field's kind against the rest of the paper."""
    assert best.value is not None
    reasons = []
    if best.words_value is not None and best.words_value != best.value:
        reasons.append(doubts.RULE_CONTRADICTS)
    if rule.kind == "date" and not _is_possible(rule, best.value, known):
        reasons.append(doubts.DATE_IMPLAUSIBLE)
    if rule.kind in ("cccd", "person_id") and _number_contradicts(rule, best.value, known):
        reasons.append(doubts.RULE_CONTRADICTS)
    return reasons


def _is_possible(rule: FieldRule, value: str, known: Known) -> bool:
    if not kinds.is_plausible_day(value):
        return False
    if rule.by_hand and known.last_day is not None and date.fromisoformat(value) > known.last_day:
        return False
    earlier = known.values.get(rule.not_before) if rule.not_before else None
    return earlier is None or value >= earlier


def _card(value: str) -> Cccd | None:
    try:
        return Cccd.parse(value)
    except BadIdentifier:
        return None


def _number_contradicts(rule: FieldRule, value: str, known: Known) -> bool:
    card = _card(value)
    if card is None:
        return False
    sex = known.values.get(rule.sex_field) if rule.sex_field else None
    born = known.values.get(rule.birth_field) if rule.birth_field else None
    return bool(card.agrees_with(sex=sex, birth_date=born)) or card.province is None


def _number_is_backed(rule: FieldRule, value: str, known: Known) -> bool:
    """The paper prints the birth year (and perhaps the sex) that the number contains. Old nine-digit numbers and
    passports contain nothing: they wait for a person."""
    card = _card(value)
    born = known.values.get(rule.birth_field) if rule.birth_field else None
    return card is not None and born is not None and born[:4] == str(card.birth_year)


def _agreeing(best: Found, found: Sequence[Found]) -> list[Found]:
    """Other kinds of witnesses that say the very same."""
    return [one for one in found if one.source != best.source and one.value is not None and one.value == best.value]


def _against(best: Found, found: Sequence[Found]) -> list[Found]:
    """Witnesses of any kind, a second place on the paper included, that say something else."""
    return [one for one in found if one is not best and one.value is not None and one.value != best.value]
