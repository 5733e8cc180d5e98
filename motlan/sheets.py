"""Separator sheets to print: A4 pages with big Vietnamese words for people and a QR code for the reader."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from ingest.separators import HEADER_TITLE, SEPARATOR_TITLE, BatchHeader, Separator
from schemas.errors import OutputExists
from schemas.types import TypeCatalogue
from signing.stamp import StampProfile

_DPI = 150
_SIZE = (1240, 1754)  # A4
_MARGIN = 120
_CODE_SIDE = 620  # a good ten centimetres: scans at 100 dpi and bad copies still show it
_HINT = "Đặt phiếu này trước giấy tờ khi quét. Phiếu không thuộc hồ sơ và dùng lại được."


@dataclass(frozen=True)
class _Words:
    """What a sheet says to people: a title, one line in very large letters, and smaller lines."""

    title: str
    large: str
    rows: tuple[str, ...]


def write_sheets(sheets: Iterable[BatchHeader | Separator], types: TypeCatalogue, out: Path) -> int:
    """Write one page a sheet to a new PDF; returns how many. Raises OutputExists."""
    pages = [_page(sheet, types) for sheet in sheets]
    layout = img2pdf.get_fixed_dpi_layout_fun((_DPI, _DPI))
    try:
        with out.open("xb") as stream:
            img2pdf.convert(pages, layout_fun=layout, nodate=True, outputstream=stream, engine=img2pdf.Engine.pikepdf)
    except FileExistsError:
        raise OutputExists() from None
    return len(pages)


def _page(sheet: BatchHeader | Separator, types: TypeCatalogue) -> bytes:
    """The page as a PNG of one bit a dot."""
    words = _of_batch(sheet) if isinstance(sheet, BatchHeader) else _of_paper(sheet, types)
    page = Image.new("L", _SIZE, 255)
    pen = ImageDraw.Draw(page)
    middle, room = _SIZE[0] // 2, _SIZE[0] - 2 * _MARGIN
    pen.rectangle((50, 50, _SIZE[0] - 50, _SIZE[1] - 50), outline=0, width=6)
    pen.text((middle, 170), words.title, font=_fitted(words.title, 64, room), fill=0, anchor="mm")
    pen.text((middle, 330), words.large, font=_fitted(words.large, 120, room), fill=0, anchor="mm")
    for number, row in enumerate(words.rows):
        pen.text((middle, 470 + 80 * number), row, font=_fitted(row, 52, room), fill=0, anchor="mm")
    code = _code(sheet.text)
    page.paste(code, ((_SIZE[0] - code.width) // 2, 860))
    pen.text((middle, 1590), _HINT, font=_fitted(_HINT, 30, room), fill=0, anchor="mm")
    out = io.BytesIO()
    page.convert("1", dither=Image.Dither.NONE).save(out, "PNG", dpi=(_DPI, _DPI))
    return out.getvalue()


def _of_batch(sheet: BatchHeader) -> _Words:
    counts = _counted((sheet.papers, "giấy tờ"), (sheet.pages, "trang"))
    return _Words(HEADER_TITLE, sheet.batch, (f"Đơn vị: {sheet.unit}", *counts))


def _of_paper(sheet: Separator, types: TypeCatalogue) -> _Words:
    kind = types.get(sheet.type) if sheet.type is not None else None
    return _Words(SEPARATOR_TITLE, sheet.dossier, (*([kind.name] if kind else []), *_counted((sheet.pages, "trang"))))


def _counted(*counts: tuple[int | None, str]) -> list[str]:
    told = [f"{number} {what}" for number, what in counts if number is not None]
    return [f"Phía sau có: {', '.join(told)}"] if told else []


def _code(text: str) -> Image.Image:
    """The QR code with its quiet zone, about _CODE_SIDE dots wide."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    dots = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=True)))
    scale = max(1, _CODE_SIDE // dots.width)
    return dots.resize((dots.width * scale, dots.height * scale), Image.Resampling.NEAREST)


def _fitted(text: str, size: int, room: int) -> ImageFont.FreeTypeFont:
    """The stamp's font, as large as asked or as large as the line allows."""
    path = str(StampProfile.load("copy-nd30").font_file)
    face = ImageFont.truetype(path, size)
    width = face.getlength(text)
    return face if width <= room else ImageFont.truetype(path, int(size * room / width))
