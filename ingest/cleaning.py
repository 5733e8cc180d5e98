"""The working copy of a page that is only read from: grey, about 200 dpi, seals gone, paper white, lines level."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ingest.inks import fade_stamps, filtered
from ingest.pagepicture import PagePicture, Pixels, scaled

cv2.setNumThreads(1)  # a worker owns one core; the other cores have workers of their own

WORK_DPI = 200.0
RED_DPI = 50.0
LEAST_DPI, _KEEP_TO = 170.0, 240.0
"""A picture between these scales is read as it is: resampling costs more than it gains."""
_MOST_WORKED = 16e6
"""Pixels of the working copy: A2 at 200 dpi has 15 million."""

PaperBox = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the working copy."""

_RED_EXCESS = 40
_GHOST_EXCESS = 14
_PALE_RED = 10
_SEAL_MM = (14.0, 60.0)
_SEAL_ASPECT = 1.5
_CRUMBS_ASPECT = 2.0
_TINTED_PAPER = 0.25
_DARK = 140
_RULE_DARK = 170
_RULE_MM = 7.0
_DARKER = 60  # grey levels
_FAINT = 200
_GLYPH_HEIGHT_MM = (0.9, 9.0)
_ACCENT_MM = 0.35
_GLYPH_WIDTH_MM = (0.25, 25.0)
_EDGE = 0.025
_BLANK_GLYPHS = 10
_BLANK_FAINT_GLYPHS = 120
_BLANK_DARK = 0.004
# Measured: blank backs with ghosts of seals ≤ 0.004 of the page, pages out of focus ≥ 0.16.
_SMUDGE = 235
_BLANK_SMUDGE = 0.02
_INK_DPI = 100.0
_AFAR_DPI = 12.5
_NEGATIVE = 90
_SIGMA = 1.4826  # of a normal distribution, from its median absolute deviation
_LEAST_PALE, _ABOVE_GRAIN = 6.0, 4.0
_PALE_GLYPHS = 40
_PALE_BLUR, _BLACK = 0.7, 230.0
_LETTER_GAP_MM = 6.0
_MANY_MARKS = 300
_MOST_MARKS = 65_000

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Labels = np.ndarray[Any, np.dtype[np.integer[Any]]]
Stats = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Cleaned:
    """The working copy, not yet turned or levelled: `grey` is dark on white paper, `dpi` its scale; `seals` are the
    round red stamps that were faded out of it; `red` is 1 where the page is red, at `RED_DPI` (None without colour)."""

    grey: Pixels
    dpi: float
    seals: tuple[PaperBox, ...]
    red: Pixels | None = None


@dataclass(frozen=True)
class Ink:
    """Text-like marks of a page: boxes (N×4: left, top, width, height) and pixel counts, in pixels at `dpi`; `mask` is
    255 where they are. `dark` is the share of all dark pixels, whatever their shape. `fine` is the mask with accents
    and dots, which are too small to be marks of their own (None: not told)."""

    boxes: Stats
    mask: Pixels
    dpi: float
    dark: float
    fine: Pixels | None = None

    @property
    def count(self) -> int:
        return len(self.boxes)


def clean(picture: PagePicture) -> Cleaned:
    """The working copy of a page's picture. Red is kept (titles and stamps of secrecy are red) except within round
    seals, which lie over the signer's name; stamps of other colours are faded where they lie over print."""
    factor, dpi = _working_scale(picture)
    small = scaled(picture.rgb, RED_DPI / picture.dpi)
    negative = _positive(picture, small, factor, dpi)
    if negative is not None:
        return Cleaned(negative, dpi, ())
    if picture.rgb.ndim == 2:
        return Cleaned(flatten(scaled(picture.rgb, factor), dpi), dpi, ())
    excess = np.asarray(cv2.subtract(small[:, :, 0], cv2.max(small[:, :, 1], small[:, :, 2])), dtype=np.uint8)
    seals = _seals(excess, _RED_EXCESS, dpi)
    ghosts = _seals(excess, _GHOST_EXCESS, dpi)  # shine through from the other side, or are worn: faded, not counted
    grey = scaled(np.asarray(cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8), factor)
    if seals or ghosts:
        _fade(grey, picture.rgb, (*seals, *(ghost for ghost in ghosts if ghost not in seals)))
    fade_stamps(grey, picture.rgb, small, RED_DPI)
    return Cleaned(flatten(grey, dpi), dpi, seals, (excess > _GHOST_EXCESS).astype(np.uint8))


def components(dark: Pixels) -> tuple[Labels, Stats]:
    """(labels, stats) of the marks of a picture that is not 0 where it is dark; marks touch at corners too. Label 0 is
    the paper; a mark's row of `stats` is left, top, width, height, area. With labels of 16 bits, where there are few
    enough marks, it takes a third of the time."""
    few = True
    if min(dark.shape) > 1:
        begins = cv2.subtract(dark[1:, 1:], cv2.max(dark[:-1, 1:], dark[1:, :-1]))  # pixels that may begin a mark
        few = cv2.countNonZero(begins) + sum(dark.shape) < _MOST_MARKS
    kind = cv2.CV_16U if few else cv2.CV_32S
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(dark, 8, kind, cv2.CCL_SPAGHETTI)
    return np.asarray(labels), np.asarray(stats)


def _positive(picture: PagePicture, small: Pixels, factor: float, dpi: float) -> Pixels | None:
    """The working copy of a page that is a negative, light writing on a dark sheet, turned over; None for any other.
    `small` is the picture at `RED_DPI`."""
    afar = scaled(small, _AFAR_DPI / RED_DPI)
    if float(np.median(afar)) > _NEGATIVE:
        return None
    grey = picture.rgb if picture.rgb.ndim == 2 else cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)
    turned_over = flatten(255 - scaled(np.asarray(grey, dtype=np.uint8), factor), dpi)
    ink = ink_of(turned_over, dpi)
    return turned_over if _written(ink.boxes, ink.dpi) >= _PALE_GLYPHS else None


def flatten(grey: Pixels, dpi: float) -> Pixels:
    """Paper becomes white: shadows, folds and tints are divided out. The paper's brightness is what remains of the page
    when everything as narrow as writing is closed over."""
    step = max(1, round(dpi / 25))
    size = max(1, grey.shape[1] // step), max(1, grey.shape[0] // step)
    whole = grey[: size[1] * step, : size[0] * step]  # by whole steps: a fifth of the time
    small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    paper = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    paper = cv2.medianBlur(paper, 9)
    if int(paper.min()) > 250:
        return grey
    paper = np.maximum(paper, 60)  # a black picture on the page is a picture, not paper in deep shadow
    wide = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, wide, scale=255), dtype=np.uint8)


def without_rules(level: Pixels, dpi: float) -> Pixels:
    """A level page without frames, table lines, underlines and creases: a recogniser takes a boxed stamp for a picture,
    and reads rules as letters. Strokes of letters are never that long and straight. Print that crosses a rule and is
    clearly darker stays: a crease must not cut a letter in two."""
    dark = np.where(level < _RULE_DARK, np.uint8(255), np.uint8(0))
    length = round(_RULE_MM * dpi / 25.4)
    across = _rules(level, dark, length)
    down = cv2.transpose(_rules(_turned(level), _turned(dark), length))
    return np.asarray(cv2.bitwise_or(level, cv2.bitwise_or(across, down)), dtype=np.uint8)


def _rules(level: Pixels, dark: Pixels, length: int) -> Pixels:
    """255 where a rule goes across, and a pixel around it, but for what is darker than the rule is along its way."""
    rules = cv2.dilate(_long_runs(dark, length), np.ones((3, 3), np.uint8))
    rows = np.flatnonzero(rules.any(axis=1))
    if len(rows):
        tone = cv2.blur(level[rows], (length, 1))
        rules[rows] = np.where(level[rows].astype(np.int16) + _DARKER < tone, np.uint8(0), rules[rows])
    return np.asarray(rules, dtype=np.uint8)


def _turned(picture: Pixels) -> Pixels:
    return np.asarray(cv2.transpose(picture), dtype=np.uint8)


def _long_runs(dark: Pixels, length: int) -> Pixels:
    """255 where a row has that many dark pixels (255) side by side. A run holds some bytes of eight dark pixels each,
    so only rows with such bytes in a line are looked at closely: few are."""
    found = np.zeros_like(dark)
    whole = (np.packbits(dark, axis=1) == 255).astype(np.uint8)
    bytes_in_line = max(1, (length - 7) // 8)
    rows = np.flatnonzero(cv2.erode(whole, np.ones((1, bytes_in_line), np.uint8)).any(axis=1))
    if len(rows):
        found[rows] = cv2.morphologyEx(dark[rows], cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    return found


def ink_of(grey: Pixels, dpi: float, threshold: int = _DARK) -> Ink:
    """The text-like marks of a working copy, found at about 100 dpi. Rules, frames, photographs, dust and what touches
    the edge of the sheet are left out."""
    shrink = min(1.0, _INK_DPI / dpi)
    small = scaled(grey, shrink)
    scale = dpi * shrink
    dark = (small < threshold).astype(np.uint8)
    height, width = dark.shape
    labels, stats = components(dark)
    mm = scale / 25.4
    x, y, w, h, area = (stats[:, i] for i in range(5))
    edge_x, edge_y = width * _EDGE, height * _EDGE
    fits = (h >= _ACCENT_MM * mm) & (h <= _GLYPH_HEIGHT_MM[1] * mm)
    fits &= (w >= _GLYPH_WIDTH_MM[0] * mm) & (w <= _GLYPH_WIDTH_MM[1] * mm)
    fits &= (area >= 4) & (area >= 0.08 * w * h)
    fits &= (x + w > edge_x) & (x < width - edge_x) & (y + h > edge_y) & (y < height - edge_y)
    fits[0] = False
    fine = _drawn(fits, labels, dark)
    fits &= h >= _GLYPH_HEIGHT_MM[0] * mm
    inner = dark[int(edge_y) : height - int(edge_y), int(edge_x) : width - int(edge_x)]
    mask = _drawn(fits, labels, dark)
    return Ink(stats[fits, :4].astype(np.int32), mask, scale, float(inner.mean()) if inner.size else 0.0, fine)


def _drawn(chosen: Bools, labels: Labels, dark: Pixels) -> Pixels:
    """255 where the chosen marks are."""
    drawn = np.zeros(dark.shape, np.uint8)
    at = np.flatnonzero(dark)
    drawn.ravel()[at] = np.where(chosen, 255, 0).astype(np.uint8)[labels.ravel()[at]]
    return drawn


def _smudge(level: Pixels) -> float:
    """The share of a level page that is greyish when looked at from afar: a page out of focus has no letters, but it is
    not empty."""
    height, width = level.shape
    inner = level[int(height * _EDGE) : int(height * (1 - _EDGE)), int(width * _EDGE) : int(width * (1 - _EDGE))]
    if not inner.size:
        return 0.0
    afar = cv2.GaussianBlur(scaled(inner, 0.25), (0, 0), 1.0)
    return float((afar < _SMUDGE).mean())


def is_blank(cleaned: Cleaned, ink: Ink) -> bool:
    """Nothing written: hardly a text-like mark, dark or faint, no seal, no dark area. Dust, punched holes, edges and
    what shines through from the other side do not count; a page of pale writing is not blank."""
    boxes = ink.boxes if _beyond_a_ghost(cleaned, ink) else ink.boxes[~_is_red(cleaned, ink)]
    if _written(boxes, ink.dpi) >= _BLANK_GLYPHS or ink.dark > _BLANK_DARK or cleaned.seals:
        return False
    if _smudge(cleaned.grey) > _BLANK_SMUDGE:
        return False
    return ink_of(cleaned.grey, cleaned.dpi, _FAINT).count < _BLANK_FAINT_GLYPHS


def strengthened(cleaned: Cleaned) -> Cleaned | None:
    """The page with its pale print made black, None where there is nothing of the kind. Pale is judged against the
    grain of the paper itself: print a twelfth as dark as usual is seen on a smooth sheet, and grain is never taken for
    it. What shines through from the other side comes out strong too: a recogniser is to say whether it is writing."""
    small = 255 - scaled(cleaned.grey, min(1.0, _INK_DPI / cleaned.dpi)).astype(np.int16)
    paper = float(np.median(small))
    grain = _SIGMA * float(np.median(np.abs(small - paper)))
    level = paper + max(_LEAST_PALE, _ABOVE_GRAIN * grain)
    ink = ink_of(cleaned.grey, cleaned.dpi, round(255 - level))
    if _written(ink.boxes, ink.dpi) < _PALE_GLYPHS:
        return None
    strong = float(np.percentile(small[ink.mask > 0], 90))
    if strong > 255 - _DARK / 2:
        return None
    base = paper + grain
    soft = cv2.GaussianBlur(cleaned.grey, (0, 0), _PALE_BLUR)
    steps = np.arange(256, dtype=np.float32)
    table = 255 - np.clip((255 - steps - base) * (_BLACK / max(1.0, strong - base)), 0, 255)
    return replace(cleaned, grey=np.asarray(cv2.LUT(soft, table.astype(np.uint8)), dtype=np.uint8))


def _working_scale(picture: PagePicture) -> tuple[float, float]:
    """What to multiply a picture's sides by, and the scale it then has: less than `WORK_DPI` for a sheet so large that
    the working copy would take too much."""
    kept = LEAST_DPI <= picture.dpi <= _KEEP_TO
    most = math.sqrt(_MOST_WORKED / (picture.rgb.shape[0] * picture.rgb.shape[1]))
    factor = min(1.0 if kept else WORK_DPI / picture.dpi, most)
    return factor, picture.dpi * factor


def _written(boxes: Stats, dpi: float) -> int:
    """How many of the marks have company as letters have, another mark beside them: dust and holes stand alone."""
    if not 0 < len(boxes) < _MANY_MARKS:
        return len(boxes)
    left, top = boxes[:, 0].astype(float), boxes[:, 1].astype(float)
    right, middle = left + boxes[:, 2], top + boxes[:, 3] / 2
    gap = np.maximum(left[:, None] - right[None, :], left[None, :] - right[:, None])
    beside = (gap < _LETTER_GAP_MM * dpi / 25.4) & (np.abs(middle[:, None] - middle[None, :]) < 4 * dpi / 25.4)
    np.fill_diagonal(beside, False)
    return int(beside.any(axis=1).sum())


def _is_red(cleaned: Cleaned, ink: Ink) -> Bools:
    """Which of the marks are red."""
    if cleaned.red is None:
        return np.zeros(ink.count, dtype=bool)
    height, width = cleaned.red.shape
    middle = (ink.boxes[:, :2] + ink.boxes[:, 2:] / 2) * (RED_DPI / ink.dpi)
    near = cv2.dilate(cleaned.red, np.ones((3, 3), np.uint8))
    x, y = (np.clip(middle[:, i].astype(int), 0, size - 1) for i, size in ((0, width), (1, height)))
    return np.asarray(near[y, x] > 0)


def _beyond_a_ghost(cleaned: Cleaned, ink: Ink) -> bool:
    """Whether the red marks are more than the crumbs of one seal that came through the sheet: they do not fit into a
    seal's square, or lie in a row as a stamp's letters do."""
    red = ink.boxes[_is_red(cleaned, ink)]
    if not len(red):
        return False
    left, top = red[:, :2].min(axis=0)
    right, bottom = (red[:, :2] + red[:, 2:]).max(axis=0)
    long, short = max(right - left, bottom - top), max(1, min(right - left, bottom - top))
    return bool(long > _SEAL_MM[1] * ink.dpi / 25.4 or long > _CRUMBS_ASPECT * short)


def _fade(grey: Pixels, rgb: Pixels, boxes: tuple[PaperBox, ...]) -> None:
    """Makes the red within the boxes of the grey page as light as the paper: seen through a red filter, what is written
    under or over a seal stays dark. `rgb` is the page as it was scanned."""
    scale = rgb.shape[0] / grey.shape[0]
    for left, top, right, bottom in boxes:
        field = grey[top:bottom, left:right]
        whole = rgb[round(top * scale) : round(bottom * scale), round(left * scale) : round(right * scale)]
        if not field.size or not whole.size:
            continue
        method = cv2.INTER_AREA if scale >= 2 else cv2.INTER_LINEAR
        part = cv2.resize(whole, (field.shape[1], field.shape[0]), interpolation=method)
        excess = np.asarray(cv2.subtract(part[:, :, 0], cv2.max(part[:, :, 1], part[:, :, 2])), dtype=np.uint8)
        reddish = cv2.dilate((excess > _PALE_RED).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        field[reddish] = filtered(np.ascontiguousarray(part[:, :, 0]), excess, _RED_EXCESS, _PALE_RED)[reddish]


def _seals(excess: Pixels, threshold: int, dpi: float) -> tuple[PaperBox, ...]:
    """Found at `RED_DPI`: red marks grown together into blobs as wide as they are high, of a seal's size, with a red
    rim all round. A page that is red all over (a certificate's paper) has none to be found this way."""
    shrink = RED_DPI / dpi
    red = (excess > threshold).astype(np.uint8)
    if red.mean() > _TINTED_PAPER:
        return ()
    grown = cv2.morphologyEx(red, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    found: list[PaperBox] = []
    mm = RED_DPI / 25.4
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i, :4])
        size_fits = all(_SEAL_MM[0] * mm <= side <= _SEAL_MM[1] * mm for side in (w, h))
        if size_fits and max(w, h) <= _SEAL_ASPECT * min(w, h) and _is_round(labels[y : y + h, x : x + w] == i):
            margin = round(2 * mm)
            left, top = max(0, x - margin), max(0, y - margin)
            right, bottom = min(red.shape[1], x + w + margin), min(red.shape[0], y + h + margin)
            found.append((round(left / shrink), round(top / shrink), round(right / shrink), round(bottom / shrink)))
    return tuple(found)


def _is_round(blob: Bools) -> bool:
    """The blob's outline fills its box like an ellipse (π/4) rather than a frame (1) or a line of letters."""
    points = cv2.findNonZero(blob.astype(np.uint8))
    hull = cv2.convexHull(points)
    fill = cv2.contourArea(hull) / float(blob.size)
    return 0.62 <= fill <= 0.88
