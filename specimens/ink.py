"""What pens and stamps leave on a page: the round seal, the signature, the boxed stamps of an office."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from specimens.fonts import font
from specimens.press import Colour, SignSpot

RED: Colour = (214, 32, 48)


def draw_spot(
    page: Image.Image, spot: SignSpot, dpi: int, rng: random.Random, *, seal: bool = True, signature: bool = True
) -> None:
    """The signature and the red seal over its left third, onto the page itself."""
    scale = dpi / 25.4
    x, y = spot.x * scale, spot.y * scale
    if signature:
        _scribble(page, x, y, scale, rng)
    if seal and spot.sealed:
        stamp = seal_stamp(spot.rim, spot.centre, dpi)
        stamp = stamp.rotate(rng.uniform(-9, 9), resample=Image.Resampling.BICUBIC, fillcolor="white")
        left = round(x - 17 * scale - stamp.width / 2 + rng.uniform(-2, 2) * scale)
        top = round(y - stamp.height / 2 + rng.uniform(-1.5, 1.5) * scale)
        multiply(page, stamp, left, top)


def multiply(page: Image.Image, stamp: Image.Image, left: int, top: int) -> None:
    """Print a stamp on white over a page as ink does: dark stays dark under it."""
    box = (max(0, left), max(0, top), min(page.width, left + stamp.width), min(page.height, top + stamp.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = np.asarray(page.crop(box), dtype=np.uint16)
    ink = np.asarray(stamp.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top)), dtype=np.uint16)
    page.paste(Image.fromarray((part * ink // 255).astype(np.uint8)), box[:2])


def seal_stamp(rim: str, centre: str, dpi: int, diameter: float = 35.0) -> Image.Image:
    """A round red seal on white: two rings, the agency round the rim, a star and a word in the middle."""
    size = round(diameter / 25.4 * dpi)
    pad = round(size * 0.08)
    image = Image.new("RGB", (size + 2 * pad, size + 2 * pad), "white")
    draw = ImageDraw.Draw(image)
    middle = image.width / 2
    for radius, weight in ((0.5, 0.016), (0.475, 0.006), (0.33, 0.008)):
        edge = radius * size
        box = (middle - edge, middle - edge, middle + edge, middle + edge)
        draw.ellipse(box, outline=RED, width=max(1, round(weight * size)))
    _rim_text(image, rim, middle, 0.40 * size, round(size * 0.088))
    _star(draw, middle, middle - (0.06 * size if centre else 0), size * 0.11)
    if centre:
        face = font("arial", "b", round(size * 0.062))
        draw.text((middle, middle + 0.14 * size), centre, font=face, fill=RED, anchor="mm")
    return image


def _rim_text(image: Image.Image, text: str, middle: float, radius: float, pixels: int) -> None:
    face = font("arial", "b", pixels)
    widths = [face.getlength(char) for char in text]
    room = 2 * math.pi * radius * 0.92
    squeeze = min(1.25, room / max(sum(widths), 1))
    angle = -sum(widths) * squeeze / 2 / radius
    for char, width in zip(text, widths, strict=True):
        angle += width * squeeze / 2 / radius
        glyph = Image.new("L", (pixels * 2, pixels * 2), 0)
        ImageDraw.Draw(glyph).text((pixels, pixels), char, font=face, fill=255, anchor="mm")
        glyph = glyph.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        x, y = middle + radius * math.sin(angle), middle - radius * math.cos(angle)
        image.paste(RED, (round(x - pixels), round(y - pixels)), glyph)
        angle += width * squeeze / 2 / radius


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.4
        angle = math.pi * step / 5
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    draw.polygon(points, fill=RED)


def _scribble(page: Image.Image, x: float, y: float, scale: float, rng: random.Random) -> None:
    """A pen's line through a few turning points, thicker on the way down."""
    wide, high = rng.uniform(16, 24) * scale, rng.uniform(5, 8) * scale
    count = rng.randint(7, 10)
    step = wide / (count - 1)
    left = x - wide / 2
    knots = [(left + step * i + rng.uniform(-2, 2) * scale, y + rng.uniform(-high, high)) for i in range(count)]
    knots.append((x + wide * 0.75, y - rng.uniform(0, 3) * scale))
    ink = rng.choice(((20, 40, 140), (16, 30, 110), (30, 30, 44)))
    draw = ImageDraw.Draw(page)
    path = [_spline(knots, i / 140) for i in range(141)]
    for (ax, ay), (bx, by) in itertools.pairwise(path):
        draw.line((ax, ay, bx, by), fill=ink, width=max(1, round(scale * (0.5 if by > ay else 0.3))))


def _spline(knots: list[tuple[float, float]], at: float) -> tuple[float, float]:
    """A point of the Catmull-Rom curve through the knots, `at` from 0 to 1."""
    place = at * (len(knots) - 1)
    index = min(int(place), len(knots) - 2)
    t = place - index
    p0, p1, p2, p3 = (knots[min(max(index + k, 0), len(knots) - 1)] for k in (-1, 0, 1, 2))

    def blend(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)

    return blend(p0[0], p1[0], p2[0], p3[0]), blend(p0[1], p1[1], p2[1], p3[1])


def boxed_stamp(rows: Sequence[str], dpi: int, *, colour: Colour = RED, height: float = 4.5) -> Image.Image:
    """A rectangular office stamp on white, one text row under the other; `height` is a letter's, in mm."""
    pixels = max(6, round(height / 25.4 * dpi))
    faces = [font("arial", "b", pixels if number == 0 else round(pixels * 0.72)) for number in range(len(rows))]
    pad, step = round(pixels * 0.6), round(pixels * 1.45)
    wide = round(max(face.getlength(row) for face, row in zip(faces, rows, strict=True))) + 2 * pad
    image = Image.new("RGB", (wide, step * len(rows) + pad), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((1, 1, image.width - 2, image.height - 2), outline=colour, width=max(1, pixels // 10))
    for number, (face, row) in enumerate(zip(faces, rows, strict=True)):
        draw.text((image.width / 2, pad / 2 + step * (number + 0.5)), row, font=face, fill=colour, anchor="mm")
    return image
