"""TIFF, JPEG, PNG and HEIC pages: judged from their headers before a pixel is decoded, then decoded one at a time."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from ingest.kinds import MediaKind
from ingest.pagepicture import MOST_DECODED_MB, PagePicture, Pixels, decoded, sheet_dpi, upright_by_exif
from ingest.staging import Limits
from schemas.errors import EmptyPage, PageTooLarge, TooManyPages, Truncated

pillow_heif.register_heif_opener()

_UNSAID_DPI = {72, 96}
_LEAST_DPI = 50.0
_LEAST_ASPECT, _NEARLY_SQUARE = 0.4, 0.95
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_PHOTOMETRIC = 262
_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
_JPEG_END = b"\xff\xd9"


def inspect_picture(path: Path, kind: MediaKind, limits: Limits) -> int:
    """The number of pages (frames). Raises TooManyPages, PageTooLarge, EmptyPage, Truncated."""
    with _opened(path) as picture:
        count = 0
        while (count < 1 or picture.format != "MPO") and _seek(picture, count):
            count += 1
            if count > limits.max_pages:
                raise TooManyPages(pages=count, limit=limits.max_pages)
            megapixels = picture.width * picture.height / 1e6
            if megapixels > limits.max_megapixels:
                raise PageTooLarge(page=count, megapixels=round(megapixels), limit=limits.max_megapixels)
            if megapixels * _decoded_bytes(picture) > MOST_DECODED_MB:
                limit = round(MOST_DECODED_MB / _decoded_bytes(picture))
                raise PageTooLarge(page=count, megapixels=round(megapixels), limit=limit)
            if isinstance(picture, TiffImagePlugin.TiffImageFile):
                _refuse_cut_frame(count, picture, path.stat().st_size)
    if kind == "jpeg":
        _refuse_cut_jpeg(path)
    if kind in ("png", "heic"):
        _refuse_cut_chunks(path, kind)
    return max(count, 1)


def _decoded_bytes(picture: Image.Image) -> float:
    """What decoding takes for each pixel, at most: a JPEG is decoded small, but one in several passes (progressive) has
    all its coefficients in memory; Pillow decodes anything else whole."""
    if picture.format in ("JPEG", "MPO"):
        return 2.0 * len(picture.getbands()) if picture.info.get("progressive") else 0.5
    return {"1": 1.0, "L": 1.0, "P": 1.0, "I;16": 2.0, "I;16B": 2.0}.get(picture.mode, 4.0)


class PicturePages:
    """The frames of a picture file; only the frame at hand is decoded, and not kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as picture:
            self._count = _frames(picture)

    @property
    def count(self) -> int:
        return self._count

    def picture(self, number: int, dpi: float | None = None) -> PagePicture:
        """Frame `number` (from 1), turned as its EXIF orientation says, its pixels square; see `PageSource`. Raises
        Truncated."""
        with _opened(self._path) as picture:
            if not _seek(picture, number - 1):
                raise Truncated(detail=f"frame {number} is not there")
            width, height = picture.size
            said, aspect = _dpi(picture, max(width, height)), _pixel_aspect(picture)
            orientation = _orientation(picture)
            try:
                pixels = decoded(picture, min(1.0, dpi / said) if dpi else 1.0)
            except (OSError, SyntaxError, ValueError) as failure:
                raise Truncated(detail=f"the picture of page {number} ends early") from failure
            if _white_is_zero(picture):
                pixels = 255 - pixels
        shrunk = said * max(pixels.shape[:2]) / max(width, height)
        if aspect != 1.0:
            pixels, (width, height) = _square(pixels, aspect), _longer(width, height, aspect)
        stored = (height, width) if orientation in _LYING else (width, height)
        return PagePicture(upright_by_exif(pixels, orientation), shrunk, stored)

    def close(self) -> None:
        """Nothing is kept open between pages."""


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Pillow's own limit is a guard for programs without one; ours is `Limits.max_megapixels`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            picture = Image.open(path)
        except Image.DecompressionBombError as failure:
            raise PageTooLarge(page=1, megapixels="≥ 179", limit="179") from failure
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as failure:
            raise Truncated(detail="no readable picture header") from failure
    with picture:
        yield picture


def _seek(picture: Image.Image, index: int) -> bool:
    try:
        picture.seek(index)
    except EOFError:
        return False
    except Image.DecompressionBombError as failure:
        raise PageTooLarge(page=index + 1, megapixels="≥ 179", limit="179") from failure
    except (OSError, SyntaxError, ValueError, KeyError) as failure:
        raise Truncated(detail=f"frame {index + 1} has no readable header") from failure
    return True


def _refuse_cut_frame(number: int, picture: TiffImagePlugin.TiffImageFile, size: int) -> None:
    """The strips or tiles of a TIFF frame must lie within the file, and hold something."""
    tags = picture.tag_v2
    offsets = tags.get(_STRIPS) or tags.get(_TILES) or ()
    sizes = tags.get(_STRIP_SIZES) or tags.get(_TILE_SIZES) or ()
    offsets = offsets if isinstance(offsets, tuple) else (offsets,)
    sizes = sizes if isinstance(sizes, tuple) else (sizes,)
    if not any(sizes):
        raise EmptyPage(page=number)
    if any(start + length > size for start, length in zip(offsets, sizes, strict=False)):
        raise Truncated(detail=f"the picture of page {number} ends early")


def _refuse_cut_jpeg(path: Path) -> None:
    """A JPEG ends with its end mark; one without (or with something behind it) is decoded to decide."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64))
        if _JPEG_END in file.read():
            return
    with _opened(path) as picture:
        try:
            picture.load()
        except (OSError, SyntaxError, ValueError) as failure:
            raise Truncated(detail="the picture ends early") from failure


def _refuse_cut_chunks(path: Path, kind: MediaKind) -> None:
    """PNG: every chunk's checksum; HEIC has none, so its one picture is decoded."""
    with _opened(path) as picture:
        try:
            if kind == "png":
                picture.verify()
            else:
                picture.load()
        except (OSError, SyntaxError, ValueError, EOFError) as failure:
            raise Truncated(detail="the picture ends early") from failure
    if kind == "png" and not _ends_with_iend(path):
        raise Truncated(detail="the picture ends early")


def _ends_with_iend(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return b"IEND" in file.read()


def _frames(picture: Image.Image) -> int:
    """A telephone's JPEG may carry further pictures (depth, brightness) behind its first: they are no pages."""
    return 1 if picture.format == "MPO" else int(getattr(picture, "n_frames", 1))


def _white_is_zero(picture: Image.Image) -> bool:
    """Pillow turns such pictures over, but not those with 16 bits."""
    return (
        isinstance(picture, TiffImagePlugin.TiffImageFile)
        and picture.mode.startswith("I")
        and (picture.tag_v2.get(_PHOTOMETRIC) == 0)
    )


def _pixel_aspect(picture: Image.Image) -> float:
    """How much wider a pixel is than high, less than 1 where it is higher: a coarse fax has 204 dots an inch across and
    98 down. 1 where the file says nothing, or what no scanner makes."""
    said = picture.info.get("dpi")
    if not said or min(float(said[0]), float(said[1])) < _LEAST_DPI:
        return 1.0
    aspect = float(said[1]) / float(said[0])
    return aspect if _LEAST_ASPECT <= min(aspect, 1 / aspect) < _NEARLY_SQUARE else 1.0


def _longer(width: int, height: int, aspect: float) -> tuple[int, int]:
    """The size with square pixels, those of the finer direction."""
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _square(pixels: Pixels, aspect: float) -> Pixels:
    size = _longer(pixels.shape[1], pixels.shape[0], aspect)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return 1  # broken EXIF: the picture itself may be sound


def _dpi(picture: Image.Image, long_side: int) -> float:
    """What the file says (of the finer direction), unless it says nothing: cameras write 72."""
    said = max(map(float, picture.info.get("dpi") or (0.0,)))
    return sheet_dpi(long_side, 0.0 if round(said) in _UNSAID_DPI else said)
