"""Made-up pictures of lines, as the line finder cuts them from cleaned pages: 40 pixels high, dark on white.

The way of a line: set in print (words, justified gaps, pen stretches, underlines, leaders, table rules, neighbours
above and below), scaled, then everything that paper, office, scanner and cleaning leave behind.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.alphabet import ALPHABET
from training.fonts import Fonts
from training.handwriting import WRITES, Hand
from training.texts import HAND, Texts

HEIGHT: Final = 40
EM: Final = 30.0
BASELINE: Final = 30.0
"""Where the line finder aims: 30 pixels per em, the baseline 30 pixels below the crop's top."""

WIDEST: Final = 1200
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Printed:
    """A line as it was set: its picture (grey, dark on white), em and baseline in pixels, and its text."""

    picture: Floats
    em: float
    baseline: float
    text: str
    pieces: tuple[tuple[str, float, float], ...] = ()
    """What was set one after the other, words and the spaces between them: (text, left, right) in pixels."""


class LineMaker:
    """Endless lines by chance; the same seed makes the same lines."""

    def __init__(self, texts: Texts, fonts: Fonts, seed: int) -> None:
        self._texts, self._fonts = texts, fonts
        self._rng = random.Random(f"lines:{seed}")
        self._noise = np.random.default_rng(self._rng.getrandbits(64))

    def printed(self, *, neighbours: bool = True) -> Printed:
        """A line in print, with parts of the lines above and below or without."""
        while True:
            rng = self._rng
            line = self._set(self._texts.line(rng), neighbours)
            if line is not None:
                return line

    def seen(self, line: Printed) -> Pixels | None:
        """A printed line as a cleaned page shows it, uint8 [40, width]; another one each time. None where it came out
        narrower than its text can be read from, or wider than `WIDEST`."""
        rng = self._rng
        picture = self._cut(line)
        if not readable(picture.shape[1], line.text):
            return None
        picture = self._inked(picture, rng)
        if rng.random() < 0.30:
            picture = self._blurred_on_the_way(picture, rng)
        return self._scanned(picture, rng)

    # -- print -------------------------------------------------------------------------------------------------

    def _set(self, text: str, neighbours: bool) -> Printed | None:
        rng = self._rng
        font = self._fonts.print_font(rng)
        em = float(font.size)
        room, top = round(em * 0.5), round(em * 1.25)
        pieces = self._pieces(text, font)
        if not pieces:
            return None
        width = round(sum(w for _, _, w, _ in pieces)) + 2 * room
        image = Image.new("L", (width, top + round(em * 0.6)), 255)
        draw = ImageDraw.Draw(image)
        ink, pen, x = rng.choice((0, 0, 20, 40, 70, 100)), rng.randint(10, 120), float(room)
        written: list[tuple[Hand, str, float, float]] = []
        placed: list[tuple[str, float, float]] = []
        for piece, face, advance, by_hand in pieces:
            y = top + (rng.uniform(-0.08, 0.06) * em if by_hand else 0.0)
            by_pen = isinstance(face, Hand)
            if isinstance(face, Hand):
                written.append((face, piece, x, y))
            else:
                draw.text((x, y), piece, font=face, fill=pen if by_hand else ink, anchor="ls")
            placed.append((piece, x, x + min(advance, face.advance(piece) if by_pen else face.getlength(piece))))
            x += advance
        self._furniture(draw, image, top, em, ink)
        if neighbours:
            self._neighbours(draw, font, top, em, ink)
        sheet = np.array(image)
        for hand, piece, at, y in written:
            hand.write(sheet, piece, at, y, pen)
        return Printed(sheet.astype(np.float32), em, float(top), text.replace(HAND, ""), tuple(placed))

    def _pieces(self, text: str, font: ImageFont.FreeTypeFont) -> list[tuple[str, ImageFont.FreeTypeFont, float, bool]]:
        """(word, font, advance to the next one, by a pen?); gaps are wide or narrow as justified lines have them."""
        rng = self._rng
        stretch = rng.uniform(0.8, 2.6) if rng.random() < 0.35 else 1.0
        spread = rng.uniform(0.02, 0.16) if rng.random() < 0.06 else 0.0  # letters set apart
        pieces: list[tuple[str, ImageFont.FreeTypeFont | Hand, float, bool]] = []
        for number, stretch_of_hand in enumerate(text.split(HAND)):
            by_hand = number % 2 == 1
            if by_hand and WRITES.issuperset(stretch_of_hand) and rng.random() < 0.75:
                hand, squeezed = Hand(rng, font.size), rng.uniform(-0.08, 0.5) * font.size
                if pieces:
                    word, before, advance, pen = pieces[-1]
                    pieces[-1] = (word, before, advance * rng.uniform(0.2, 1) + max(0.0, squeezed), pen)
                room = hand.advance(stretch_of_hand) + squeezed * rng.uniform(0, 1)
                pieces.append((stretch_of_hand, hand, room, True))
                continue
            face = (self._fonts.pen_font(rng, stretch_of_hand) or font) if by_hand else font
            words = stretch_of_hand.split(" ")
            for at, word in enumerate(words):
                gap = font.getlength(" ") * stretch if at < len(words) - 1 else 0.0
                if spread and not by_hand:
                    pieces += [(char, face, face.getlength(char) + spread * font.size, False) for char in word]
                    gap += spread * font.size
                elif word:
                    pieces.append((word, face, face.getlength(word), by_hand))
                if gap:
                    pieces.append((" ", face, gap, False))
        return pieces

    def _furniture(self, draw: ImageDraw.ImageDraw, image: Image.Image, top: int, em: float, ink: int) -> None:
        """Underlines, leaders, rules of tables."""
        rng = self._rng
        width, height = image.size
        if rng.random() < 0.05:
            y = top + rng.uniform(0.12, 0.24) * em
            draw.line((em * 0.5, y, width * rng.uniform(0.4, 1), y), fill=ink + 30, width=max(1, round(em / 18)))
        if rng.random() < 0.10:
            self._leader(draw, width, top, em)
        if rng.random() < 0.06:
            for x in (rng.uniform(0, em * 0.3), width - rng.uniform(1, em * 0.3)):
                draw.line((x, 0, x, height), fill=rng.randint(0, 120), width=rng.randint(1, 3))
        if rng.random() < 0.05:
            y = rng.choice((rng.uniform(0, 0.12) * em, top + rng.uniform(0.32, 0.55) * em))
            draw.line((0, y, width, y), fill=rng.randint(0, 120), width=rng.randint(1, 3))

    def _neighbours(
        self, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, top: int, em: float, ink: int
    ) -> None:
        rng = self._rng
        leading = em * rng.uniform(1.12, 1.5)
        for direction in (-1, 1):
            if rng.random() < 0.28:
                other = self._texts.line(rng).replace(HAND, "")[:40]
                draw.text(
                    (rng.uniform(-em, em * 2), top + direction * leading), other, font=font, fill=ink, anchor="ls"
                )

    def _leader(self, draw: ImageDraw.ImageDraw, width: int, top: int, em: float) -> None:
        """A form's row of dots under part of the line; it is furniture, not text."""
        rng = self._rng
        step, size = rng.uniform(0.14, 0.36) * em, max(1.0, em * rng.uniform(0.03, 0.07))
        x = width * rng.choice((0.0, 0.2, 0.5, 0.8))
        y, grey = top + rng.uniform(-0.02, 0.12) * em, rng.randint(40, 170)
        while x < width:
            draw.ellipse((x, y - size, x + size, y), fill=grey)
            x += step

    # -- from paper to the reader ------------------------------------------------------------------------------------

    def _cut(self, line: Printed) -> Floats:
        """Scaled, leaned and cut as a line finder does that is never quite right: em and baseline wander."""
        rng = self._rng
        em = rng.choice((rng.uniform(19.0, 33.5), rng.uniform(25.0, 32.0), rng.uniform(27.5, 31.5)))
        scale = em / line.em
        wide = scale * rng.choice((1.0, 1.0, rng.uniform(0.86, 1.16)))
        lean = rng.uniform(-0.14, 0.14) if rng.random() < 0.2 else 0.0
        picture = line.picture
        width = picture.shape[1]
        slope = math.tan(math.radians(rng.gauss(0, 0.25))) if rng.random() < 0.5 else 0.0
        baseline = BASELINE + rng.gauss(0, 1.1)
        if em < 25:
            baseline -= rng.uniform(0, 3)
        room = rng.uniform(2, 14)
        out_width = max(12, round((width - line.em) * wide + 2 * room))
        left = line.em * 0.5 * wide - room
        matrix = np.array(
            [
                [wide, -lean * scale, lean * scale * line.baseline - left],
                [slope * wide, scale, baseline - scale * line.baseline - slope * out_width / 2],
            ],
            np.float32,
        )
        if scale < 0.75:  # an affine warp has no area averaging of its own
            picture = cv2.GaussianBlur(picture, (0, 0), 0.32 / scale)
        return np.asarray(
            cv2.warpAffine(picture, matrix, (out_width, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=255.0), np.float32
        )

    def _inked(self, picture: Floats, rng: random.Random) -> Floats:
        """Heavy or thin print, a seal's ghost, strokes of a pen across, what shows through from the back."""
        if rng.random() < 0.12:
            kernel = np.ones((2, 2), np.uint8)
            mixed = cv2.erode(picture, kernel) if rng.random() < 0.6 else cv2.dilate(picture, kernel)
            share = rng.uniform(0.3, 1.0)
            picture = picture * (1 - share) + np.asarray(mixed, np.float32) * share
        if rng.random() < 0.10:
            picture = np.minimum(picture, self._rings(picture.shape[1], rng))
        if rng.random() < 0.07:
            picture = np.minimum(picture, self._strokes(picture.shape[1], rng))
        if rng.random() < 0.06:
            ghost = 255 - (255 - picture[:, ::-1]) * rng.uniform(0.06, 0.25)
            picture = np.minimum(picture, np.roll(ghost, rng.randint(-30, 30), axis=1))
        return picture

    def _rings(self, width: int, rng: random.Random) -> Floats:
        """What a seal leaves after its red was taken out: pale arcs and bits of its rim's letters."""
        sheet = np.full((HEIGHT, width), 255, np.uint8)
        x, y, radius = rng.randint(-40, width + 40), rng.randint(-90, 130), rng.randint(40, 120)
        grey = rng.randint(120, 235)
        cv2.circle(sheet, (x, y), radius, grey, rng.randint(1, 4), cv2.LINE_AA)
        cv2.circle(sheet, (x, y), max(5, radius - rng.randint(6, 30)), grey, rng.randint(1, 3), cv2.LINE_AA)
        for _ in range(rng.randint(0, 14)):
            angle = rng.uniform(0, 6.28)
            at = (round(x + radius * 0.85 * math.cos(angle)), round(y + radius * 0.85 * math.sin(angle)))
            cv2.putText(sheet, rng.choice("ABNHUDOEIT"), at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, grey, 1, cv2.LINE_AA)
        return np.asarray(sheet, np.float32)

    def _strokes(self, width: int, rng: random.Random) -> Floats:
        """Loops of a signature across the line, in a pen's width."""
        sheet = np.full((HEIGHT, width), 255, np.uint8)
        x, y = rng.uniform(0, width), rng.uniform(-10, 50)
        points = []
        for _ in range(rng.randint(3, 8)):
            x, y = x + rng.uniform(-60, 90), min(70.0, max(-30.0, y + rng.uniform(-45, 45)))
            points.append((x, y))
        curve = np.asarray([_between(points, t) for t in np.linspace(0, len(points) - 1.01, 60)], np.int32)
        cv2.polylines(sheet, [curve], False, rng.randint(30, 190), rng.randint(1, 3), cv2.LINE_AA)
        return np.asarray(sheet, np.float32)

    def _blurred_on_the_way(self, picture: Floats, rng: random.Random) -> Floats:
        """Through a lower resolution: 100 to 170 dpi pages, or a copy of a copy."""
        share = rng.uniform(0.45, 0.95)
        height, width = picture.shape
        small = cv2.resize(picture, (max(8, round(width * share)), round(height * share)), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.25:  # a fax or 1-bit scan is black or white at its own resolution
            small = np.where(small < rng.uniform(110, 200), 0.0, 255.0).astype(np.float32)
        back = rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
        return np.asarray(cv2.resize(small, (width, height), interpolation=back), np.float32)

    def _scanned(self, picture: Floats, rng: random.Random) -> Pixels:
        if rng.random() < 0.45:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.05))
        if rng.random() < 0.35:
            picture = 255 - (255 - picture) * rng.uniform(0.4, 1.0)
        if rng.random() < 0.5:
            picture = picture + self._noise.normal(0, rng.uniform(1, 20), picture.shape).astype(np.float32)
        if rng.random() < 0.10:
            picture = np.where(picture < rng.uniform(140, 215), 0.0, 255.0).astype(np.float32)
        if rng.random() < 0.10:
            flips = self._noise.random(picture.shape) < rng.uniform(0.001, 0.015)
            picture = np.where(flips, 255 - picture, picture)
        seen = np.asarray(np.clip(picture, 0, 255), np.uint8)
        if rng.random() < 0.3:
            seen = cv2.imdecode(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(22, 85)])[1], 0)
        if rng.random() < 0.5:  # page cleaning leaves paper white
            seen = np.where(seen > rng.randint(225, 250), 255, seen).astype(np.uint8)
        return np.asarray(seen, np.uint8)


def classes(text: str) -> list[int]:
    """The network's classes of a text."""
    return [_CLASS[char] for char in text]


_CLASS: Final = {char: number for number, char in enumerate(ALPHABET, 1)}


def readable(width: int, text: str) -> bool:
    """CTC needs a step of four pixels for each character, and one more between two of the same."""
    doubled = sum(a == b for a, b in pairwise(text))
    return width <= WIDEST and len(text) + doubled <= width // 4


def _between(points: list[tuple[float, float]], t: float) -> tuple[float, float]:
    """A point of the smooth curve through `points` at t in 0..len - 1."""
    i = min(int(t), len(points) - 2)
    f = t - i
    f = f * f * (3 - 2 * f)
    (x0, y0), (x1, y1) = points[i], points[i + 1]
    return x0 + (x1 - x0) * (t - i), y0 + (y1 - y0) * f
