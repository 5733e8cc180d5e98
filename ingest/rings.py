"""Round seals that a copier made grey: their rings are taken out of the working copy, so that the signer's name under
them stands alone.

A red seal is faded by its colour (`ingest.cleaning`). A copied one has no colour, but it is drawn with compasses: its
rings are circles, which letters never are. A ring ties the letters that it crosses into one mark as large as itself,
and no line is found there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from ingest.cleaning import Cleaned, PaperBox, components
from ingest.pagepicture import Pixels, halved

_DARK, _GREY = 150, 190
_RADIUS_MM = (9.0, 26.0)
_LEAST_RING_MM = 5.0
_LONGEST_MM = 110.0
_FILLED = 0.45  # a picture or a black bar is no ring
_ANGLES = 720
_ROUND = 0.62  # of the whole circle: the rest is hidden or worn
_ROUND_TOO = 0.40  # of further rings around the same middle, above what else stands there
_FINE_STEPS = 4
_HALF = 0.45
_BESIDE = 2  # pixels: a ring's edge is soft
_PALER, _AS_PRINT, _SOME_PRINT = 35.0, 0.45, 0.15
_EDGE_OF_LETTERS = np.ones((3, 3), np.uint8)
_STEP_MM = 0.35
_LOOKS = 6
_VOTES = 18

Floats = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class _Seal:
    """Middle and, for each ring, its inner and outer radius; pixels of the working copy."""

    x: float
    y: float
    rings: tuple[tuple[float, float], ...]

    @property
    def box(self) -> PaperBox:
        r = self.rings[-1][1]
        return round(self.x - r), round(self.y - r), round(self.x + r), round(self.y + r)

    def within(self, other: _Seal) -> bool:
        """Whether it is the other one again, found by another of its rings."""
        return math.hypot(self.x - other.x, self.y - other.y) < other.rings[-1][1]


def without_rings(cleaned: Cleaned) -> Cleaned:
    """The working copy without the rings of grey or black seals, each counted among its seals."""
    small = halved(cleaned.grey)
    found: list[_Seal] = []
    for place in _candidates(small, cleaned.dpi / 2):
        seal = _seal(cleaned, small, place)
        if seal is not None and not any(seal.within(other) for other in found):
            found.append(seal)
    if not found:
        return cleaned
    grey = cleaned.grey.copy()
    for seal in found:
        _erase(grey, seal)
    return replace(cleaned, grey=grey, seals=(*cleaned.seals, *(seal.box for seal in found)))


def _candidates(small: Pixels, dpi: float) -> Iterator[tuple[int, int, Pixels]]:
    """(left, top, mask) of each connected mark that is large and thin enough to hold a ring."""
    mm = dpi / 25.4
    dark = (small < _DARK).astype(np.uint8)
    labels, stats = components(dark)
    w, h, area = (stats[:, i] for i in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    least, most = 2 * _RADIUS_MM[0] * mm * 0.8, _LONGEST_MM * mm
    fits = (np.minimum(w, h) >= least) & (np.maximum(w, h) <= most) & (area < _FILLED * w * h)
    fits[0] = False
    large = np.flatnonzero(fits)
    for number in large[np.argsort(-(w * h)[large], kind="stable")][:_LOOKS].tolist():
        x, y, wide, high = stats[number, :4].tolist()
        yield x, y, np.asarray(labels[y : y + high, x : x + wide] == number, dtype=np.uint8)


def _seal(cleaned: Cleaned, small: Pixels, place: tuple[int, int, Pixels]) -> _Seal | None:
    """The seal whose ring the mark is: found roughly by votes on the mark, then exactly on the working copy."""
    left, top, mask = place
    mm = cleaned.dpi / 2 / 25.4
    pad = round(4 * mm)
    sheet = cv2.copyMakeBorder(mask * np.uint8(255), pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    circles = cv2.HoughCircles(
        sheet, cv2.HOUGH_GRADIENT, 2, 8 * mm, param1=100, param2=_VOTES,
        minRadius=round(_RADIUS_MM[0] * mm), maxRadius=round(_RADIUS_MM[1] * mm),
    )  # fmt: skip
    if circles is None:
        return None
    best: tuple[float, float, float, float] | None = None
    for x, y, r in circles.reshape(-1, circles.shape[-1])[:4, :3].tolist():
        share, *at = _centred(small, x - pad + left, y - pad + top, r, mm)
        if best is None or share > best[0]:
            best = share, at[0], at[1], r
    if best is None or best[0] < _ROUND:
        return None
    fine = cleaned.grey
    scale = cleaned.dpi / 25.4
    x, y = _sharpest(fine, best[1] * 2 + 0.5, best[2] * 2 + 0.5, scale)
    rings = _rings(_profile(fine, x, y, _RADIUS_MM[1] * scale), scale)
    return _Seal(x, y, rings) if rings else None


def _centred(grey: Pixels, x: float, y: float, radius: float, mm: float, steps: int = 5) -> tuple[float, float, float]:
    """(share of the circle that is dark, x, y) at the middle around which a ring near `radius` is most complete."""
    best = (-1.0, x, y)
    for step in (_STEP_MM * mm * 1.6, _STEP_MM * mm * 0.5):
        _, x, y = best
        for dx in range(-steps, steps + 1):
            for dy in range(-steps, steps + 1):
                at = x + dx * step / 2, y + dy * step / 2
                share = float(_profile(grey, *at, radius + 2 * mm, radius - 2 * mm, angles=90).max())
                if share > best[0]:
                    best = (share, *at)
        steps = 3
    return best


def _sharpest(grey: Pixels, x: float, y: float, mm: float) -> tuple[float, float]:
    """The middle around which all rings of the seal are thinnest."""
    tried = []
    for dx in range(-_FINE_STEPS, _FINE_STEPS + 1):
        for dy in range(-_FINE_STEPS, _FINE_STEPS + 1):
            at = x + 0.5 * dx, y + 0.5 * dy
            profile = _profile(grey, *at, _RADIUS_MM[1] * mm, _LEAST_RING_MM * mm, angles=120)
            tried.append((float(np.square(profile).sum()), at))
    return max(tried)[1]


def _profile(grey: Pixels, x: float, y: float, to: float, start: float = 0.0, angles: int = _ANGLES) -> Floats:
    """The share of dark pixels at each radius, a pixel apart, from `start` to `to`; beyond the page is paper."""
    seen = _unrolled(grey, x, y, *_spokes(start, to, angles))
    return np.asarray((seen < _GREY).mean(axis=0), dtype=np.float32)


@lru_cache(maxsize=64)  # a ring is looked for around hundreds of middles
def _spokes(start: float, to: float, angles: int) -> tuple[Floats, Floats]:
    """How far right and down of a middle the points lie, a row for each angle."""
    radii = np.arange(max(0.0, start), to, dtype=np.float32)[None, :]
    turn = np.linspace(0, 2 * math.pi, angles, endpoint=False, dtype=np.float32)[:, None]
    return radii * np.cos(turn), radii * np.sin(turn)


def _unrolled(grey: Pixels, x: float, y: float, right: Floats, down: Floats) -> Pixels:
    at_x, at_y = x + right, y + down
    return np.asarray(
        cv2.remap(
            grey, at_x.astype(np.float32), at_y.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=255.0,
        ),
        dtype=np.uint8,
    )  # fmt: skip


def _rings(profile: Floats, mm: float) -> tuple[tuple[float, float], ...]:
    """(inner, outer) radius of each ring, from the inside out; none where no ring is as large as a seal's. A ring is as
    wide as its profile at half its height above what lies between rings."""
    least = round(_LEAST_RING_MM * mm)
    floor = float(np.median(profile[least:])) if len(profile) > least else 0.0
    rings: list[tuple[float, float]] = []
    for r in range(max(1, least), len(profile) - 1):
        peak = float(profile[r])
        if peak < floor + _ROUND_TOO or peak < float(profile[r - 1 : r + 2].max()) or (rings and r <= rings[-1][1]):
            continue
        edge = floor + _HALF * (peak - floor)
        inner, outer = r, r
        while inner > 1 and edge < profile[inner - 1] <= profile[inner]:
            inner -= 1
        while outer < len(profile) - 1 and edge < profile[outer + 1] <= profile[outer]:
            outer += 1
        rings.append((float(inner), float(outer)))
    sure = any(float(profile[int(a) : int(b) + 1].max()) >= _ROUND for a, b in rings)
    return tuple(rings) if sure and rings[-1][1] >= _RADIUS_MM[0] * mm else ()


def _erase(grey: Pixels, seal: _Seal) -> None:
    """Each ring becomes what stands on its two sides. Where print is darker than the seal, the print stays."""
    height, width = grey.shape
    x0, y0, x1, y1 = seal.box
    pad = 3 * _BESIDE + 2
    left, top, right, bottom = max(0, x0 - pad), max(0, y0 - pad), min(width, x1 + pad), min(height, y1 + pad)
    ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
    dx, dy = xs - np.float32(seal.x), ys - np.float32(seal.y)
    far = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-3)
    part = grey[top:bottom, left:right]
    before = part.copy()
    print_ = _print(before, far, seal)
    for inner, outer in seal.rings:
        band = (far > inner - _BESIDE) & (far < outer + _BESIDE)
        ends = np.float32(inner - 1.5 * _BESIDE), np.float32(outer + 1.5 * _BESIDE)
        inside, outside = (
            cv2.remap(
                before, (seal.x + dx * (at / far) - left).astype(np.float32),
                (seal.y + dy * (at / far) - top).astype(np.float32),
                cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255.0,
            ).astype(np.float32)
            for at in ends
        )  # fmt: skip
        share = np.clip((far - ends[0]) / (ends[1] - ends[0]), 0, 1)
        between = inside * (1 - share) + outside * share
        if print_ is not None:
            between = np.where(print_, before, np.maximum(inside, outside))
        part[band] = np.maximum(before, between)[band].astype(np.uint8)
    if print_ is not None and len(seal.rings) > 1:
        _erase_rim(part, far, print_, seal)


def _erase_rim(part: Pixels, far: Floats, print_: Mask, seal: _Seal) -> None:
    """Letters between the rings that are as pale as the seal go; what reaches out of the rim, or is dark, is print."""
    dark = (part < _DARK).astype(np.uint8)
    labels, stats = components(dark)
    count = len(stats)
    rim = (far > seal.rings[0][0]) & (far < seal.rings[-1][1])
    pixels = np.bincount(labels.ravel(), minlength=count)
    beyond = np.bincount(labels[~rim], minlength=count)
    sure = np.bincount(labels[print_], minlength=count)
    goes = (beyond == 0) & (sure < _SOME_PRINT * pixels)
    goes[0] = False
    part[cv2.dilate(goes[labels].astype(np.uint8), _EDGE_OF_LETTERS) > 0] = 255


def _print(before: Pixels, far: Floats, seal: _Seal) -> Mask | None:
    """Where there is ink that is clearly darker than the seal's; None where the two are alike."""
    calm = cv2.GaussianBlur(before, (3, 3), 0.8)  # a grain of noise on the ring is not print
    dark = before[before < _DARK]
    inner, outer = seal.rings[-1]
    ring = calm[(far >= inner) & (far <= outer)]
    if not len(dark) or not len(ring):
        return None
    darkest, pale = float(np.percentile(dark, 3)), float(np.median(ring))
    if pale - darkest < _PALER:
        return None
    found = (calm < pale - _AS_PRINT * (pale - darkest)).astype(np.uint8)
    return np.asarray(cv2.dilate(found, _EDGE_OF_LETTERS) > 0)
