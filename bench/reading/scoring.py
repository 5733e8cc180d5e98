"""How far what was read is from the truth: characters (in any order of lines), words, values of fields."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from rapidfuzz.distance import Levenshtein

from schemas.vietnamese import nfc, tone_style

_LEADERS = re.compile(r"(?:[.…_·]\s?){3,}")
_ONE_SPELLING = str.maketrans("–—’‘“”", "--''\"\"")
_LOST = 0.5  # of a line's letters: more edits than that, and the line was not found at all
_SPLIT = 0.12  # a line worse than that may stand in two places
MARK = "MẪU"  # printed across every specimen, no part of its text


@dataclass
class TextScore:
    """Sums over pages. `edits` against `letters` of truth, `extra` of them for text that is nowhere in the truth;
    `lost` of `lines` were not even half found. `words` of truth: `word_edits` in the order of the truth, `word_misses`
    when order does not count. `passage_edits` against `passage_letters` are of known passages on pages whose whole
    text is not known."""

    pages: int = 0
    letters: int = 0
    edits: int = 0
    extra: int = 0
    lines: int = 0
    lost: int = 0
    words: int = 0
    word_edits: int = 0
    word_misses: int = 0
    passage_letters: int = 0
    passage_edits: int = 0

    def add(self, other: TextScore) -> None:
        """Sum up."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def rates(self) -> dict[str, float | None]:
        """cer, wer (bag), wer_in_order, passage_cer: 0..1 and above, None where nothing of the kind was measured."""
        return {
            "cer": _rate(self.edits, self.letters),
            "extra": _rate(self.extra, self.letters),
            "wer_bag": _rate(self.word_misses, self.words),
            "wer_in_order": _rate(self.word_edits, self.words),
            "passage_cer": _rate(self.passage_edits, self.passage_letters),
        }

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def same_value(read: str | None, true: str | None) -> bool:
    """Equal in NFC, one tone style and single spaces; nothing else is forgiven."""
    return _value(read) == _value(true)


def _value(text: str | None) -> str | None:
    return None if text is None else " ".join(tone_style(text).split())


def plainly(line: str) -> str:
    """The line without dotted leaders, in one tone style, one kind of dash and quotation mark, single spaces."""
    text = tone_style(unicodedata.normalize("NFC", line)).translate(_ONE_SPELLING)
    return " ".join(_LEADERS.sub(" ", text).split())


@dataclass(frozen=True)
class Mistake:
    """A line of the truth and what was read in its place (nothing where the line is lost), with the edits between."""

    truth: str
    read: str
    edits: int


def page_score(truth: Sequence[str], read: str, mistakes: list[Mistake] | None = None) -> TextScore:
    """One page against its lines. The order of lines and columns does not count for characters: the truth's lines,
    longest first, are each taken out of the read text where they fit best (least edits); letters and digits that are
    left when all lines were found are edits too. Dotted leaders and the MẪU mark are no part of the truth. Lines that
    are not read right are added to `mistakes`, and what stands nowhere in the truth as a mistake without truth."""
    wanted = [text for line in truth if (text := plainly(line)) and text != MARK]
    left = "\n".join(text for line in read.splitlines() if (text := plainly(line)) != MARK)
    score = TextScore(pages=1, letters=sum(map(len, wanted)), lines=len(wanted))
    _score_words(score, " ".join(wanted).split(), left.split())
    for line in sorted(wanted, key=len, reverse=True):
        edits, part, left = taken_out(line, left)
        score.edits += edits
        score.lost += edits >= _LOST * len(line)
        if edits and mistakes is not None:
            mistakes.append(Mistake(line, part, edits))
    score.extra = sum(1 for char in left.replace(MARK, "") if char.isalnum())
    score.edits += score.extra
    if mistakes is not None:
        surplus = (text.strip() for text in re.split(r"[\0\n]", left.replace(MARK, "")))
        mistakes += [Mistake("", text, count) for text in surplus if (count := sum(map(str.isalnum, text)))]
    return score


def passages_score(passages: Iterable[str], read: str) -> TextScore:
    """Known passages of a file, each against the place where it fits best; case does not count (a heading in capitals
    and the truth's spelling differ), nor does what stands around."""
    text = " ".join(plainly(read).split()).lower()
    score = TextScore()
    for passage in map(plainly, passages):
        score.passage_letters += len(passage)
        score.passage_edits += min(len(passage), best_place(passage.lower(), text)[0])
    return score


def _score_words(score: TextScore, true: list[str], read: list[str]) -> None:
    missed, surplus = Counter(true) - Counter(read), Counter(read) - Counter(true)
    score.words = len(true)
    score.word_misses = max(missed.total(), surplus.total())
    score.word_edits = Levenshtein.distance(true, read)


def taken_out(line: str, text: str) -> tuple[int, str, str]:
    """The least edits with which the line (or, where that is nearer, its two halves: cells of one row may be read as
    two columns) stands in the text, what stands there, and the text without it. A line that is not there costs its
    length and takes nothing out."""
    edits, start, end = best_place(line, text)
    part, rest = text[start:end], f"{text[:start]}\0{text[end:]}"
    if edits > _SPLIT * len(line) or "\0" in text[start:end]:
        edits, part, rest = min((edits, part, rest), _in_two(line, text), key=lambda found: found[0])
    return (len(line), "", text) if edits > _LOST * len(line) else (edits, part.replace("\n", " "), rest)


def _in_two(line: str, text: str) -> tuple[int, str, str]:
    """The line cut at the space where both parts together fit best, each part taken out of its own place."""
    spaces = [place for place, char in enumerate(line) if char == " "]
    if not spaces:
        return len(line) + 1, "", text
    heads = _least(line, text)
    tails = _least(line[::-1], text[::-1])
    cut = min(spaces, key=lambda place: heads[place] + tails[len(line) - place - 1])
    edits, rest, read = 0, text, {}
    for part in sorted((line[:cut], line[cut + 1 :]), key=len, reverse=True):
        more, start, end = best_place(part, rest)
        read[part] = rest[start:end]
        edits, rest = edits + more, f"{rest[:start]}\0{rest[end:]}"
    return edits, f"{read[line[:cut]]} {read[line[cut + 1 :]]}", rest


def _least(line: str, text: str) -> list[int]:
    """For every length of a beginning of the line: its least edits anywhere in the text."""
    codes = _codes(text)
    cost = np.zeros(len(codes) + 1, np.int32)
    positions = np.arange(len(cost), dtype=np.int32)
    least = [0]
    for char in line:
        took = np.concatenate((cost[:1] + 1, cost[:-1] + (codes != ord(char))))
        cost = np.minimum.accumulate(np.minimum(took, cost + 1) - positions) + positions
        least.append(int(cost.min()))
    return least


def best_place(line: str, text: str) -> tuple[int, int, int]:
    """Least edits that turn some part of the text into the line, and where that part starts and ends."""
    start = text.find(line)
    if start >= 0:
        return 0, start, start + len(line)
    codes = _codes(text)
    positions = np.arange(len(codes) + 1, dtype=np.int32)
    cost = np.zeros(len(codes) + 1, np.int32)
    origin = positions.copy()
    for char in line:
        took = np.concatenate((cost[:1] + 1, cost[:-1] + (codes != ord(char))))
        dropped = cost + 1
        use = np.concatenate(([True], took[1:] > dropped[1:]))
        merged = np.where(use, dropped, took)
        came = np.where(use, origin, np.concatenate((origin[:1], origin[:-1])))
        slack = merged - positions
        best = np.minimum.accumulate(slack)
        source = np.maximum.accumulate(np.where(slack <= best, positions, 0))
        cost, origin = best + positions, came[source]
    end = int(cost.argmin())
    return int(cost[end]), int(origin[end]), end


def _codes(text: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.frombuffer(nfc(text.replace("\n", " ")).encode("utf-32-le"), np.int32)
