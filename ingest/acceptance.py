"""The decision over a field: what its witnesses say, whether they and the rules agree, and if not, why not.

Precision first: a value is accepted only where the evidence is of a kind that was never seen to be wrong; everything
else waits for a person with its best value beside it. A name, a date or a number is never accepted on the word of one
reader, however sure it is: a second reader must have seen the same, or another witness bear it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest import agencies, places
from ingest.calibration import Evidence, Group, Limit, group_of, limit
from ingest.evidence import Found
from ingest.fields import kinds
from ingest.phrases import ends_open, has_other_marks, holds_a_stamp
from schemas import doubts
from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, WitnessSource
from schemas.identifiers import Cccd, Mst
from schemas.types import FieldRule
from schemas.vietnamese import is_syllable, syllable_share

_PROOF: frozenset[WitnessSource] = frozenset({"qr", "mrz", "text_layer"})
_READERS: frozenset[WitnessSource] = frozenset({"ocr", "second_ocr"})
_SYLLABLES = re.compile(r"\w+|[^\w\s]+")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-(\d{2})")
_SPECKS = re.compile(r"[\s.,'’`\"_–-]")
_ALIKE = ({"1", "7"}, {"4", "9"}, {"3", "8"}, {"0", "6"})  # digits written much alike
_GUESSED = 0.7  # a reader less sure than this of handwriting says nothing against what is told beside the paper
_READ_SURELY = 0.92  # a reader less sure than this of handwriting is a worse guess than what is told beside the paper
_EDGE = 0.01  # of the page's width
_WORDED = ("text", "address", "agency", "place", "list")


@dataclass(frozen=True)
class Known:
    """What else was read on the paper: the best value of every other field, and the last possible day."""

    values: Mapping[str, str]
    last_day: date | None = None


@dataclass(frozen=True)
class Grounds:
    """What a reading rests on, by the reckoning of data/calibration.toml: the first reader, the kind of evidence, the
    group of the field's kind, and how sure its readers are."""

    engine: str
    evidence: Evidence
    group: Group
    sureness: float

    @property
    def enough(self) -> bool:
        """Sure enough to be accepted without a person."""
        return self.sureness >= self._limit.least

    @property
    def probability(self) -> float:
        """That a value so read is right; the sureness itself where this was not measured."""
        return self._limit.probability(self.sureness)

    @property
    def _limit(self) -> Limit:
        return limit(self.engine, self.evidence, self.group)


def decide(rule: FieldRule, found: Sequence[Found], known: Known) -> FieldReading | None:
    """The reading of a field, with all its witnesses; None for a field that is neither there nor required."""
    if not found:
        if not rule.required:
            return None
        return FieldReading(value=None, confidence=0.0, accepted=False, doubts=(doubts.MISSING_REQUIRED,))
    best = best_of(rule, found)
    reasons, grounds = _doubts(rule, best, found, known), grounds_of(rule, best, found)
    confidence = grounds.probability if grounds is not None else best.confidence
    return FieldReading(
        value=best.value,
        confidence=round(max(0.0, min(1.0, confidence)), 3),
        accepted=not reasons,
        evidence=tuple(one.witness() for one in found),
        doubts=tuple(reasons),
    )


def grounds_of(rule: FieldRule, best: Found, found: Sequence[Found]) -> Grounds | None:
    """What a recognised value rests on; None where nothing can carry it."""
    if best.value is None or best.source not in _READERS:
        return None
    engine, group = _engine(found) or best.engine, group_of(rule)
    outside, again = _outside(best, found), _read_again(best, found)
    agreed = again is not None and again.value == best.value
    sureness = _together(best, again) if again is not None and agreed else best.confidence
    if rule.by_hand:
        if outside:
            return Grounds(engine, "confirmed", "hand", sureness)
        pen, both = _pen(found), list[Grounds]()
        if pen is not None and best.source == "ocr" and _same(pen, best):
            both.append(Grounds(engine, "agreed", "pen", min(best.confidence, pen.confidence)))
        if again is not None and agreed:
            both.append(Grounds(engine, "agreed", "hand", min(best.confidence, again.confidence)))
        return next((one for one in both if one.enough), both[0] if both else None)
    if outside or best.structural or _in_words(best) or (best.repeated and (agreed or again is None)):
        return Grounds(engine, "confirmed", group, sureness)
    if agreed:
        return Grounds(engine, "agreed", group, sureness)
    if best.source == "second_ocr" and (again is None or rule.kind not in _WORDED):
        return None
    if again is not None and not _outweighed(rule, best, again):
        return None
    return Grounds(best.engine, "alone", group, best.confidence) if _stands_alone(rule, best.value) else None


def best_of(rule: FieldRule, found: Sequence[Found]) -> Found:
    """Proof before reading before hints; a value before none; then the order of the paper. Of two readers that differ
    the one whose word obeys more rules. Handwriting that a recogniser is not sure of comes after hints: they are the
    better guess to show."""
    readers = [one for one in found if one.source in _READERS]

    def rank(one: Found) -> tuple[bool, int]:
        if one.pen:  # alone, but for a witness beside the paper: then the others at its place erred
            told = one is _sure_pen(found) and _outside(one, found)
            return one.value is None, 2 if told and not any(_same(one, other) for other in readers) else 7
        order = {"qr": 0, "text_layer": 1, "mrz": 2, "ocr": 3, "second_ocr": 4}.get(one.source, 5)
        again = _read_again(one, found)
        unsure = one.confidence < _READ_SURELY or (again is not None and again.value != one.value)
        unsure = unsure and rule.by_hand and one.source in _READERS and not _same(_sure_pen(found), one)
        return one.value is None, 6 if unsure and not _outside(one, found) else order

    first = min(found, key=rank)
    if first.source not in _READERS or _outside(first, found):
        return first
    rivals = _rivals(first, found)
    if len(rivals) > 1 and rule.kind in _WORDED and first.likeliest is not None:
        likeliest = replace(first, value=first.likeliest)  # nobody's own word, if it is neither's: never accepted
        return next((one for one in rivals if one.value == first.likeliest), likeliest)
    return max(rivals, key=lambda one: (_same(_sure_pen(found), one), *_merit(rule, one, first)))


def _rivals(first: Found, found: Sequence[Found]) -> list[Found]:
    """The first find, and what another reader saw at its place where that is something else."""
    other = _read_again(first, found)
    return [first] if other is None or other.value in (None, first.value) else [first, other]


def _merit(rule: FieldRule, one: Found, first: Found) -> tuple[float, ...]:
    """How well a value obeys what can be said of it alone; then how sure its reader is."""
    value = one.value or ""
    in_words = one.words_value is not None and one.words_value == value
    well = 0.0
    if rule.kind == "name":
        well = float(kinds.has_surname(value)) + kinds.name_is_plausible(value) if value else 0.0
    elif rule.kind in ("cccd", "person_id"):
        card = _card(value)
        well = float(card is not None and card.province is not None)
    elif rule.kind in _WORDED:
        well = round(syllable_share(value), 2)
    return in_words, well, one.confidence, one is first


def _doubts(rule: FieldRule, best: Found, found: Sequence[Found], known: Known) -> list[str]:
    if best.value is None:
        return [doubts.HANDWRITTEN_SUSPECTED if rule.by_hand else _shapeless(rule)]
    reasons = []
    against = _against(rule, best, found)
    if against and best.source not in _PROOF:
        reasons.append(doubts.WITNESSES_DISAGREE)
    reasons += _contradictions(rule, best, known)
    if best.source not in _READERS | _PROOF:
        if not _is_borne_out(best, found):
            reasons.append(doubts.HANDWRITTEN_SUSPECTED if rule.by_hand else doubts.NOT_CONFIRMED)
    elif best.source in _READERS:
        reasons += _reading_doubts(rule, best, found)
    return list(dict.fromkeys(reasons))


def _shapeless(rule: FieldRule) -> str:
    return doubts.NOT_IN_LIST if rule.kind == "choice" else doubts.MALFORMED


def _reading_doubts(rule: FieldRule, best: Found, found: Sequence[Found]) -> list[str]:
    """What speaks against a value that only recognisers read, or that others confirm."""
    assert best.value is not None
    outside, grounds = _outside(best, found), grounds_of(rule, best, found)
    if rule.by_hand:
        sure = grounds is not None and grounds.enough and (outside or not best.unsure)
        return [] if sure else [doubts.HANDWRITTEN_SUSPECTED]
    if grounds is None:
        return [doubts.NOT_CONFIRMED]
    reasons = [] if grounds.enough else [doubts.LOW_CONFIDENCE]
    cut = best.unsure or (rule.confirm and not best.structural) or (rule.kind in _WORDED and _at_edge(best))
    odd = rule.kind == "name" and not kinds.name_is_plausible(best.value)
    odd = odd or (rule.kind in ("address", "place") and not places.is_spelled(best.value))
    odd = odd or (rule.kind in ("address", "place", "agency") and not places.names_units(best.value))
    odd = odd or (rule.kind == "agency" and agencies.is_bare(best.value))
    odd = odd or (rule.kind in _WORDED and (has_other_marks(best.value) or holds_a_stamp(best.value)))
    odd = odd or (rule.kind in (*_WORDED, "code") and ends_open(best.raw))
    if (cut or odd) and not outside:
        reasons.append(doubts.NOT_CONFIRMED)
    return reasons


def _at_edge(best: Found) -> bool:
    """What touches the edge of the page may have been cut off."""
    return best.box is not None and (best.box.x0 < _EDGE or best.box.x1 > 1 - _EDGE)


def _stands_alone(rule: FieldRule, value: str) -> bool:
    """What one reader's word can carry: words that are syllables, an entry of a closed list, a number whose check digit
    bears it out."""
    if rule.kind in _WORDED:
        return syllable_share(value) >= 0.9
    return rule.kind == "choice" or (rule.kind == "mst" and Mst.is_valid(value))


def _together(best: Found, again: Found) -> float:
    """How sure two readers with different mistakes are together, word by word where that is known."""
    if best.together is not None:
        return best.together
    return 1 - (1 - best.confidence) * (1 - again.confidence)


def _engine(found: Sequence[Found]) -> str:
    return next((one.engine for one in found if one.source == "ocr"), "")


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


def _is_borne_out(told: Found, found: Sequence[Found]) -> bool:
    """A value that stands beside the paper is told by a second one of its kind, or is what the handwriting looks like
    to a reader that could not make it out for certain."""
    same = {one.source for one in found if one.source not in _READERS and one.value == told.value}
    return len(same) > 1 or any(
        resembles(one.written, told.value or "") for one in found if one.source in _READERS and one.written
    )


def resembles(written: str, told: str) -> bool:
    """Whether letters read from handwriting can be the number, or the day of the date, that was told: the same with a
    stroke read as one digit more, or as many, half of them the same, and no digit among the others but one that is
    written much alike."""
    day = _ISO_DAY.fullmatch(told)
    number = day[1] if day else told.partition("/")[0]
    read = _SPECKS.sub("", written)
    if len(read) == len(number) + 1 and len(number) > 1:
        return any(read[:i] + read[i + 1 :] == number for i in range(len(read)))
    if len(read) != len(number):
        return False
    other = [(a, b) for a, b in zip(read, number, strict=True) if a != b]
    return 2 * len(other) <= len(number) and not any(a.isdigit() and {a, b} not in _ALIKE for a, b in other)


def _could_be(read: Found, told: str) -> bool:
    """A reading of handwriting that is a guess, or looks like what was told, says nothing against it."""
    return read.confidence < _GUESSED or resembles(read.written, told)


def _in_words(best: Found) -> bool:
    return best.words_value is not None and best.words_value == best.value


def _pen(found: Sequence[Found]) -> Found | None:
    """What the reader of hand-written digits saw."""
    return next((one for one in found if one.pen), None)


def _sure_pen(found: Sequence[Found]) -> Found | None:
    pen = _pen(found)
    return pen if pen is not None and pen.confidence >= limit(_engine(found), "agreed", "pen").least else None


def _same(pen: Found | None, one: Found) -> bool:
    return pen is not None and one is not pen and one.value is not None and one.value == pen.value


def _outside(best: Found, found: Sequence[Found]) -> bool:
    """Somebody who does not read the page's letters says the very same."""
    return any(one.source not in _READERS and one.value is not None and one.value == best.value for one in found)


def _read_again(best: Found, found: Sequence[Found]) -> Found | None:
    """What the other reader saw at the same place."""
    return next((one for one in found if one.source in _READERS - {best.source} and one.box == best.box), None)


def _against(rule: FieldRule, best: Found, found: Sequence[Found]) -> list[Found]:
    """Witnesses of any kind, a second place on the paper included, that say something else. Where the layout, the words
    beside it, an outside witness or a rule decide, the other reader at the same place is only a reader that erred."""
    other, pen = _read_again(best, found), _pen(found)
    decided = best.structural or _in_words(best) or _outside(best, found)
    passed = [best] if pen is None or (not decided and pen is _sure_pen(found)) else [best, pen]
    if other is not None and (decided or _same(pen, best) or _outweighed(rule, best, other)):
        passed.append(other)
    if best.pen and decided:
        passed += [one for one in found if one.source in _READERS]
    others = [one for one in found if one not in passed and one.value is not None and one.value != best.value]
    if rule.by_hand and best.source not in _READERS | _PROOF:
        return [one for one in others if not (one.source in _READERS and _could_be(one, best.value or ""))]
    return others


def _outweighed(rule: FieldRule, best: Found, again: Found) -> bool:
    """The other reader saw what cannot be: then the first stands alone, and must be as sure as if it had been alone.
    Nothing of the kind is known of names and numbers but the check digit of a tax code."""
    assert best.value is not None
    if rule.kind == "mst":
        return again.value is None and Mst.is_valid(best.value)
    if rule.kind == "choice":
        return again.value is None and not best.snapped
    if again.value is None:
        return False
    if rule.kind in _WORDED:
        mine, other = _SYLLABLES.findall(best.value), _SYLLABLES.findall(again.value)
        pairs = [(a, b) for a, b in zip(mine, other, strict=False) if a != b]
        return len(mine) == len(other) and all(is_syllable(a) and not is_syllable(b) for a, b in pairs)
    return False
