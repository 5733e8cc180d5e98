"""One paper's result: text, type and fields beside the truth. What results.json keeps and everything else is drawn
from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from bench.reading.engines import OURS, Read, Text
from bench.reading.papers import SECRET, UNKNOWN, PaperFile, Truth
from bench.reading.scoring import Mistake, TextScore, page_score, passages_score, plainly, same_value
from schemas.evidence import FieldReading, Paper, Understanding
from schemas.reading import PageReading
from schemas.types import TypeCatalogue

Hand = Literal["printed", "by_hand", "unprinted"]
ID_KINDS = frozenset({"cccd", "person_id", "mst"})
SIGNER = "signer_name"


@dataclass(frozen=True)
class FieldResult:
    """A field beside its truth. `hand`: printed, written by hand, or true though it stands nowhere on the paper.
    `evidence` are the witnesses as the record keeps them."""

    name: str
    label: str
    kind: str
    hand: Hand
    truth: str | None
    value: str | None
    confidence: float
    accepted: bool
    right: bool
    doubts: tuple[str, ...]
    evidence: tuple[dict[str, Any], ...]

    @property
    def wrong(self) -> bool:
        """Accepted without a person though it is not what the paper says."""
        return self.accepted and not self.right


@dataclass(frozen=True)
class PaperResult:
    """A paper's result. `texts`, `seconds`, `peak_mb` and `failures` are by reader; `seconds` of our own are from scan
    to understood. `remembered` names the readers whose work was done in an earlier run;
    `mistakes` are our own lines that are not as in truth, each with its page."""

    set: str
    damage: str
    name: str
    pages: int
    true_type: str
    read_type: str
    type_right: bool
    type_sure: bool
    papers: int
    fields: tuple[FieldResult, ...]
    texts: dict[str, TextScore]
    seconds: dict[str, float]
    peak_mb: dict[str, float]
    failures: dict[str, str] = field(default_factory=dict)
    remembered: tuple[str, ...] = ()
    reading_source: str = ""
    engine: str = ""
    mistakes: tuple[tuple[int, Mistake], ...] = ()

    @property
    def wrong(self) -> int:
        """Values accepted though wrong; a type nobody doubts is one of them."""
        return sum(one.wrong for one in self.fields) + (self.type_sure and not self.type_right)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"wrong": self.wrong}


def judged(paper: PaperFile, ours: Read, peers: dict[str, Text], types: TypeCatalogue) -> PaperResult:
    """Everything that was read of a paper beside its truth."""
    found = ours.understanding.papers
    read_type = found[0].type if found else "none"
    texts = [(OURS, tuple(reading.text() for reading in ours.readings))]
    texts += [(name, text.pages) for name, text in peers.items() if not text.failure]
    mistakes: list[tuple[int, Mistake]] = []
    scores = {name: _text_score(paper.truth, pages, mistakes if name == OURS else []) for name, pages in texts}
    remembered = [name for name, text in peers.items() if text.remembered]
    return PaperResult(
        set=paper.set,
        damage=paper.damage,
        name=paper.name,
        pages=len(ours.readings),
        true_type=paper.truth.type_id,
        read_type=read_type,
        type_right=_type_right(paper.truth.type_id, ours.understanding),
        type_sure=any(not one.doubts for one in found),
        papers=len(found),
        fields=tuple(_fields(paper.truth, found[0] if found else None, types)),
        texts=scores,
        seconds={OURS: ours.read_seconds + ours.understand_seconds}
        | {name: text.seconds for name, text in peers.items()},
        peak_mb={OURS: ours.peak_mb} | {name: text.peak_mb for name, text in peers.items()},
        failures={name: text.failure for name, text in peers.items() if text.failure},
        remembered=tuple(remembered + ([OURS] if ours.remembered else [])),
        reading_source=",".join(sorted({reading.source for reading in ours.readings})),
        engine=" + ".join(sorted(_engines(ours.readings))),
        mistakes=tuple(mistakes),
    )


def _engines(readings: Iterable[PageReading]) -> set[str]:
    """Who read the pages, and who looked at lines of them a second time."""
    return {name for page in readings for name in (page.engine, *(look.engine for look in page.seconds))}


def broken(paper: PaperFile, failure: Exception) -> PaperResult:
    """A file that could not be read at all: every field is missing, the reason is told."""
    fields = _fields(paper.truth, None, TypeCatalogue.load())
    return PaperResult(
        set=paper.set,
        damage=paper.damage,
        name=paper.name,
        pages=0,
        true_type=paper.truth.type_id,
        read_type="none",
        type_right=paper.truth.type_id == UNKNOWN,
        type_sure=False,
        papers=0,
        fields=tuple(fields),
        texts={},
        seconds={},
        peak_mb={},
        failures={OURS: f"{type(failure).__name__}: {failure}"},
    )


def _type_right(true: str, found: Understanding) -> bool:
    """One paper of that type; where there is no type for it, nothing that claims one; a secret page known as one."""
    if true == SECRET:
        return found.secrecy_page is not None
    types = [paper.type for paper in found.papers]
    return set(types) <= {UNKNOWN} and found.secrecy_page is None if true == UNKNOWN else types == [true]


def _text_score(truth: Truth, pages: tuple[str, ...], mistakes: list[tuple[int, Mistake]]) -> TextScore:
    total = TextScore()
    for number, lines in enumerate(truth.lines, 1):
        if lines is not None:
            found: list[Mistake] = []
            total.add(page_score(lines, pages[number - 1] if number <= len(pages) else "", found))
            mistakes += [(number, one) for one in found]
    if truth.passages:
        total.add(passages_score(truth.passages, "\n".join(pages)))
    return total


def _fields(truth: Truth, paper: Paper | None, types: TypeCatalogue) -> Iterable[FieldResult]:
    kind = types.get(truth.type_id)
    read = paper.fields if paper is not None else {}
    names = list(truth.fields)
    names += [name for name in read if name not in truth.fields and _stands_nowhere(read[name], truth)]
    for name in names:
        rule = kind.field(name) if kind is not None else None
        hand: Hand = "printed"
        if name in truth.by_hand:
            hand = "by_hand"
        elif name in truth.unprinted:
            hand = "unprinted"
        label, of_kind = (rule.label, rule.kind) if rule is not None else (name, "text")
        yield _field(name, label, of_kind, hand, truth.fields.get(name), read.get(name))


def _stands_nowhere(reading: FieldReading, truth: Truth) -> bool:
    """Whether an accepted value that the truth does not name cannot be right: no line of the paper has it. (What forms
    print is not all in the truth's fields; dates and amounts are printed in other forms than their values.)"""
    if not truth.whole or not reading.accepted or reading.value is None:
        return False
    text = plainly(" ".join(line for lines in truth.lines for line in lines or ()))
    return not reading.value[:1].isdigit() and plainly(reading.value).lower() not in text.lower()


def _field(name: str, label: str, kind: str, hand: Hand, true: str | None, reading: FieldReading | None) -> FieldResult:
    value = reading.value if reading is not None else None
    return FieldResult(
        name=name,
        label=label,
        kind=kind,
        hand=hand,
        truth=true,
        value=value,
        confidence=reading.confidence if reading is not None else 0.0,
        accepted=reading is not None and reading.accepted,
        right=same_value(value, true),
        doubts=reading.doubts if reading is not None else (),
        evidence=tuple(one.model_dump(mode="json") for one in reading.evidence) if reading is not None else (),
    )
