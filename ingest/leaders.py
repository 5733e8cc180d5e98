"""Dotted leaders of forms: found as rows of like dots at one pitch, taken off the picture and out of the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ingest.cleaning import components
from ingest.pagepicture import Pixels

_DARK = 205
_DOT_MM = 0.75
_MIN_PIXELS = 2
_PITCH_MM = (0.4, 2.0)
_ALONE_MM = 1.2
_LIKE = 1.8
_ROW_MM = 0.5
_MIN_DOTS = 5
_EVEN = 0.35
_HALO = 1
_ENDS = re.compile(r"^[.…_·•]{4,}|[.…_·•]{4,}$")
_REMAINS = re.compile(r"[.…_·•,:;'`~\-–—]*(?:[.…_·•]{4}|…{2})[.…_·•,:;'`~\-–—]*")

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Leader:
    """One row of dots, in pixels: from the left edge of its first to the right edge of its last."""

    left: int
    top: int
    right: int
    bottom: int


def without_leaders(level: Pixels, dpi: float) -> tuple[Pixels, tuple[Leader, ...]]:
    """A level page without its leaders, and where they were. The marks of letters are safe: they never stand five in a
    row at one height, all of one size, at the even pitch of print."""
    mm = dpi / 25.4
    _, stats = components(np.asarray(level < _DARK).view(np.uint8))
    w, h, area = (stats[1:, i] for i in range(2, 5))
    largest = _DOT_MM * mm + _HALO  # a scanner's blur is part of the dot
    small = (w <= largest) & (h <= largest) & (area >= _MIN_PIXELS)
    dots = stats[1:][small].astype(np.int64)
    if len(dots) < _MIN_DOTS:
        return level, ()
    rows = _rows(dots, mm)
    if not rows:
        return level, ()
    spans = tuple(_span(dots[row]) for row in rows)
    return _cleared(level, np.concatenate([dots[row, :4] for row in rows]), spans), spans


def _cleared(level: Pixels, dots: Ints, spans: Sequence[Leader]) -> Pixels:
    """The page without these dots (left, top, width, height), nor the grey around them."""
    drawn = np.zeros(level.shape, np.uint8)
    corners = [(left, top, left + width - 1, top + height - 1) for left, top, width, height in dots.tolist()]
    for x0, y0, x1, y1 in corners:
        cv2.rectangle(drawn, (x0 - _HALO, y0 - _HALO), (x1 + _HALO, y1 + _HALO), 1, -1)
    for x0, y0, x1, y1 in corners:
        cv2.rectangle(drawn, (x0, y0), (x1, y1), 2, -1)
    cleared = level.copy()
    for span in spans:
        rows = slice(max(0, span.top - _HALO), span.bottom + _HALO)
        columns = slice(max(0, span.left - _HALO), span.right + _HALO)
        part, around = cleared[rows, columns], drawn[rows, columns]
        part[(around == 2) | ((around == 1) & (part >= _DARK))] = 255
    return cleared


def marked(mask: Pixels, leaders: tuple[Leader, ...], scale: float) -> Pixels:
    """A mask of marks with the leaders drawn in as bars: what a leader joins stands in one line, not in two columns.
    `scale` leads from the leaders' pixels to the mask's."""
    joined = mask.copy() if leaders else mask
    for row in leaders:
        left, top, right, bottom = (round(v * scale) for v in (row.left, row.top, row.right, row.bottom))
        joined[top : max(top + 1, bottom), left:right] = 255
    return joined


def without_remains(text: str) -> str:
    """A word without dots of a leader that were read with it; empty if it is nothing else. Three dots are a sign of
    punctuation and stay."""
    if _REMAINS.fullmatch(text):
        return ""
    return _ENDS.sub("", text)


def _span(dots: Ints) -> Leader:
    left, top = dots[:, 0].min(), dots[:, 1].min()
    right, bottom = (dots[:, 0] + dots[:, 2]).max(), (dots[:, 1] + dots[:, 3]).max()
    return Leader(int(left), int(top), int(right), int(bottom))


def _rows(dots: Ints, mm: float) -> list[Ints]:
    """Indices of the dots of each leader. The page is looked at in strips as high as a row of dots may wander, and once
    more in strips half a step lower, so that no row is cut by the edge of a strip both times."""
    rows: list[Ints] = []
    taken = np.zeros(len(dots), bool)
    middle_x, bottom = dots[:, 0] + dots[:, 2] / 2, dots[:, 1] + dots[:, 3]
    for shift in (0.0, 0.5):
        strip = np.floor(bottom / (_ROW_MM * mm) + shift).astype(np.int64)
        order = np.lexsort((middle_x, strip))
        pitch = np.diff(middle_x[order])
        near = (pitch >= _PITCH_MM[0] * mm) & (pitch <= _PITCH_MM[1] * mm) & (np.diff(strip[order]) == 0)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], near.astype(np.int8), [0]))))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a + 1 < _MIN_DOTS:
                continue
            for first, last in _even_stretches(pitch[a:b]):
                row = _alike(dots, order[a + first : a + last + 1])
                if not taken[row].all() and _alone(dots, row, mm):
                    taken[row] = True
                    rows.append(row)
    return rows


def _alike(dots: Ints, row: Ints) -> Ints:
    """Without what is bigger than the other dots: a full stop, or the dot below a vowel that is written on the row."""
    area = dots[row, 4]
    kept: Ints = row[area <= max(_LIKE * float(np.median(area)), float(np.median(area)) + _MIN_PIXELS)]
    return kept


def _alone(dots: Ints, row: Ints, mm: float) -> bool:
    """No other dots close above or below: a raster, a dithered tint and the letters of a dot matrix have them."""
    span = _span(dots[row])
    x, bottom = dots[:, 0], dots[:, 1] + dots[:, 3]
    beside = (x >= span.left) & (x <= span.right)
    beside &= (bottom > span.top - _ALONE_MM * mm) & (bottom < span.bottom + _ALONE_MM * mm)
    return int(beside.sum()) <= 1.5 * len(row)


def _even_stretches(pitch: np.ndarray[Any, np.dtype[np.float64]]) -> list[tuple[int, int]]:
    """(first, last) dots of the stretches of a row whose pitch hardly changes from dot to dot."""
    found: list[tuple[int, int]] = []
    usual = float(np.median(pitch))
    even = np.abs(pitch - usual) <= np.maximum(_EVEN * usual, 1.5)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], even.astype(np.int8), [0]))))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a + 1 >= _MIN_DOTS:
            found.append((int(a), int(b)))
    return found
