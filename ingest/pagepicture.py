"""The picture of one page as pixels: 8-bit grey or RGB, whatever it was stored as."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageCms

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class PagePicture:
    """`rgb` is uint8, H×W×3 or, where there is no colour, H×W; as a viewer shows the page (EXIF and /Rotate applied).
    `dpi` is its scale, estimated where the file does not say."""

    rgb: Pixels
    dpi: float


def array_of(picture: Image.Image) -> Pixels:
    """Pixels of a Pillow picture: 1-bit, 16-bit, palette, alpha (on white), CMYK and Lab become 8-bit grey or RGB."""
    mode = picture.mode
    if mode in ("L", "RGB") and "transparency" not in picture.info:
        return np.asarray(picture)
    if mode == "1":
        return np.asarray(picture.convert("L"))
    if mode.startswith("I") or mode == "F":
        return _eight_bits(np.asarray(picture), mode)
    if mode in ("CMYK", "LAB", "YCbCr"):
        return np.asarray(_to_srgb(picture))
    flat = picture.convert("RGBA")
    paper = Image.new("RGBA", flat.size, (255, 255, 255, 255))
    paper.alpha_composite(flat)
    return np.asarray(paper.convert("L" if mode == "LA" else "RGB"))


def _eight_bits(deep: np.ndarray[Any, np.dtype[Any]], mode: str) -> Pixels:
    if mode.startswith("I;16"):
        return (deep >> 8).astype(np.uint8)
    top = float(deep.max(initial=1))
    scale = 1.0 if top <= 255 else 257.0 if top <= 65535 else top / 255.0
    if mode == "F" and top <= 1.0:
        scale = 1 / 255.0
    return np.clip(deep / scale, 0, 255).astype(np.uint8)


def _to_srgb(picture: Image.Image) -> Image.Image:
    """By the embedded profile where there is a sound one: print colours without it come out too dark to read."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("CMYK", "LAB"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the plain conversion below is good enough to read by
    return picture.convert("RGB")
