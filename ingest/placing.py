"""Boxes of a page turned, mirrored or straightened for reading, back on the picture as it is stored."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ingest.upright import unlevel
from schemas.reading import Box, PageReading

Place = np.ndarray[Any, np.dtype[np.float64]]
"""3×3, from points (fractions of width and height) of the picture that was read to those of the stored one."""

MIRROR: Place = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Of a picture whose left and right were exchanged."""

_STEP = 0.02

Move = Callable[[float, float], tuple[float, float]]


def level_box(left: float, top: float, wide: float, high: float, skew: float, shape: tuple[int, int]) -> Box:
    """A rectangle of a level page of this shape (height, width), in pixels, on the page as it was before levelling by
    `skew` degrees."""
    height, width = shape
    x, y = unlevel(left + wide / 2, top + high / 2, skew, width, height)
    return Box(
        x0=unit((x - wide / 2) / width),
        y0=unit((y - high / 2) / height),
        x1=unit((x + wide / 2) / width),
        y1=unit((y + high / 2) / height),
    )


def turned_box(box: Box, turn: int) -> Box:
    """A box of a picture on the picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return _moved(box, lambda x, y: _turned(x, y, turn)) if turn else box


def as_stored(reading: PageReading, place: Place) -> PageReading:
    """A reading of another view of a page, told for the picture as it is stored: every box, the turn that makes the
    stored picture upright, and the tilt that its lines have there. `width` and `height` are the stored picture's."""
    view_turn = reading.rotation
    mirrored = bool(np.linalg.det(place[:2, :2]) < 0)
    stored_turn = -view_turn % 360 if mirrored else view_turn

    def move(x: float, y: float) -> tuple[float, float]:
        flat = _turned(x, y, -view_turn % 360)
        across, down, depth = place @ (*flat, 1.0)
        return _turned(float(across / depth), float(down / depth), stored_turn)

    words = {"words": tuple(word.model_copy(update={"box": _moved(word.box, move)}) for word in reading.words)}
    seconds = tuple(
        look.model_copy(
            update={"words": tuple(word.model_copy(update={"box": _moved(word.box, move)}) for word in look.words)}
        )
        for look in reading.seconds
    )
    return reading.model_copy(
        update={
            **words,
            "seconds": seconds,
            "pens": tuple(pen.model_copy(update={"box": _moved(pen.box, move)}) for pen in reading.pens),
            "barcodes": tuple(code.model_copy(update={"box": _moved(code.box, move)}) for code in reading.barcodes),
            "seals": tuple(_moved(seal, move) for seal in reading.seals),
            "rotation": stored_turn,
            "skew": _tilt(reading, move, mirrored),
        }
    )


def _tilt(reading: PageReading, move: Move, mirrored: bool) -> float:
    """Where a line through the middle of the page leads, in degrees, counter-clockwise positive."""
    angle = math.radians(reading.skew)
    along, up = _STEP * math.cos(angle), _STEP * math.sin(angle) * reading.width / reading.height
    (x0, y0), (x1, y1) = move(0.5 - along, 0.5 + up), move(0.5 + along, 0.5 - up)
    if mirrored:
        x0, y0, x1, y1 = x1, y1, x0, y0
    return round(math.degrees(math.atan2((y0 - y1) * reading.height, (x1 - x0) * reading.width)), 2)


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    return {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[turn]


def _moved(box: Box, move: Move) -> Box:
    """The upright rectangle around where the corners come to lie."""
    corners = [move(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(x0=unit(min(xs)), y0=unit(min(ys)), x1=unit(max(xs)), y1=unit(max(ys)))


def unit(value: float) -> float:
    """A fraction of the page, kept on it."""
    return round(min(1.0, max(0.0, value)), 5)
