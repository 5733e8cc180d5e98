"""Digits written by a pen, out of arcs and lines whose every measure wanders: the second maker of handwriting, apart
from `training.handwriting`, whose fixed points the recogniser of lines has learnt. No shape here was taken from there.

A digit is a list of strokes, each an array [n, 2] of x (0 … about 0.6, to the right) and y (0 the top … 1 the bottom).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Strokes = list[Floats]
_STEP: Final = 14  # points of an arc or a line


def digit(rng: random.Random, char: str) -> Strokes:
    """One way of writing the digit, by chance, with the slips of a hand."""
    strokes = _MAKERS[char](rng)
    return _slipped(rng, [np.asarray(stroke, np.float64) for stroke in strokes])


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Floats:
    """Along an ellipse from `start` to `end` degrees; 0 is right, 90 is down."""
    angles = np.radians(np.linspace(start, end, _STEP))
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def _line(*points: tuple[float, float]) -> Floats:
    parts = [np.linspace(a, b, _STEP) for a, b in pairwise(points)]
    return np.concatenate(parts)


def _joined(*parts: Floats) -> Floats:
    return np.concatenate(parts)


def _curve(a: tuple[float, float], control: tuple[float, float], b: tuple[float, float]) -> Floats:
    """From a to b, drawn towards the control point."""
    t = np.linspace(0, 1, _STEP)[:, None]
    return np.asarray((1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * np.array(control) + t**2 * np.array(b))


# --- the ten digits --------------------------------------------------------------------------------------------------


def _nought(rng: random.Random) -> Strokes:
    wide, start = rng.uniform(0.18, 0.34), rng.uniform(-130, -40)
    turn = rng.choice((-1, -1, -1, 1)) * rng.uniform(335, 420)
    return [_arc(wide, 0.5, wide, 0.5, start, start + turn)]


def _one(rng: random.Random) -> Strokes:
    bend = rng.uniform(-0.06, 0.06)
    stem = _curve((0.3, 0.0), (0.3 + bend, 0.5), (0.3 + rng.uniform(-0.04, 0.04), 1.0))
    way = rng.random()
    if way < 0.45:
        return [stem]
    if way < 0.65:
        flag = _line((0.3 - rng.uniform(0.1, 0.28), rng.uniform(0.12, 0.36)), (0.3, 0.0))
    else:  # as schools on French models teach it: the flag begins far down
        flag = _line((0.3 - rng.uniform(0.2, 0.45), rng.uniform(0.35, 0.75)), (0.3, rng.uniform(0.0, 0.05)))
    strokes = [_joined(flag, stem)]
    if 0.55 < way < 0.65:
        strokes.append(_line((0.1 + rng.uniform(-0.05, 0.05), 1.0), (0.5 + rng.uniform(-0.05, 0.05), 0.99)))
    return strokes


def _two(rng: random.Random) -> Strokes:
    r, low = rng.uniform(0.2, 0.27), rng.uniform(0.9, 1.0)
    bow = _arc(0.27, r * 1.1, r, r * 1.1, rng.uniform(-200, -150), rng.uniform(10, 40))
    x, y = bow[-1]
    foot = (rng.uniform(0.0, 0.12), low)
    down = _curve((x, y), (x - 0.05, y + 0.25), foot)
    end = (rng.uniform(0.5, 0.66), low + rng.uniform(-0.1, 0.05))
    if rng.random() < 0.3:  # with a loop at the foot
        loop = _arc(foot[0] + 0.06, low - 0.05, 0.07, 0.06, 150, 420)
        return [_joined(bow, down, loop, _curve(tuple(loop[-1]), (0.35, low + 0.06), end))]
    return [_joined(bow, down, _curve(foot, (0.3, low + rng.uniform(-0.12, 0.06)), end))]


def _three(rng: random.Random) -> Strokes:
    split = rng.uniform(0.4, 0.52)
    if rng.random() < 0.25:  # a flat top
        x = rng.uniform(0.4, 0.55)
        top = _joined(_line((0.05, 0.04), (x, 0.02)), _line((x, 0.02), (rng.uniform(0.18, 0.3), split)))
    else:
        top = _arc(0.24, split / 2, rng.uniform(0.18, 0.26), split / 2, rng.uniform(-190, -130), rng.uniform(60, 100))
    bottom = (1 - split) / 2
    end = rng.uniform(110, 170)
    belly = _arc(0.24, split + bottom, rng.uniform(0.22, 0.32), bottom, rng.uniform(-100, -70), end)
    return [_joined(top, belly)]


def _four(rng: random.Random) -> Strokes:
    bar, end = rng.uniform(0.5, 0.74), rng.uniform(0.5, 0.66)
    stem_x = rng.uniform(0.32, 0.48)
    stem = _line(
        (stem_x + rng.uniform(-0.02, 0.06), rng.uniform(-0.02, 0.42)), (stem_x - rng.uniform(-0.03, 0.06), 1.0)
    )
    way = rng.random()
    if way < 0.4:  # open at the top
        top = rng.uniform(0.05, 0.25)
        hook = _joined(_line((top, 0.02), (rng.uniform(0.0, top), bar)), _line((0.04, bar), (end, bar - 0.02)))
        return [hook, stem]
    hook = _joined(_line((stem_x, 0.0), (0.0, bar)), _line((0.0, bar), (end, bar + rng.uniform(-0.05, 0.05))))
    if way < 0.75:
        return [hook, _line((stem_x + rng.uniform(-0.03, 0.05), rng.uniform(0.0, 0.4)), (stem_x - 0.02, 1.0))]
    start = (end, bar + rng.uniform(-0.05, 0.05))  # in one go, from the bar up to the top and down
    return [
        _joined(_line(start, (0.0, bar)), _line((0.0, bar), (stem_x, 0.0)), _line((stem_x, 0.0), (stem_x - 0.02, 1.0)))
    ]


def _five(rng: random.Random) -> Strokes:
    left, waist, ry = rng.uniform(0.04, 0.14), rng.uniform(0.34, 0.46), rng.uniform(0.26, 0.33)
    middle = 1 - ry
    belly = _arc(0.24, middle, rng.uniform(0.22, 0.3), ry, rng.uniform(-130, -100), rng.uniform(110, 165))
    neck = _line((left + 0.04, 0.03), (left, waist))
    hat_y, hat_end = rng.uniform(-0.03, 0.06), rng.uniform(0.42, 0.64)
    body = _joined(neck, belly)
    if rng.random() < 0.5:
        gap = rng.choice((0.0, 0.0, rng.uniform(0.0, 0.1)))
        return [body, _line((left + 0.04 + gap, hat_y + 0.02), (hat_end, hat_y - rng.uniform(0, 0.06)))]
    return [_joined(_line((hat_end, hat_y), (left + 0.04, 0.03)), body)]


def _six(rng: random.Random) -> Strokes:
    ry = rng.uniform(0.2, 0.3)
    r, y = rng.uniform(0.17, 0.26), 1 - ry
    back = _curve((rng.uniform(0.28, 0.5), 0.0), (rng.uniform(-0.06, 0.06), rng.uniform(0.3, 0.5)), (0.24 - r, y))
    return [_joined(back, _arc(0.24, y, r, ry, 180, 180 - rng.uniform(310, 420)))]


def _seven(rng: random.Random) -> Strokes:
    top, right = rng.uniform(0.0, 0.06), rng.uniform(0.44, 0.6)
    foot = (rng.uniform(0.1, 0.32), 1.0)
    down = _curve((right, top), (right - rng.uniform(0.05, 0.25), 0.45), foot)
    roof = _curve((0.02, top + rng.uniform(-0.02, 0.06)), (0.25, top + rng.uniform(-0.06, 0.08)), (right, top))
    if rng.random() < 0.3:
        roof = _joined(_line((0.02, top + rng.uniform(0.08, 0.2)), (0.03, top)), roof)
    strokes = [_joined(roof, down)]
    if rng.random() < 0.35:
        y = rng.uniform(0.42, 0.58)
        strokes.append(_line((rng.uniform(0.08, 0.2), y), (rng.uniform(0.46, 0.6), y + rng.uniform(-0.06, 0.04))))
    return strokes


def _eight(rng: random.Random) -> Strokes:
    split = rng.uniform(0.4, 0.52)
    r, low, x = rng.uniform(0.14, 0.24), rng.uniform(0.18, 0.28), 0.27
    if rng.random() < 0.35:  # two rings
        start = rng.uniform(0, 360)
        upper = _arc(x, split / 2, r, split / 2, start, start - rng.uniform(345, 390))
        lower = _arc(
            x + rng.uniform(-0.03, 0.03), (1 + split) / 2, low, (1 - split) / 2, -90, -90 + rng.uniform(345, 390)
        )
        return [upper, lower]
    top = _arc(x, split / 2, r, split / 2, rng.uniform(-80, -20), -270)  # an S and the way back
    belly = _arc(x, (1 + split) / 2, low, (1 - split) / 2, -90, 180 + rng.uniform(20, 60))
    back = _curve(tuple(belly[-1]), (x, split), (x + r * rng.uniform(0.5, 1.0), split * rng.uniform(0.1, 0.35)))
    return [_joined(top, belly, back)]


def _nine(rng: random.Random) -> Strokes:
    ry = rng.uniform(0.19, 0.28)
    r, x = rng.uniform(0.16, 0.25), 0.28
    ring = _arc(x, ry, r, ry, rng.uniform(-60, 0), -360 + rng.uniform(-10, 20))
    start = (float(ring[-1][0]), float(ring[-1][1]))
    if rng.random() < 0.4:  # the tail curls to the left
        tail = _curve(start, (start[0] + 0.02, 1.0), (rng.uniform(0.02, 0.15), rng.uniform(0.86, 1.0)))
    else:
        tail = _curve(start, (start[0], 0.6), (start[0] - rng.uniform(0.0, 0.16), 1.0))
    return [_joined(ring, tail)]


_MAKERS: Final[dict[str, Callable[[random.Random], Strokes]]] = {
    "0": _nought, "1": _one, "2": _two, "3": _three, "4": _four,
    "5": _five, "6": _six, "7": _seven, "8": _eight, "9": _nine,
}  # fmt: skip


# --- a hand's slips --------------------------------------------------------------------------------------------------


def _slipped(rng: random.Random, strokes: Strokes) -> Strokes:
    """All strokes bent by the same slow waves, and each a little off its place: no two digits of a hand are alike."""
    size = rng.uniform(0.0, 0.08)
    waves = [(rng.uniform(2, 7), rng.uniform(2, 7), rng.uniform(0, 6.3), size * rng.uniform(-1, 1)) for _ in range(4)]
    slipped = []
    for stroke in strokes:
        x, y = stroke[:, 0], stroke[:, 1]
        across = sum(a * np.sin(fx * x + fy * y + p) for fx, fy, p, a in waves[:2])
        down = sum(a * np.sin(fx * x + fy * y + p) for fx, fy, p, a in waves[2:])
        shift = rng.gauss(0, 0.012), rng.gauss(0, 0.012)
        slipped.append(np.stack([x + across + shift[0], y + down + shift[1]], axis=1))
    return slipped


def leaned(strokes: Strokes, slant: float, wide: float, turn: float) -> Strokes:
    """Strokes of a hand: `slant` to the right (tangent), `wide` of their width, turned by `turn` radians."""
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[wide, -slant], [0.0, 1.0]])
    return [stroke @ matrix.T for stroke in strokes]
