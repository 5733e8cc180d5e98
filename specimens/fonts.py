"""Fonts of the made-up papers: families by role, found where Debian puts them, loaded once per size."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

ROOTS: Final = (
    Path("/usr/share/texmf/fonts/opentype/public/tex-gyre"),
    Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/tex-gyre"),
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/local/share/fonts"),
)
PACKAGES: Final = {"texgyre": "fonts-texgyre", "Noto": "fonts-noto-core"}

# family -> face -> file; faces: "" upright, "b" bold, "i" italic, "bi" both.
FAMILIES: Final[dict[str, dict[str, str]]] = {
    "times": {
        "": "texgyretermes-regular.otf",
        "b": "texgyretermes-bold.otf",
        "i": "texgyretermes-italic.otf",
        "bi": "texgyretermes-bolditalic.otf",
    },
    "arial": {
        "": "texgyreheros-regular.otf",
        "b": "texgyreheros-bold.otf",
        "i": "texgyreheros-italic.otf",
        "bi": "texgyreheros-bolditalic.otf",
    },
    "palatino": {
        "": "texgyrepagella-regular.otf",
        "b": "texgyrepagella-bold.otf",
        "i": "texgyrepagella-italic.otf",
        "bi": "texgyrepagella-bolditalic.otf",
    },
    "schola": {
        "": "texgyreschola-regular.otf",
        "b": "texgyreschola-bold.otf",
        "i": "texgyreschola-italic.otf",
        "bi": "texgyreschola-bolditalic.otf",
    },
    "bookman": {
        "": "texgyrebonum-regular.otf",
        "b": "texgyrebonum-bold.otf",
        "i": "texgyrebonum-italic.otf",
        "bi": "texgyrebonum-bolditalic.otf",
    },
    "narrow": {
        "": "texgyreheroscn-regular.otf",
        "b": "texgyreheroscn-bold.otf",
        "i": "texgyreheroscn-italic.otf",
        "bi": "texgyreheroscn-bolditalic.otf",
    },
    "serif": {
        "": "NotoSerif-Regular.ttf",
        "b": "NotoSerif-Bold.ttf",
        "i": "NotoSerif-Italic.ttf",
        "bi": "NotoSerif-BoldItalic.ttf",
    },
    "sans": {
        "": "NotoSans-Regular.ttf",
        "b": "NotoSans-Bold.ttf",
        "i": "NotoSans-Italic.ttf",
        "bi": "NotoSans-BoldItalic.ttf",
    },
    "hand": {"": "texgyrechorus-mediumitalic.otf"},
    "typewriter": {"": "texgyrecursor-regular.otf", "b": "texgyrecursor-bold.otf"},
    "thai": {"": "NotoSansThai-Regular.ttf"},
    "khmer": {"": "NotoSansKhmer-Regular.ttf"},
}


class FontMissing(RuntimeError):
    """A font of the specimens is not installed; the message names the Debian package that brings it."""


@lru_cache(maxsize=64)
def font_path(file: str) -> Path:
    """Where a font file lies. Raises FontMissing, naming the Debian package to install."""
    for root in ROOTS:
        if (root / file).is_file():
            return root / file
    package = next((name for prefix, name in PACKAGES.items() if file.startswith(prefix)), "fonts-noto-core")
    raise FontMissing(f"font {file} not found: install the Debian package {package} (apt-get install {package})")


@lru_cache(maxsize=512)
def font(family: str, face: str, pixels: int) -> ImageFont.FreeTypeFont:
    """The font of a family and face at a size in pixels per em; a family without the face gives its upright one."""
    faces = FAMILIES[family]
    path = font_path(faces.get(face, faces[""]))
    # Basic layout: NFC letters are single glyphs, and the shape does not depend on whether libraqm is installed.
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)
