"""Which way up a page is, and by how much its lines tilt: told from the marks alone, without a recogniser."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from ingest.cleaning import Ink
from ingest.pagepicture import Pixels

Turn = Literal[0, 90, 180, 270]

MAX_SKEW = 5.0
_MIN_MARKS = 40
_CLEARLY_LEVEL = 1.6
MANY_MARKS = 400
_LEVEL_OF_MANY = 1.3
_CLEARLY_UP = 0.12
_POINTS, _FEW_POINTS = 40_000, 8_000
_AROUND = 25
"""Rows at about 100 dpi, 6 mm: a line and its neighbours."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Attitude:
    """The clockwise turn that makes the page upright, whether that is certain, and the tilt that is left after the turn
    (degrees, counter-clockwise positive: lines rise to the right)."""

    turn: Turn
    sure: bool
    skew: float


def attitude(ink: Ink) -> Attitude:
    """From the sharpness of the lines across and along the sheet, and from where marks stick out of them: Vietnamese
    writing has much more above its lines (accents, ascenders, capitals) than below."""
    if ink.count < _MIN_MARKS:
        return Attitude(0, False, 0.0)
    at = np.flatnonzero(ink.mask)
    if len(at) > _POINTS:
        at = at[np.random.default_rng(0).integers(len(at), size=_POINTS)]
    y, x = (v.astype(np.float64) for v in np.divmod(at, ink.mask.shape[1]))
    skew_0, across = best_tilt(x, y)
    skew_90, along = best_tilt(y, -x)
    lying = along > across
    skew = skew_90 if lying else skew_0
    level = max(across, along) / max(1e-9, min(across, along))
    fine = ink.mask if ink.fine is None else ink.fine
    upness = _upness(*(_levelled(np.rot90(mask) if lying else mask, skew) for mask in (ink.mask, fine)))
    sure = level >= (_LEVEL_OF_MANY if ink.count >= MANY_MARKS else _CLEARLY_LEVEL) and abs(upness) >= _CLEARLY_UP
    # np.rot90 turned it counter-clockwise: a page that is then the right way up needs 270° clockwise.
    turn: Turn = (270 if upness >= 0 else 90) if lying else (0 if upness >= 0 else 180)
    return Attitude(turn, sure, skew)


def best_tilt(x: Floats, y: Floats) -> tuple[float, float]:
    """The tilt (degrees) at which the points fall into the sharpest rows, and that sharpness."""
    some = slice(None, None, max(1, len(x) // _FEW_POINTS))
    coarse = max((_sharpness(x[some], y[some], float(a)), float(a)) for a in np.arange(-MAX_SKEW, MAX_SKEW + 0.01, 0.5))
    fine = max((_sharpness(x, y, a), a) for a in (coarse[1] + step for step in np.arange(-0.4, 0.41, 0.1)))
    return round(float(fine[1]), 2), fine[0]


def turned(grey: Pixels, turn: int) -> Pixels:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(grey, -(turn // 90) % 4)) if turn else grey


def levelled(grey: Pixels, skew: float) -> Pixels:
    """The picture turned about its centre so that the tilt is gone; its size stays, new corners are white."""
    if abs(skew) < 0.1:
        return grey
    height, width = grey.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
    return np.asarray(
        cv2.warpAffine(grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=255), dtype=np.uint8
    )


def unlevel(x: float, y: float, skew: float, width: int, height: int) -> tuple[float, float]:
    """Where a point of the levelled picture was before `levelled`."""
    if abs(skew) < 0.1:
        return x, y
    angle = math.radians(skew)
    dx, dy = x - width / 2, y - height / 2
    return (
        width / 2 + dx * math.cos(angle) + dy * math.sin(angle),
        height / 2 - dx * math.sin(angle) + dy * math.cos(angle),
    )


def _sharpness(x: Floats, y: Floats, tilt: float) -> float:
    rows = (y + x * math.tan(math.radians(tilt))).astype(np.int64)
    histogram = np.bincount(rows - rows.min()).astype(np.float64)
    return float(np.square(np.diff(histogram)).sum()) / len(x)


def _levelled(mask: Pixels, skew: float) -> Pixels:
    height, width = mask.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(mask), matrix, (width, height)), dtype=np.uint8)


def _inked(mask: Pixels) -> Floats:
    """How many pixels of each row are not 0."""
    _, ones = cv2.threshold(mask, 0, 1, cv2.THRESH_BINARY)
    return np.asarray(cv2.reduce(ones, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[:, 0], dtype=np.float64)


def _upness(mask: Pixels, fine: Pixels) -> float:
    """(ink above the lines − ink below them) / both. A line is where a row of pixels has much ink beside its
    neighbours, not beside the whole page: a few bold lines of digits and capitals, which stick out nowhere, must not
    speak for all; for the same reason a line counts by the root of its ink. What sticks out is taken from `fine`."""
    profile, outside = (_inked(each) for each in (mask, fine))
    if not profile.any():
        return 0.0
    around = cv2.dilate(profile.reshape(-1, 1), np.ones((_AROUND, 1), np.uint8))[:, 0]
    strong = (profile > 0.45 * around) & (profile > 0.06 * np.percentile(profile[profile > 0], 90))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], strong.astype(np.int8), [0]))))
    above = below = 0.0
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    for i, (start, end) in enumerate(runs):
        size = end - start
        if not 2 <= size <= 30:
            continue
        ceiling = (runs[i - 1][1] + start) // 2 if i else 0
        floor = (runs[i + 1][0] + end) // 2 if i + 1 < len(runs) else len(profile)
        reach = max(2, size)
        weight = float(profile[start:end].mean()) ** -0.5
        above += weight * float(outside[max(ceiling, start - reach) : start].sum())
        below += weight * float(outside[end : min(floor, end + reach)].sum())
    return (above - below) / max(1e-9, above + below)
