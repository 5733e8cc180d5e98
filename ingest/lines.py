"""Where the lines of a level page are: chains of letters with their baseline and type size, and the strips cut along
them for a recogniser of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import cv2
import numpy as np

from ingest.cleaning import components
from ingest.layout import Block
from ingest.pagepicture import Pixels

STRIP_HEIGHT = 40
STRIP_EM = 30.0
STRIP_BASELINE = 30.0
"""A strip is 40 pixels high; 30 pixels are one em, and the baseline lies 30 pixels below its top."""

STRIP_WIDEST = 2400

_X_HEIGHT = 0.45  # of the em, in Times; wider-bodied faces come out a little smaller in the strip, which does no harm
_CAP_HEIGHT = 0.68
_INK_SHARE = 0.6
_PAPER = 225
_LETTER_MM = (0.7, 9.0)
_LETTER_WIDTH_MM = 25.0
_MIN_PIXELS = 6
_USUAL_MM = (1.0, 4.5)
_CORE_SHARE = 0.62
_SMALLER, _SMALLER_SHARE = (0.6, 0.76), 0.3
_TALL_EMS = 2.0
_REACH = 1.15  # how far a letter reaches for the next one, in its own heights
_BAND = (0.32, 0.74)
_ROOM_EMS = 0.3
_CAUGHT_EMS = 0.9
_MIXED = 1.22
_TWO_SIZES = 1.15
_STEEP = 0.03
_ROW_EMS = 0.45
_TWO_ROWS_EMS = 0.8
_MOST_LARGE = 40
_BODY_EMS = (0.45, 0.05)
_WORD_GAP_EMS = 0.6
_FARTHEST_EMS = 14.0

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class LineSpot:
    """A stretch of a line, in pixels of the level page: from x `left` to `right`; the baseline's y at the left end and
    its slope (dy/dx); the em. `block` is the block it lies in, `line` its row within that block, both from 0;
    stretches of one row are numbered alike and come from left to right. `reach` is how far to the left and to the right
    it may go on, with the stretches after it that lie within, through something large that ties letters to itself: a
    seal, a stamp's frame, a signature."""

    left: float
    right: float
    baseline: float
    slope: float
    em: float
    block: int
    line: int = 0
    reach: tuple[float, float] | None = None

    def at(self, x: float) -> float:
        """The baseline's y at x."""
        return self.baseline + self.slope * (x - self.left)


def lines_of(level: Pixels, dpi: float, blocks: Sequence[Block]) -> list[LineSpot]:
    """The lines of a level page without rules and leaders, block by block, row by row, from left to right."""
    letters, large = _letters(level, dpi)
    if not len(letters):
        return []
    usual = _usual_height(letters, dpi)
    core = (letters[:, 3] >= _CORE_SHARE * usual) & (letters[:, 3] <= _TALL_EMS * usual / _X_HEIGHT)
    chains = _chains(letters[core], blocks)
    small = letters[~core & (letters[:, 3] < usual)]
    spots = _without_marks([found for block, chain in chains for found in _spots(chain, block, usual)])
    spots = [_stretched(spot, small, blocks[spot.block]) for spot in spots]
    spots = [spot for spot in spots if not any(_holds(other, spot) for other in spots)]
    ordered = _in_order(spots)
    return ordered if large is None else _reaching(ordered, *large, blocks)


def strip(level: Pixels, spot: LineSpot, em: float = STRIP_EM) -> Pixels:
    """The line's picture with `em` pixels per em, uint8 [4/3 em, width]: with 30, what the recogniser knows."""
    scale, height = em / spot.em, round(em * STRIP_HEIGHT / STRIP_EM)
    room = _ROOM_EMS * spot.em
    left, right = spot.left - room, spot.right + room
    width = int(min(STRIP_WIDEST, max(16, round((right - left) * scale))))
    above, below = spot.em * STRIP_BASELINE / STRIP_EM, spot.em * (STRIP_HEIGHT - STRIP_BASELINE) / STRIP_EM
    if abs(spot.slope) * (right - left) < 0.08 * spot.em:
        y = spot.at((spot.left + spot.right) / 2)
        cut = _cut(level, round(left), round(y - above), round(right), round(y + below))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(cut, (width, height), interpolation=method), dtype=np.uint8)
    top = spot.at(left) - above
    back = np.array([[1 / scale, 0, left], [spot.slope / scale, 1 / scale, top]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(level, back, (width, height), flags=flags, borderValue=255), dtype=np.uint8)


def x_on_page(spot: LineSpot, x: float) -> float:
    """The page's x of a strip's x."""
    return spot.left + (x / STRIP_EM - _ROOM_EMS) * spot.em


def _cut(level: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """Part of the page, white where it reaches beyond."""
    height, width = level.shape
    inside = level[max(0, top) : max(0, min(height, bottom)), max(0, left) : max(0, min(width, right))]
    if inside.shape == (bottom - top, right - left):
        return inside
    sheet = np.full((max(1, bottom - top), max(1, right - left)), 255, np.uint8)
    y, x = max(0, -top), max(0, -left)
    sheet[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return sheet


def _letters(level: Pixels, dpi: float) -> tuple[Ints, tuple[Bools, Bools] | None]:
    """Dark marks of a letter's size: N×5 of left, top, width, height, pixels. What counts as dark follows the ink: pale
    print is dark enough on white paper. With what is dark, and what of it is too large for letters (None: nothing)."""
    sample = level[::4, ::4]
    inked = sample[sample < _PAPER]
    ink = float(np.percentile(inked, 10)) if len(inked) else 0.0
    threshold = ink + _INK_SHARE * (255 - ink)
    dark = np.asarray(level < threshold)
    labels, stats = components(dark.view(np.uint8))
    mm = dpi / 25.4
    w, h, area = (stats[1:, i] for i in range(2, 5))
    fits = (h >= _MIN_PIXELS / 3) & (h <= _LETTER_MM[1] * mm) & (w <= _LETTER_WIDTH_MM * mm) & (area >= _MIN_PIXELS)
    numbers = 1 + np.flatnonzero((h > _LETTER_MM[1] * mm) | (w > _LETTER_WIDTH_MM * mm))
    found = np.asarray(stats[1:][fits], dtype=np.int64)
    if not 0 < len(numbers) <= _MOST_LARGE:
        return found, None
    large = np.zeros(level.shape, bool)
    for number in numbers.tolist():
        left, top, wide, high = stats[number, :4].tolist()
        box = slice(top, top + high), slice(left, left + wide)
        large[box] |= labels[box] == number
    return found, (dark, large)


def _reaching(spots: list[LineSpot], dark: Bools, large: Bools, blocks: Sequence[Block]) -> list[LineSpot]:
    """The stretches with their reach, where there is one. Where a stretch goes on to the next one in its row, its reach
    is that of both."""
    found: list[LineSpot] = []
    for _, group in groupby(spots, key=lambda spot: (spot.block, spot.line)):
        row = list(group)
        block = blocks[row[0].block]
        limits = [float(block.left), *(spot.left for spot in row[1:]), float(block.right)]
        rights = [spot.right + _goes_on(spot, dark, large, spot.right, limits[n + 1]) for n, spot in enumerate(row)]
        first = 0
        for n, spot in enumerate(row):
            if n + 1 < len(row) and rights[n] > spot.right and rights[n] > row[n + 1].left - _WORD_GAP_EMS * spot.em:
                continue
            begin = row[first]
            start = limits[0] if first == 0 else rights[first - 1]
            left = begin.left - _goes_on(begin, dark, large, begin.left, start)
            if first < n or (left, rights[n]) != (begin.left, spot.right):
                begin = replace(begin, reach=(left, rights[n]))
            found += [begin, *row[first + 1 : n + 1]]
            first = n + 1
    return found


def _goes_on(spot: LineSpot, dark: Bools, large: Bools, x: float, limit: float) -> float:
    """How many pixels the line goes on from x towards `limit`, gaps of words apart; 0 unless the next of it is a part
    of something large."""
    base = spot.at(x)
    rows = slice(max(0, round(base - _BODY_EMS[0] * spot.em)), max(0, round(base - _BODY_EMS[1] * spot.em)))
    far = min(abs(limit - x), _FARTHEST_EMS * spot.em)
    columns = slice(round(x), round(x + far)) if limit > x else slice(max(0, round(x - far)), max(0, round(x)))
    outwards = 1 if limit > x else -1
    ink, of_large = (np.asarray(part[rows, columns].any(axis=0))[::outwards] for part in (dark, large))
    gap = max(1, round(_WORD_GAP_EMS * spot.em))
    if not of_large[:gap].any():
        return 0.0
    at = np.flatnonzero(ink)
    wide = np.flatnonzero(np.diff(at) > gap)
    return float((at[wide[0]] if len(wide) else at[-1]) + 1)


def _usual_height(letters: Ints, dpi: float) -> float:
    """The page's x-height: the height that most marks have, among heights of letters; where those are the capitals and
    digits of a form, the small letters' that are two thirds as high."""
    mm = dpi / 25.4
    heights = letters[:, 3]
    heights = heights[(heights >= _USUAL_MM[0] * mm) & (heights <= _USUAL_MM[1] * mm)]
    if not len(heights):
        return 1.7 * mm
    counts = np.bincount(heights).astype(float)
    smooth = np.convolve(counts, [0.5, 1.0, 0.5], mode="same")
    most = int(smooth.argmax())
    low, high = round(_SMALLER[0] * most), round(_SMALLER[1] * most) + 1
    smaller = low + int(smooth[low:high].argmax()) if high > low else most
    return float(smaller if smooth[smaller] > _SMALLER_SHARE * smooth[most] else most)


def _chains(letters: Ints, blocks: Sequence[Block]) -> list[tuple[int, Ints]]:
    """(block, letters) of each chain: letters that reach each other sideways at one height. Each is drawn as a bar as
    long as it reaches, at half the scale; bars that touch are one chain."""
    if not len(letters):
        return []
    x, y, w, h = (letters[:, i].astype(float) for i in range(4))
    reach = _REACH * np.minimum(h, 2.2 * w + h / 2)
    bars = np.stack([x - reach, y + _BAND[0] * h, x + w + reach, y + _BAND[1] * h], axis=1) / 2
    at = np.round(bars).astype(int)
    middle_x, middle_y = x + w / 2, y + h / 2
    chains: list[tuple[int, Ints]] = []
    for number, block in enumerate(blocks):
        inside = (middle_x >= block.left) & (middle_x < block.right)
        inside &= (middle_y >= block.top) & (middle_y < block.bottom)
        chosen = np.flatnonzero(inside)
        if not len(chosen):
            continue
        corner = block.left // 2, block.top // 2
        sheet = np.zeros((block.bottom // 2 - corner[1] + 2, block.right // 2 - corner[0] + 2), np.uint8)
        for x0, y0, x1, y1 in (at[chosen] - [*corner, *corner]).tolist():
            cv2.rectangle(sheet, (x0, y0), (x1, max(y0, y1)), 1, -1)
        _, labels = cv2.connectedComponents(sheet, connectivity=4)
        chain = labels[(middle_y[chosen] / 2).astype(int) - corner[1], (middle_x[chosen] / 2).astype(int) - corner[0]]
        order = np.argsort(chain, kind="stable")
        cuts = np.flatnonzero(np.diff(chain[order])) + 1
        chains += [(number, letters[chosen[part]]) for part in np.split(order, cuts)]
    return chains


def _without_marks(found: list[tuple[LineSpot, Ints]]) -> list[LineSpot]:
    """Chains that are no lines of their own are left out: accents that reach each other above a line, and pieces of a
    line that something tall tore apart. They lie within the strip of a line of more letters."""
    kept: list[LineSpot] = []
    for spot, chain in sorted(found, key=lambda one: -len(one[1])):
        top, bottom = _quantile(chain[:, 1], 0.5), _quantile(chain[:, 1] + chain[:, 3], 0.5)
        middle = (spot.left + spot.right) / 2
        if not any(
            other.block == spot.block
            and other.left - other.em / 2 < spot.left
            and spot.right < other.right + other.em / 2
            and other.at(middle) - 1.05 * other.em < top
            and bottom < other.at(middle) + 0.33 * other.em
            for other in kept
        ):
            kept.append(spot)
    return kept


def _holds(other: LineSpot, spot: LineSpot) -> bool:
    """Whether a wider stretch has the same baseline there: what is left of a seal may chain up along a name."""
    half = other.em / 2
    middle = (spot.left + spot.right) / 2
    return (
        other.block == spot.block
        and other.right - other.left > spot.right - spot.left
        and other.left - half < spot.left
        and spot.right < other.right + half
        and abs(other.at(middle) - spot.at(middle)) < half / 2
    )


def _spots(chain: Ints, block: int, usual: float) -> list[tuple[LineSpot, Ints]]:
    """The lines of one chain: mostly one; two where something tall ties two lines together."""
    middle = chain[:, 1] + chain[:, 3] / 2
    if len(chain) >= 6 and _quantile(middle, 0.94) - _quantile(middle, 0.06) > _TWO_ROWS_EMS * usual / _X_HEIGHT:
        order = np.argsort(middle)
        gaps = np.diff(middle[order])
        gaps[: max(1, len(gaps) // 12)] = 0
        gaps[-max(1, len(gaps) // 12) :] = 0
        cut = int(gaps.argmax()) + 1
        if gaps[cut - 1] > 0.25 * usual:
            return [s for part in (order[:cut], order[cut:]) for s in _spots(chain[np.sort(part)], block, usual)]
    spot = _spot(chain, block, usual)
    return [(spot, chain)] if spot is not None else []


def _spot(chain: Ints, block: int, usual: float) -> LineSpot | None:
    x, y, w, h = (chain[:, i].astype(float) for i in range(4))
    left, right = float(x.min()), float((x + w).max())
    if len(chain) < 2 and (h[0] < 0.9 * usual or w[0] > 4 * h[0]):
        return None
    bottoms = y + h
    baseline, slope = _baseline(x + w / 2, bottoms, usual / _X_HEIGHT)
    above = baseline + slope * (x + w / 2) - y
    em = _em(above[above > 0.5 * usual], usual)
    return LineSpot(left, right, baseline + slope * left, slope, em, block)


def _quantile(values: Floats | Ints, share: float) -> float:
    """As `np.quantile`, in a tenth of its time where there are few values."""
    ordered = np.sort(values)
    below, rest = divmod(share * (len(ordered) - 1), 1)
    low = float(ordered[int(below)])
    return low + rest * (float(ordered[int(below) + 1]) - low) if rest else low


def _baseline(x: Floats, bottoms: Floats, em: float) -> tuple[float, float]:
    """(y at x = 0, slope) of the line most letters stand on."""
    level = _quantile(bottoms, 0.5)
    near = np.abs(bottoms - level) < 0.22 * em
    if near.sum() < 8 or np.ptp(x[near]) < 8 * em:
        return level, 0.0
    slope = 0.0
    for _ in range(2):
        away, rise = x[near] - x[near].mean(), bottoms[near] - bottoms[near].mean()
        slope = float(away @ rise / (away @ away))
        start = float(bottoms[near].mean() - slope * x[near].mean())
        near = np.abs(bottoms - (start + slope * x)) < 0.12 * em
        if near.sum() < 8 or np.ptp(x[near]) < 8 * em:
            return level, 0.0
    if abs(slope) > _STEEP:
        return level, 0.0
    return _quantile(bottoms[near] - slope * x[near], 0.5), slope


def _em(above: Floats, usual: float) -> float:
    """The em from how far the letters rise above the baseline: two heights among them are small and tall letters, one
    alone is what fits the page better, small letters or capitals and digits. Capitals of larger type than the label
    before them set the em, or their accents would be cut off."""
    if not len(above):
        return usual / _X_HEIGHT
    low, high = _quantile(above, 0.25), _quantile(above, 0.75)
    if len(above) >= 4 and high > _MIXED * low:
        between = (low * high) ** 0.5
        small = _quantile(above[above < between], 0.5) / _X_HEIGHT
        tall = _quantile(above[above >= between], 0.5) / _CAP_HEIGHT
        return tall if tall > _TWO_SIZES * small else small
    middle = _quantile(above, 0.5)
    capitals = middle > 1.2 * usual or (len(above) >= 6 and middle < 0.8 * usual)
    return middle / (_CAP_HEIGHT if capitals else _X_HEIGHT)


def _stretched(spot: LineSpot, small: Ints, block: Block) -> LineSpot:
    """The line with the dashes, dots and quotes before its first and after its last letter."""
    if not len(small):
        return spot
    x0, x1 = small[:, 0], small[:, 0] + small[:, 2]
    y = small[:, 1] + small[:, 3] / 2
    base = spot.baseline + spot.slope * (x0 - spot.left)
    beside = (y < base + 0.2 * spot.em) & (y > base - 0.8 * spot.em) & (x0 >= block.left) & (x1 <= block.right)
    left, right = spot.left, spot.right
    reach = _CAUGHT_EMS * spot.em
    for start, end in sorted(zip(x0[beside].tolist(), x1[beside].tolist(), strict=True), reverse=True):
        if end <= left + 1 and end > left - reach:
            left = float(start)
    for start, end in sorted(zip(x0[beside].tolist(), x1[beside].tolist(), strict=True)):
        if start >= right - 1 and start < right + reach:
            right = float(end)
    return LineSpot(left, right, spot.at(left), spot.slope, spot.em, spot.block)


def _in_order(spots: list[LineSpot]) -> list[LineSpot]:
    """Rows of each block from top to bottom; a row's stretches from left to right."""
    ordered: list[LineSpot] = []
    for block in sorted({spot.block for spot in spots}):
        rows: list[list[LineSpot]] = []
        for spot in sorted((s for s in spots if s.block == block), key=lambda s: s.at((s.left + s.right) / 2)):
            row = next((r for r in reversed(rows[-4:]) if _beside(r, spot)), None)
            if row is None:
                rows.append([spot])
            else:
                row.append(spot)
        for number, row in enumerate(rows):
            for spot in sorted(row, key=lambda s: s.left):
                ordered.append(LineSpot(spot.left, spot.right, spot.baseline, spot.slope, spot.em, spot.block, number))
    return ordered


def _beside(row: list[LineSpot], spot: LineSpot) -> bool:
    """The stretch stands in the row: on its baseline, and not over another stretch of it."""
    y = spot.at(spot.left)
    near = all(abs(other.at(spot.left) - y) < _ROW_EMS * max(other.em, spot.em) for other in row)
    return near and all(spot.left > other.right - other.em or spot.right < other.left + other.em for other in row)
