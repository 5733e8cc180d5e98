"""The picture of one page as pixels: 8-bit grey or RGB, whatever it was stored as."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

MOST_DECODED_MB = 300.0
"""Megabytes that decoding one page may take: colour up to 75 megapixels (A3 at 600 dpi has 70)."""
MOST_PIXELS = 40e6
"""No page is handed on with more: A4 at 600 dpi has 35 million."""
_A4_LONG_SIDE = 11.69
_SHORTEST, _LONGEST = 2.0, 24.0
_BAND_PIXELS = 4e6
_JPEG_END = b"\xff\xd9"
_GREY = (
    cv2.IMREAD_GRAYSCALE,
    cv2.IMREAD_REDUCED_GRAYSCALE_2,
    cv2.IMREAD_REDUCED_GRAYSCALE_4,
    cv2.IMREAD_REDUCED_GRAYSCALE_8,
)
_COLOUR = tuple(size | cv2.IMREAD_COLOR_RGB for size in _GREY)
_LEAST_SIDE = 16


@dataclass(frozen=True)
class PagePicture:
    """`rgb` is uint8, H×W×3 or, where there is no colour, H×W; as a viewer shows the page (EXIF and /Rotate applied).
    `dpi` is its scale, estimated where the file does not say. `stored` is the (width, height) of the picture as it is
    kept, where `rgb` was decoded smaller than that."""

    rgb: Pixels
    dpi: float
    stored: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture as it is kept."""
        return self.stored or (self.rgb.shape[1], self.rgb.shape[0])

    @property
    def stored_dpi(self) -> float:
        """The scale of the picture as it is kept."""
        return float(self.dpi * max(self.size) / max(self.rgb.shape[:2]))


def sheet_dpi(long_side: int, said: float) -> float:
    """The scale of a scan whose longer side has that many pixels: what is said of it, where that makes a sheet of
    paper; else the scale at which that side is A4's. Programs make pages a metre long of photographs."""
    if said > 0 and _SHORTEST <= long_side / said <= _LONGEST:
        return said
    return long_side / _A4_LONG_SIDE


def scaled(pixels: Pixels, factor: float) -> Pixels:
    """The picture `factor` times as large. Smaller ones are halved by area as often as that goes and interpolated for
    the rest: a third of the time of averaging at once, and no pixel is skipped but a last odd row or column."""
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    while factor <= 0.5 and min(pixels.shape[:2]) >= _LEAST_SIDE:
        pixels, factor = halved(pixels), factor * 2
    if factor == 1 or pixels.shape[:2] == (height, width):
        return pixels
    method = cv2.INTER_AREA if factor <= 0.5 else cv2.INTER_LINEAR if factor < 1 else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)


def halved(pixels: Pixels) -> Pixels:
    """Every four pixels become one; a last odd row or column is dropped, but for the only one."""
    height, width = (max(1, side // 2) for side in pixels.shape[:2])
    even = pixels[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def decoded(picture: Image.Image, shrink: float = 1.0) -> Pixels:
    """Pixels of an opened Pillow picture, whatever its mode; see `array_of`. It comes out smaller by a power of two as
    far as `shrink` (0..1] allows, and in any case with no more than `MOST_PIXELS`: a JPEG is decoded so, others are
    made so band by band, so that beside Pillow's own copy there is never a second whole one. Raises OSError,
    SyntaxError, ValueError where the picture breaks off."""
    width, height = picture.size
    times = max(0, math.floor(math.log2(1 / shrink) + 1e-6), math.ceil(math.log2(width * height / MOST_PIXELS) / 2))
    if picture.format in ("JPEG", "MPO") and picture.mode in ("L", "RGB"):
        fast = _decoded_jpeg(picture, min(3, times))
        if fast is not None:
            return fast
    picture.draft(None, (max(1, width >> times), max(1, height >> times)))  # only a JPEG heeds that, up to an eighth
    picture.load()
    while times and picture.width < width:
        width, times = width >> 1, times - 1
    return _in_bands(picture, times)


def _decoded_jpeg(picture: Image.Image, times: int) -> Pixels | None:
    """The first picture of a JPEG, halved `times` times while it is decoded, in half of Pillow's time; None if it
    breaks off or is odd, which Pillow is then to say."""
    file = getattr(picture, "fp", None)
    if file is None or picture.tell() != 0:
        return None
    file.seek(0)
    data = np.frombuffer(file.read(), np.uint8)
    if _JPEG_END not in data[-64:].tobytes():
        return None
    flags = (_GREY if picture.mode == "L" else _COLOUR)[times] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(data, flags)
    except cv2.error:
        return None
    expected = tuple(math.ceil(side / (1 << times)) for side in (picture.height, picture.width))
    if pixels is None or pixels.shape[:2] != expected:
        return None
    return np.asarray(pixels, dtype=np.uint8)


def _in_bands(picture: Image.Image, times: int) -> Pixels:
    """The picture's pixels, halved `times` times, a band of rows at a time. A last odd row or column is dropped."""
    width, height = picture.size
    rows = max(1, int(_BAND_PIXELS / width) >> times) << times
    if height <= rows and not times:
        return array_of(picture)
    whole: Pixels | None = None
    for top in range(0, height, rows):
        band = array_of(picture.crop((0, top, width, min(height, top + rows))))
        for _ in range(times):
            band = halved(band)
        if whole is None:
            whole = np.empty((max(1, height >> times), *band.shape[1:]), np.uint8)
        at = top >> times
        whole[at : at + len(band)] = band[: len(whole) - at]
    return np.asarray(whole, dtype=np.uint8)


def upright_by_exif(pixels: Pixels, orientation: int) -> Pixels:
    """The pixels as the EXIF orientation (1 to 8; anything else is 1) says they are to be looked at."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


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
        bits = max(8, int(deep.max(initial=0)).bit_length())  # scanners store 10 and 12 bits in 16
        return (deep >> (bits - 8)).astype(np.uint8)
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
