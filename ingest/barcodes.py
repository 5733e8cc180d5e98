"""Barcodes on a page: QR of cards and receipts, Code 128 of registers; and which way up a page with a QR code is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from ingest.pagepicture import Pixels, scaled
from schemas.reading import Barcode, Box

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,DataMatrix,Aztec,PDF417,Code128")
"""Formats that carry a checksum worth the name: rows of print are easily taken for the weaker linear ones."""

_AFAR_DPI = 25.4
_DENSE = 50
_LEAST_MM = 4
_MARGIN_MM = 4


@dataclass(frozen=True)
class Codes:
    """A picture's barcodes, top to bottom, and the clockwise turn that sets its QR codes upright (None: it has none, or
    they disagree)."""

    barcodes: tuple[Barcode, ...]
    turn: int | None


def codes_of(grey: Pixels, dpi: float) -> Codes:
    """The barcodes of a grey picture, dark on white paper, whichever way it lies."""
    height, width = grey.shape[:2]
    found, turns = [], set()
    for left, top, code in _read(grey, dpi):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
        xs, ys = [(left + c.x) / width for c in corners], [(top + c.y) / height for c in corners]
        box = Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys))
        name = str(code.format).removeprefix("BarcodeFormat.")
        found.append(Barcode(format=name, text=code.text, box=box))
        if code.format == zxingcpp.BarcodeFormat.QRCode:
            lies = math.degrees(math.atan2(at.top_right.y - at.top_left.y, at.top_right.x - at.top_left.x))
            turns.add(-round(lies / 90) * 90 % 360)
    in_order = tuple(sorted(found, key=lambda code: (code.box.y0, code.box.x0)))
    return Codes(in_order, turns.pop() if len(turns) == 1 else None)


def _read(grey: Pixels, dpi: float) -> Iterator[tuple[int, int, zxingcpp.Barcode]]:
    """Every code with the left and top edge of the part of the picture that its place is told in. Only parts are
    looked at that are dark as codes are: a search through a whole page costs as much as all of its cleaning."""
    for part in _dense_parts(grey, dpi):
        for code in zxingcpp.read_barcodes(np.ascontiguousarray(grey[part]), formats=_FORMATS):
            yield part[1].start, part[0].start, code


def _dense_parts(grey: Pixels, dpi: float) -> list[tuple[slice, slice]]:
    """Rows and columns of the parts that are dark over more than letters are high, with a quiet zone around. Seen at
    a pixel a millimetre a code is half black; rows of text are a sixth, and bold titles are low."""
    afar = 255 - scaled(grey, _AFAR_DPI / dpi)
    even = cv2.blur(afar, (3, 3))
    dense = cv2.morphologyEx(
        (even > _DENSE).astype(np.uint8), cv2.MORPH_OPEN, np.ones((_LEAST_MM, _LEAST_MM), np.uint8)
    )
    grown = cv2.dilate(dense, np.ones((2 * _MARGIN_MM + 1, 2 * _MARGIN_MM + 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    step = dpi / _AFAR_DPI
    return [
        (slice(int(y * step), math.ceil((y + h) * step)), slice(int(x * step), math.ceil((x + w) * step)))
        for x, y, w, h in (map(int, stats[i, :4]) for i in range(1, count))
    ]
