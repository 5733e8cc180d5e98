"""Page pictures as the files that scanners and phones hand over: PDF, TIFF, JPEG, PNG, HEIC, and ZIPs of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pikepdf
from PIL import Image
from pillow_heif import from_pillow

from specimens.truth import Specimen

_ZIP_DAY = (2026, 9, 15, 8, 0, 0)  # one fixed day, so that the same batch is the same bytes
_ROWS_PER_STRIP = 278
_STRIP_OFFSETS, _STRIP_SIZES = 273, 279
SINGLE_PAGE = (".jpg", ".jpeg", ".png", ".heic")


def write_pages(
    path: Path, pages: Sequence[Image.Image], dpi: int, *, quality: int = 88, rotate: Sequence[int] = ()
) -> None:
    """Write pages in the format that the suffix names. `rotate` (PDF only) stores a page's picture turned and says so
    in /Rotate. Raises ValueError for an unknown suffix or several pages in a format for one."""
    suffix = path.suffix.lower()
    if suffix in SINGLE_PAGE and len(pages) != 1:
        raise ValueError(f"{suffix} holds one page, not {len(pages)}")
    if suffix == ".pdf":
        path.write_bytes(pdf_bytes(pages, dpi, quality=quality, rotate=rotate))
    elif suffix in (".tif", ".tiff"):
        _write_tiff(path, pages, dpi, quality)
    elif suffix in (".jpg", ".jpeg"):
        _grey_at_least(pages[0]).save(path, "JPEG", quality=quality, dpi=(dpi, dpi))
    elif suffix == ".png":
        pages[0].save(path, "PNG", dpi=(dpi, dpi), compress_level=1)
    elif suffix == ".heic":
        from_pillow(pages[0].convert("RGB")).save(str(path), quality=max(50, quality - 20))
    else:
        raise ValueError(f"no way to write {suffix!r}")


def pdf_bytes(pages: Sequence[Image.Image], dpi: int, *, quality: int = 88, rotate: Sequence[int] = ()) -> bytes:
    """A PDF of page pictures: JPEG for colour and grey, CCITT group 4 for 1-bit pages."""
    pdf = pikepdf.new()
    for number, page in enumerate(pages):
        turn = rotate[number] % 360 if number < len(rotate) else 0
        picture = page.rotate(turn, expand=True) if turn else page
        _add_page(pdf, picture, dpi, quality, turn)
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, min_version="1.4")
    return buffer.getvalue()


def _add_page(pdf: pikepdf.Pdf, picture: Image.Image, dpi: int, quality: int, turn: int) -> None:
    points = [Decimal(round(side * 7200 / dpi)) / 100 for side in picture.size]
    image = pikepdf.Stream(pdf, b"")
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Width, image.Height = picture.size
    if picture.mode == "1":
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 1
        # Pillow stores white as 1 (BlackIsZero), so the coder sees white as its "black" runs.
        parameters = pikepdf.Dictionary(K=-1, Columns=picture.width, Rows=picture.height, BlackIs1=True)
        image.write(_group4(picture), filter=pikepdf.Name.CCITTFaxDecode, decode_parms=parameters)
    else:
        grey = picture.mode == "L"
        image.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
        image.BitsPerComponent = 8
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, dpi=(dpi, dpi))
        image.write(buffer.getvalue(), filter=pikepdf.Name.DCTDecode)
    leaf = pdf.add_blank_page(page_size=(float(points[0]), float(points[1])))
    leaf.MediaBox = pikepdf.Array([0, 0, *points])
    leaf.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(image)))
    leaf.Contents = pikepdf.Stream(pdf, f"q {points[0]} 0 0 {points[1]} 0 0 cm /Im0 Do Q".encode())
    if turn:
        leaf.Rotate = turn


def _group4(picture: Image.Image) -> bytes:
    """The bare CCITT data of a 1-bit picture, taken from a TIFF of one strip."""
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: picture.height})
    buffer.seek(0)
    with Image.open(buffer) as tiff:
        tags = tiff.tag_v2  # type: ignore[attr-defined]  # Image.open gives a TiffImageFile here
        start, size = tags[_STRIP_OFFSETS][0], tags[_STRIP_SIZES][0]
    return buffer.getvalue()[start : start + size]


def _write_tiff(path: Path, pages: Sequence[Image.Image], dpi: int, quality: int) -> None:
    first, *rest = pages
    if all(page.mode == "1" for page in pages):
        first.save(path, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(dpi, dpi))
        return
    first, *rest = [_grey_at_least(page) for page in pages]
    first.save(path, "TIFF", save_all=True, append_images=rest, compression="jpeg", quality=quality, dpi=(dpi, dpi))


def _grey_at_least(page: Image.Image) -> Image.Image:
    return page.convert("L") if page.mode == "1" else page


def write_zip(path: Path, members: Mapping[str, Path]) -> None:
    """A ZIP of files under the given names, stored in this order with one fixed time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in members.items():
            info = zipfile.ZipInfo(name, date_time=_ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, source.read_bytes())


def write_paper(paper: Specimen, path: Path) -> None:
    """Write a made-up paper's pages in the format that the suffix names, at the paper's own scale and quality."""
    write_pages(path, paper.pages, paper.dpi, quality=paper.jpeg_quality)
