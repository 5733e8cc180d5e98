"""Naming a paper: its title's words against every type's titles, supported by anchors; unknown is said to be so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from ingest.sheet import Line, Sheet, label_cores
from ingest.vocabulary import folded
from schemas.types import DocumentType, TypeCatalogue
from schemas.vietnamese import fold

TITLE_ZONE = 0.35  # domain.md: the title stands in the top 35 % of the page
CAPITALS = 0.70  # domain.md: and at least 70 % of its letters are capitals
SURE = 0.80  # domain.md: fuzzy match from here; between LIKELY and SURE only with keywords
LIKELY = 0.70
_MOTTO_ZONE = 0.30
_PLAIN = 0.95
_LEAD = 0.1
_STARTED = 0.9  # a title that goes on after known words, "ĐƠN ĐỀ NGHỊ cấp …"
_JOINED = 4  # a title may run over so many lines
_LONG_ANCHOR = 4
_LETTERS = re.compile(r"[^\W\d_]")
UNKNOWN = "unknown"
_NUMBERED = re.compile(r"\W*s[o0]\b[^a-z]*/\s*[a-z]{2,}")
_NUMBER_ZONE = 0.24
_SUBJECT_ZONE = 0.08  # of the page's height: what a paper is about stands so near under its title


@dataclass(frozen=True)
class Title:
    """A title line and the type it names; `lines` are the lines it runs over, `rival` is the best score that the same
    page gives another type."""

    type_id: str
    text: str
    score: float
    lines: tuple[Line, ...]
    rival: float = 0.0

    @property
    def contested(self) -> bool:
        """Misread, and nearly as near to another type's title."""
        return self.score < _PLAIN and self.score - self.rival < _LEAD


@dataclass(frozen=True)
class Name:
    """The type of a paper, how sure, and why not entirely."""

    type_id: str
    confidence: float
    title: Title | None = None
    doubted: bool = False


def capitals_share(text: str) -> float:
    """Share of capitals among the letters."""
    letters = _LETTERS.findall(text)
    return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0


def motto_of(sheet: Sheet) -> Line | None:
    """The run with the State's name or motto in the top of the page: what every first page bears."""
    for run in sheet.runs:
        text = run.folded.replace(" ", "")
        if run.y > _MOTTO_ZONE or len(text) < 12:
            continue
        if any(fuzz.partial_ratio(text, motto.replace(" ", "").replace("-", "")) >= 85 for motto in folded("motto")):
            return run
    return None


def title_of(sheet: Sheet, types: TypeCatalogue) -> Title | None:
    """The best title on the page, with a score of at least LIKELY."""
    best: Title | None = None
    scores: dict[str, float] = {}
    for lines in _title_lines(sheet):
        text = " ".join(line.text for line in lines)
        core = " ".join(line.folded for line in lines)
        for kind in types:
            for wanted in (*kind.all_titles, *kind.title_starts):
                score = _title_score(core, wanted)
                if wanted in kind.title_starts and core.startswith(" ".join(label_cores(wanted)) + " "):
                    score = max(score, _STARTED)
                inside = SURE if "".join(label_cores(wanted)) in core.replace(" ", "") else 0.0
                scores[kind.id] = max(score, inside, scores.get(kind.id, 0.0))
                if score >= LIKELY and (best is None or (score, len(wanted)) > (best.score, _length(best))):
                    best = Title(kind.id, text, score, tuple(lines))
    if best is None:
        return None
    return replace(best, rival=max((score for other, score in scores.items() if other != best.type_id), default=0.0))


def name_paper(sheets: Sequence[Sheet], types: TypeCatalogue) -> Name:
    """The type of the paper with these pages (blank ones left out)."""
    name = _named(sheets, types)
    special = next(
        (kind for kind in types if kind.special_of == name.type_id and _is_special(kind, name, sheets[0])), None
    )
    return replace(name, type_id=special.id) if special is not None else name


def _is_special(kind: DocumentType, name: Name, first: Sheet) -> bool:
    """A type that shares its title with a wider one is told by the words right under the title."""
    top = name.title.lines[-1].y if name.title is not None else 0.0
    text = " ".join(line.folded for line in first.lines if top <= line.y <= top + _SUBJECT_ZONE)
    return any(_has(text, words) for words in kind.special_words)


def _named(sheets: Sequence[Sheet], types: TypeCatalogue) -> Name:
    first = sheets[0]
    title = title_of(first, types)
    shares = {kind.id: anchor_share(kind, sheets) for kind in types}
    if title is not None:
        share = shares[title.type_id]
        letter = bool(types.types[title.type_id].type_names)
        backed = share > 0 or (letter and motto_of(first) is not None)
        if title.score >= SURE:
            confidence = min(1.0, 0.8 * title.score + 0.2 * min(1.0, share * 2))
            return Name(title.type_id, round(confidence, 3), title, doubted=not backed or title.contested)
        if backed:
            return Name(title.type_id, round(title.score * 0.9, 3), title, doubted=True)
    coded = _by_code(sheets, types)
    if coded is not None:
        return coded
    letter_type = _letter_without_title(sheets, types)
    if letter_type is not None:
        return letter_type
    best = max(shares.items(), key=lambda item: item[1], default=(UNKNOWN, 0.0))
    if best[1] >= 0.75 and not types.types[best[0]].type_names:
        return Name(best[0], round(best[1] * 0.6, 3), None, doubted=True)
    return Name(UNKNOWN, 0.0, None, doubted=True)


def _by_code(sheets: Sequence[Sheet], types: TypeCatalogue) -> Name | None:
    """A page whose words cannot be read may still bear a QR code that only one kind of paper has."""
    texts = [code.text for sheet in sheets for code in sheet.reading.barcodes]
    for kind in types:
        if kind.qr_pattern is not None and any(re.search(kind.qr_pattern, text) for text in texts):
            return Name(kind.id, 0.7, doubted=True)
    return None


def anchor_share(kind: DocumentType, sheets: Sequence[Sheet]) -> float:
    """Weight of the type's anchors that stand on these pages, of all of them."""
    total = sum(anchor.weight for anchor in kind.anchors)
    if not total:
        return 0.0
    text = " ".join(sheet.anchors_text for sheet in sheets)
    return sum(anchor.weight for anchor in kind.anchors if _has(text, anchor.text)) / total


def _has(text: str, anchor: str) -> bool:
    wanted = " ".join(label_cores(anchor))
    if f" {wanted} " in f" {text} ":
        return True
    return len(label_cores(anchor)) >= _LONG_ANCHOR and fuzz.partial_ratio(wanted, text) >= 90


def _letter_without_title(sheets: Sequence[Sheet], types: TypeCatalogue) -> Name | None:
    """A công văn has no title: motto, a numbered notation and the list of receivers make it one."""
    kind = next((kind for kind in types if any(not name.titled for name in kind.type_names)), None)
    motto = motto_of(sheets[0])
    if kind is None or motto is None:
        return None
    numbered = any(
        any(_NUMBERED.match(fold(text)) for text in run.texts) and run.y < _NUMBER_ZONE and run.x < motto.x
        for run in sheets[0].runs
    )
    share = anchor_share(kind, sheets)
    if not numbered or share == 0:
        return None
    return Name(kind.id, round(0.75 + 0.25 * share, 3))


def _title_lines(sheet: Sheet) -> Iterator[list[Line]]:
    """Runs in the title's zone that are mostly capitals, alone and joined with those right under them."""
    runs = []
    for run in sheet.runs:
        line = _without_specks(run)
        if run.box.y0 <= TITLE_ZONE and line is not None and capitals_share(line.text) >= CAPITALS:
            runs.append(line)
    for index, run in enumerate(runs):
        joined = [run]
        yield joined
        for below in runs[index + 1 :]:
            gap = below.box.y0 - joined[-1].box.y1
            if abs(below.x - run.x) > 0.15 or gap < -0.5 * run.box.height:
                continue
            if gap > 2 * run.box.height or len(joined) == _JOINED:
                break
            joined = [*joined, below]
            yield joined


def _without_specks(run: Line) -> Line | None:
    """Single characters at either end come from frames, stamps and dirt; a title's words are longer."""
    tokens = list(run.tokens)
    while tokens and len(tokens[0].core) < 2:
        tokens.pop(0)
    while tokens and len(tokens[-1].core) < 2:
        tokens.pop()
    return Line(tuple(tokens), run.page, run.block) if tokens else None


def _title_score(core: str, wanted: str) -> float:
    """Similarity without spaces (CHỈTHỊ is CHỈ THỊ); 1.0 for the same letters."""
    a, b = core.replace(" ", ""), "".join(label_cores(wanted))
    if abs(len(a) - len(b)) > 0.35 * len(b):
        return 0.0
    return fuzz.ratio(a, b) / 100


def _length(title: Title) -> int:
    return len(title.text)
