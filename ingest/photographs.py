"""A page photographed on a darker table: its four corners found, the sheet straightened. A scan is left as it is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ingest.pagepicture import PagePicture, Pixels, scaled, sheet_dpi
from ingest.placing import Place

_SEEN = 600
"""Longer side of the copy the sheet is looked for on, in pixels."""
_STRIDE = 16
_FRAME = 0.012
_DARKER = 0.72  # of the paper
_FRAME_DARK = 0.8
_AREA = (0.3, 0.95)
_FILLED, _STRAIGHT = 0.93, 0.975
_ANGLE_COS = 0.42
_SIDES_LIKE = 0.72
_SHEET_ASPECT = (1.2, 1.75)
_INSET = 0.004
_BEND, _BESIDE = 0.008, 0.032
_BENT = 0.08
"""The part of a side near a corner that may be bent."""
_LEAST_POINTS = 20
_PARALLEL = 0.1
_CORNER_WITHIN = 2.0

Corners = np.ndarray[Any, np.dtype[np.float32]]


def straightened(picture: PagePicture) -> tuple[PagePicture, Place | None]:
    """The sheet alone, seen from straight above, and where its points are on the picture; the picture itself and None
    unless four straight edges of a sheet, on something darker all round, are certain."""
    if not _on_a_darker_ground(picture.rgb):
        return picture, None
    corners = _corners(picture.rgb)
    if corners is None:
        return picture, None
    top, right, bottom, left = (float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4))
    width, height = round((top + bottom) / 2), round((left + right) / 2)
    x, y = width * _INSET, height * _INSET
    inner = np.array([(-x, -y), (width + x, -y), (width + x, height + y), (-x, height + y)], np.float32)
    there = np.asarray(cv2.getPerspectiveTransform(corners, inner), dtype=np.float64)
    flat = cv2.warpPerspective(picture.rgb, there, (width, height), borderMode=cv2.BORDER_REPLICATE)
    stored_h, stored_w = picture.rgb.shape[:2]
    place = np.diag((1 / stored_w, 1 / stored_h, 1.0)) @ np.linalg.inv(there) @ np.diag((width, height, 1.0))
    return PagePicture(np.asarray(flat, dtype=np.uint8), sheet_dpi(max(width, height), 0)), place


def _on_a_darker_ground(rgb: Pixels) -> bool:
    """Whether nearly all of the picture's outermost pixels are darker than paper: a scan's are paper. Costs next to
    nothing, for it is asked of every page."""
    few = _grey(rgb[::_STRIDE, ::_STRIDE])
    paper = float(np.percentile(few, 85))
    edge = max(1, round(_FRAME * max(few.shape)))
    frame = np.concatenate([part.ravel() for part in (few[:edge], few[-edge:], few[:, :edge], few[:, -edge:])])
    return bool((frame < _DARKER * paper).mean() >= _FRAME_DARK)


def _corners(rgb: Pixels) -> Corners | None:
    """The sheet's corners in pixels of the picture: upper left, upper right, lower right, lower left."""
    factor = min(1.0, _SEEN / max(rgb.shape[:2]))
    small = cv2.medianBlur(_grey(scaled(rgb, factor)), 5)
    _, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    whole = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))  # writing belongs to the sheet
    outlines, _ = cv2.findContours(np.asarray(whole, dtype=np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    found = _four_of(_points(outline))
    hull_area = cv2.contourArea(cv2.convexHull(outline))
    if found is None or not _is_a_sheet(found, cv2.contourArea(outline), hull_area, small.shape[:2]):
        return None
    return found * np.array((rgb.shape[1] / small.shape[1], rgb.shape[0] / small.shape[0]), np.float32)


def _four_of(outline: Corners) -> Corners | None:
    """The corners at which the outline's four main sides meet, in order; None where it has fewer. A corner that lies in
    the dark, is folded or torn off is where its two sides would meet."""
    hull = cv2.convexHull(outline)
    sides: Corners | None = _points(cv2.approxPolyDP(hull, _BEND * cv2.arcLength(hull, True), True))
    while sides is not None and len(sides) > 4:
        sides = _without_shortest(sides)
    if sides is None or len(sides) < 4:
        return None
    lines = [_fitted(_points(outline), sides[i], sides[(i + 1) % 4]) for i in range(4)]
    met = [_meeting(lines[i - 1], lines[i]) for i in range(4)]
    points = np.array([at for at in met if at is not None], np.float32)
    if len(points) < 4:
        return None
    middle = points.mean(axis=0)
    order = np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]))
    points = points[order]  # clockwise on the picture, from the left upper quarter
    return np.roll(points, -int(np.argmin(points.sum(axis=1))), axis=0)


def _points(shape: Any) -> Corners:
    return np.asarray(shape, dtype=np.float32).reshape(-1, 2)


def _without_shortest(around: Corners) -> Corners | None:
    """A polygon whose shortest side is gone: its neighbours go on until they meet."""
    count = len(around)
    lengths = np.linalg.norm(np.roll(around, -1, axis=0) - around, axis=1)
    at = int(lengths.argmin())
    before, start, end, after = (around[(at + step) % count] for step in (-1, 0, 1, 2))
    met = _meeting((before, start - before), (end, after - end))
    if met is None:
        return None
    kept = [met if i == at else around[i] for i in range(count) if i != (at + 1) % count]
    return _points(kept)


def _fitted(outline: Corners, start: Corners, end: Corners) -> tuple[Corners, Corners]:
    """(point, direction) of the line along the outline between two corners of it; near the corners it may be bent."""
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / max(length, 1e-6)
    away = outline - start
    far = away @ along
    near = np.abs(away @ np.array((-along[1], along[0]), np.float32)) < _BESIDE * length
    chosen = outline[near & (far > _BENT * length) & (far < (1 - _BENT) * length)]
    if len(chosen) < _LEAST_POINTS:
        return start, along
    dx, dy, x, y = cv2.fitLine(chosen, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    return np.array((x, y), np.float32), np.array((dx, dy), np.float32)


def _meeting(one: tuple[Corners, Corners], other: tuple[Corners, Corners]) -> Corners | None:
    """Where two lines (point, direction) meet."""
    across = np.stack([one[1], -other[1]], axis=1).astype(np.float64)
    if abs(float(np.linalg.det(across))) < _PARALLEL * float(np.linalg.norm(one[1]) * np.linalg.norm(other[1])):
        return None
    times = np.linalg.solve(across, (other[0] - one[0]).astype(np.float64))
    return np.asarray(one[0] + float(times[0]) * one[1], dtype=np.float32)


def _is_a_sheet(corners: Corners, area: float, hull_area: float, shape: tuple[int, ...]) -> bool:
    """Straight edges, corners within the picture, hardly narrower at one end, and the shape of a sheet of paper."""
    height, width = shape[:2]
    whole = float(cv2.contourArea(corners))
    if not _AREA[0] <= whole / (height * width) <= _AREA[1]:
        return False
    if area < _FILLED * whole or min(whole, hull_area) < _STRAIGHT * max(whole, hull_area):
        return False
    limit = np.array((width - 1, height - 1), np.float32) - _CORNER_WITHIN
    if not bool(((corners >= _CORNER_WITHIN) & (corners <= limit)).all()):
        return False
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    unit = sides / lengths[:, None]
    if float(np.abs((unit * np.roll(unit, -1, axis=0)).sum(axis=1)).max()) > _ANGLE_COS:
        return False
    across, down = (lengths[0] + lengths[2]) / 2, (lengths[1] + lengths[3]) / 2
    like = min(lengths[0], lengths[2]) / max(lengths[0], lengths[2]), min(lengths[1], lengths[3]) / max(lengths[1:4:2])
    aspect = max(across, down) / min(across, down)
    return bool(min(like) >= _SIDES_LIKE and _SHEET_ASPECT[0] <= aspect <= _SHEET_ASPECT[1])


def _grey(pixels: Pixels) -> Pixels:
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(grey, dtype=np.uint8)
