"""What office, scanner and time do to a page: seal, signature, skew, noise, light, blur, grey, fax, turning, JPEG."""

from __future__ import annotations

import io
import itertools
import math
import random
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from specimens.fonts import font
from specimens.press import SignSpot

Pixels = NDArray[np.uint8]
RED = (214, 32, 48)


@dataclass(frozen=True)
class Damage:
    """All off by default but seal and signature. Angles in degrees clockwise; noise in grey levels; light 0..1 is the
    darkening at the dark edge; blur is a sigma in pixels at 200 dpi; jpeg 0 means no JPEG round trip."""

    seal: bool = True
    signature: bool = True
    skew: float = 0.0
    turn: int = 0
    noise: float = 0.0
    light: float = 0.0
    blur: float = 0.0
    grey: bool = False
    fax: bool = False
    jpeg: int = 88

    @classmethod
    def level(cls, level: int, seed: int | str = 0) -> Damage:
        """0 clean print, 1 good scanner, 2 ordinary office scan, 3 bad copy."""
        rng = random.Random(f"damage:{level}:{seed}")
        if level <= 0:
            return cls()
        sign = rng.choice((-1, 1))
        if level == 1:
            return cls(skew=sign * rng.uniform(0, 0.6), noise=rng.uniform(1, 3), light=0.04, blur=0.4, jpeg=88)
        if level == 2:
            skew, noise = sign * rng.uniform(0.3, 1.6), rng.uniform(3, 7)
            return cls(skew=skew, noise=noise, light=0.12, blur=0.6, jpeg=78, grey=rng.random() < 0.3)
        skew, noise = sign * rng.uniform(1.2, 3), rng.uniform(8, 14)
        return cls(skew=skew, noise=noise, light=0.28, blur=0.9, jpeg=60, grey=rng.random() < 0.5)


def draw_spot(page: Image.Image, spot: SignSpot, damage: Damage, dpi: int, rng: random.Random) -> None:
    """The signature and the red seal over its left third, onto the page itself."""
    scale = dpi / 25.4
    x, y = spot.x * scale, spot.y * scale
    if damage.signature:
        _scribble(page, x, y, scale, rng)
    if damage.seal and spot.sealed:
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


def scan(page: Image.Image, damage: Damage, dpi: int, rng: random.Random) -> Image.Image:
    """The page as a scanner hands it over. Keeps the size, but for turning by 90 or 270."""
    pixels = np.array(page.convert("L") if damage.grey or damage.fax else page)
    if damage.skew:
        pixels = _skewed(pixels, damage.skew)
    if damage.blur:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), damage.blur * dpi / 200), dtype=np.uint8)
    if damage.light or damage.noise:
        pixels = _exposed(pixels, damage, rng)
    if damage.turn:
        pixels = np.ascontiguousarray(np.rot90(pixels, -damage.turn // 90))
    if damage.fax:
        return (
            Image.fromarray(pixels)
            .point(lambda value: 255 if value > 150 else 0)
            .convert("1", dither=Image.Dither.NONE)
        )
    picture = Image.fromarray(pixels)
    return _through_jpeg(picture, damage.jpeg) if damage.jpeg else picture


def _skewed(pixels: Pixels, degrees: float) -> Pixels:
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -degrees, 1.0)
    edge = (250, 250, 250)
    return np.asarray(
        cv2.warpAffine(pixels, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=edge), dtype=np.uint8
    )


def _exposed(pixels: Pixels, damage: Damage, rng: random.Random) -> Pixels:
    """Uneven light and sensor noise as one signed layer; the noise is a tile repeated, so that it costs little."""
    high, wide = pixels.shape[:2]
    layer = np.zeros((high, wide), dtype=np.float32)
    if damage.light:
        angle = rng.uniform(0, 2 * math.pi)
        ramp = np.linspace(-0.5, 0.5, wide, dtype=np.float32)[None, :] * math.cos(angle)
        ramp = ramp + np.linspace(-0.5, 0.5, high, dtype=np.float32)[:, None] * math.sin(angle)
        layer -= (ramp + 0.5) * (255 * damage.light)
    if damage.noise:
        tile = np.random.default_rng(rng.getrandbits(32)).standard_normal((512, 768), dtype=np.float32) * damage.noise
        layer += np.tile(tile, (high // 512 + 1, wide // 768 + 1))[:high, :wide]
    signed: NDArray[np.int16] = layer.astype(np.int16)
    if pixels.ndim == 3:
        signed = np.asarray(cv2.merge([signed, signed, signed]), dtype=np.int16)
    return np.asarray(cv2.add(pixels, signed, dtype=cv2.CV_8U), dtype=np.uint8)


def _through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    buffer.seek(0)
    again = Image.open(buffer)
    again.load()
    return again


def without_seal(damage: Damage) -> Damage:
    """The same damage on a paper nobody sealed yet."""
    return replace(damage, seal=False)
