"""Barcodes on a page: QR of cards and receipts, Code 128 of registers; and which way up a page with a QR code is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import zxingcpp

from ingest.pagepicture import Pixels
from schemas.reading import Barcode, Box

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,DataMatrix,Aztec,PDF417,Code128")
"""Formats that carry a checksum worth the name: rows of print are easily taken for the weaker linear ones."""


@dataclass(frozen=True)
class Codes:
    """A picture's barcodes, top to bottom, and the clockwise turn that sets its QR codes upright (None: it has none, or
    they disagree)."""

    barcodes: tuple[Barcode, ...]
    turn: int | None


def codes_of(grey: Pixels) -> Codes:
    """The barcodes of a grey picture, whichever way it lies."""
    height, width = grey.shape[:2]
    found, turns = [], set()
    for code in zxingcpp.read_barcodes(grey, formats=_FORMATS):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
        xs, ys = [c.x / width for c in corners], [c.y / height for c in corners]
        box = Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys))
        name = str(code.format).removeprefix("BarcodeFormat.")
        found.append(Barcode(format=name, text=code.text, box=box))
        if code.format == zxingcpp.BarcodeFormat.QRCode:
            lies = math.degrees(math.atan2(at.top_right.y - at.top_left.y, at.top_right.x - at.top_left.x))
            turns.add(-round(lies / 90) * 90 % 360)
    in_order = tuple(sorted(found, key=lambda code: (code.box.y0, code.box.x0)))
    return Codes(in_order, turns.pop() if len(turns) == 1 else None)
