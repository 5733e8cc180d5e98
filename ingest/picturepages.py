"""TIFF, JPEG, PNG and HEIC pages: judged from their headers before a pixel is decoded, then decoded one at a time."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from ingest.kinds import MediaKind
from ingest.pagepicture import PagePicture, decoded, upright_by_exif
from ingest.staging import Limits
from schemas.errors import EmptyPage, PageTooLarge, TooManyPages, Truncated

pillow_heif.register_heif_opener()

_A4_LONG_SIDE = 11.69
_SHORTEST, _LONGEST = 2.0, 24.0
_UNSAID_DPI = {72, 96}
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
_JPEG_END = b"\xff\xd9"


def inspect_picture(path: Path, kind: MediaKind, limits: Limits) -> int:
    """The number of pages (frames). Raises TooManyPages, PageTooLarge, EmptyPage, Truncated."""
    with _opened(path) as picture:
        count = 0
        while _seek(picture, count):
            count += 1
            if count > limits.max_pages:
                raise TooManyPages(pages=count, limit=limits.max_pages)
            megapixels = picture.width * picture.height / 1e6
            if megapixels > limits.max_megapixels:
                raise PageTooLarge(page=count, megapixels=round(megapixels), limit=limits.max_megapixels)
            if isinstance(picture, TiffImagePlugin.TiffImageFile):
                _refuse_cut_frame(count, picture, path.stat().st_size)
    if kind == "jpeg":
        _refuse_cut_jpeg(path)
    if kind in ("png", "heic"):
        _refuse_cut_chunks(path, kind)
    return max(count, 1)


class PicturePages:
    """The frames of a picture file; only the frame at hand is decoded."""

    def __init__(self, path: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._picture = self._stack.enter_context(_opened(path))

    @property
    def count(self) -> int:
        return int(getattr(self._picture, "n_frames", 1))

    def picture(self, number: int, dpi: float | None = None) -> PagePicture:
        """Frame `number` (from 1), turned as its EXIF orientation says; see `PageSource`. Raises Truncated."""
        if not _seek(self._picture, number - 1):
            raise Truncated(detail=f"frame {number} is not there")
        width, height = self._picture.size
        said = _dpi(self._picture, max(width, height))
        try:
            orientation = _orientation(self._picture)
            pixels = upright_by_exif(decoded(self._picture, min(1.0, dpi / said) if dpi else 1.0), orientation)
        except (OSError, SyntaxError, ValueError) as failure:
            raise Truncated(detail=f"the picture of page {number} ends early") from failure
        stored = (height, width) if orientation in _LYING else (width, height)
        return PagePicture(pixels, said * max(pixels.shape[:2]) / max(stored), stored)

    def close(self) -> None:
        self._stack.close()


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


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return 1  # broken EXIF: the picture itself may be sound


def _dpi(picture: Image.Image, long_side: int) -> float:
    """What the file says, unless it says nothing (cameras write 72) or the page would be no sheet of paper; then the
    scale at which the longer side is that of A4."""
    said = picture.info.get("dpi")
    if said and round(float(said[0])) not in _UNSAID_DPI and float(said[0]) > 0:
        inches = long_side / float(said[0])
        if _SHORTEST <= inches <= _LONGEST:
            return float(said[0])
    return long_side / _A4_LONG_SIDE
