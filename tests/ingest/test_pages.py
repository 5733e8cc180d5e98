"""Pages: a bad file is refused before anything is rendered, a good one gives its pictures as a viewer shows them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pillow_heif
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from ingest.intake import Limits
from ingest.pages import FileFacts, inspect, open_pages
from schemas.errors import EmptyPage, Encrypted, NoPages, PageTooLarge, TooManyPages, Truncated, UnsupportedKind

LIMITS = Limits()


def scan(width: int = 827, height: int = 1169) -> Image.Image:
    """A page whose upper left corner is dark and whose rest is noise enough to make a JPEG of some size."""
    noise = np.random.default_rng(1).integers(200, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((width, height))
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 8), fill=(20, 20, 20))
    return picture


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def add_page(pdf: pikepdf.Pdf, image: pikepdf.Stream | None, content: bytes = b"q 595 0 0 842 0 0 cm /Im Do Q") -> None:
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj["/Contents"] = pdf.make_stream(content)
    if image is not None:
        page.obj["/Resources"] = Dictionary(XObject=Dictionary(Im=image))


def jpeg_image(pdf: pikepdf.Pdf, data: bytes, width: int = 827, height: int = 1169) -> pikepdf.Stream:
    return pdf.make_stream(
        data,
        Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, BitsPerComponent=8,
        ColorSpace=Name.DeviceRGB, Filter=Name.DCTDecode,
    )  # fmt: skip


def scanned_pdf(path: Path, pages: int = 1, **saving: Any) -> Path:
    with pikepdf.new() as pdf:
        for _ in range(pages):
            add_page(pdf, jpeg_image(pdf, jpeg(scan())))
        pdf.save(path, **saving)
    return path


def sign(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        value = pdf.make_indirect(Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 30])))
        field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=pikepdf.String("S1"), V=value))
        pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]), SigFlags=3)
        pdf.save(path)


def test_a_scanned_pdf_is_plain_pictures(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", pages=3)
    assert inspect(path, "pdf", LIMITS) == FileFacts(pages=3, signed=False, plain_pictures=True)


def test_a_filled_signature_field_makes_it_signed(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "a.pdf")
    sign(path)
    assert inspect(path, "pdf", LIMITS).signed


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b"q 595 0 0 842 0 0 cm /Im Do Q", True),
        (b"q 595 0 0 842 0 0 cm /Im Do Q BT 3 Tr (hidden) Tj ET", True),
        (b"q 595 0 0 842 0 0 cm /Im Do Q BT (seen) Tj ET", False),
        (b"q 595 0 0 842 0 0 cm /Im Do Q 0 0 100 100 re f", False),
        (b"q 595 0 0 842 0 0 cm /Im Do Q q 9 0 0 9 0 0 cm /Im Do Q", False),
        (b"q 300 0 0 842 0 0 cm /Im Do Q", False),
        (b"q 595 0 0 -842 0 842 cm /Im Do Q", False),
        (b"q 0 842 -595 0 595 0 cm /Im Do Q", False),
    ],
)
def test_a_plain_picture_is_one_upright_picture_and_nothing_else_to_see(
    tmp_path: Path, content: bytes, plain: bool
) -> None:
    with pikepdf.new() as pdf:
        add_page(pdf, jpeg_image(pdf, jpeg(scan())), content)
        pdf.save(tmp_path / "a.pdf")
    assert inspect(tmp_path / "a.pdf", "pdf", LIMITS).plain_pictures is plain


@pytest.mark.parametrize("kept", [0.3, 0.8, 0.97])
def test_a_cut_pdf_is_truncated(tmp_path: Path, kept: float) -> None:
    data = scanned_pdf(tmp_path / "a.pdf", pages=3).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(Truncated):
        inspect(tmp_path / "cut.pdf", "pdf", LIMITS)


def test_a_signed_pdf_cut_after_an_earlier_end_is_truncated(tmp_path: Path) -> None:
    """An update adds a second %%EOF: cut after the first, the tail looks whole, but the signature reaches further."""
    path = scanned_pdf(tmp_path / "a.pdf")
    sign(path)
    data = path.read_bytes().replace(b"/ByteRange [ 0 10 20 30 ]", b"/ByteRange [ 0 9 9 999999]")
    path.write_bytes(data)
    with pytest.raises(Truncated, match="signature"):
        inspect(path, "pdf", LIMITS)


def test_a_linearised_pdf_that_is_too_short_is_truncated(tmp_path: Path) -> None:
    data = scanned_pdf(tmp_path / "a.pdf", pages=2, linearize=True).read_bytes()
    assert inspect(tmp_path / "a.pdf", "pdf", LIMITS).pages == 2
    (tmp_path / "cut.pdf").write_bytes(data[: len(data) // 2] + b"\nstartxref\n0\n%%EOF\n")
    with pytest.raises(Truncated):
        inspect(tmp_path / "cut.pdf", "pdf", LIMITS)


def test_a_broken_table_with_whole_pages_is_repaired(tmp_path: Path) -> None:
    data = scanned_pdf(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable).read_bytes()
    start = data.rindex(b"startxref")
    (tmp_path / "a.pdf").write_bytes(data[:start] + b"startxref\n7\n%%EOF\n")
    assert inspect(tmp_path / "a.pdf", "pdf", LIMITS).pages == 1


def test_a_table_that_refers_to_itself_ends(tmp_path: Path) -> None:
    data = scanned_pdf(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable).read_bytes()
    table = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    looped = data.replace(b"trailer <<", b"trailer << /Prev %d" % table)
    assert looped != data
    (tmp_path / "a.pdf").write_bytes(looped)
    assert inspect(tmp_path / "a.pdf", "pdf", LIMITS).pages == 1


def test_a_picture_that_ends_early_is_truncated(tmp_path: Path) -> None:
    whole = jpeg(scan())
    with pikepdf.new() as pdf:
        add_page(pdf, jpeg_image(pdf, whole))
        add_page(pdf, jpeg_image(pdf, whole[: len(whole) // 2]))
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(Truncated, match="page 2"):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


def test_a_user_password_is_encrypted_an_owner_password_is_not(tmp_path: Path) -> None:
    locked = scanned_pdf(tmp_path / "u.pdf", encryption=pikepdf.Encryption(user="u", owner="o"))
    with pytest.raises(Encrypted):
        inspect(locked, "pdf", LIMITS)
    restricted = scanned_pdf(tmp_path / "o.pdf", encryption=pikepdf.Encryption(user="", owner="o"))
    assert inspect(restricted, "pdf", LIMITS).pages == 1
    with open_pages(restricted, "pdf") as source:
        assert source.picture(1).rgb.shape == (1169, 827, 3)


def test_ten_thousand_pages_are_refused_without_rendering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pikepdf.new() as pdf:
        for _ in range(10_000):
            pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    monkeypatch.setattr(pypdfium2, "PdfDocument", None)
    with pytest.raises(TooManyPages) as refusal:
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)
    assert refusal.value.details == {"pages": 10_000, "limit": 2000}


def test_a_count_that_is_too_low_does_not_hide_pages(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", pages=3, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"/Count 3", b"/Count 1"))
    with pytest.raises((TooManyPages, Truncated)):
        inspect(path, "pdf", Limits(max_pages=2))


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(NoPages):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


def test_a_huge_sheet_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(14_400, 14_400))
        page.obj["/Contents"] = pdf.make_stream(b"0 0 9 9 re f")
        page.obj["/UserUnit"] = 10
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(PageTooLarge):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


def test_a_huge_picture_in_a_small_page_is_refused_also_inside_a_form(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        image = jpeg_image(pdf, jpeg(scan()), 40_000, 40_000)
        form = pdf.make_stream(
            b"/Im Do", Type=Name.XObject, Subtype=Name.Form, Resources=Dictionary(XObject=Dictionary(Im=image))
        )
        add_page(pdf, form)
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(PageTooLarge):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


def test_drawing_instructions_that_unpack_without_end_are_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        page.obj["/Contents"] = pikepdf.Stream(pdf, zlib.compress(b"q Q " * (20 << 20)), Filter=Name.FlateDecode)
        pdf.save(tmp_path / "a.pdf", compress_streams=False)
    with pytest.raises(PageTooLarge):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


@pytest.mark.parametrize("content", [b"", b" \n", None])
def test_a_page_without_a_byte_of_content_is_empty(tmp_path: Path, content: bytes | None) -> None:
    with pikepdf.new() as pdf:
        add_page(pdf, jpeg_image(pdf, jpeg(scan())))
        page = pdf.add_blank_page()
        if content is not None:
            page.obj["/Contents"] = pdf.make_stream(content)
        elif "/Contents" in page:
            del page.obj["/Contents"]
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(EmptyPage) as refusal:
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)
    assert refusal.value.details == {"page": 2}


def test_a_picture_without_a_byte_is_an_empty_page(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        add_page(pdf, jpeg_image(pdf, b""))
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(EmptyPage):
        inspect(tmp_path / "a.pdf", "pdf", LIMITS)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_shown_as_a_viewer_shows_it(tmp_path: Path, turn: int) -> None:
    """Decoded directly and drawn by the renderer, the dark corner is in the same place."""
    with pikepdf.new() as pdf:
        add_page(pdf, jpeg_image(pdf, jpeg(scan())))
        pdf.pages[0].obj["/Rotate"] = turn
        pdf.save(tmp_path / "a.pdf")
    with open_pages(tmp_path / "a.pdf", "pdf") as source:
        picture = source.picture(1)
    assert round(picture.dpi) == 100
    drawn = pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].render(scale=100 / 72).to_numpy()
    assert abs(picture.rgb.shape[0] - drawn.shape[0]) <= 1
    corner = {0: (0, 0), 90: (0, -1), 180: (-1, -1), 270: (-1, 0)}[turn]
    assert picture.rgb[corner].max() < 60
    assert drawn[corner].max() < 60


@pytest.mark.parametrize("form", ["1", "L", "RGB", "CMYK"])
def test_every_colour_of_picture_in_a_pdf_is_decoded(tmp_path: Path, form: str) -> None:
    scan().convert(form).save(tmp_path / "a.pdf", resolution=100)
    with open_pages(tmp_path / "a.pdf", "pdf") as source:
        pixels = source.picture(1).rgb
    assert pixels.dtype == np.uint8
    assert pixels[20, 20].max() < 70
    assert pixels[-40:, -40:].mean() > 180


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I"])
def test_every_mode_of_picture_becomes_eight_bit_grey_or_rgb(tmp_path: Path, mode: str) -> None:
    if mode in ("I;16", "I"):
        deep = np.asarray(scan().convert("L")).astype(np.uint16) * 257
        picture = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(deep.astype(np.int32))
    else:
        picture = scan().convert(mode)
    picture.save(tmp_path / "a.tif", dpi=(100, 100))
    facts = inspect(tmp_path / "a.tif", "tiff", LIMITS)
    assert facts == FileFacts(pages=1, signed=False, plain_pictures=True)
    with open_pages(tmp_path / "a.tif", "tiff") as source:
        shown = source.picture(1)
    assert shown.rgb.dtype == np.uint8
    assert shown.rgb.shape[:2] == (1169, 827)
    assert shown.rgb[20, 20].max() < 70
    assert shown.rgb[-40:, -40:].mean() > 180
    assert shown.dpi == 100


def test_what_is_transparent_is_paper(tmp_path: Path) -> None:
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(tmp_path / "a.png")
    with open_pages(tmp_path / "a.png", "png") as source:
        assert source.picture(1).rgb.min() == 255


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: 90° clockwise to see it upright
    scan().save(tmp_path / "a.jpg", exif=exif)
    with open_pages(tmp_path / "a.jpg", "jpeg") as source:
        pixels = source.picture(1).rgb
    assert pixels.shape[:2] == (827, 1169)
    assert pixels[20, -20].max() < 70


@pytest.mark.parametrize(("said", "shown"), [(None, 100), (72, 100), (150, 150), (3, 100)])
def test_a_scale_that_cannot_be_true_is_replaced_by_that_of_a4(tmp_path: Path, said: int | None, shown: int) -> None:
    scan().save(tmp_path / "a.jpg", **({"dpi": (said, said)} if said else {}))
    with open_pages(tmp_path / "a.jpg", "jpeg") as source:
        assert round(source.picture(1).dpi) == shown


def test_tiff_frames_are_pages(tmp_path: Path) -> None:
    frames = [scan(400 + i, 500) for i in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert inspect(tmp_path / "a.tif", "tiff", LIMITS).pages == 3
    with open_pages(tmp_path / "a.tif", "tiff") as source:
        assert source.count == 3
        assert [source.picture(n).rgb.shape[1] for n in (3, 1, 2)] == [402, 400, 401]
    with pytest.raises(TooManyPages):
        inspect(tmp_path / "a.tif", "tiff", Limits(max_pages=2))


def test_heic_is_read(tmp_path: Path) -> None:
    pillow_heif.from_pillow(scan()).save(tmp_path / "a.heic")
    assert inspect(tmp_path / "a.heic", "heic", LIMITS).pages == 1
    with open_pages(tmp_path / "a.heic", "heic") as source:
        assert source.picture(1).rgb.shape == (1169, 827, 3)


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "jpeg"), ("PNG", "png"), ("TIFF", "tiff"), ("HEIF", "heic")])
@pytest.mark.parametrize("kept", [0.02, 0.6, 0.98])
def test_a_cut_picture_is_truncated(tmp_path: Path, form: str, kind: Any, kept: float) -> None:
    out = io.BytesIO()
    scan().save(out, form)
    data = out.getvalue()
    (tmp_path / "a").write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(Truncated):
        inspect(tmp_path / "a", kind, LIMITS)


def test_a_picture_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    for side in (13_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        rows = zlib.compress(bytes(1000))
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(PageTooLarge):
            inspect(tmp_path / "a.png", "png", Limits(max_megapixels=150))


def test_a_tiff_strip_without_a_byte_is_an_empty_page(tmp_path: Path) -> None:
    tags = [(256, 3, 1, 10), (257, 3, 1, 10), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 3, 1, 10), (279, 4, 1, 0)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    (tmp_path / "a.tif").write_bytes(b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4))
    with pytest.raises(EmptyPage):
        inspect(tmp_path / "a.tif", "tiff", LIMITS)


def test_a_zip_has_no_pages_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedKind):
        inspect(tmp_path / "a.zip", "zip", LIMITS)
