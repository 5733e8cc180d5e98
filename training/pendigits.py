"""Pictures that the reader of hand-written digits learns from: digits by a pen and in print, and what is no digit
(two digits in one, halves, letters, scribbles), as the product's own cutting and sizing hands them to the network."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ingest.handdigits import NO_DIGIT, SIDE, ink_of_crop, normalised
from training.penstrokes import Strokes, digit, leaned

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BY_PEN, _IN_PRINT = 0.74, 0.08  # shares of the samples; the rest is no digit
_LETTERS: Final = "tyhngàQĐTBCKaeumvsUXRPGHVNEkbd:;,.-–_=+*#%&?"
_PRINT: Final = ("texgyretermes", "texgyreheros", "Tinos", "LiberationSerif", "LiberationSans", "DejaVuSerif")
_ROOTS: Final = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts/opentype/public/tex-gyre"))
_THIN: Final = 0.3  # a half that is narrower, of its height, may be taken for a one


class DigitMaker:
    """Endless samples by chance; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"digits:{seed}")
        self._noise = np.random.default_rng(self._rng.getrandbits(64))
        self._fonts = _print_fonts()

    def batch(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """([count, 28, 28] as the network takes them, their classes 0 … 10)."""
        pictures, classes = np.zeros((count, SIDE, SIDE), np.float32), np.zeros(count, np.int64)
        made = 0
        while made < count:
            picture, number = self.sample()
            if picture is not None:
                pictures[made], classes[made] = picture, number
                made += 1
        return pictures, classes

    def sample(self) -> tuple[Floats | None, int]:
        """One picture and its class; None where nothing was left of it."""
        rng, way = self._rng, self._rng.random()
        if way < _BY_PEN:
            char = rng.choice("0123456789")
            return self._seen(self.written(digit(rng, char))), int(char)
        if way < _BY_PEN + _IN_PRINT and self._fonts:
            char = rng.choice("0123456789")
            return self._seen(self._printed(char)), int(char)
        return self._none(), NO_DIGIT

    def written(self, strokes: Strokes, *, slanted: bool = True) -> Pixels:
        """Strokes drawn by a pen of a hand by chance, grey, dark on white."""
        rng = self._rng
        tall = rng.uniform(13, 46)
        if slanted:
            strokes = leaned(strokes, rng.gauss(0.14, 0.17), rng.uniform(0.6, 1.45), rng.gauss(0, 0.05))
        pen = tall * rng.uniform(0.035, 0.15)
        every = np.concatenate(strokes)
        low, high = every.min(axis=0), every.max(axis=0)
        room = 4 + pen
        width, height = (np.ceil((high - low) * tall + 2 * room)).astype(int)
        sheet = np.full((height * 2, width * 2), 255, np.uint8)  # at twice the size: a pen's width is no whole number
        grey = rng.choice((0, rng.randint(0, 90), rng.randint(60, 150)))
        for stroke in strokes:
            at = ((stroke - low) * tall + room) * 2
            points = [np.round(at * 16).astype(np.int32)]
            cv2.polylines(sheet, points, False, grey, max(1, round(2 * pen)), cv2.LINE_AA, 4)
            if rng.random() < 0.3:  # pressed harder on the way
                a = rng.randrange(len(stroke))
                part = points[0][a : a + rng.randint(5, 20)]
                if len(part) > 1:
                    cv2.polylines(sheet, [part], False, grey, max(1, round(2.6 * pen)), cv2.LINE_AA, 4)
        if rng.random() < 0.12:  # dots of a leader at the foot
            y, step = round(2 * (height - room - rng.uniform(-0.05, 0.1) * tall)), rng.uniform(0.2, 0.4) * tall * 2
            for x in np.arange(rng.uniform(0, step), 2 * width, step):
                cv2.circle(sheet, (round(x), y), max(1, round(0.05 * tall)), 60, -1)
        return np.asarray(cv2.resize(sheet, (int(width), int(height)), interpolation=cv2.INTER_AREA), np.uint8)

    # -- no digit ------------------------------------------------------------------------------------------------

    def _none(self) -> Floats | None:
        rng, way = self._rng, self._rng.random()
        if way < 0.40:
            first, second = digit(rng, rng.choice("0123456789")), digit(rng, rng.choice("0123456789"))
            wide = max(float(stroke[:, 0].max()) for stroke in first)
            apart = np.array([wide + rng.uniform(-0.08, 0.25), rng.gauss(0, 0.06)])
            return self._seen(self.written([*first, *(stroke + apart for stroke in second)]))
        if way < 0.62:
            return self._half(self.written(digit(rng, rng.choice("0123456789"))))
        if way < 0.82 and self._fonts:
            return self._seen(self._printed(rng.choice(_LETTERS)))
        points = np.array([[rng.uniform(0, 0.8), rng.uniform(0, 1)] for _ in range(rng.randint(4, 9))])
        if way < 0.90:  # lies flat
            points[:, 1] *= 0.15
        t = np.linspace(0, len(points) - 1, 50)
        line = np.stack([np.interp(t, range(len(points)), points[:, i]) for i in (0, 1)], axis=1)
        line = cv2.blur(line.astype(np.float32), (1, 9)).astype(np.float64)
        if way >= 0.90 and float(np.ptp(line[:, 0])) < 0.45:  # what stands up thin and straight is a one
            line[:, 0] *= 0.45 / max(0.05, float(np.ptp(line[:, 0])))
        return self._seen(self.written([line], slanted=False))

    def _half(self, sheet: Pixels) -> Floats | None:
        """A digit cut through, as a mark is that was taken for two."""
        rng = self._rng
        columns = np.flatnonzero((sheet < 200).any(axis=0))
        if len(columns) < 6:
            return None
        at = round(columns[0] + (columns[-1] - columns[0]) * rng.uniform(0.3, 0.7))
        half = sheet[:, :at] if rng.random() < 0.5 else sheet[:, at:]
        columns, rows = np.flatnonzero((half < 200).any(axis=0)), np.flatnonzero((half < 200).any(axis=1))
        if len(columns) < 3 or len(columns) < _THIN * len(rows):
            return None
        return self._seen(np.ascontiguousarray(np.pad(half, 4, constant_values=255)))

    def _printed(self, char: str) -> Pixels:
        rng = self._rng
        font = _loaded(rng.choice(self._fonts), rng.randint(20, 60))
        left, top, right, bottom = font.getbbox(char)
        image = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8), 255)
        ImageDraw.Draw(image).text((4 - left, 4 - top), char, font=font, fill=rng.randint(0, 90))
        return np.array(image)

    # -- through scanner and cleaning ------------------------------------------------------------------------------

    def _seen(self, sheet: Pixels) -> Floats | None:
        """What the product's cutting makes of the sheet after a scanner had it."""
        rng = self._rng
        picture = sheet.astype(np.float32)
        if rng.random() < 0.45:  # a lower resolution on the way; a fax is black or white there
            share = rng.uniform(0.45, 0.95)
            height, width = picture.shape
            size = max(6, round(width * share)), max(6, round(height * share))
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            if rng.random() < 0.5:
                small = np.where(small < rng.uniform(110, 215), 0.0, 255.0).astype(np.float32)
            picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        if rng.random() < 0.4:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.4)), np.float32)
        if rng.random() < 0.12:  # worn, or bled
            kernel = np.ones((2, 2), np.uint8)
            worn = cv2.dilate(picture, kernel) if rng.random() < 0.4 else cv2.erode(picture, kernel)
            picture = np.asarray(worn, np.float32)
        if rng.random() < 0.5:
            picture = picture + self._noise.normal(0, rng.uniform(1, 22), picture.shape).astype(np.float32)
        crop = np.asarray(np.clip(picture, 0, 255), np.uint8)
        ink, marks = ink_of_crop(crop)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
        big = stats[:, 4] >= 0.04 * stats[1:, 4].sum()
        big[0] = False
        if not big.any():
            return None
        mask = cv2.dilate(big.astype(np.uint8)[labels], np.ones((3, 3), np.uint8))
        (left, top), (right, bottom) = stats[big, :2].min(axis=0), (stats[big, :2] + stats[big, 2:4]).max(axis=0)
        part = (ink * mask)[top:bottom, left:right]
        return normalised(np.ascontiguousarray(part, np.float32)) if min(part.shape) >= 2 else None


@lru_cache(maxsize=1)
def _print_fonts() -> tuple[Path, ...]:
    files = sorted(path for root in _ROOTS for path in root.rglob("*") if path.suffix in (".ttf", ".otf"))
    return tuple(path for path in files if path.name.startswith(_PRINT))


@lru_cache(maxsize=256)
def _loaded(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)
