"""Fonts of the made-up lines: whatever Vietnamese faces Debian's packages bring, weighted as offices use them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

PACKAGES: Final = (
    "fonts-croscore fonts-liberation2 fonts-crosextra-carlito fonts-freefont-ttf fonts-linuxlibertine fonts-lato "
    "fonts-roboto-unhinted fonts-open-sans fonts-ebgaramond fonts-inter fonts-sil-charis fonts-sil-gentiumplus "
    "fonts-sil-andika fonts-noto-core fonts-dejavu fonts-texgyre fonts-kristi fonts-breip fonts-sjfonts"
).split()
"""Debian packages to install before training; fewer fonts train too, but worse."""

_ROOTS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts/opentype/public/tex-gyre"))
_NEEDED = "ăâđêôơưẩẫậặễệỗộợởữựỵỷỹẴẲẶỄỆỔỖỘỠỞỢỬỮỰỶỸỴĐ0123456789"
# Share of the lines by the beginning of a file's name: Times and its metric twins first, as Decree 30 wants it.
_SHARES: Final = (
    (("Tinos", "LiberationSerif", "texgyretermes", "FreeSerif"), 0.46),
    (("Arimo", "LiberationSans", "texgyreheros", "FreeSans"), 0.17),
    (("Roboto", "OpenSans", "NotoSans-", "NotoSansDisplay", "Carlito", "Lato", "Inter", "DejaVuSans", "Andika"), 0.14),
    (("NotoSerif", "DejaVuSerif", "Charis", "Gentium", "LinLib", "EBGar"), 0.08),
    (("texgyrepagella", "texgyrebonum", "texgyreschola"), 0.05),
    (("Cousine", "LiberationMono", "texgyrecursor", "FreeMono"), 0.05),
    (("texgyreadventor", "LinBio", "texgyreheroscn", "RobotoCondensed"), 0.05),
)  # fmt: skip
_UNUSUAL = ("Hairline", "Thin", "UltraLight", "Math", "_RZ", "ExtraLight")
_LEANING = ("Italic", "Oblique", "italic")
_PENS: Final = ("texgyrechorus", "Kristi", "Delphine", "SteveHand", "Breip")
_SIZES: Final = (26, 30, 34, 40, 46, 56)
_KEPT = 900


@dataclass(frozen=True)
class Fonts:
    """Font files by family group (with its share of the lines), and those that look like a pen."""

    groups: tuple[tuple[float, tuple[Path, ...]], ...]
    pens: tuple[Path, ...]

    @classmethod
    def found(cls) -> Fonts:
        """The fonts of this machine. Raises RuntimeError, naming the packages, where there are too few."""
        files = sorted(path for root in _ROOTS for path in root.rglob("*") if path.suffix in (".ttf", ".otf"))
        files = [path for path in files if not any(mark in path.name for mark in _UNUSUAL)]
        groups = []
        for starts, share in _SHARES:
            members = tuple(path for path in files if path.name.startswith(starts) and _writes(path, _NEEDED))
            if members:
                groups.append((share, members))
        pens = tuple(path for path in files if path.name.startswith(_PENS) and _writes(path, "0123456789/"))
        if len(groups) < len(_SHARES) or not pens:
            raise RuntimeError(f"too few fonts; install: apt-get install {' '.join(PACKAGES)}")
        return cls(tuple(groups), pens)

    @cached_property
    def names(self) -> list[str]:
        """File names of all fonts, for the weights' card."""
        return sorted(path.name for _, files in self.groups for path in files) + [path.name for path in self.pens]

    def print_font(self, rng: random.Random) -> ImageFont.FreeTypeFont:
        """A printing font by chance."""
        _, files = rng.choices(self.groups, [share for share, _ in self.groups])[0]
        file = rng.choice(files)
        if any(mark in file.name for mark in _LEANING) and rng.random() < 0.5:
            file = rng.choice(files)
        return loaded(file, rng.choice(_SIZES))

    def pen_font(self, rng: random.Random, text: str) -> ImageFont.FreeTypeFont | None:
        """A font like a pen that has all the letters; None where there is none."""
        able = [path for path in self.pens if _writes(path, text.replace(" ", ""))]
        return loaded(rng.choice(able), rng.choice(_SIZES)) if able else None


@lru_cache(maxsize=_KEPT)
def loaded(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels per em."""
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def _characters(path: Path) -> frozenset[int]:
    try:
        with TTFont(path, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError):
        return frozenset()


def _writes(path: Path, text: str) -> bool:
    return all(ord(char) in _characters(path) for char in text)
