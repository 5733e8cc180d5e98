"""A page as understanding sees it: tokens in lines, lines cut into runs at wide gaps, and labels found among them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from ingest.secondlook import Seen, seen_at
from ingest.vocabulary import words
from schemas.reading import Box, PageReading, Word
from schemas.vietnamese import fold, is_syllable

_GAP = 0.03  # of the page's width: wider than any space between words, narrower than between columns
_CORE = re.compile(r"[^\w]+")
_GLUED = re.compile(r"(?<=[^\W\d_]):(?=\w)")  # "tên:Nguyễn", but not "10:30"
_WORD = re.compile(r"[^\W\d_]+")
_BARE = re.compile(r"[^\W\d_](?:.*[^\W\d_])?")
_LABEL_SCORE = 85.0
_TOKEN_SCORE = 60.0
_SHORT = 4
_PHRASE = 3  # so many words that begin a line are a label even when a sentence goes on behind them
_EXACT = 94.0


@dataclass(frozen=True)
class Token:
    """A word, or a part of one that the recogniser glued to its neighbour. `box` is its place on the levelled page (for
    comparing places), `spot` its place on the page as it is (for showing it). `seen` is what a second reader saw at
    this place; None where the line was not read again."""

    text: str
    box: Box
    spot: Box
    confidence: float
    page: int
    seen: Seen | None = None

    @cached_property
    def core(self) -> str:
        """Folded, without punctuation; empty for a token without letters and digits."""
        return _CORE.sub("", fold(self.text)).replace("_", "")

    @property
    def x(self) -> float:
        return (self.box.x0 + self.box.x1) / 2

    @property
    def y(self) -> float:
        return (self.box.y0 + self.box.y1) / 2

    @property
    def together(self) -> float:
        """How sure both readers are that something of the kind stands there; the first alone where the second did not
        look or saw nothing."""
        second = self.seen.confidence if self.seen is not None and self.seen.text else 0.0
        return 1 - (1 - self.confidence) * (1 - second)

    @property
    def likeliest(self) -> str:
        """What most likely stands there; see Line."""
        if self.seen is None or not self.seen.text or self.seen.text == self.text:
            return self.text
        mine, other = (all(is_syllable(part) for part in _WORD.findall(t)) for t in (self.text, self.seen.text))
        first = (mine, self.confidence) >= (other, self.seen.confidence)
        return self.text if first else self.seen.text

    def bare(self) -> Token | None:
        """Without strokes and specks before its first and behind its last letter; None if it has no letter."""
        match = _BARE.search(self.text)
        return self._cut(*match.span()) if match is not None else None

    def without_small_before(self) -> Token:
        """Without small letters right before capitals, which no word has: strokes of a seal that stick to it."""
        first = 1 + max((at for at, char in enumerate(self.text) if char.islower()), default=-1)
        capitals = self.text[first:]
        return self._cut(first, len(self.text)) if first and len(capitals) > 1 and capitals.isalpha() else self

    def _cut(self, first: int, last: int) -> Token:
        """Its letters from `first` to `last`."""
        size = len(self.text)
        box, spot = _part(self.box, first, last, size), _part(self.spot, first, last, size)
        return replace(self, text=self.text[first:last], box=box, spot=spot)


@dataclass(frozen=True)
class Line:
    """Tokens that stand on one line, left to right."""

    tokens: tuple[Token, ...]
    page: int
    block: int = 0

    @cached_property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    @property
    def texts(self) -> tuple[str, ...]:
        """What each of its readers saw, the first one first."""
        return (self.text,) if self.seen is None else (self.text, self.seen.text)

    @cached_property
    def folded(self) -> str:
        return " ".join(token.core for token in self.tokens if token.core)

    @cached_property
    def box(self) -> Box:
        return box_of(self.tokens)

    @property
    def x(self) -> float:
        return (self.box.x0 + self.box.x1) / 2

    @property
    def y(self) -> float:
        return (self.box.y0 + self.box.y1) / 2

    @property
    def confidence(self) -> float:
        """Of its weakest word: one bad word spoils a value."""
        return min(token.confidence for token in self.tokens)

    @cached_property
    def seen(self) -> Seen | None:
        """The line as the second reader saw it; None if a part of it was not read again."""
        looks = [token.seen for token in self.tokens]
        if None in looks:
            return None
        whole = [look for look in looks if look is not None]
        sure = min((look.confidence for look in whole if look.text), default=0.0)
        return Seen(self.seen_text, sure, whole[0].engine)

    @property
    def together(self) -> float:
        """How sure its two readers, who have different mistakes, are together of the word that they are least sure of:
        seldom is it the same one that each of them doubts."""
        sure = [token.together for token in self.tokens if token.core]
        return min(sure, default=self.confidence)

    @property
    def seen_text(self) -> str:
        """The line as the second reader saw it, and where that did not look, as the first did."""
        texts = (token.text if token.seen is None else token.seen.text for token in self.tokens)
        return " ".join(text for text in texts if text)

    @cached_property
    def likeliest(self) -> str:
        """The line word by word as the reader saw it that saw a syllable there, or was surer."""
        return " ".join(text for token in self.tokens if (text := token.likeliest))

    @cached_property
    def runs(self) -> tuple[Line, ...]:
        """The line cut where columns stand side by side."""
        parts: list[list[Token]] = [[self.tokens[0]]]
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if token.box.x0 - before.box.x1 > _GAP:
                parts.append([])
            parts[-1].append(token)
        return tuple(Line(tuple(part), self.page, self.block) for part in parts)

    def trimmed(self) -> Line | None:
        """Without tokens at either end that carry no letter or digit (specks, leaders, frames)."""
        tokens = list(self.tokens)
        while tokens and not tokens[0].core:
            tokens.pop(0)
        while tokens and not tokens[-1].core:
            tokens.pop()
        return Line(tuple(tokens), self.page, self.block) if tokens else None


@dataclass(frozen=True)
class Sheet:
    """One page, ready to be searched."""

    reading: PageReading
    lines: tuple[Line, ...]

    @property
    def page(self) -> int:
        return self.reading.page

    @cached_property
    def runs(self) -> tuple[Line, ...]:
        """All runs of the page, from top to bottom."""
        runs = [run for line in self.lines for run in line.runs]
        return tuple(sorted(runs, key=lambda run: (round(run.y, 3), run.box.x0)))

    @cached_property
    def looks(self) -> tuple[Line, ...]:
        """The lines that were read again, as the second reader saw them, in its own boxes."""
        lines = []
        for look in self.reading.seconds:
            tokens = [token for word in look.words for token in _tokens(word, self.reading) if token.text.strip()]
            seen = [replace(token, seen=Seen(token.text, token.confidence, look.engine)) for token in tokens]
            lines += [Line(tuple(seen), self.page, look.block)] if seen else []
        return tuple(lines)

    @cached_property
    def right_edge(self) -> float:
        """Where the text block ends on the right."""
        return max((line.box.x1 for line in self.lines), default=1.0)

    @cached_property
    def line_step(self) -> float:
        """The usual distance from one line to the next."""
        heights = sorted(line.y for line in self.lines if any(token.core for token in line.tokens))
        steps = [step for a, b in pairwise(heights) if (step := b - a) > 0.006]
        return median(steps) if steps else 0.02

    @cached_property
    def anchors_text(self) -> str:
        """All words of all readers folded, for testing whether some stand on the page."""
        seen = (" ".join(token.core for token in line.tokens if token.core) for line in self.looks)
        return " ".join([*(line.folded for line in self.lines), *seen])


def sheet_of(reading: PageReading) -> Sheet:
    """The page's lines in reading order, each with what a second reader saw there."""
    looks = {(look.block, look.line): look for look in reading.seconds}
    lines = []
    for row in reading.lines():
        tokens = [token for word in row for token in _tokens(word, reading) if token.text.strip()]
        look = looks.get((row[0].block, row[0].line))
        if look is not None and tokens:
            seen = seen_at([(token.text, token.spot) for token in tokens], look)
            tokens = [replace(token, seen=part) for token, part in zip(tokens, seen, strict=True)]
        if tokens:
            lines.append(Line(tuple(tokens), reading.page, row[0].block))
    return Sheet(reading, tuple(lines))


def box_of(tokens: Sequence[Token]) -> Box:
    """The rectangle round all of them."""
    return _around([token.box for token in tokens])


def spot_of(tokens: Sequence[Token]) -> Box:
    """Where they stand on the page as it is."""
    return _around([token.spot for token in tokens])


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )


def _tokens(word: Word, reading: PageReading) -> list[Token]:
    cuts = [0, *(match.end() for match in _GLUED.finditer(word.text)), len(word.text)]
    tokens = []
    for first, last in pairwise(cuts):
        box = _part(word.box, first, last, len(word.text))
        level = _levelled(box, reading)
        tokens.append(Token(word.text[first:last], level, box, word.confidence, reading.page))
    return tokens


def _part(box: Box, first: int, last: int, size: int) -> Box:
    """Where the letters from `first` to `last` of `size` letters stand."""
    if (first, last) == (0, size):
        return box
    share = box.width / max(1, size)
    return Box(x0=box.x0 + share * first, x1=box.x0 + share * last, y0=box.y0, y1=box.y1)


def _levelled(box: Box, reading: PageReading) -> Box:
    """The box after turning the page by its skew about the middle (counter-clockwise tilt is positive)."""
    if abs(reading.skew) < 0.05:
        return box
    slope, ratio = math.tan(math.radians(reading.skew)), reading.width / reading.height
    x, y = (box.x0 + box.x1) / 2 - 0.5, (box.y0 + box.y1) / 2 - 0.5
    right, down = -slope * y / ratio, slope * x * ratio
    return Box(x0=box.x0 + right, x1=box.x1 + right, y0=box.y0 + down, y1=box.y1 + down)


# --- labels ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """A label found on a line: its tokens are `start` to `end` (exclusive)."""

    label: str
    line: int
    start: int
    end: int


@cache
def label_cores(label: str) -> tuple[str, ...]:
    """A label's words, folded, without punctuation."""
    return tuple(core for core in (_CORE.sub("", part) for part in fold(label).replace("/", " ").split()) if core)


def find_labels(lines: Sequence[Line], labels: Sequence[str]) -> list[Hit]:
    """Every place where one of the labels stands as a label: the longest that fits wins; short ones need a colon."""
    order = sorted(set(labels), key=lambda label: (-len(label_cores(label)), -len(label)))
    firsts = {label: label_cores(label)[:1] for label in order}
    every = set(firsts.values())
    beginning: dict[str, list[str]] = {}  # the labels that may begin with a word, by that word
    hits = []
    for index, line in enumerate(lines):
        start = 0
        while start < len(line.tokens):
            core = line.tokens[start].core
            if core not in beginning:
                near = {first for first in every if not first or _is_near(core, first[0])}
                beginning[core] = [label for label in order if core and firsts[label] in near]
            hit = _label_at(line, index, start, beginning[core])
            if hit is not None:
                hits.append(hit)
            start = hit.end if hit is not None else start + 1
    return hits


def _is_near(core: str, wanted: str) -> bool:
    """What a fold or a seal has left of half a word may be the end of another label: "(Beginni)ng date" is no "ngày /
    date"."""
    return fuzz.ratio(core, wanted) >= _TOKEN_SCORE and 2 * len(core) > len(wanted)


def _label_at(line: Line, index: int, start: int, order: Sequence[str]) -> Hit | None:
    best: tuple[int, float, Hit] | None = None
    for label in order:
        cores = label_cores(label)
        if best is not None and len(cores) < best[0]:
            break
        end = _end_of(line, start, len(cores))
        if end is None:
            continue
        score = _score([token.core for token in line.tokens[start:end] if token.core], cores)
        if score < _LABEL_SCORE or not _stands_as_label(line, start, end, cores, score):
            continue
        if best is None or score > best[1]:
            best = (len(cores), score, Hit(label, index, start, end))
    return best[2] if best else None


def _end_of(line: Line, start: int, count: int) -> int | None:
    """Index after the `count`-th token with letters from `start`; a colon token right after belongs to the label."""
    end = start
    while count and end < len(line.tokens):
        count -= bool(line.tokens[end].core)
        end += 1
    if count:
        return None
    while end < len(line.tokens) and not line.tokens[end].core and line.tokens[end].text.strip() in (":", "-", "/:"):
        end += 1
    return end


def _score(found: Sequence[str], wanted: Sequence[str]) -> float:
    if not all(map(_is_near, found, wanted)):
        return 0.0
    return fuzz.ratio(" ".join(found), " ".join(wanted))


def _stands_as_label(line: Line, start: int, end: int, cores: Sequence[str], score: float) -> bool:
    """A colon behind it, or the beginning of a run before it and a value (or nothing) behind it: words of a sentence or
    of a title are no label."""
    tokens = line.tokens
    if any(token.text.rstrip().endswith(":") for token in tokens[start : end - 1] if token.core):
        return False  # "Mục đích sử dụng: Đất …" is not "Mục đích sử dụng đất"
    if tokens[end - 1].text.rstrip().endswith((":", ":.")) or (end < len(tokens) and tokens[end].text.startswith(":")):
        return sum(len(core) for core in cores) > _SHORT or score == 100.0
    if not _begins_run(line, start) or _is_heading(line, start, end):
        return False
    following = tokens[end].text.lstrip(".…_ ")[:1] if end < len(tokens) else ""
    if sum(len(core) for core in cores) <= _SHORT:
        title = tokens[start].text in words("honorifics") and following.isupper()  # "Bà Trần Thị …"
        return score == 100.0 and (following.isdigit() or title)
    opens = following.isdigit() or following.isupper() or not following.strip(".…_,-")
    phrase = len(cores) >= _PHRASE and score >= _EXACT and tokens[start].text[:1].isupper()
    return opens or (phrase and not any(len(token.core) > 2 for token in tokens[:start]))


def _is_heading(line: Line, start: int, end: int) -> bool:
    """Words of a line that is set in capitals throughout."""
    text = "".join(token.text for token in line.tokens)
    return text.isupper() and end - start < len(line.tokens)


def _begins_run(line: Line, start: int) -> bool:
    """Only an enumerator stands before it, or a gap."""
    before = line.tokens[:start]
    if not any(len(token.core) > 2 for token in before):
        return True
    return line.tokens[start].box.x0 - line.tokens[start - 1].box.x1 > _GAP / 2
