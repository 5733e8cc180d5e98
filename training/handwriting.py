"""Digits as pens write them: strokes through a few points of the hand's way, never twice the same.

Numbers and days are filled in by hand between print ("Số: 84/QĐ-UBND", "ngày 03 tháng 02"). Fonts that look like pens
write each digit always alike; here each hand has its slant, size, width and pressure, and each digit its own slips.
"""

from __future__ import annotations

import random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Stroke = tuple[Point, ...]
Floats = NDArray[np.float32]

WRITES: Final = frozenset("0123456789/-. ")

# Points in a box 0.6 wide and 1 high, y downwards from the top of a digit; several ways of writing each.
_WAYS: Final[dict[str, tuple[tuple[Stroke, ...], ...]]] = {
    "0": (
        (((0.35, 0.02), (0.10, 0.2), (0.05, 0.6), (0.25, 0.98), (0.5, 0.8), (0.55, 0.35), (0.35, 0.02)),),
        (((0.30, 0.0), (0.08, 0.4), (0.2, 0.95), (0.48, 0.75), (0.5, 0.25), (0.25, 0.02), (0.2, 0.1)),),
    ),
    "1": (
        (((0.3, 0.0), (0.3, 0.5), (0.28, 1.0)),),
        (((0.1, 0.25), (0.32, 0.0), (0.3, 0.5), (0.3, 1.0)),),
        (((0.12, 0.22), (0.32, 0.0), (0.3, 1.0)), ((0.1, 1.0), (0.5, 0.98))),
    ),
    "2": (
        (((0.08, 0.25), (0.25, 0.02), (0.5, 0.2), (0.35, 0.6), (0.06, 0.98), (0.3, 0.94), (0.58, 0.97)),),
        (((0.06, 0.2), (0.3, 0.0), (0.48, 0.25), (0.25, 0.75), (0.08, 0.9), (0.2, 0.8), (0.35, 0.95), (0.6, 0.9)),),
    ),
    "3": (
        (((0.1, 0.1), (0.35, 0.0), (0.5, 0.2), (0.22, 0.45), (0.5, 0.65), (0.4, 0.95), (0.05, 0.9)),),
        (((0.08, 0.03), (0.5, 0.03), (0.25, 0.4), (0.5, 0.62), (0.4, 0.95), (0.05, 0.92)),),
    ),
    "4": (
        (((0.35, 0.0), (0.05, 0.62), (0.58, 0.6)), ((0.42, 0.3), (0.4, 1.0))),
        (((0.12, 0.05), (0.1, 0.5), (0.52, 0.5)), ((0.48, 0.0), (0.44, 1.0))),
        (((0.4, 1.0), (0.44, 0.0), (0.06, 0.65), (0.6, 0.63)),),
    ),
    "5": (
        (((0.12, 0.02), (0.1, 0.42), (0.4, 0.4), (0.52, 0.7), (0.35, 0.97), (0.05, 0.9)), ((0.12, 0.03), (0.52, 0.0))),
        (((0.52, 0.02), (0.15, 0.04), (0.12, 0.42), (0.42, 0.42), (0.5, 0.75), (0.28, 0.98), (0.04, 0.9)),),
    ),
    "6": (
        (((0.42, 0.0), (0.14, 0.4), (0.1, 0.8), (0.32, 0.98), (0.5, 0.75), (0.35, 0.52), (0.12, 0.7)),),
        (((0.3, 0.0), (0.1, 0.5), (0.15, 0.95), (0.45, 0.9), (0.45, 0.6), (0.2, 0.55), (0.1, 0.75)),),
    ),
    "7": (
        (((0.06, 0.06), (0.3, 0.03), (0.54, 0.03), (0.35, 0.5), (0.22, 1.0)),),
        (((0.06, 0.05), (0.54, 0.02), (0.3, 0.5), (0.22, 1.0)), ((0.15, 0.52), (0.48, 0.48))),
        (((0.06, 0.15), (0.1, 0.04), (0.54, 0.03), (0.28, 1.0)),),
    ),
    "8": (
        (
            ((0.46, 0.12), (0.25, 0.0), (0.12, 0.2), (0.45, 0.65), (0.4, 0.95), (0.12, 0.92), (0.12, 0.65), (0.44, 0.3),
             (0.46, 0.12)),
        ),
        (((0.3, 0.45), (0.12, 0.2), (0.32, 0.0), (0.46, 0.2), (0.3, 0.45)),
         ((0.3, 0.45), (0.08, 0.75), (0.3, 1.0), (0.52, 0.75), (0.3, 0.45))),
    ),
    "9": (
        (((0.48, 0.2), (0.25, 0.02), (0.08, 0.28), (0.28, 0.5), (0.48, 0.2), (0.46, 0.6), (0.4, 1.0)),),
        (((0.46, 0.15), (0.2, 0.05), (0.1, 0.35), (0.35, 0.45), (0.48, 0.15), (0.5, 0.6), (0.3, 0.98), (0.08, 0.9)),),
    ),
    "/": ((((0.4, -0.1), (0.05, 1.1)),),),
    "-": ((((0.05, 0.55), (0.4, 0.53)),),),
    ".": ((((0.1, 0.95), (0.12, 1.0)),),),
}  # fmt: skip
_NARROW: Final = {"1": 0.7, "/": 0.75, "-": 0.8, ".": 0.45}


class Hand:
    """One person's hand with one pen: slant, size, width and pressure are chosen once; `em` in pixels."""

    def __init__(self, rng: random.Random, em: float) -> None:
        self._rng, self.em = rng, em
        self._tall = em * rng.uniform(0.58, 1.05)
        self._wide = self._tall * rng.uniform(0.7, 1.15)
        self._slant = rng.uniform(-0.1, 0.5)
        self._pen = max(1.0, em * rng.uniform(0.035, 0.11))
        self._slips = rng.uniform(0.012, 0.05)
        self._apart = rng.uniform(-0.02, 0.22)
        self._ways = {char: rng.choice(ways) for char, ways in _WAYS.items()}

    def advance(self, text: str) -> float:
        """How far the pen goes for a text, in pixels."""
        return sum(self._step(char) for char in text)

    def write(self, sheet: NDArray[np.uint8], text: str, x: float, baseline: float, grey: int) -> None:
        """Write on a grey sheet (dark on white) from x on; characters that are not in `WRITES` are left out."""
        rng = self._rng
        for char in text:
            lift = rng.gauss(0, 0.03) * self._tall
            for stroke in self._ways.get(char, ()):
                points = [(px + rng.gauss(0, self._slips), py + rng.gauss(0, self._slips * 1.3)) for px, py in stroke]
                curve = smooth(points)
                at = np.stack(
                    [
                        x + (curve[:, 0] + self._slant * (1 - curve[:, 1]) * 0.6) * self._wide,
                        baseline + lift - (1 - curve[:, 1]) * self._tall,
                    ],
                    axis=1,
                )
                width = max(1, round(self._pen * rng.uniform(0.85, 1.15)))
                cv2.polylines(sheet, [np.round(at * 16).astype(np.int32)], False, grey, width, cv2.LINE_AA, 4)
            x += self._step(char)

    def _step(self, char: str) -> float:
        if char == " ":
            return 0.45 * self._wide
        return (0.6 * _NARROW.get(char, 1.0) + self._apart) * self._wide


def smooth(points: list[Point], steps: int = 7) -> Floats:
    """A Catmull-Rom curve through the points, [n, 2]."""
    p = np.asarray([points[0], *points, points[-1]], np.float32)
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, p[-1:]]).astype(np.float32)
