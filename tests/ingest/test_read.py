"""Reading a page, from a file to words in the upright page's own coordinates."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ingest import read
from ingest.cleaning import Ink
from ingest.ocr import PixelWord, TesseractOcr
from ingest.pagepicture import Pixels
from ingest.read import READING_CONFIG, LineReader, Readers, read_page
from ingest.upright import Attitude, Turn, attitude
from schemas.reading import Box, PageReading
from tests.ingest.sheets import BODY, DPI, decision, font, sheet, stamp, worn

NOTO = Path("/usr/share/fonts/truetype/noto")


class CountingOcr(TesseractOcr):
    runs = 0

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> list[PixelWord]:
        self.runs += 1
        return super().words(grey, dpi, block=block)


@cache
def first() -> LineReader:
    return LineReader()


@pytest.fixture(scope="module")
def ocr() -> CountingOcr:
    return CountingOcr()


def saved(picture: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "page.jpg"
    picture.save(path, quality=90, dpi=(DPI, DPI))
    return path


def reading(picture: Image.Image, tmp_path: Path, ocr: TesseractOcr) -> PageReading:
    return read_page(saved(picture, tmp_path), "jpeg", 1, Readers(ocr, first()))


def centre(box: Box, size: tuple[int, int] = (1240, 1754)) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2 * size[0], (box.y0 + box.y1) / 2 * size[1]


def test_a_scanned_page_is_read_in_order_with_places(tmp_path: Path, ocr: CountingOcr) -> None:
    found = reading(worn(decision(seal=True)), tmp_path, ocr)
    lines = found.text().splitlines()
    assert lines[:6] == [
        "ỦY BAN NHÂN DÂN",
        "TỈNH BÌNH MẪU",
        "Số: 15/QĐ-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Bình Mẫu, ngày 05 tháng 02 năm 2025",
    ]
    assert lines[6] == "QUYẾT ĐỊNH"
    assert "Trần Văn Mẫu" in lines[-1]
    (seal,) = found.seals
    assert centre(seal) == pytest.approx((800, 1010), abs=12)
    number = next(w for w in found.words if w.text == "15/QĐ-UBND")
    assert centre(number.box) == pytest.approx((350, 212), abs=14)
    assert (found.page, found.width, found.height, round(found.dpi)) == (1, 1240, 1754, DPI)
    assert (found.source, found.blank, found.rotation, found.notices) == ("ocr", False, 0, ())
    assert found.confidence > 0.85
    assert (found.engine, found.config) == (first().name, READING_CONFIG)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_lies_or_tilts_is_read_with_places_on_the_upright_page(
    tmp_path: Path, ocr: CountingOcr, turn: int
) -> None:
    page = worn(decision(seal=True)).rotate(1.5, fillcolor="white", resample=Image.Resampling.BICUBIC)
    found = reading(page.rotate(turn, expand=True), tmp_path, ocr)
    assert (found.rotation, found.width, found.height) == (turn, 1240, 1754)
    assert found.skew == pytest.approx(1.5, abs=0.2)
    assert "QUYẾT ĐỊNH" in found.text()
    pixels = np.asarray(page.convert("L"))
    for text in ("15/QĐ-UBND", "QUYẾT", "Mẫu,"):
        word = next(w for w in found.words if w.text == text)
        x0, y0, x1, y1 = (round(v * s) for v, s in zip(word.box.model_dump().values(), (1240, 1754) * 2, strict=True))
        assert (pixels[y0 - 3 : y1 + 3, x0 - 3 : x1 + 3] < 128).mean() > 0.08
        assert (pixels[y0 + 40 : y1 + 40, x0:x1] < 128).mean() < 0.3
    (seal,) = found.seals
    assert centre(seal) == pytest.approx((805, 1004), abs=15)


def test_a_blank_page_is_not_sent_to_the_recogniser(tmp_path: Path, ocr: CountingOcr) -> None:
    before = ocr.runs
    found = reading(worn(Image.new("RGB", (1240, 1754), "white")), tmp_path, ocr)
    assert (found.blank, found.source, found.words, found.notices) == (True, "none", (), ())
    assert ocr.runs == before


def test_a_seal_without_words_is_kept_as_a_page(tmp_path: Path, ocr: CountingOcr) -> None:
    picture, draw = sheet()
    stamp(draw, (600, 600))
    found = reading(picture, tmp_path, ocr)
    assert (found.blank, len(found.seals)) == (False, 1)


def test_a_page_is_read_by_one_run_of_the_recogniser(tmp_path: Path, ocr: CountingOcr) -> None:
    before = ocr.runs
    reading(decision(), tmp_path, ocr)
    assert ocr.runs == before + 1


@pytest.mark.parametrize(
    ("face", "text"),
    [
        ("NotoSansThai-Regular.ttf", "สำนักงานคณะกรรมการประชาชนจังหวัด ขอรับรองว่าเอกสารนี้ถูกต้อง"),
        ("NotoSansArabic-Regular.ttf", "تشهد اللجنة الشعبية للمحافظة بأن هذه الوثيقة صحيحة وكاملة"),
        ("NotoSerif-Regular.ttf", "Настоящим удостоверяется, что документ является подлинным"),
        ("NotoSerif-Regular.ttf", "This is to certify that the document described above is genuine"),
    ],
)
def test_a_page_in_another_script_or_language_is_told(tmp_path: Path, ocr: CountingOcr, face: str, text: str) -> None:
    picture, draw = sheet()
    for i in range(6):
        draw.text((150, 200 + 70 * i), text, font=ImageFont.truetype(str(NOTO / face), 30), fill="black")
    assert reading(picture, tmp_path, ocr).notices == ("FOREIGN_SCRIPT",)


def test_a_scan_too_bad_to_read_is_told(tmp_path: Path, ocr: CountingOcr) -> None:
    soft = decision().filter(ImageFilter.GaussianBlur(9))
    contrast = Image.eval(soft, lambda v: max(0, 255 - 3 * (255 - v)))
    assert reading(contrast, tmp_path, ocr).notices == ("UNREADABLE_SCAN",)


def test_a_good_vietnamese_page_has_no_notice_even_when_it_is_short(tmp_path: Path, ocr: CountingOcr) -> None:
    picture, draw = sheet()
    draw.text((180, 400), BODY[0], font=font(13), fill="black")
    found = reading(picture, tmp_path, ocr)
    assert found.text() == BODY[0]
    assert found.notices == ()


@pytest.mark.parametrize("turn", [0, 90])
def test_a_qr_code_is_read_with_its_place(tmp_path: Path, ocr: CountingOcr, turn: int) -> None:
    page = decision()
    text = "H00.16-250205-0001|phiếu hẹn"
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    square = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(code, scale=5))).convert("RGB")
    page.paste(square, (60, 1300))
    found = reading(page.rotate(turn, expand=True), tmp_path, ocr)
    (seen,) = found.barcodes
    assert (seen.text, seen.format) == (text, "QR Code")
    assert centre(seen.box) == pytest.approx((60 + square.width / 2, 1300 + square.height / 2), abs=25)


def on_its_head(ink: Ink) -> Attitude:
    """A test of orientation that is sure and wrong."""
    right = attitude(ink)
    turns: dict[int, Turn] = {0: 180, 90: 270, 180: 0, 270: 90}
    return Attitude(turns[right.turn], True, right.skew)


@pytest.mark.parametrize("turn", [0, 90])
def test_a_misjudged_page_is_read_once_more_the_other_way(
    tmp_path: Path, ocr: CountingOcr, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    page = worn(decision())
    right = reading(page, tmp_path, ocr)
    monkeypatch.setattr(read, "attitude", on_its_head)
    ocr.runs = 0
    found = reading(page.rotate(turn, expand=True), tmp_path, ocr)
    assert found.rotation == turn and 2 <= ocr.runs <= 4  # each way, and once more where the readers differ
    assert len(found.words) == pytest.approx(len(right.words), abs=3)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in found.text()
    assert found.notices == ()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_qr_code_tells_which_way_up_a_page_of_few_words_is(tmp_path: Path, ocr: CountingOcr, turn: int) -> None:
    picture, draw = sheet()
    draw.text((200, 300), "VIMN 0123 8888 8888 HHH NNN 0808", font=font(16, "bold"), fill="black")
    draw.text((200, 400), "IXOH 9966 XXXX OOOO HNI NNN 6969", font=font(16, "bold"), fill="black")
    code = zxingcpp.create_barcode("Mẫu", zxingcpp.BarcodeFormat.QRCode)
    picture.paste(Image.fromarray(np.array(zxingcpp.write_barcode_to_image(code, scale=5))).convert("RGB"), (700, 800))
    found = reading(picture.rotate(turn, expand=True), tmp_path, ocr)
    assert found.rotation == turn
    assert "0123" in found.text()
    assert len(found.text().splitlines()) == 2  # nothing was read out of the code itself


def test_a_red_stamp_of_secrecy_is_among_the_words(tmp_path: Path, ocr: CountingOcr) -> None:
    """The red filter must not hide what has to be seen first of all."""
    page = decision(seal=True)
    draw = ImageDraw.Draw(page)
    draw.rectangle((250, 255, 410, 320), outline="#d22630", width=4)
    draw.text((330, 288), "MẬT", font=font(16, "bold"), fill="#d22630", anchor="mm")
    assert "MẬT" in [word.text for word in reading(worn(page), tmp_path, ocr).words]


def test_grey_and_one_bit_scans_are_read(tmp_path: Path, ocr: CountingOcr) -> None:
    for mode in ("L", "1"):
        path = tmp_path / "page.tif"
        decision().convert("L").point(lambda v: 255 * (v > 128)).convert(mode).save(path, dpi=(DPI, DPI))
        found = read_page(path, "tiff", 1, Readers(ocr, first()))
        assert "Điều 2. Giao Sở Nội vụ chủ trì" in found.text()


@pytest.mark.parametrize("size", [(1, 1), (3, 1500), (1500, 3), (40, 40)])
def test_a_picture_that_is_no_page_does_no_harm(tmp_path: Path, ocr: CountingOcr, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "white").save(tmp_path / "a.png")
    found = read_page(tmp_path / "a.png", "png", 1, Readers(ocr, first()))
    assert (found.words, found.blank) == ((), True)
