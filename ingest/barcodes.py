"""Barcodes on a page: QR of cards and receipts, Code 128 of registers."""

from __future__ import annotations

import zxingcpp

from ingest.pagepicture import Pixels
from schemas.reading import Barcode, Box

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,DataMatrix,Aztec,PDF417,Code128")
"""Formats that carry a checksum worth the name: rows of print are easily taken for the weaker linear ones."""


def barcodes_of(grey: Pixels) -> tuple[Barcode, ...]:
    """The barcodes of an upright grey picture, top to bottom."""
    height, width = grey.shape[:2]
    found = []
    for code in zxingcpp.read_barcodes(grey, formats=_FORMATS):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
        xs, ys = [c.x / width for c in corners], [c.y / height for c in corners]
        box = Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys))
        found.append(Barcode(format=str(code.format).removeprefix("BarcodeFormat."), text=code.text, box=box))
    return tuple(sorted(found, key=lambda code: (code.box.y0, code.box.x0)))
