"""QR codes as inline SVG: drawn in the page itself, so that nothing is fetched and a policy forbids nothing."""

from __future__ import annotations

import re
from typing import Any

import zxingcpp
from markupsafe import Markup

_PATH = re.compile(r'<path d="([^"]+)"')
_WIDTH = re.compile(r'width="(\d+)"')


def qr_svg(text: str, label: str) -> Markup:
    """An SVG (black on white, quiet zone included) that scanners read as `text`; `label` is for screen readers."""
    code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = code.to_svg(scale=1, add_quiet_zones=True)
    path, width = _PATH.search(drawn), _WIDTH.search(drawn)
    assert path and width
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(int(width[1]), label, Markup(path[1]))
