"""A further reader for numbers and days that a pen wrote between print ("Số: 84/QĐ", "ngày 03 tháng").

Of another make than the recogniser of lines: the pen's marks are cut into pieces, every run of neighbouring pieces is
brought to one size and named by a small network (a digit, or no digit), and the likeliest way through all pieces is the
reading. It says nothing where a mark remains that it can't name. Its weights are made by training/traindigits.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import onnxruntime

from ingest.pagepicture import Pixels
from schemas.errors import ReaderWeightsBroken

WEIGHTS = Path(__file__).parent / "weights" / "digits.onnx"
SIDE, _CORE = 28, 20
"""A piece is brought to 20 pixels in its longer direction and set into the middle of a square of 28."""

NO_DIGIT = 10
"""The network's classes: ten digits, then what is none."""

_INK_SHARE = 0.6
_ABOVE, _BELOW = 1.35, 0.55  # of the em: how far above and below the baseline a pen may reach
_HIGHER, _LOWER = 0.6, 0.15  # of the em: what ends above, or begins below, is of another line
_LEAST = 0.3  # of the em: marks lower and narrower than this are dots of leaders, commas, dirt
_FLAT = 0.16  # of the em: what is lower is a dash, a leader or a rule
_LEADER = 0.12  # of the em above the baseline: what ends below is a leader's dot
_LOST = 0.03  # of the pieces' pixels: where more lies in crumbs, a stroke fell to pieces
_GAP = 0.5  # of the em: where more is white between two digits, one was lost
_TALLEST = 1.75
_LETTER, _OFF, _HALF_LETTER = 0.35, 0.28, 0.15  # of the em
_COLON = 0.48  # of the em: from a colon's middle to where a pen may begin, and the colon's own place
_ASIDE = 0.07  # of the em: a pen's mark is so far from the middle of the letter beside it
_LATE = 0.1  # of the em: so far right of their middles the reader of lines sees letters; measured, 0.05 … 0.15
_OVERLAP = 0.5
_WIDE = 0.8  # of its height: a mark as wide as this may be two digits
_CUTS, _CUT_APART = 3, 0.12
_MOST_PIECES, _MOST_JOINED = 12, 4
_WIDEST = 1.5  # of its height: no digit is wider
_SHORTEST = 0.5  # of the tallest: no digit of one hand is lower
_MOST_DIGITS = 5
_NOTHING = 1e-6

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
PixelBox = tuple[float, float, float, float]


@dataclass(frozen=True)
class PenSpot:
    """Where a pen may have written, in pixels of the level page: on `baseline`, beside print of the size `em`, between
    the printed letters whose middles' x are `before` (two, the second is next to the pen) and `after` (two, the first
    is next to the pen). `low` where the one before is no letter but a colon. The x are as good as a reader of lines can
    tell: a quarter of an em."""

    kind: Literal["number", "day"]
    before: tuple[float, float]
    after: tuple[float, float]
    baseline: float
    em: float
    low: bool = False


@dataclass(frozen=True)
class PenReading:
    """Digits read at a spot: how sure the reader is of the weakest (0..1), and left, top, right, bottom in pixels."""

    text: str
    confidence: float
    box: PixelBox


@dataclass(frozen=True)
class _Piece:
    """A mark or a part of one: `ink` (0..1) on the whole crop, nought beside it, and its left, top, right, bottom."""

    ink: Floats
    box: tuple[int, int, int, int]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]


class DigitReader:
    """Reads pen spots. Raises ReaderWeightsBroken when made, if the weights can't be used."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
            version = self._session.get_modelmeta().custom_metadata_map["version"]
        except Exception as failure:  # onnxruntime's own classes of errors are private to it
            raise ReaderWeightsBroken(path=weights.name) from failure
        self.name = f"motlan-digits-{version}"

    def read(self, level: Pixels, spot: PenSpot) -> PenReading | None:
        """What a pen wrote at the spot of a level page (grey, dark on white); None where it can't be said."""
        pieces, corner = pieces_at(level, spot)
        if not pieces:
            return None
        joined = [
            (first, last, _union(pieces[first : last + 1]))
            for first in range(len(pieces))
            for last in range(first, min(len(pieces), first + _MOST_JOINED))
        ]
        lowest = _SHORTEST * max(piece.height for piece in pieces)
        joined = [one for one in joined if one[2].width <= _WIDEST * one[2].height and one[2].height >= lowest]
        if not joined:
            return None
        chances = self.chances(np.stack([normalised(_cut(piece)) for _, _, piece in joined]))
        ways = {(first, last): row for (first, last, _), row in zip(joined, chances, strict=True)}
        text, confidence = _likeliest(ways, len(pieces))
        if not text or len(text) > _MOST_DIGITS or (spot.kind == "day" and not _is_day(text)):
            return None
        box = _union(pieces).box
        x, y = corner
        return PenReading(text, confidence, (x + box[0], y + box[1], x + box[2], y + box[3]))

    def chances(self, pictures: Floats) -> Floats:
        """[n, 28, 28] normalised pictures → [n, 11] probabilities."""
        scores = self._session.run(None, {"x": pictures[:, None]})[0]
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def normalised(ink: Floats) -> Floats:
    """A piece's ink (0 paper … 1, [h, w]) in the middle of a square, in one size and one strength."""
    height, width = ink.shape
    scale = _CORE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    sheet = np.zeros((SIDE, SIDE), np.float32)
    x, y = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    sheet[y : y + size[1], x : x + size[0]] = small
    strongest = float(sheet.max())
    return sheet / strongest if strongest > 0 else sheet


def ink_of_crop(crop: Pixels, darkest: float | None = None) -> tuple[Floats, Bools]:
    """How dark each pixel is, 1 for the darkest ink (the crop's own, if none is given), and which pixels are marks."""
    level = float(np.sort(crop, axis=None)[crop.size // 100]) if darkest is None else darkest
    ink = np.clip((255.0 - crop.astype(np.float32)) / max(40.0, 255.0 - level), 0, 1).astype(np.float32)
    return ink, ink > 1 - _INK_SHARE


def pieces_at(level: Pixels, spot: PenSpot) -> tuple[list[_Piece], tuple[int, int]]:
    """The pen's pieces from left to right, and the crop's left top corner; none where there is nothing, where a mark
    touches print or fell to pieces, or where there are too many."""
    em = spot.em
    x0, x1 = max(0, round(spot.before[0] - em)), min(level.shape[1], round(spot.after[1] + em))
    y0, y1 = max(0, round(spot.baseline - _ABOVE * em)), min(level.shape[0], round(spot.baseline + _BELOW * em))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return [], (x0, y0)
    crop = level[y0:y1, x0:x1]
    first, last = _borders(_marks(ink_of_crop(crop)[1])[1], x0, spot)
    inner = crop[:, max(0, round(first - x0 + _HALF_LETTER * em)) : max(0, round(last - x0 - _HALF_LETTER * em))]
    if inner.shape[1] < 4:
        return [], (x0, y0)
    ink, marks = ink_of_crop(crop, float(np.sort(inner, axis=None)[inner.size // 300]))  # a pen may be paler than print
    labels, stats = _marks(marks)
    kept, lost, pieces = 0, 0, list[_Piece]()
    for label, (left, top, width, height, area) in enumerate(stats.tolist(), 1):
        middle, lowest = x0 + left + width / 2, y0 + top + height
        if not first + _ASIDE * em < middle < last - _ASIDE * em:
            if spot.low and height >= _LETTER * em and 0 < first + _ASIDE * em - middle < _COLON * em:
                return [], (x0, y0)  # no colon is that tall: a digit runs into it
            continue  # print
        if lowest < spot.baseline - _HIGHER * em or y0 + top > spot.baseline + _LOWER * em:
            continue  # of a line above or below
        if max(width, height) < _LEAST * em or height < _FLAT * em:
            lost += area if lowest < spot.baseline - _LEADER * em else 0
            continue
        if x0 + left < spot.before[0] or x0 + left + width > spot.after[1] or height > _TALLEST * em:
            return [], (x0, y0)
        around = cv2.dilate((labels == label).astype(np.uint8), np.ones((3, 3), np.uint8))
        pieces.append(_Piece(ink * around, (left, top, left + width, top + height)))
        kept += area
    pieces = _one_above_another(pieces)
    torn = any(b.box[0] - a.box[2] > _GAP * em for a, b in pairwise(pieces)) or lost > _LOST * kept
    pieces = [part for piece in pieces for part in _cut_up(piece)]
    return (pieces if len(pieces) <= _MOST_PIECES and not torn else []), (x0, y0)


def _marks(marks: Bools) -> tuple[np.ndarray[Any, np.dtype[np.int32]], np.ndarray[Any, np.dtype[np.int32]]]:
    """Connected marks: the picture of their numbers, from 1, and [n, 5] of left, top, width, height, pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32), np.asarray(stats[1:], np.int32)


def _borders(stats: np.ndarray[Any, np.dtype[np.int32]], x0: int, spot: PenSpot) -> tuple[float, float]:
    """The x that the middles of the pen's marks lie between: the middles of the very letters next to it, which are the
    marks nearest to where they were read; a colon's dots are no such marks."""
    em = spot.em
    tall = stats[stats[:, 3] >= _LETTER * em]
    middles = x0 + tall[:, 0] + tall[:, 2] / 2
    edges = []
    for x, side in ((spot.before[1] - _LATE * em, 1), (spot.after[0] - _LATE * em, -1)):
        near = middles[np.abs(middles - x) < _OFF * em]
        if len(near) and not (spot.low and side == 1):
            edges.append(float(near[np.abs(near - x).argmin()]))
        else:
            edges.append(x + side * _HALF_LETTER * em)
    return edges[0], edges[1]


def _one_above_another(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces that stand over each other are parts of one digit: the hat of a five, a stroke that broke."""
    rows: list[_Piece] = []
    for piece in sorted(pieces, key=lambda one: one.box[0]):
        before = rows[-1] if rows else None
        if before is not None:
            shared = min(before.box[2], piece.box[2]) - max(before.box[0], piece.box[0])
            beside = min(before.box[3], piece.box[3]) - max(before.box[1], piece.box[1])
            narrower, lower = min(before.width, piece.width), min(before.height, piece.height)
            if shared > _OVERLAP * narrower and beside < _OVERLAP * lower:
                rows[-1] = _union([before, piece])
                continue
        rows.append(piece)
    return rows


def _cut_up(piece: _Piece) -> list[_Piece]:
    """A wide mark cut where there is least ink from top to bottom: digits that touch come apart there; the parts of one
    digit are joined again in reading."""
    if piece.width <= _WIDE * piece.height:
        return [piece]
    left, _, right, _ = piece.box
    columns = piece.ink[:, left:right].sum(axis=0)
    columns = np.convolve(np.pad(columns, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    apart = max(2, round(_CUT_APART * piece.height))
    wells = [
        at
        for at in range(apart, len(columns) - apart)
        if columns[at] == columns[at - apart : at + apart + 1].min() and columns[at] < 0.6 * columns.max()
    ]
    cuts: list[int] = []
    for at in sorted(wells, key=lambda well: columns[well]):
        if len(cuts) < _CUTS and all(abs(at - other) > apart for other in cuts):
            cuts.append(at)
    edges = [left, *(left + at for at in sorted(cuts)), right]
    return [part for a, b in pairwise(edges) if (part := _slice(piece, a, b)) is not None]


def _slice(piece: _Piece, left: int, right: int) -> _Piece | None:
    ink = np.zeros_like(piece.ink)
    ink[:, left:right] = piece.ink[:, left:right]
    rows, columns = np.flatnonzero(ink.max(axis=1) > 1 - _INK_SHARE), np.flatnonzero(ink.max(axis=0) > 1 - _INK_SHARE)
    if not len(rows):
        return None
    return _Piece(ink, (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))


def _union(pieces: Sequence[_Piece]) -> _Piece:
    boxes = np.array([piece.box for piece in pieces])
    ink = np.maximum.reduce([piece.ink for piece in pieces])
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    return _Piece(ink, (left, top, right, bottom))


def _cut(piece: _Piece) -> Floats:
    left, top, right, bottom = piece.box
    return piece.ink[top:bottom, left:right]


def _likeliest(ways: dict[tuple[int, int], Floats], count: int) -> tuple[str, float]:
    """The best text over all ways through the pieces, and how sure: the chance of its weakest digit, times the text's
    share among all texts that could be read."""
    found: list[dict[str, tuple[float, float]]] = [{"": (1.0, 1.0)}, *({} for _ in range(count))]  # (all, weakest)
    for end in range(1, count + 1):
        for first in range(max(0, end - _MOST_JOINED), end):
            row = ways.get((first, end - 1))
            if row is None:
                continue
            for number in range(10):
                chance = float(row[number])
                if chance < _NOTHING:
                    continue
                for text, (total, weakest) in found[first].items():
                    longer = text + str(number)
                    before = found[end].get(longer, (0.0, 0.0))
                    found[end][longer] = before[0] + total * chance, max(before[1], min(weakest, chance))
        found[end] = dict(sorted(found[end].items(), key=lambda one: -one[1][0])[:40])
    texts = found[count]
    if not texts:
        return "", 0.0
    best = max(texts, key=lambda text: texts[text][0])
    share = texts[best][0] / sum(total for total, _ in texts.values())
    return best, round(texts[best][1] * share, 4)


def _is_day(text: str) -> bool:
    return len(text) <= 2 and 1 <= int(text) <= 31
