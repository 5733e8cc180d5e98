"""Lines as they come out of whole pages: printed, stamped, signed, copied badly, then cleaned and cut by the product.

What a line looks like after a bad copier and our own cleaning cannot be guessed line by line: a grey seal's remains,
a neighbour's descenders, a baseline found a little off. So a part of the lines goes the whole way. Where each word was
printed is known, and so is what each strip says.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from ingest.cleaning import clean, ink_of, without_rules
from ingest.layout import blocks_of
from ingest.leaders import marked, without_leaders
from ingest.lines import LineSpot, lines_of, strip
from ingest.pagepicture import PagePicture
from ingest.read import levelled_mask
from ingest.rings import without_rings
from ingest.upright import attitude, levelled, unlevel
from specimens.damage import Damage, apply, scan
from specimens.ink import boxed_stamp, draw_spot, multiply
from specimens.press import SignSpot
from training.lines import WIDEST, LineMaker, Pixels, Printed, readable

_WIDTH_MM, _HEIGHT_MM, _MARGIN_MM = 210.0, 297.0, 12.0
_LEVELS: Final = ((1, 0.15), (2, 0.30), (3, 0.55))
_HARMS: Final = ("light", "noise", "bleed", "stamps", "fax", "folds", "jpeg40", "150dpi")
_POINTS: Final = (7.5, 9.0, 10.0, 11.0, 12.0, 13.0, 13.0, 14.0, 16.0)
_OFF_EM = 0.30  # a strip belongs to the printed line whose baseline is this near
_SIZE_OFF = (0.6, 1.7)
_EDGE_EM = 0.3


@dataclass(frozen=True)
class _Placed:
    """A printed line on the page: `pieces` are (text, left, right) in pixels of the page."""

    baseline: float
    em: float
    pieces: tuple[tuple[str, float, float], ...]


class PageMaker:
    """Strips of endless made-up pages with their texts; the same seed makes the same."""

    def __init__(self, lines: LineMaker, seed: int) -> None:
        self._lines = lines
        self._rng = random.Random(f"pages:{seed}")

    def page(self) -> Iterator[tuple[Pixels, str]]:
        """A new page's strips, uint8 [40, width], and what each says."""
        rng = self._rng
        dpi = rng.choice((150, 200, 200, 200, 250))
        size = (round(_WIDTH_MM / 25.4 * dpi), round(_HEIGHT_MM / 25.4 * dpi))
        sheet = Image.new("RGB", size, "white")
        placed = self._set(sheet, dpi)
        self._stamp(sheet, placed, dpi)
        harm = Damage.level(
            rng.choices([level for level, _ in _LEVELS], [share for _, share in _LEVELS])[0], rng.random()
        )
        picture = scan(sheet, harm, dpi, rng)
        seen_dpi = float(dpi)
        if rng.random() < 0.45:
            picture = apply(picture, rng.choice(_HARMS), dpi, rng.random(), strength=rng.uniform(0.3, 1.0))
            seen_dpi = float(picture.info["dpi"][0])
        turned = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), -harm.skew, 1.0)
        yield from _strips(picture, seen_dpi, placed, size, cv2.invertAffineTransform(turned))

    def _set(self, sheet: Image.Image, dpi: int) -> list[_Placed]:
        """Lines from top to bottom, now and then two beside each other, each in its own face."""
        rng = self._rng
        mm = dpi / 25.4
        y, size = rng.uniform(10, 25) * mm, rng.choice(_POINTS)
        leading = rng.uniform(1.2, 1.75)
        placed: list[_Placed] = []
        while y < sheet.height - 25 * mm:
            if rng.random() < 0.3:
                size = rng.choice(_POINTS)
            em = size / 72 * dpi
            y += em * leading
            left = (_MARGIN_MM + rng.choice((0, 0, 8, rng.uniform(0, 60)))) * mm
            while left < sheet.width - 35 * mm:
                right = self._print(sheet, left, y, em, placed)
                if rng.random() < 0.55:
                    break
                left = right + rng.uniform(8, 40) * mm
        return placed

    def _print(self, sheet: Image.Image, left: float, baseline: float, em: float, placed: list[_Placed]) -> float:
        line: Printed = self._lines.printed(neighbours=False)
        scale = em / line.em
        height, width = (max(1, round(side * scale)) for side in line.picture.shape)
        if left + width > sheet.width - 4:
            return sheet.width
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.clip(cv2.resize(line.picture, (width, height), interpolation=way), 0, 255).astype(np.uint8)
        at = round(left), round(baseline - line.baseline * scale)
        multiply(sheet, Image.fromarray(small).convert("RGB"), *at)
        pieces = tuple((text, at[0] + x0 * scale, at[0] + x1 * scale) for text, x0, x1 in line.pieces)
        placed.append(_Placed(at[1] + line.baseline * scale, em, pieces))
        return left + width

    def _stamp(self, sheet: Image.Image, placed: list[_Placed], dpi: int) -> None:
        """Seals with signatures where names and functions stand, and an office's stamps over text."""
        rng = self._rng
        mm = dpi / 25.4
        for _ in range(rng.choice((0, 1, 2, 3, 4))):
            line = rng.choice(placed)
            x = rng.uniform(line.pieces[0][1], line.pieces[-1][2]) / mm + rng.uniform(-5, 20)
            y = line.baseline / mm + rng.uniform(-16, 10)
            rim = "".join(rng.choice(string.ascii_uppercase + "    ") for _ in range(rng.randint(18, 40)))
            spot = SignSpot(
                page=0, x=x, y=y, rim=rim, centre=rng.choice(("", "XÃ", "TỈNH")), sealed=rng.random() < 0.75
            )
            draw_spot(sheet, spot, dpi, rng, signature=rng.random() < 0.8)
        if rng.random() < 0.25:
            stamp = boxed_stamp(["".join(rng.choice(string.ascii_uppercase) for _ in range(8))] * 2, dpi)
            multiply(sheet, stamp, rng.randint(0, sheet.width), rng.randint(0, sheet.height))


def _strips(
    picture: Image.Image, dpi: float, placed: list[_Placed], size: tuple[int, int], back: Pixels
) -> Iterator[tuple[Pixels, str]]:
    """The strips that the product would cut, with the words that were printed there."""
    mode = "L" if picture.mode in ("1", "L") else "RGB"
    cleaned = without_rings(clean(PagePicture(np.asarray(picture.convert(mode)), dpi)))
    ink = ink_of(cleaned.grey, cleaned.dpi)
    stand = attitude(ink)
    if stand.turn:
        return
    level = levelled(cleaned.grey, stand.skew)
    level, leaders = without_leaders(without_rules(level, cleaned.dpi), cleaned.dpi)
    joined = marked(levelled_mask(ink.mask, stand), leaders, ink.dpi / cleaned.dpi)
    blocks = blocks_of(type(ink)(ink.boxes, joined, ink.dpi, ink.dark), level.shape, cleaned.dpi)
    height, width = level.shape
    scale = size[0] / width

    def printed_at(x: float, y: float) -> tuple[float, float]:
        x, y = unlevel(x, y, stand.skew, width, height)
        x, y = back @ (x * scale, y * scale, 1.0)
        return float(x), float(y)

    for spot in lines_of(level, cleaned.dpi, blocks):
        text = _said(spot, placed, scale, printed_at)
        if not text:
            continue
        seen = strip(level, spot)
        if seen.shape[1] <= WIDEST and readable(seen.shape[1], text):
            yield seen, text


def _said(spot: LineSpot, placed: list[_Placed], scale: float, printed_at: object) -> str:
    """What was printed where the strip was cut; nothing where it cuts a word or lies between lines."""
    assert callable(printed_at)
    (x0, y0), (x1, y1) = (printed_at(x, spot.at(x)) for x in (spot.left, spot.right))
    middle = (y0 + y1) / 2
    near = [
        line
        for line in placed
        if abs(line.baseline - middle) < _OFF_EM * line.em
        and _SIZE_OFF[0] < spot.em * scale / line.em < _SIZE_OFF[1]
        and line.pieces[0][1] < x1
        and line.pieces[-1][2] > x0
    ]
    if len(near) != 1:
        return ""
    edge = _EDGE_EM * near[0].em
    inside = [piece for piece in near[0].pieces if x0 - edge < (piece[1] + piece[2]) / 2 < x1 + edge]
    words = [piece for piece in inside if piece[0].strip()]
    if not words or words[0][1] < x0 - edge or words[-1][2] > x1 + edge:
        return ""
    if words[0][1] > x0 + 2.5 * near[0].em or words[-1][2] < x1 - 2.5 * near[0].em:
        return ""  # something else stands within the strip: a stamp's letters, a stroke of the pen
    return " ".join("".join(piece[0] for piece in inside).split())
