"""The words of a level page, line by line: our own recogniser reads every line, a second reader those that matter.

A second reader of another make has other mistakes. It reads again what the first doubts, and the lines that fields
stand on. Where nobody knows which these are, it reads whatever may become a field: short lines, lines with a label,
with digits, with capitals. Running text that the first reader is sure of is read once. Where the two differ over a line
that matters, a third looks; where there is none, the second once more, at another size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from rapidfuzz.distance import Levenshtein

from ingest.layout import Block
from ingest.leaders import without_remains
from ingest.linereader import Letter, LineReader
from ingest.lines import STRIP_EM, LineSpot, lines_of, strip, x_on_page
from ingest.ocr import Ocr, PixelWord
from ingest.pagepicture import Pixels
from ingest.penspots import LetterSpot

_DOUBTED = 0.80
"""Mean confidence of a line below which it is cut anew at other sizes."""

_LOST = 0.45
_SURE_WORD = 0.75
_MOST_PARTS = 6
_SURE = 0.9
_SPECKS = re.compile(r"[\s.,;:`~|^*'’]")
_SIZES = (1.4, 0.72)
_RUNNING_SHARE = 0.6
_RUNNING_SURE = 0.5
_TELLING = re.compile(r":\s*\S|\d{9}")
_SECOND_EM = 30.0  # what tesseract reads in a fifth less time than at its best size, and no worse
_THIRD_EM = 24.0  # of five sizes and blurs tried on made-up faxes the one after which the readers most often agreed
_THIRD_SURE = 0.5
_TOGETHER = 80  # strips that it reads in one go: more than nearly every page has
_GAP = 18
_MARGIN = 24
_REPLACES = 0.15
_HALF_LETTER = 0.28  # of the em
_ASCENT, _DESCENT = 0.74, 0.22
_NOTHING = Letter("", 0.0, 0.0)


@dataclass(frozen=True)
class ReadLine:
    """A row of a block as it was read: `words` in pixels of the level page; `second` what the second reader saw there
    (None: it was not asked). `block` and `line` count from 0, the order of reading."""

    block: int
    line: int
    words: tuple[PixelWord, ...]
    second: tuple[PixelWord, ...] | None = None
    swapped: bool = False  # `words` are the second reader's, and `second` the first's
    letters: tuple[LetterSpot, ...] = ()  # as the first reader saw them


FieldLines = Callable[[Sequence[ReadLine]], Collection[tuple[int, int]] | None]
"""Told the lines as the first reader saw them: (block, line) of those that fields stand on; None where any may."""


@dataclass(frozen=True)
class _Stretch:
    spot: LineSpot
    letters: tuple[Letter, ...]

    @property
    def text(self) -> str:
        return "".join(letter.char for letter in self.letters)

    @property
    def mean(self) -> float:
        return float(np.mean([letter.confidence for letter in self.letters])) if self.letters else 0.0

    @property
    def least(self) -> float:
        return min((letter.confidence for letter in self.letters), default=0.0)


def read_lines(
    level: Pixels,
    dpi: float,
    blocks: Sequence[Block],
    first: LineReader,
    second: Ocr,
    fields: FieldLines | None = None,
    third: Ocr | None = None,
) -> list[ReadLine]:
    """All lines of a level page (grey, without rules and leaders) in reading order. Raises what `second` raises."""
    spots = lines_of(level, dpi, blocks)
    letters = first.read([strip(level, spot) for spot in spots])
    stretches = [_Stretch(spot, tuple(found)) for spot, found in zip(spots, letters, strict=True)]
    stretches = _carried_on(level, stretches, first)
    stretches = [one for one in _cut_anew(level, stretches, first) if not _is_speck(one)]
    rows = [list(row) for _, row in groupby(stretches, key=lambda one: (one.spot.block, one.spot.line))]
    lines = [_as_line(row) for row in rows]
    told = fields(lines) if fields is not None else None
    if told is None:
        matters = asked = _likely(rows, level.shape[1])
    else:
        matters = [(line.block, line.line) in told for line in lines]
        asked = [matter or _is_doubted(row) for row, matter in zip(rows, matters, strict=True)]
    again = _looks(level, rows, [n for n, ask in enumerate(asked) if ask], second, _SECOND_EM)
    differing = [n for n, seen in again.items() if matters[n] and _plain(lines[n].words) != _plain(seen)]
    if third is not None:
        looks, sure = _looks(level, rows, differing, third, _SECOND_EM), _THIRD_SURE
    else:
        looks, sure = _looks(level, rows, differing, second, _THIRD_EM), 1.0
    again |= {n: _borne_out(again[n], seen, lines[n].words, sure) for n, seen in looks.items()}
    return [_decided(rows[n], line, again[n]) if n in again else line for n, line in enumerate(lines)]


def _cut_anew(level: Pixels, stretches: list[_Stretch], first: LineReader) -> list[_Stretch]:
    """Lines that could hardly be read were perhaps cut at a wrong size: each at two others, and the best of all."""
    poor = [i for i, one in enumerate(stretches) if one.mean < _DOUBTED]
    if not poor:
        return stretches
    tries = [replace(stretches[i].spot, em=stretches[i].spot.em * size) for i in poor for size in _SIZES]
    read = first.read([strip(level, spot) for spot in tries])
    better = list(stretches)
    for n, i in enumerate(poor):
        for spot, letters in zip(tries[n * len(_SIZES) :], read[n * len(_SIZES) : (n + 1) * len(_SIZES)], strict=False):
            tried = _Stretch(spot, tuple(letters))
            if tried.mean > better[i].mean and len(tried.letters) >= 0.6 * len(better[i].letters):
                better[i] = tried
    return better


def _carried_on(level: Pixels, stretches: list[_Stretch], first: LineReader) -> list[_Stretch]:
    """Lines that may go on through a seal or a signature, with the words of that part that are surely read."""
    parts: dict[int, list[_Stretch]] = {}
    wide: list[LineSpot] = []
    for i, one in enumerate(stretches):
        if one.spot.reach is None:
            continue
        left, right = one.spot.reach
        held = [one, *(two for two in stretches[i + 1 : i + _MOST_PARTS] if _lies_in(two.spot, one.spot, right))]
        best = max(held, key=lambda part: (part.mean >= _DOUBTED) * len(part.letters))
        if best.mean >= _DOUBTED:  # its baseline and size are the line's: those of a seal's crumbs are not
            parts[i] = held
            wide.append(replace(best.spot, left=left, right=right, baseline=best.spot.at(left)))
    if not parts:
        return stretches
    longer: list[_Stretch | None] = list(stretches)
    for (i, held), spot, letters in zip(
        parts.items(), wide, first.read([strip(level, spot) for spot in wide]), strict=True
    ):
        grown = _grown(held, _Stretch(spot, tuple(letters)))
        if grown is not None:
            longer[i : i + len(held)] = [grown, *[None] * (len(held) - 1)]
    return [one for one in longer if one is not None]


def _lies_in(spot: LineSpot, first: LineSpot, right: float) -> bool:
    return (spot.block, spot.line) == (first.block, first.line) and first.left < spot.left and spot.right <= right


def _grown(parts: Sequence[_Stretch], wide: _Stretch) -> _Stretch | None:
    """The wide stretch cut to these parts of it, what lies between them, and the sure words on both sides; None where
    it is the worse for what it holds beside them."""
    words = [list(group) for space, group in groupby(wide.letters, key=lambda letter: letter.char == " ") if not space]
    middles = [x_on_page(wide.spot, (word[0].x + word[-1].x) / 2) for word in words]
    read = [one for one in parts if one.mean >= _DOUBTED]
    known = [n for n, x in enumerate(middles) if any(one.spot.left <= x <= one.spot.right for one in read)]
    if not known:
        return None
    first, last = known[0], known[-1]
    spoilt = min(one.confidence for n in known for one in words[n]) < min(_SURE_WORD, *(one.least for one in read))
    if spoilt or not all(_is_sure_word(words[n]) for n in range(first, last) if n not in known):
        return None
    while first > 0 and _is_sure_word(words[first - 1]):
        first -= 1
    while last + 1 < len(words) and _is_sure_word(words[last + 1]):
        last += 1
    from_, to = words[first][0].x, words[last][-1].x
    kept = [one for one in wide.letters if from_ <= one.x <= to]
    if len(kept) <= sum(len(one.letters) for one in parts):
        return None
    half = _HALF_LETTER * wide.spot.em
    left = x_on_page(wide.spot, from_) - half if first > 0 else wide.spot.left
    right = x_on_page(wide.spot, to) + half if last + 1 < len(words) else wide.spot.right
    left, right = min(left, parts[0].spot.left), max(right, parts[-1].spot.right)
    shift = (wide.spot.left - left) / wide.spot.em * STRIP_EM
    spot = replace(wide.spot, left=left, right=right, baseline=wide.spot.at(left))
    return _Stretch(spot, tuple(one._replace(x=one.x + shift) for one in kept))


def _is_sure_word(letters: Sequence[Letter]) -> bool:
    """At least two letters: a stroke alone is read as one, and surely."""
    written = [letter.confidence for letter in letters if letter.char.isalpha()]
    return len(written) >= 2 and float(np.mean(written)) >= _SURE_WORD


def _is_speck(one: _Stretch) -> bool:
    """Dirt, a stroke of a signature, a bit of a rule: hardly a letter, and unsure at that."""
    signs = sum(letter.char.isalnum() for letter in one.letters)
    if not one.letters or (signs == 0 and one.mean < _SURE):
        return True
    return one.mean < _LOST and signs <= 3


def _is_doubted(row: Sequence[_Stretch]) -> bool:
    """The first reader guessed at a letter, or is not sure of the row as a whole."""
    return any(one.least < _RUNNING_SURE or one.mean < _DOUBTED for one in row)


def _likely(rows: Sequence[list[_Stretch]], width: int) -> list[bool]:
    """For each row whether a field may stand on it, told from the row itself and the one above."""
    likely: list[bool] = []
    for row, above in zip(rows, [None, *rows], strict=False):
        goes_on = above is not None and not likely[-1] and above[0].spot.block == row[0].spot.block
        likely.append(_matters(row, width, goes_on=goes_on))
    return likely


def _matters(row: list[_Stretch], width: int, *, goes_on: bool) -> bool:
    """A field may stand on the row, or the first reader is not sure of it. What does not matter is running text that
    was surely read: a row from margin to margin, or the rest of a sentence below one, without a label and its value or
    an ID number."""
    if any(one.least < _RUNNING_SURE or _TELLING.search(one.text) for one in row):
        return True
    if goes_on and row[0].text[:1].islower():
        return False
    return sum(one.spot.right - one.spot.left for one in row) < _RUNNING_SHARE * width


def _looks(
    level: Pixels, rows: Sequence[list[_Stretch]], chosen: Sequence[int], second: Ocr, em: float
) -> dict[int, tuple[PixelWord, ...]]:
    """What the second reader sees on each of the chosen rows, cut at a size of `em`; a page in a thousand pieces takes
    no more memory."""
    spots = [(n, one.spot) for n in chosen for one in rows[n]]
    found: dict[int, list[PixelWord]] = {n: [] for n in chosen}
    for first in range(0, len(spots), _TOGETHER):
        for row, word in _seen_on(level, spots[first : first + _TOGETHER], second, em):
            found[row].append(word)
    return {n: tuple(sorted(words, key=lambda w: w.left)) for n, words in found.items()}


def _plain(words: Sequence[PixelWord]) -> str:
    """A line without spaces, stops and specks, over which readers differ without having seen anything else."""
    return _SPECKS.sub("", "".join(word.text for word in words))


def _borne_out(
    one: Sequence[PixelWord], two: Sequence[PixelWord], first: Sequence[PixelWord], sure: float
) -> tuple[PixelWord, ...]:
    """What the second reader saw of a row, and where the other look (`two`) saw what the first reader saw, that: if it
    is surer than the second, or as sure as is told. A word that both looks see otherwise than the first reader stays as
    unsure as it was."""
    known = {word.text for word in first}
    kept: list[PixelWord] = []
    for step in Levenshtein.opcodes([word.text for word in one], [word.text for word in two]):
        mine, other = one[step.src_start : step.src_end], two[step.dest_start : step.dest_end]
        if step.tag == "equal":
            pairs = zip(mine, other, strict=True)
            kept += [
                max(pair, key=lambda word: word.confidence) if pair[0].text in known else pair[0] for pair in pairs
            ]
        else:
            borne_out = known.issuperset(word.text for word in other)
            kept += other if borne_out and _least(other) > min(_least(mine), sure) else mine
    return tuple(sorted(kept, key=lambda word: word.left))


def _least(words: Sequence[PixelWord]) -> float:
    return min((word.confidence for word in words), default=0.0)


def _seen_on(
    level: Pixels, spots: Sequence[tuple[int, LineSpot]], second: Ocr, em: float
) -> Iterator[tuple[int, PixelWord]]:
    """(row, word) of all that the second reader sees on (row, spot): their strips one below the other, in one go."""
    strips = [strip(level, spot, em) for _, spot in spots]
    height = strips[0].shape[0] + _GAP
    sheet = np.full((height * len(strips) + _GAP, max(s.shape[1] for s in strips) + 2 * _MARGIN), 255, np.uint8)
    for n, picture in enumerate(strips):
        top = n * height + _GAP
        sheet[top : top + picture.shape[0], _MARGIN : _MARGIN + picture.shape[1]] = picture
    for word in second.words(sheet, em / 13 * 72, block=True):  # as if the print were of 13 points
        n = min(len(spots) - 1, max(0, int((word.top + word.height / 2 - _GAP / 2) // height)))
        row, spot = spots[n]
        scale = em / spot.em
        x = x_on_page(spot, (word.left - _MARGIN) * STRIP_EM / em)
        y = spot.at(x) + (word.top - n * height - _GAP) / scale - spot.em
        text = without_remains(word.text)
        if text:
            size = word.width / scale, word.height / scale
            yield row, PixelWord(text, x, y, *size, word.confidence, word.line)


def _as_line(row: Sequence[_Stretch]) -> ReadLine:
    spot = row[0].spot
    words, letters = tuple(word for one in row for word in _words(one)), tuple(_letter_spots(row))
    return ReadLine(spot.block, spot.line, words, letters=letters)


def _decided(row: Sequence[_Stretch], line: ReadLine, second: tuple[PixelWord, ...]) -> ReadLine:
    """The line with what the second reader saw, whose words are its own where the first was lost and it clearly was
    not."""
    sure = float(np.mean([letter.confidence for one in row for letter in one.letters]))
    if second and sure < _DOUBTED and _mean(second) > sure + _REPLACES:
        return replace(line, words=second, second=line.words, swapped=True)
    return replace(line, second=second)


def _letter_spots(row: Sequence[_Stretch]) -> Iterator[LetterSpot]:
    for one in row:
        for letter in one.letters:
            x = x_on_page(one.spot, letter.x)
            yield LetterSpot(letter.char, x, one.spot.at(x), one.spot.em)


def _among_digits(letters: list[Letter]) -> list[Letter]:
    """An unsure letter between two digits is one: the likeliest, as unsure as it is. Sure ones stay: machine-readable
    lines and serial numbers have them."""
    return [
        letter._replace(char=letter.digit, confidence=letter.digit_confidence)
        if letter.char.isalpha() and letter.confidence < _SURE and before.char.isdigit() and after.char.isdigit()
        else letter
        for before, letter, after in zip([_NOTHING, *letters], letters, [*letters[1:], _NOTHING], strict=False)
    ]


def _mean(words: Sequence[PixelWord]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _words(one: _Stretch) -> list[PixelWord]:
    """Letters between spaces; a word is as sure as its least sure letter."""
    words: list[PixelWord] = []
    half = _HALF_LETTER * one.spot.em
    for is_space, group in groupby(one.letters, key=lambda letter: letter.char == " "):
        if is_space:
            continue
        letters = _among_digits(list(group))
        left = max(one.spot.left - half, x_on_page(one.spot, letters[0].x) - half)
        right = min(one.spot.right + half, x_on_page(one.spot, letters[-1].x) + half)
        base = one.spot.at((left + right) / 2)
        text = without_remains("".join(letter.char for letter in letters))
        if not text:
            continue
        words.append(
            PixelWord(
                text,
                left,
                base - _ASCENT * one.spot.em,
                max(1.0, right - left),
                (_ASCENT + _DESCENT) * one.spot.em,
                min(letter.confidence for letter in letters),
                one.spot.line,
            )
        )
    return words
