"""PDF pages as pictures, one at a time: the embedded picture where a page is nothing else, a rendering otherwise."""

from __future__ import annotations

import io
import math
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from ingest.pagepicture import PagePicture, Pixels, decoded, sheet_dpi
from ingest.pdfparts import (
    box_of,
    content_bytes,
    direct_images,
    filters_of,
    fonts_of,
    images_of,
    only_signature_stamps,
    visible_annotations,
)
from schemas.errors import Encrypted, Truncated

POINTS = 72.0
VECTOR_DPI = 200.0
MAX_DPI = 300.0
MOST_DRAWN = 20e6
"""Pixels of a drawn page at most: A3 at 300 dpi has 17 million. pdfium takes four bytes for each."""
_DRAWING = threading.RLock()  # pdfium is not made for threads, and the portal answers in many
_PLAIN_CONTENT_CAP = 2 << 20
_COVERS = 0.95
_HARMLESS = {"q", "Q", "cm", "gs", "BT", "ET", "Tf", "Tr", "Td", "TD", "Tm", "T*", "TL", "Tc", "Tw", "Tz", "Ts"} | {
    "g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "w", "J", "j", "M", "d", "ri", "i", "n", "W",
    "W*", "re", "BMC", "BDC", "EMC", "MP", "DP",
}  # fmt: skip
_SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
_INVISIBLE = 3


@dataclass(frozen=True)
class PlainPicture:
    """The one picture that fills a page: its object, and the part of a point that one pixel is wide."""

    image: Any
    width: int
    height: int
    dpi: float


def open_pdf(path: Path) -> pikepdf.Pdf:
    """Open for reading. An owner password only forbids, it hides nothing: such a file opens. Raises Encrypted (a user
    password), Truncated (no structure can be found)."""
    try:
        return pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError as failure:
        raise Encrypted() from failure
    except (pikepdf.PdfError, RuntimeError, ValueError, OSError) as failure:
        raise Truncated(detail="no readable PDF structure") from failure


class PdfPages:
    """Pictures of a PDF's pages; both libraries read from the path, so that only the page at hand is in memory."""

    def __init__(self, path: Path) -> None:
        self._pdf = open_pdf(path)
        self._path = path
        self._renderer: pypdfium2.PdfDocument | None = None

    @property
    def count(self) -> int:
        return len(self._pdf.pages)

    def picture(self, number: int, dpi: float | None = None) -> PagePicture:
        """Page `number` (from 1) as a viewer shows it, /Rotate included, without the stamps of signature fields; see
        `PageSource`."""
        page = self._pdf.pages[number - 1]
        plain = plain_picture(page, stamps_may_lie_on_it=True)
        if plain is None:
            return self.rendered(number, _native_dpi(page))
        turns = -(int(page.get("/Rotate", 0)) // 90) % 4
        stored = (plain.width, plain.height) if turns % 2 == 0 else (plain.height, plain.width)
        scale = sheet_dpi(max(stored), plain.dpi)
        direct = _decoded_jpeg(plain, min(1.0, dpi / scale) if dpi else 1.0)
        if direct is not None:
            pixels = np.ascontiguousarray(np.rot90(direct, turns))
        else:
            part = min(1.0, max(dpi, VECTOR_DPI) / scale) if dpi else 1.0
            pixels = self.rendered(number, plain.dpi * part, grey=_is_grey(plain.image), stamps=False).rgb
        return PagePicture(pixels, scale * max(pixels.shape[:2]) / max(stored), stored)

    def rendered(self, number: int, dpi: float, grey: bool = False, stamps: bool = True) -> PagePicture:
        """Page `number` drawn at `dpi`; with `stamps` all annotations and filled fields: what a person sees."""
        with _DRAWING:
            if self._renderer is None:
                self._renderer = pypdfium2.PdfDocument(self._path)
                self._renderer.init_forms()
            page = self._renderer[number - 1]
            try:
                width, height = page.get_size()
                dpi = min(dpi, POINTS * math.sqrt(MOST_DRAWN / max(1.0, width * height)))
                bitmap = page.render(
                    scale=dpi / POINTS, grayscale=grey, rev_byteorder=True, may_draw_forms=stamps, draw_annots=stamps
                )
                drawn = bitmap.to_numpy()
                if drawn.ndim == 3:
                    drawn = drawn[:, :, 0] if drawn.shape[2] == 1 else drawn[:, :, :3]
                pixels = np.array(drawn, order="C")
                bitmap.close()
            finally:
                page.close()
        return PagePicture(pixels, dpi)

    def may_have_text(self, number: int) -> bool:
        """Whether the page names a font at all: without one there is no text layer to read."""
        return any(True for _ in fonts_of(self._pdf.pages[number - 1]))

    def has_stamps(self, number: int) -> bool:
        """Whether annotations (a signature's visible stamp, a stamped number) are drawn on the page."""
        return visible_annotations(self._pdf.pages[number - 1])

    def text_only(self, number: int, stamps: bool = False) -> io.BytesIO:
        """The page as a small PDF of its own without its pictures, for reading its text; with `stamps` nothing but what
        annotations draw on it."""
        with pikepdf.new() as alone, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the copy's signature fields belong to no form: it is only read here
            alone.pages.append(self._pdf.pages[number - 1])
            page = alone.pages[0]
            if stamps:
                page.obj["/Contents"] = alone.make_stream(b"")
                alone.flatten_annotations("screen")
            elif "/Annots" in page:
                del page["/Annots"]
            for image in images_of(page):
                image.write(b"")
            out = io.BytesIO()
            alone.save(out)
        out.seek(0)
        return out

    def close(self) -> None:
        if self._renderer is not None:
            with _DRAWING:
                self._renderer.close()
        self._pdf.close()


def plain_picture(page: pikepdf.Page, stamps_may_lie_on_it: bool = False) -> PlainPicture | None:
    """The picture, if the page is nothing else: one upright image over the whole page; invisible text is allowed."""
    if not (only_signature_stamps(page) if stamps_may_lie_on_it else not visible_annotations(page)):
        return None
    images = direct_images(page)
    if len(images) != 1 or content_bytes(page) > _PLAIN_CONTENT_CAP:
        return None
    drawn = _only_drawing(page)
    if drawn is None:
        return None
    name, (a, b, c, d, e, f) = drawn
    image = images.get(name)
    if image is None or "/SMask" in image or "/Mask" in image or bool(image.get("/ImageMask", False)):
        return None
    x0, y0, x1, y1 = box_of(page)
    upright = abs(b) < 0.01 and abs(c) < 0.01 and a > 0 and d > 0
    covers_x = min(x1, e + a) - max(x0, e) >= _COVERS * (x1 - x0)
    covers_y = min(y1, f + d) - max(y0, f) >= _COVERS * (y1 - y0)
    spills = a > 1.05 * (x1 - x0) or d > 1.05 * (y1 - y0)  # a part of the picture is outside the page: not all is shown
    if not (upright and covers_x and covers_y) or spills:
        return None
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    unit = float(page.get("/UserUnit", 1))
    return PlainPicture(image, width, height, max(width / (a * unit), height / (d * unit)) * POINTS)


def _only_drawing(page: pikepdf.Page) -> tuple[str, tuple[float, ...]] | None:
    """The name and matrix of the one picture the page draws, or None if it draws anything else that can be seen."""
    matrix, stack = pikepdf.Matrix(), []
    mode, found = 0, None
    try:
        steps = pikepdf.parse_content_stream(page)
    except (pikepdf.PdfError, ValueError):
        return None
    for instruction in steps:
        operands, step = instruction.operands, str(instruction.operator)
        if step == "q":
            stack.append(matrix)
        elif step == "Q":
            matrix = stack.pop() if stack else pikepdf.Matrix()
        elif step == "cm":
            matrix = pikepdf.Matrix(*(float(str(v)) for v in operands)) @ matrix
        elif step == "Tr":
            mode = int(str(operands[0]))
        elif step == "Do" and found is None:
            found = (str(operands[0]), matrix.shorthand)
        elif not (step in _HARMLESS or (step in _SHOWS_TEXT and mode == _INVISIBLE)):
            return None
    return found


def _is_grey(image: Any) -> bool:
    return bool(image.get("/ColorSpace") in ("/DeviceGray", "/CalGray"))


def _native_dpi(page: pikepdf.Page) -> float:
    """The scale to draw at: that of the page's largest picture, kept between 200 and 300 dpi."""
    x0, _, x1, _ = box_of(page)
    inches = max(0.1, (x1 - x0) * float(page.get("/UserUnit", 1)) / POINTS)
    widest = max((int(image.get("/Width", 0)) for image in images_of(page)), default=0)
    return float(min(MAX_DPI, max(VECTOR_DPI, widest / inches)))


def _decoded_jpeg(plain: PlainPicture, shrink: float) -> Pixels | None:
    """The embedded JPEG's pixels, as `decoded` gives them; None if it is another encoding or is to be shown other than
    it is stored."""
    image = plain.image
    if filters_of(image) != ["/DCTDecode"] or "/Decode" in image:
        return None
    space = image.get("/ColorSpace")
    calibrated = isinstance(space, pikepdf.Array) and len(space) == 2 and space[0] == "/ICCBased"
    if space not in ("/DeviceRGB", "/DeviceGray") and not calibrated:
        return None
    try:
        with Image.open(io.BytesIO(image.read_raw_bytes())) as picture:
            if picture.mode not in ("RGB", "L") or picture.size != (plain.width, plain.height):
                return None
            return decoded(picture, shrink)
    except (OSError, SyntaxError):
        return None  # pdfium may make more of a damaged stream
