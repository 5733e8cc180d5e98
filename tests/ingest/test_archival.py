"""The archival PDF: pictures untouched, Vietnamese text back unchanged, upright, same inputs same bytes."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Name, pdfa
from PIL import Image

from ingest.archival import compose
from ingest.textlayer import upright_matrix
from schemas.errors import NotArchivable
from schemas.reading import Box, PageReading, Word
from tests.judges import samples
from tests.judges.samples import LINES, META, Sample

TURNABLE = ["jpeg-pdf", "turned-scan", "page-rotate", "jpeg-exif", "tiff", "heic", "png", "png-alpha", "jpeg-cmyk"]


def composed(sample: Sample, folder: Path, name: str = "out.pdf") -> Path:
    out = folder / name
    compose(sample.original, sample.kind, sample.pages, sample.readings, out, META)
    return out


def text_of(path: Path, *options: str) -> list[str]:
    done = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def picture_of(path: Path, page: int = 0) -> Image.Image:
    document = pypdfium2.PdfDocument(path)
    try:
        return document[page].render(scale=samples.DPI / 72).to_pil().convert("L")
    finally:
        document.close()


@pytest.mark.parametrize("name", [*TURNABLE, "jpeg", "one-paper-of-several"])
def test_text_comes_back_unchanged_line_by_line(name: str, tmp_path: Path) -> None:
    sample = samples.make(name, tmp_path)
    pages = text_of(composed(sample, tmp_path))
    wanted = ["\n".join(LINES) if reading.words else "" for reading in sample.readings]
    assert [page.strip() for page in pages] == wanted


@pytest.mark.parametrize("name", TURNABLE)
def test_page_is_shown_upright_as_the_reading_says(name: str, tmp_path: Path) -> None:
    out = composed(samples.make(name, tmp_path), tmp_path)
    upright = np.asarray(samples.picture("L"), dtype=int)
    shown = np.asarray(picture_of(out).resize(samples.SIZE), dtype=int)
    turned = np.asarray(picture_of(out).rotate(180).resize(samples.SIZE), dtype=int)
    ink_shown, ink_turned, ink = shown < 128, turned < 128, upright < 128
    assert (ink_shown & ink).sum() > 0.7 * ink.sum() > 3 * (ink_turned & ink).sum()


@pytest.mark.parametrize("name", ["jpeg-pdf", "turned-scan", "page-rotate"])
def test_words_stand_on_the_printed_words(name: str, tmp_path: Path) -> None:
    """A search hit must light up the very word, whatever way the page is turned."""
    out = composed(samples.make(name, tmp_path), tmp_path)
    text = subprocess.run(["pdftotext", "-bbox", out, "-"], capture_output=True, check=True, text=True).stdout
    word = next(line for line in text.splitlines() if ">CHỦ<" in line)
    found = [float(word.split(f'{edge}="')[1].split('"')[0]) for edge in ("xMin", "yMin", "xMax", "yMax")]
    box = next(word.box for word in samples.reading().words if word.text == "CHỦ")
    width, height = (side * 72 / samples.DPI for side in samples.SIZE)
    wanted = [box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height]
    assert found == pytest.approx(wanted, abs=4)


def test_jpeg_streams_are_copied_byte_for_byte(tmp_path: Path) -> None:
    sample = samples.make("jpeg-pdf", tmp_path)
    assert picture_streams(composed(sample, tmp_path)) == picture_streams(sample.original)


def test_jpeg_file_is_copied_byte_for_byte(tmp_path: Path) -> None:
    sample = samples.make("jpeg", tmp_path)
    (stream,) = picture_streams(composed(sample, tmp_path))
    assert stream == sample.original.read_bytes()


def picture_streams(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [image.read_raw_bytes() for page in pdf.pages for image in page.get_images().values()]


@pytest.mark.parametrize("name", ["png", "heic", "tiff"])
def test_other_pictures_are_embedded_without_loss(name: str, tmp_path: Path) -> None:
    sample = samples.make(name, tmp_path)
    with pikepdf.open(composed(sample, tmp_path)) as pdf, Image.open(sample.original) as original:
        for number, page in enumerate(pdf.pages):
            original.seek(number)
            (image,) = page.get_images().values()
            kept = pikepdf.PdfImage(image).as_pil_image()
            assert np.array_equal(np.asarray(kept.convert("RGB")), np.asarray(original.convert("RGB")))


def test_one_bit_pages_stay_group_four(tmp_path: Path) -> None:
    with pikepdf.open(composed(samples.make("tiff", tmp_path), tmp_path)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert pikepdf.PdfImage(image).filters == ["/CCITTFaxDecode"]
        assert image.BitsPerComponent == 1


def test_page_size_follows_the_scan(tmp_path: Path) -> None:
    with pikepdf.open(composed(samples.make("png", tmp_path), tmp_path)) as pdf:
        width, height = (float(side) for side in pdf.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx((samples.SIZE[0] * 72 / 100, samples.SIZE[1] * 72 / 100), abs=0.1)


def test_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    sample = samples.make("tiff", tmp_path)
    first, second = (composed(sample, tmp_path, name).read_bytes() for name in ("one.pdf", "two.pdf"))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_it_says_what_it_is_and_who_converted_it(tmp_path: Path) -> None:
    with pikepdf.open(composed(samples.make("jpeg", tmp_path), tmp_path)) as pdf:
        with pdf.open_metadata() as found:
            assert found.pdfa_status == "2B"
            assert found["dc:title"] == META.title
            assert found["dc:identifier"] == META.record
            assert META.original_sha256 in found["dc:source"]
            assert META.converted_by in found["dc:description"]
            assert "2026-01-02T03:04:05+00:00" in found["dc:description"]
        assert str(pdf.Root.Lang) == "vi"


def test_words_without_a_gap_stay_apart(tmp_path: Path) -> None:
    """OCR boxes may touch or overlap; pdftotext would then join the words."""
    words = tuple(
        Word(text=text, box=Box(x0=x, y0=0.1, x1=x + width, y1=0.13), confidence=1, block=0, line=0)
        for text, x, width in [("Quyết", 0.1, 0.1), ("định", 0.2, 0.11), ("số", 0.3, 0.05), ("12", 0.35, 0.05)]
    )
    sample = samples.make("jpeg", tmp_path)
    reading = sample.readings[0].model_copy(update={"words": words})
    out = composed(Sample(sample.original, "jpeg", (1,), (reading,), ""), tmp_path)
    assert text_of(out)[0].strip() == "Quyết định số 12"


def test_decomposed_letters_are_written_composed(tmp_path: Path) -> None:
    word = Word(text="Vie\u0323\u0302t", box=Box(x0=0.1, y0=0.1, x1=0.2, y1=0.12), confidence=1, block=0, line=0)
    sample = samples.make("jpeg", tmp_path)
    reading = sample.readings[0].model_copy(update={"words": (word,)})
    assert text_of(composed(Sample(sample.original, "jpeg", (1,), (reading,), ""), tmp_path))[0].strip() == "Việt"


def test_two_columns_keep_the_reading_order_in_raw_mode(tmp_path: Path) -> None:
    words = tuple(
        Word(text=text, box=Box(x0=x, y0=y, x1=x + 0.2, y1=y + 0.02), confidence=1, block=block, line=line)
        for block, x, texts in [(0, 0.1, ("ỦY-BAN", "XÃ-MẪU")), (1, 0.6, ("CỘNG-HÒA", "Độc-lập"))]
        for line, (text, y) in enumerate(zip(texts, (0.1, 0.13), strict=True))
    )
    sample = samples.make("jpeg", tmp_path)
    reading = sample.readings[0].model_copy(update={"words": words})
    out = composed(Sample(sample.original, "jpeg", (1,), (reading,), ""), tmp_path)
    assert text_of(out, "-raw")[0].split() == ["ỦY-BAN", "XÃ-MẪU", "CỘNG-HÒA", "Độc-lập"]


def test_an_older_invisible_text_layer_makes_room(tmp_path: Path) -> None:
    sample = samples.make("jpeg-pdf", tmp_path)
    first = composed(sample, tmp_path, "first.pdf")
    again = composed(Sample(first, "pdf", sample.pages, sample.readings, ""), tmp_path, "again.pdf")
    assert [page.strip() for page in text_of(again)] == [page.strip() for page in text_of(first)]


def test_a_trusted_text_layer_is_kept_as_text(tmp_path: Path) -> None:
    sample = samples.make("born-digital", tmp_path)
    out = composed(sample, tmp_path)
    assert text_of(out)[0].split() == sample.text.split()
    with pikepdf.open(out) as pdf:
        assert not pdf.pages[0].get_images()


def test_fonts_that_are_not_embedded_are_mended_and_stay_text(tmp_path: Path) -> None:
    sample = samples.make("born-digital-bare", tmp_path)
    out = tmp_path / "out.pdf"
    assert compose(sample.original, "pdf", sample.pages, sample.readings, out, META) == "converted"
    assert text_of(out)[0].split() == sample.text.split()


def test_what_cannot_be_mended_is_drawn_with_the_words_read(tmp_path: Path) -> None:
    """A CFF font in the wrong kind of dictionary: neither way gives a provable PDF/A, so the page is drawn."""
    sample = samples.make("born-digital", tmp_path)
    with pikepdf.open(sample.original, allow_overwriting_input=True) as pdf:
        layers = pikepdf.Dictionary(OCGs=pikepdf.Array(), D=pikepdf.Dictionary())
        pdf.Root.OCProperties = layers
        for font in pdf.pages[0].Resources.Font.values():
            font.DescendantFonts[0].FontDescriptor.FontFile2 = pdf.make_stream(b"not a font")
        pdf.save(sample.original)
    out = tmp_path / "out.pdf"
    assert compose(sample.original, "pdf", sample.pages, sample.readings, out, META) == "rendered"
    assert text_of(out)[0].split() == " ".join(LINES).split()


def test_visible_annotations_become_part_of_the_page(tmp_path: Path) -> None:
    """A signature's visible stamp is on the paper a person saw; the field itself cannot stay."""
    sample = samples.make("jpeg-pdf", tmp_path)
    with pikepdf.open(sample.original, allow_overwriting_input=True) as pdf:
        look = pdf.make_stream(b"0 0 0 rg 0 0 100 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 100, 50])
        widget = pikepdf.Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T="S", F=4, Rect=[300, 20, 400, 70]
        )
        widget.AP = pikepdf.Dictionary(N=look)
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(widget)])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.pages[0].Annots[0]], SigFlags=3)
        pdf.save(sample.original)
    out = composed(sample, tmp_path)
    with pikepdf.open(out) as pdf:
        assert Name.AcroForm not in pdf.Root
        assert Name.Annots not in pdf.pages[0]
    scale = samples.DPI / 72
    height = samples.SIZE[1]
    assert picture_of(out).getpixel((int(350 * scale), int(height - 45 * scale))) < 20


def test_the_original_is_only_read(tmp_path: Path) -> None:
    sample = samples.make("jpeg-pdf", tmp_path)
    before = sample.original.read_bytes()
    composed(sample, tmp_path)
    assert sample.original.read_bytes() == before


def test_nothing_is_left_beside_the_result(tmp_path: Path) -> None:
    sample = samples.make("tiff", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    composed(sample, out)
    assert [path.name for path in out.iterdir()] == ["out.pdf"]


def test_a_warning_of_another_thread_does_not_cost_the_better_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pikepdf's check counts any Python warning that appears while it parses a page as damage of that page."""
    check, calls = pdfa.save, []

    def disturbed(*args: object, **more: object) -> object:
        calls.append(1)
        if len(calls) > 1:
            return check(*args, **more)  # type: ignore[arg-type]  # handed through as it came
        report = pdfa.Report(pdfa.Flavour("2b"))
        report.findings.append(pdfa.Finding("pikepdf:content-parse", "Page", "unclosed file", "violation"))
        raise pdfa.PdfaError(report)

    monkeypatch.setattr(pdfa, "save", disturbed)
    sample = samples.make("jpeg-pdf", tmp_path)
    out = tmp_path / "out.pdf"
    assert compose(sample.original, "pdf", sample.pages, sample.readings, out, META) == "kept"
    assert len(calls) == 2


@pytest.mark.parametrize("as_saved", ["version 2.0", "owner password"])
def test_what_the_original_is_wrapped_in_does_not_matter(as_saved: str, tmp_path: Path) -> None:
    sample = samples.make("one-paper-of-several", tmp_path)
    wrapped = tmp_path / "wrapped.pdf"
    with pikepdf.open(sample.original) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        if as_saved == "owner password":
            pdf.save(wrapped, encryption=pikepdf.Encryption(owner="x", user=""))
        else:
            pdf.save(wrapped, force_version="2.0")
    out = tmp_path / "out.pdf"
    assert compose(wrapped, "pdf", sample.pages, sample.readings, out, META) == "kept"
    with pikepdf.open(out) as pdf:
        assert not pdf.is_encrypted and Name.OpenAction not in pdf.Root and len(pdf.pages) == len(sample.pages)
        pictures = [holder for holder in pdf.objects if holder.get(Name.Subtype) == Name.Image]
        assert len(pictures) == len(sample.pages), "nothing of the other papers' pages comes along"


def test_a_file_that_is_no_pdf_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\nnothing more")
    with pytest.raises(NotArchivable):
        compose(broken, "pdf", (1,), (samples.reading(),), tmp_path / "out.pdf", META)
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_upright_matrix_takes_the_upright_corner_to_the_stored_corner(rotation: int) -> None:
    width, height = 600.0, 800.0
    a, b, c, d, e, f = upright_matrix(rotation, width, height)
    top = height if rotation % 180 == 0 else width
    stored = (c * top + e, d * top + f)  # the upright top left corner (0, top)
    assert stored == {0: (0, 800), 90: (0, 0), 180: (600, 0), 270: (600, 800)}[rotation]
    assert a * d - b * c == 1


def test_every_page_needs_its_reading(tmp_path: Path) -> None:
    sample = samples.make("jpeg", tmp_path)
    readings: tuple[PageReading, ...] = ()
    with pytest.raises(ValueError, match="one reading for each page"):
        compose(sample.original, "jpeg", (1,), readings, tmp_path / "out.pdf", META)
