"""One sample of every kind of file the archive must be able to take, with a reading of each page: small pictures of
made-up text, so that judges see what the real way makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import img2pdf
import pikepdf
import pillow_heif
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from ingest.archival import ArchivalMeta
from schemas.reading import Box, PageReading, Word

FONT = Path(__file__).parents[2] / "signing" / "fonts" / "texgyretermes-regular.otf"
_NOTO = Path("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf")
DPI = 100
SIZE = (827, 1169)
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Họ và tên: NGUYỄN THỊ MẪU, sinh ngày 01/02/1990",
    "Quê quán: xã Thử Nghiệm, huyện Ví Dụ, tỉnh Mẫu",
    "ằẳẵắặ ầẩẫấậ ềểễếệ ồổỗốộ ờởỡớợ ừửữứự ỳỷỹýỵ ĐđƠơƯư",
)
META = ArchivalMeta(
    record="motlan:H00.01:aaaaaaaaaaaaaaaaaaaaaaaaaa",
    title="Giấy <xác nhận> & thử nghiệm",
    original_sha256="ab" * 32,
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    converted_by="Ủy ban nhân dân xã Mẫu",
    software="Một Lần 0.1",
)


@dataclass(frozen=True)
class Sample:
    """A file as it is handed in, the pages of the paper in it, and their readings."""

    original: Path
    kind: str
    pages: tuple[int, ...]
    readings: tuple[PageReading, ...]
    text: str


def picture(mode: str = "RGB") -> Image.Image:
    """A page with LINES, a red seal and, in colour, a cream ground."""
    page = Image.new("RGB", SIZE, (250, 248, 240))
    pen = ImageDraw.Draw(page)
    face = ImageFont.truetype(str(FONT), 24)
    for number, line in enumerate(LINES):
        pen.text((90, 100 + 60 * number), line, font=face, fill="black")
    pen.ellipse((500, 800, 680, 980), outline=(200, 20, 20), width=6)
    return page.convert(mode)


def reading(page: int = 1, rotation: int = 0, *, source: str = "ocr", words: bool = True) -> PageReading:
    """The reading of `picture()` turned so that `rotation` makes it upright again; boxes lie on the printed words."""
    face = ImageFont.truetype(str(FONT), 24)
    found = []
    for number, line in enumerate(LINES):
        left = 90.0
        for text in line.split():
            right = left + face.getlength(text)
            top = 100 + 60 * number
            box = Box(x0=left / SIZE[0], y0=top / SIZE[1], x1=right / SIZE[0], y1=(top + 28) / SIZE[1])
            found.append(Word(text=text, box=box, confidence=0.9, block=number, line=0))
            left = right + face.getlength(" ")
    return PageReading(
        page=page,
        width=SIZE[0],
        height=SIZE[1],
        dpi=DPI,
        rotation=rotation,
        source=source,
        blank=not words,
        words=tuple(found) if words else (),
        engine="test",
        config="test",
    )


def build(folder: Path) -> dict[str, Sample]:
    """All samples by name, written into `folder`."""
    return {name: maker(folder / name) for name, maker in MAKERS.items()}


def make(name: str, folder: Path) -> Sample:
    """One sample."""
    return MAKERS[name](folder / name)


def _sample(path: Path, kind: str, readings: tuple[PageReading, ...], text: str = "\n".join(LINES)) -> Sample:
    return Sample(path, kind, tuple(reading.page for reading in readings), readings, text)


def _jpeg_bytes(image: Image.Image, **more: object) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=80, dpi=(DPI, DPI), **more)
    return out.getvalue()


def _jpeg_pdf(path: Path, images: list[Image.Image]) -> Path:
    layout = img2pdf.get_fixed_dpi_layout_fun((DPI, DPI))
    path.write_bytes(img2pdf.convert([_jpeg_bytes(image) for image in images], layout_fun=layout))
    return path


def _pdf(path: Path) -> Sample:
    target = _jpeg_pdf(path.with_suffix(".pdf"), [picture(), picture("L"), Image.new("RGB", SIZE, "white")])
    return _sample(target, "pdf", (reading(1), reading(2), reading(3, source="none", words=False)))


def _rotated(path: Path) -> Sample:
    turned = [picture().rotate(angle, expand=True) for angle in (90, 180, 270)]
    target = _jpeg_pdf(path.with_suffix(".pdf"), turned)
    return _sample(target, "pdf", (reading(1, 90), reading(2, 180), reading(3, 270)))


def _page_rotate(path: Path) -> Sample:
    target = _jpeg_pdf(path.with_suffix(".pdf"), [picture().rotate(90, expand=True), picture().rotate(180)])
    with pikepdf.open(target, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 90  # shows it upright
        pdf.pages[1].Rotate = 90  # shows it turned: the reading adds 90
        pdf.save(target)
    return _sample(target, "pdf", (reading(1), reading(2, 90)))


def _jpeg(path: Path) -> Sample:
    target = path.with_suffix(".jpg")
    target.write_bytes(_jpeg_bytes(picture()))
    return _sample(target, "jpeg", (reading(),))


def _jpeg_exif(path: Path) -> Sample:
    target = path.with_suffix(".jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    target.write_bytes(_jpeg_bytes(picture().rotate(90, expand=True), exif=exif))
    return _sample(target, "jpeg", (reading(),))


def _jpeg_cmyk(path: Path) -> Sample:
    target = path.with_suffix(".jpg")
    target.write_bytes(_jpeg_bytes(picture("CMYK")))
    return _sample(target, "jpeg", (reading(),))


def _png(path: Path) -> Sample:
    target = path.with_suffix(".png")
    picture().save(target, dpi=(DPI, DPI))
    return _sample(target, "png", (reading(),))


def _png_alpha(path: Path) -> Sample:
    target = path.with_suffix(".png")
    picture("RGBA").save(target, dpi=(DPI, DPI))
    return _sample(target, "png", (reading(),))


def _tiff(path: Path) -> Sample:
    target = path.with_suffix(".tiff")
    first, *rest = [picture("1"), picture("1").rotate(180), picture("L")]
    first.save(target, save_all=True, append_images=rest, compression="tiff_lzw", dpi=(DPI, DPI))
    return _sample(target, "tiff", (reading(1), reading(2, 180), reading(3)))


def _heic(path: Path) -> Sample:
    target = path.with_suffix(".heic")
    pillow_heif.from_pillow(picture()).save(target, quality=80)
    return _sample(target, "heic", (reading(),))


def _born_digital(path: Path, *, embedded: bool) -> Sample:
    pdf = FPDF(format="A4")
    pdf.add_page()
    if embedded:
        pdf.add_font("Noto", fname=_NOTO)
    pdf.set_font("Noto" if embedded else "Helvetica", size=13)
    text = "\n".join(LINES) if embedded else "UBND xa Mau\nSo: 12/QD-UBND\nQuyet dinh thu nghiem"
    pdf.multi_cell(0, 10, text)
    target = path.with_suffix(".pdf")
    pdf.output(str(target))
    return _sample(target, "pdf", (reading(source="text_layer"),), text)


def _subset(path: Path) -> Sample:
    target = _jpeg_pdf(path.with_suffix(".pdf"), [Image.new("RGB", SIZE, colour) for colour in ("red", "blue")])
    with pikepdf.open(target, allow_overwriting_input=True) as pdf, pikepdf.open(_pdf(path).original) as more:
        pdf.pages.extend(more.pages[:1])
        pdf.save(target)
    return _sample(target, "pdf", (reading(3),))


MAKERS: dict[str, Callable[[Path], Sample]] = {
    "jpeg-pdf": _pdf,
    "turned-scan": _rotated,
    "page-rotate": _page_rotate,
    "one-paper-of-several": _subset,
    "jpeg": _jpeg,
    "jpeg-exif": _jpeg_exif,
    "jpeg-cmyk": _jpeg_cmyk,
    "png": _png,
    "png-alpha": _png_alpha,
    "tiff": _tiff,
    "heic": _heic,
    "born-digital": lambda path: _born_digital(path, embedded=True),
    "born-digital-bare": lambda path: _born_digital(path, embedded=False),
}
