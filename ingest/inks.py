"""Coloured ink over print: seen through a filter of its colour it is as light as the paper, and print stays dark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from ingest.pagepicture import Pixels

_COLOURFUL, _PALE = 40, 20  # between the strongest and the weakest of a pixel's three channels
_RED_EXCESS = 40
_TINTED_PAPER = 0.25
_THIN = 24  # what a frame's line has left where the page is looked at from afar
_STAMP_MM, _LONG_MM = (6.5, 110.0), 15.0
_SIDE_DRAWN = 0.6
_DARKER, _GREYER = 0.75, 0.5  # than the ink: print
_LEAST_CROSSINGS = 2
_LEAST_TILT = 5.0  # degrees: no sheet that is read lies that much askew
_ROOM_MM = 1.0
_TOUCHING = np.ones((3, 3), np.uint8)

Corners = np.ndarray[Any, np.dtype[np.float32]]


def filtered(channel: Pixels, colourful: Pixels, sure: int, pale: int) -> Pixels:
    """A colour channel without what the ink takes away even of that light, as much as a place is `colourful`: above
    `sure` there is ink for certain, up to `pale` there is none. A lamp, a telephone and a dark ink leave a seal grey in
    its own channel, and a grey ring through a letter is read as a part of it."""
    inked, bare = colourful > sure, colourful <= pale
    if not inked.any():
        return channel
    paper = float(np.percentile(channel[bare], 75)) if bare.any() else 255.0
    ink = float(np.median(channel[inked]))
    if not 0 < ink < paper:
        return channel
    share = np.minimum(colourful.astype(np.float32) / float(np.median(colourful[inked])), 1.0)
    lighter = channel * (paper / (paper - (paper - ink) * share))
    return np.asarray(np.minimum(lighter, np.maximum(channel, paper)), dtype=np.uint8)  # no brighter than paper


def fade_stamps(grey: Pixels, rgb: Pixels, small: Pixels, dpi: float) -> None:
    """Fades framed stamps of any colour but red out of the grey page: that of incoming mail, "copied", "paid". They are
    put over print, or stand askew. `rgb` is the page as it was scanned, `small` the same at `dpi`. Red ones speak of
    secrecy and urgency and stay; so does a printed box, which is level and which no letter crosses."""
    scale, coarse = rgb.shape[0] / grey.shape[0], grey.shape[0] / small.shape[0]
    for frame in _frames(small, dpi):
        corners = frame * coarse
        room = _ROOM_MM / 25.4 * dpi * coarse
        left, top = (max(0, int(v - room)) for v in corners.min(axis=0))
        right, bottom = (int(v + room) + 1 for v in corners.max(axis=0))
        field = grey[top:bottom, left:right]
        whole = rgb[round(top * scale) : round(bottom * scale), round(left * scale) : round(right * scale)]
        if not field.size or not whole.size:
            continue
        method = cv2.INTER_AREA if scale >= 2 else cv2.INTER_LINEAR
        part = np.asarray(cv2.resize(whole, (field.shape[1], field.shape[0]), interpolation=method), dtype=np.uint8)
        colourful = _colourful(part)
        inked = colourful > _COLOURFUL
        if not inked.any():
            continue
        ink = np.median(part[inked], axis=0)
        printed = (part.max(axis=2) < _DARKER * ink.max()) & (colourful < _GREYER * np.ptp(ink))
        crossings = _crossings(printed.astype(np.uint8), corners - np.array((left, top), np.float32))
        if crossings < _LEAST_CROSSINGS and _tilt(corners) < _LEAST_TILT:
            continue
        strongest = int(ink.argmax())
        light = filtered(np.ascontiguousarray(part[:, :, strongest]), colourful, _COLOURFUL, _PALE)
        coloured = cv2.dilate((colourful > _PALE).astype(np.uint8), _TOUCHING) > 0
        field[coloured] = light[coloured]


def _frames(small: Pixels, dpi: float) -> Iterator[Corners]:
    """The corners (4×2, pixels) of each coloured frame of a stamp's size, however it is turned."""
    red, green, blue = cv2.split(small)
    strongest, weakest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    _, coloured = cv2.threshold(cv2.subtract(strongest, weakest), _THIN, 1, cv2.THRESH_BINARY)
    _, other = cv2.threshold(cv2.subtract(red, cv2.max(green, blue)), _RED_EXCESS, 1, cv2.THRESH_BINARY_INV)
    inked = np.asarray(cv2.bitwise_and(coloured, other), dtype=np.uint8)
    least, most = (length / 25.4 * dpi for length in _STAMP_MM)
    if not 2 * least <= cv2.countNonZero(inked) <= _TINTED_PAPER * inked.size:
        return
    grown = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, _TOUCHING)
    near = np.asarray(cv2.dilate(inked, _TOUCHING), dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    short, long = stats[1:, 2:4].min(axis=1), stats[1:, 2:4].max(axis=1)
    fits = (short >= least) & (long <= most) & (long >= _LONG_MM / 25.4 * dpi)
    for number in 1 + np.flatnonzero(fits):
        x, y, wide, high = stats[number, :4].tolist()
        points = cv2.findNonZero((labels[y : y + high, x : x + wide] == number).astype(np.uint8))
        corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(points)), dtype=np.float32) + np.array((x, y), np.float32)
        if all(_along(near, corners, side).mean() >= _SIDE_DRAWN for side in range(4)):
            yield corners


def _crossings(black: Pixels, corners: Corners) -> int:
    """How often something black crosses the frame."""
    near = np.asarray(cv2.dilate(black, _TOUCHING), dtype=np.uint8)
    return sum(int((np.diff(_along(near, corners, side).astype(np.int8)) == 1).sum()) for side in range(4))


def _tilt(corners: Corners) -> float:
    """How far the frame's sides are from level and upright, in degrees (0..45)."""
    along = corners[1] - corners[0]
    turned = math.degrees(math.atan2(float(along[1]), float(along[0]))) % 90
    return min(turned, 90 - turned)


def _along(mask: Pixels, corners: Corners, side: int) -> Pixels:
    """The mask's values along one side of a frame, a pixel apart."""
    start, end = corners[side], corners[(side + 1) % 4]
    steps = np.linspace(0, 1, max(2, round(float(np.linalg.norm(end - start)))))[:, None]
    at = np.round(start + (end - start) * steps).astype(int)
    height, width = mask.shape
    return np.asarray(mask[np.clip(at[:, 1], 0, height - 1), np.clip(at[:, 0], 0, width - 1)], dtype=np.uint8)


def _colourful(rgb: Pixels) -> Pixels:
    red, green, blue = cv2.split(rgb)
    return np.asarray(
        cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)), dtype=np.uint8
    )
