"""Text layers: believed when they are Vietnamese and cover the page, else the page's picture is read."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
import pytest
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name

from ingest.ocr import PixelWord
from ingest.pagepicture import Pixels
from ingest.read import Readers, read_page
from schemas.reading import PageReading
from tests.ingest.sheets import BODY, decision

NOTO = "/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf"


class SilentOcr:
    """Reads nothing and remembers that it was asked."""

    name = "silent"
    asked = False

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> Sequence[PixelWord]:
        self.asked = grey.ndim == 2 and dpi > 0 and block
        return []

    def script(self, grey: Pixels, dpi: float) -> None:
        assert grey.ndim == 2
        assert dpi > 0


def a4() -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.add_font("Noto", fname=NOTO)
    pdf.set_font("Noto", size=12)
    return pdf


def born_digital(path: Path) -> Path:
    pdf = a4()
    for y, left, right in (
        (60, "ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (76, "TỈNH BÌNH MẪU", "Độc lập - Tự do - Hạnh phúc"),
        (104, "Số:       /TB-UBND", "Bình Mẫu, ngày     tháng 02 năm 2025"),
    ):
        pdf.text(70, y, left)
        pdf.text(280, y, right)
    for i, line in enumerate(BODY):
        pdf.text(80, 160 + 24 * i, line)
    pdf.output(str(path))
    return path


def scanned_with_layer(path: Path, lines: Sequence[str], *, at: Callable[[int], tuple[float, float]]) -> Path:
    """The picture of a page with invisible text over it; `at` gives the place of each line in points."""
    pdf = a4()
    pdf.image(decision(), 0, 0, 595, 842)
    pdf.set_font("Noto", size=13)
    with pdf.local_context(text_mode="INVISIBLE"):
        for i, line in enumerate(lines):
            pdf.text(*at(i), line)
    pdf.output(str(path))
    return path


def on_the_body(i: int) -> tuple[float, float]:
    return 180 * 72 / 150, (400 + 48 * i + 24) * 72 / 150


def read(path: Path, ocr: SilentOcr | None = None) -> PageReading:
    return read_page(path, "pdf", 1, Readers(ocr or SilentOcr()))


def test_a_born_digital_page_needs_no_recogniser(tmp_path: Path) -> None:
    ocr = SilentOcr()
    found = read(born_digital(tmp_path / "a.pdf"), ocr)
    assert (found.source, found.confidence, found.rotation, ocr.asked) == ("text_layer", 1.0, 0, False)
    lines = found.text().splitlines()
    assert lines[0] == "ỦY BAN NHÂN DÂN"
    assert lines[3] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert lines[-len(BODY) :] == list(BODY)
    first = found.words[0].box
    assert (first.x0 * 595, first.y1 * 842) == pytest.approx((70, 62), abs=4)


def test_decomposed_text_comes_out_composed(tmp_path: Path) -> None:
    found = read(born_digital(tmp_path / "a.pdf"))
    assert all(word.text == unicodedata.normalize("NFC", word.text) for word in found.words)


def whole_layer() -> tuple[list[str], Callable[[int], tuple[float, float]]]:
    """A good layer over the drawn page: every line of it, at its place (points; baselines)."""
    lines = [
        ("ỦY BAN NHÂN DÂN", 102, 62), ("TỈNH BÌNH MẪU", 108, 77), ("Số: 15/QĐ-UBND", 105, 105),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 276, 62), ("Độc lập - Tự do - Hạnh phúc", 325, 77),
        ("Bình Mẫu, ngày 05 tháng 02 năm 2025", 308, 105), ("QUYẾT ĐỊNH", 250, 158),
        *((line, *on_the_body(i)) for i, line in enumerate(BODY)),
        ("KT. CHỦ TỊCH", 380, 427), ("Trần Văn Mẫu", 385, 508),
    ]  # fmt: skip
    return [text for text, _, _ in lines], lambda i: (lines[i][1], lines[i][2])


def test_a_reading_laid_over_a_scan_is_no_proof_so_the_picture_is_read(tmp_path: Path) -> None:
    lines, at = whole_layer()
    assert read(scanned_with_layer(tmp_path / "a.pdf", lines, at=at)).source == "ocr"


@pytest.fixture
def over_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets layers over pictures through to the judgement of their words, which these tests are about."""
    monkeypatch.setattr("ingest.layerreading._SCAN", 99.0)


@pytest.mark.usefixtures("over_pictures")
def test_a_layer_of_vietnamese_words_that_lie_on_the_ink_is_believed(tmp_path: Path) -> None:
    lines, at = whole_layer()
    assert read(scanned_with_layer(tmp_path / "a.pdf", lines, at=at)).source == "text_layer"


@pytest.mark.usefixtures("over_pictures")
def test_a_layer_that_lies_beside_its_picture_is_not(tmp_path: Path) -> None:
    lines, at = whole_layer()
    path = scanned_with_layer(tmp_path / "a.pdf", lines, at=lambda i: (at(i)[0], at(i)[1] + 300))
    assert read(path).source == "ocr"


@pytest.mark.usefixtures("over_pictures")
def test_a_layer_that_covers_a_part_is_not_believed(tmp_path: Path) -> None:
    ocr = SilentOcr()
    assert read(scanned_with_layer(tmp_path / "a.pdf", BODY[:4], at=on_the_body), ocr).source == "ocr"
    assert ocr.asked


@pytest.mark.usefixtures("over_pictures")
@pytest.mark.parametrize(
    "garbage",
    [
        "CONG Hcok xA HQI CHu NGHiA VlET NAM Doc lfip Tg do H4nh phtic",
        "Can cu Luat To chuc chinh quyen dia phuong ngay muoi chin thang sau",
        "Caên cöù Luaät Toå chöùc chính quyeàn ñòa phöông ngaøy möôøi chín thaùng saùu",
        "\u25a1\u25a1\u25a1 \u25a1\u25a1 \u25a1\u25a1\u25a1\u25a1 \u25a1\u25a1 \u25a1\u25a1\u25a1 \u25a1\u25a1",
    ],
)
def test_garbage_is_not_believed(tmp_path: Path, garbage: str) -> None:
    _, at = whole_layer()
    lines = [garbage[: 20 + 4 * i] if i < 7 else garbage for i in range(16)]
    assert read(scanned_with_layer(tmp_path / "a.pdf", lines, at=at)).source == "ocr"


def test_the_text_of_a_stamp_is_not_a_text_layer(tmp_path: Path) -> None:
    path = scanned_with_layer(tmp_path / "a.pdf", (), at=on_the_body)
    stamped(path, [("Ký bởi: Ủy ban nhân dân tỉnh Bình Mẫu Thời gian ký: 05/02/2025", 300, 800)])
    found = read(path)
    assert found.source == "ocr"
    assert found.text() == "Ký bởi: Ủy ban nhân dân tỉnh Bình Mẫu Thời gian ký: 05/02/2025"


def stamped(path: Path, texts: Sequence[tuple[str, float, float]]) -> None:
    """Put texts on the page as signature fields' appearances, (text, x, y from below), as registries' programs do."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        annotations = []
        for text, x, y in texts:
            drawing = a4()
            drawing.text(0, 842 - 4, text)
            with pikepdf.open(io.BytesIO(bytes(drawing.output()))) as source:
                form = pdf.copy_foreign(source.pages[0].as_form_xobject())
            form.BBox = Array([0, 0, 400, 20])
            annotations.append(
                pdf.make_indirect(
                    Dictionary(
                        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, F=4, T=pikepdf.String(text),
                        Rect=Array([x, y, x + 400, y + 20]), AP=Dictionary(N=form),
                    )
                )
            )  # fmt: skip
        pdf.pages[0].obj["/Annots"] = Array(annotations)
        pdf.Root["/AcroForm"] = Dictionary(Fields=Array(annotations), SigFlags=3)
        pdf.save(path)


def test_a_stamped_number_is_read_exactly_in_its_line(tmp_path: Path) -> None:
    path = born_digital(tmp_path / "a.pdf")
    stamped(path, [("1 5", 93, 842 - 104 - 4), ("0 5", 368, 842 - 104 - 4), ("TRUNG TÂM CÔNG BÁO", 300, 815)])
    lines = read(path).text().splitlines()
    assert lines[2] == "Số: 15 /TB-UBND"
    assert lines[5] == "Bình Mẫu, ngày 05 tháng 02 năm 2025"
    assert lines[-1] == "TRUNG TÂM CÔNG BÁO"
    assert lines[0] == "ỦY BAN NHÂN DÂN"


def test_a_page_that_cannot_be_parsed_is_read_from_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = born_digital(tmp_path / "a.pdf")

    def broken(*_: object) -> None:
        raise ValueError("no such font")

    monkeypatch.setattr("ingest.layerreading.pdfplumber.open", broken)
    assert read(path).source == "ocr"
