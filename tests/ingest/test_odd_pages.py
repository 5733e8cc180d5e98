"""Odd pictures of pages: each gives the page, or says why not, in bounded memory. No recogniser is needed to see it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFilter

from ingest import pagepicture, picturepages
from ingest.cleaning import LEAST_DPI, clean
from ingest.kinds import MediaKind, sniff
from ingest.ocr import PixelWord
from ingest.pagepicture import MOST_PIXELS, Pixels
from ingest.pages import inspect, open_pages
from ingest.read import Readers, read_page
from ingest.staging import Limits
from schemas.errors import PageTooLarge
from schemas.reading import PageReading
from tests.ingest.sheets import BODY, DPI, decision, sheet, stamp, worn

TURNED_OVER = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that the EXIF orientation undoes
SURE, UNSURE = 0.95, 0.2
AFAR_WIDTH = 827


@cache
def page() -> Image.Image:
    return worn(decision(seal=True))


def grey() -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return np.asarray(page().convert("L")).astype(np.uint16)


def afar(grey: Pixels) -> Pixels:
    """A page 827 pixels wide, soft."""
    height = max(1, round(grey.shape[0] * AFAR_WIDTH / grey.shape[1]))
    small = cv2.resize(grey, (AFAR_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1), dtype=np.uint8)


@cache
def body() -> Pixels:
    """The lines of the body as they should come before a recogniser, small."""
    right = clean(pagepicture.PagePicture(np.asarray(page()), DPI)).grey
    return afar(right)[260:480, 110:624]


def likeness(grey: Pixels) -> float:
    """How far the test's body stands somewhere in the picture, upright and the right way round, 0..1."""
    small = afar(grey)
    if small.shape[0] < body().shape[0]:
        return 0.0
    return float(cv2.matchTemplate(small, body(), cv2.TM_CCOEFF_NORMED).max())


class SeesThePage:
    """Reads the test's page where it stands upright and the right way round, and gibberish from anything else."""

    name = "stub"

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> Sequence[PixelWord]:
        assert dpi > 0 and block
        known = likeness(grey) > 0.75
        text, sure = (" ".join(BODY), SURE) if known else ("wx#q zkj vv1 fw" * 9, UNSURE)
        return [PixelWord(word, 300 + 9 * i, 500, 8, 20, sure, 0) for i, word in enumerate(text.split())]

    def script(self, grey: Pixels, dpi: float) -> None:
        assert grey.ndim == 2 and dpi > 0


def kind_of(path: Path) -> MediaKind:
    kind = sniff(path.read_bytes()[:1024])
    assert kind is not None
    return kind


def read(path: Path, number: int = 1) -> PageReading:
    inspect(path, kind_of(path), Limits())
    return read_page(path, kind_of(path), number, Readers(SeesThePage()))


def saved(
    folder: Path, name: str, picture: Image.Image, dpi: tuple[float, float] = (DPI, DPI), **options: object
) -> Path:
    picture.save(folder / name, dpi=dpi, **options)
    return folder / name


def lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.applyTransform(page(), ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert converted is not None
    return converted


def clear() -> Image.Image:
    """Black ink on a transparent sheet."""
    sheet = Image.new("RGBA", page().size, (0, 0, 0, 0))
    sheet.putalpha(Image.fromarray(np.where(grey() < 140, 255, 0).astype(np.uint8)))
    return sheet


def two_tone(negative: bool = False) -> Image.Image:
    dark = grey() < 140
    return Image.fromarray(np.where(dark == negative, 255, 0).astype(np.uint8)).convert("1")


ODD: dict[str, Callable[[Path], Path]] = {
    "16-bit grey": lambda f: saved(f, "a.png", Image.fromarray(grey() * 257)),
    "12 bits in 16": lambda f: saved(f, "a.tif", Image.fromarray(grey() * 16)),
    "16 bits, white is zero": lambda f: saved(f, "a.tif", Image.fromarray((255 - grey()) * 257), tiffinfo={262: 0}),
    "CMYK": lambda f: saved(f, "a.jpg", page().convert("CMYK")),
    "CMYK, broken profile": lambda f: saved(f, "a.jpg", page().convert("CMYK"), icc_profile=b"broken" * 40),
    "RGB, broken profile": lambda f: saved(f, "a.png", page(), icc_profile=b"\0broken" * 40),
    "Lab": lambda f: saved(f, "a.tif", lab()),
    "alpha": lambda f: saved(f, "a.png", clear()),
    "palette": lambda f: saved(f, "a.png", page().quantize(16)),
    "1-bit": lambda f: saved(f, "a.tif", two_tone(), compression="group4"),
    "negative": lambda f: saved(f, "a.tif", two_tone(negative=True), compression="group4"),
    "coarse fax": lambda f: saved(f, "a.tif", two_tone().resize((1728, 1198)), (204, 98), compression="group4"),
    "in several passes": lambda f: saved(f, "a.jpg", page(), progressive=True),
    "600 dpi": lambda f: saved(f, "a.jpg", page().resize((4960, 7016)), (600, 600)),
}


@pytest.mark.parametrize("name", ODD)
def test_a_picture_in_an_odd_form_shows_the_page(tmp_path: Path, name: str) -> None:
    path = ODD[name](tmp_path)
    assert inspect(path, kind_of(path), Limits()).pages == 1
    with open_pages(path, kind_of(path)) as source:
        picture = source.picture(1, LEAST_DPI)
    assert likeness(clean(picture).grey) > 0.85
    assert picture.size[0] / picture.size[1] == pytest.approx(1240 / 1754, abs=0.03)
    assert picture.rgb.shape[0] <= 3508


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_a_camera_noted_is_applied(tmp_path: Path, orientation: int) -> None:
    picture = page().transpose(Image.Transpose(TURNED_OVER[orientation])) if orientation > 1 else page().copy()
    noted = picture.getexif()
    noted[0x0112] = orientation
    with open_pages(saved(tmp_path, "a.jpg", picture, exif=noted), "jpeg") as source:
        seen = source.picture(1, LEAST_DPI)
    assert seen.size == (1240, 1754)
    assert likeness(clean(seen).grey) > 0.9


def test_further_pictures_in_a_telephones_file_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    page().save(path, "MPO", save_all=True, append_images=[page().resize((124, 175))])
    assert inspect(path, kind_of(path), Limits()).pages == 1
    with open_pages(path, "jpeg") as source:
        assert source.count == 1


def photograph() -> Image.Image:
    """Coloured blobs, slopes and grain: nothing to read."""
    chance = np.random.default_rng(3)
    y, x = np.mgrid[0:439, 0:310].astype(np.float32)
    pixels = np.stack([127 + 90 * np.sin(x / 50 + i) + 30 * np.cos(y / 42 - 2 * i) for i in range(3)], -1)
    for _ in range(40):
        spot = (x - chance.uniform(0, 310)) ** 2 + (y - chance.uniform(0, 439)) ** 2 < chance.uniform(5, 50) ** 2
        pixels[spot] = 0.4 * pixels[spot] + 0.6 * chance.uniform(0, 255, 3)
    large = cv2.resize(np.asarray(pixels, dtype=np.float32), (1240, 1754), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(np.clip(large + chance.normal(0, 25, large.shape), 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    "picture",
    [Image.new("L", (1, 1), 0), Image.new("RGB", (1240, 1754), "black"), photograph()],
    ids=["one pixel", "all black", "a photograph"],
)
def test_what_is_no_page_is_called_unreadable(tmp_path: Path, picture: Image.Image) -> None:
    assert read(saved(tmp_path, "a.png", picture)).notices == ("UNREADABLE_SCAN",)


def test_a_strip_with_nothing_on_it_is_blank(tmp_path: Path) -> None:
    assert read(saved(tmp_path, "a.png", Image.new("L", (9000, 12), 90))).blank


def test_every_page_of_a_file_is_read_whichever_way_it_lies(tmp_path: Path) -> None:
    turns = [page().rotate(turn, expand=True) for turn in (0, 90, 180, 270)]
    path = saved(tmp_path, "a.tif", turns[0], save_all=True, append_images=turns[1:], compression="jpeg")
    readings = [read(path, number) for number in (1, 2, 3, 4)]
    assert [(each.rotation, each.notices) for each in readings] == [(0, ()), (90, ()), (180, ()), (270, ())]


@pytest.mark.parametrize("turn", [0, 90])
def test_a_page_copied_through_its_back_is_read_and_told_with_boxes_where_they_are(tmp_path: Path, turn: int) -> None:
    right = read(saved(tmp_path, "a.png", page()))
    through = page().transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(turn, expand=True)
    found = read(saved(tmp_path, "b.png", through))
    assert (found.notices, found.rotation, right.notices) == (("MIRRORED_PAGE",), turn, ())
    assert [word.text for word in found.words] == [word.text for word in right.words]
    for here, there in zip(found.words[:3], right.words[:3], strict=True):
        assert (here.box.x0, here.box.y0) == pytest.approx((1 - there.box.x1, there.box.y0), abs=0.004)
    (seal,) = found.seals
    assert ((seal.x0 + seal.x1) / 2, (seal.y0 + seal.y1) / 2) == pytest.approx((1 - 800 / 1240, 1010 / 1754), abs=0.01)


@pytest.mark.parametrize("contrast", [1 / 12, 0.2])
@pytest.mark.parametrize("grain", [0, 6])
def test_very_pale_print_is_no_blank_page(tmp_path: Path, contrast: float, grain: float) -> None:
    paper = Image.new("RGB", (1240, 1754), (240, 238, 230))
    pixels = np.asarray(Image.blend(paper, decision(), contrast)).astype(np.float32)
    pixels += np.random.default_rng(1).normal(0, grain, pixels.shape)
    found = read(saved(tmp_path, "a.png", Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))))
    assert (found.blank, found.source, found.notices) == (False, "ocr", ())


def test_a_back_with_the_ghost_of_a_seal_or_of_the_front_stays_blank(tmp_path: Path) -> None:
    sealed, draw = sheet()
    stamp(draw, (600, 600))
    for front, strength in ((sealed, 0.2), (decision(seal=True), 0.2)):
        ghost = front.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(1.5))
        found = read(saved(tmp_path, "a.png", Image.blend(Image.new("RGB", ghost.size, "white"), ghost, strength)))
        assert (found.blank, found.words, found.notices) == (True, (), ())


def test_a_page_of_thirty_thousand_pixels_each_way_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    monkeypatch.setattr(picturepages, "decoded", None)
    with pytest.raises(PageTooLarge) as refusal:
        inspect(path, "png", Limits())
    assert "quá lớn" in refusal.value.vi_text


def test_a_picture_that_would_take_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picturepages, "MOST_DECODED_MB", 5.0)
    small, large = page().convert("L"), page()  # two megapixels, at one and at four bytes a pixel
    assert inspect(saved(tmp_path, "a.png", small), "png", Limits()).pages == 1
    with pytest.raises(PageTooLarge):
        inspect(saved(tmp_path, "b.png", large), "png", Limits())
    assert inspect(saved(tmp_path, "c.jpg", large), "jpeg", Limits()).pages == 1
    with pytest.raises(PageTooLarge):
        inspect(saved(tmp_path, "d.jpg", large, progressive=True), "jpeg", Limits())


@pytest.mark.parametrize(("name", "mode"), [("a.png", "L"), ("a.tif", "1"), ("a.png", "P"), ("a.jpg", "RGB")])
def test_a_large_picture_is_never_handed_on_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    assert MOST_PIXELS < 50e6
    monkeypatch.setattr(pagepicture, "MOST_PIXELS", 0.6e6)
    monkeypatch.setattr(pagepicture, "_BAND_PIXELS", 0.1e6)
    path = saved(tmp_path, name, page().convert(mode))
    with open_pages(path, kind_of(path)) as source:
        picture = source.picture(1)
    assert picture.rgb.shape[:2] == (877, 620)
    assert (picture.size, picture.dpi, picture.stored_dpi) == (
        (1240, 1754),
        pytest.approx(75, abs=0.1),
        pytest.approx(DPI, abs=0.1),
    )
    assert likeness(clean(picture).grey) > 0.7
