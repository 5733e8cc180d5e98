"""Is a PDF whole and safe to open: judged from its structure, nothing is rendered."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from ingest.pagepicture import MOST_DECODED_MB
from ingest.pdfpages import POINTS, VECTOR_DPI, open_pdf, plain_picture
from ingest.pdfparts import box_of, content_streams, filters_of, images_of, signature_values, visible_annotations
from ingest.staging import Limits
from schemas.errors import EmptyPage, NoPages, PageTooLarge, TooManyPages, Truncated

_TAIL = 2048
_CONTENT_CAP = 64 << 20
_BY_ROWS = {"/DCTDecode", "/CCITTFaxDecode", "/JBIG2Decode"}
_DAMAGE = re.compile(r"reconstruct|damaged|can't find|expected endstream|recover|xref|unexpected EOF", re.IGNORECASE)


@dataclass(frozen=True)
class PdfFacts:
    """Pages, whether a signature field is filled in, and whether every page is nothing but one full-page picture."""

    pages: int
    signed: bool
    plain_pictures: bool


def inspect_pdf(path: Path, limits: Limits) -> PdfFacts:
    """Judge a PDF without rendering it; see `PdfFacts`. Raises Encrypted, Truncated, NoPages, TooManyPages,
    PageTooLarge, EmptyPage."""
    with open_pdf(path) as pdf:
        _refuse_too_many(pdf, limits)
        count = _count(pdf)
        _refuse_cut(path, pdf)
        if count == 0:
            raise NoPages()
        if count > limits.max_pages:
            raise TooManyPages(pages=count, limit=limits.max_pages)
        damaged = _is_damaged(pdf)
        plain = True
        for number, page in enumerate(pdf.pages, 1):
            _refuse_page(number, page, limits, damaged)
            plain = plain and plain_picture(page) is not None
        return PdfFacts(count, bool(signature_values(pdf)), plain)


def _refuse_too_many(pdf: pikepdf.Pdf, limits: Limits) -> None:
    """By the tree's own claim, before the tree is walked; the walk then finds out a claim that is too low."""
    tree = pdf.Root.get("/Pages")
    claim = tree.get("/Count", 0) if isinstance(tree, pikepdf.Dictionary) else 0
    if isinstance(claim, int) and claim > limits.max_pages:
        raise TooManyPages(pages=claim, limit=limits.max_pages)


def _count(pdf: pikepdf.Pdf) -> int:
    try:
        return len(pdf.pages)
    except (pikepdf.PdfError, RuntimeError, ValueError) as failure:
        raise Truncated(detail="the page tree breaks off") from failure


def _is_damaged(pdf: pikepdf.Pdf) -> bool:
    return any(_DAMAGE.search(str(warning)) for warning in pdf.get_warnings())


def _refuse_cut(path: Path, pdf: pikepdf.Pdf) -> None:
    """A file that ends early, even where qpdf can still find objects in what is left. A broken cross-reference in a
    file with its proper end is not cut: the pages are judged one by one then."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(_TAIL)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    linearised = re.search(rb"/Linearized[^>]*?/L\s+(\d+)", first)
    if linearised and int(linearised[1]) > size:
        raise Truncated(detail="shorter than its linearisation says")
    for value in signature_values(pdf):
        ends = [int(n) for n in value.get("/ByteRange", [])]
        if len(ends) == 4 and ends[2] + ends[3] > size:
            raise Truncated(detail="shorter than its signature covers")
    whole_end = b"%%EOF" in tail or (b"startxref" in tail and not _is_damaged(pdf))
    if not whole_end:
        raise Truncated(detail="the end of the file is missing")


def _refuse_page(number: int, page: pikepdf.Page, limits: Limits, damaged: bool) -> None:
    x0, y0, x1, y1 = box_of(page)
    unit = float(page.get("/UserUnit", 1))
    area = abs(x1 - x0) * abs(y1 - y0) * (unit * VECTOR_DPI / POINTS) ** 2
    _refuse_pixels(number, area, limits.max_megapixels)
    content = _content_size(number, page, limits)
    for image in images_of(page):
        pixels = int(image.get("/Width", 0)) * int(image.get("/Height", 0))
        _refuse_pixels(number, pixels, min(limits.max_megapixels, MOST_DECODED_MB / _drawn_bytes(image)))
        _refuse_early_end(number, image, damaged)
    if content == 0 and not visible_annotations(page):
        raise EmptyPage(page=number)


def _refuse_pixels(number: int, pixels: float, most_megapixels: float) -> None:
    megapixels = pixels / 1e6
    if megapixels > most_megapixels:
        raise PageTooLarge(page=number, megapixels=round(megapixels), limit=round(most_megapixels))


def _drawn_bytes(image: Any) -> float:
    """What pdfium takes for a pixel while it draws the picture (measured): JPEG and 1-bit pictures come row by row."""
    if set(filters_of(image)) & _BY_ROWS or image.get("/BitsPerComponent") == 1:
        return 0.5
    return 2.0 if image.get("/ColorSpace") in ("/DeviceGray", "/CalGray") else 4.0


def _refuse_early_end(number: int, image: Any, damaged: bool) -> None:
    """A picture without a byte, or one that breaks off. A JPEG says where it ends; only one that does not is decoded
    here to decide. Other encodings are checked only in a file that is damaged anyway."""
    raw = image.read_raw_bytes()
    if not raw:
        raise EmptyPage(page=number)
    kind = filters_of(image)
    if kind == ["/DCTDecode"] and b"\xff\xd9" not in raw[-64:]:
        try:
            Image.open(io.BytesIO(raw)).load()
        except (OSError, SyntaxError, ValueError) as failure:
            raise Truncated(detail=f"the picture of page {number} ends early") from failure
    if kind == ["/FlateDecode"] and damaged and not _inflates(raw):
        raise Truncated(detail=f"the picture of page {number} ends early")


def _inflates(raw: bytes) -> bool:
    inflater = zlib.decompressobj()
    try:
        rest = raw
        while rest and not inflater.eof:
            inflater.decompress(rest, 1 << 20)
            rest = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof


def _content_size(number: int, page: pikepdf.Page, limits: Limits) -> int:
    """Bytes of the page's drawing instructions without white space at the ends, unpacked only up to a cap."""
    total = 0
    for stream in content_streams(page):
        raw = stream.read_raw_bytes()
        if filters_of(stream) == ["/FlateDecode"]:
            try:
                raw = zlib.decompressobj().decompress(raw, _CONTENT_CAP)
            except zlib.error:
                raw = b"?"  # pdfium will make of it what it can
        if total + len(raw) >= _CONTENT_CAP:
            raise PageTooLarge(page=number, megapixels=(total + len(raw)) >> 20, limit=limits.max_megapixels)
        total += len(raw.strip())
    return total
