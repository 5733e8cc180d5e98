"""The files open again with the readers that others use, with pages, resolution and pictures intact."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pikepdf
import pillow_heif
import pypdfium2
import pytest
from PIL import Image

from specimens import Damage, Specimen, make_paper, pdf_bytes, read_truth, write_batch, write_pages
from specimens.__main__ import main


@pytest.fixture(scope="module")
def two_pages() -> Specimen:
    return make_paper("land_use_certificate", 1, layout="form2009", dpi=100)


def rendered(data: bytes, number: int = 0) -> np.ndarray:
    with pypdfium2.PdfDocument(data) as pdf:
        return np.asarray(pdf[number].render(scale=100 / 72).to_pil().convert("L"), dtype=int)


def difference(shown: np.ndarray, page: Image.Image) -> float:
    wanted = np.asarray(page.convert("L"), dtype=int)
    high, wide = min(shown.shape[0], wanted.shape[0]), min(shown.shape[1], wanted.shape[1])
    return float(np.abs(shown[:high, :wide] - wanted[:high, :wide]).mean())


def test_a_pdf_shows_its_pages(two_pages: Specimen) -> None:
    data = pdf_bytes(two_pages.pages, 100)
    with pypdfium2.PdfDocument(data) as pdf:
        assert [tuple(map(round, page.get_size())) for page in pdf] == [(595, 842), (595, 842)]
    for number, page in enumerate(two_pages.pages):
        assert difference(rendered(data, number), page) < 3


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotate_shows_a_turned_picture_upright(two_pages: Specimen, turn: int, tmp_path: Path) -> None:
    file = tmp_path / "turned.pdf"
    write_pages(file, two_pages.pages, 100, rotate=(turn, 0))
    with pikepdf.open(file) as pdf:
        assert int(pdf.pages[0].Rotate) == turn
        assert "/Rotate" not in pdf.pages[1]
    assert difference(rendered(file.read_bytes()), two_pages.pages[0]) < 3


def test_a_one_bit_page_is_ccitt_in_the_pdf_and_not_inverted() -> None:
    page = make_paper("marital_status", 3, dpi=100, damage=Damage(fax=True)).pages[0]
    data = pdf_bytes([page], 100)
    assert b"/CCITTFaxDecode" in data
    assert len(data) < 60_000
    assert difference(rendered(data), page) < 4


@pytest.mark.parametrize("fax", [False, True])
def test_a_tiff_holds_all_pages(fax: bool, tmp_path: Path) -> None:
    made = make_paper("land_use_certificate", 1, layout="form2009", dpi=100, damage=Damage(fax=fax))
    file = tmp_path / "a.tif"
    write_pages(file, made.pages, 100)
    with Image.open(file) as tiff:
        assert tiff.n_frames == 2
        assert tiff.info["dpi"] == (100, 100)
        tiff.seek(1)
        assert difference(np.asarray(tiff.convert("L"), dtype=int), made.pages[1]) < 3


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_single_pictures_say_their_resolution(suffix: str, tmp_path: Path, two_pages: Specimen) -> None:
    file = tmp_path / f"a{suffix}"
    write_pages(file, two_pages.pages[:1], 150)
    with Image.open(file) as picture:
        assert tuple(map(round, picture.info["dpi"])) == (150, 150)
        assert difference(np.asarray(picture.convert("L"), dtype=int), two_pages.pages[0]) < 3


def test_heic_opens_again(tmp_path: Path, two_pages: Specimen) -> None:
    file = tmp_path / "a.heic"
    write_pages(file, two_pages.pages[:1], 100)
    picture = pillow_heif.open_heif(str(file)).to_pillow()
    assert difference(np.asarray(picture.convert("L"), dtype=int), two_pages.pages[0]) < 4


def test_what_cannot_be_written_is_refused(tmp_path: Path, two_pages: Specimen) -> None:
    with pytest.raises(ValueError, match="holds one page"):
        write_pages(tmp_path / "a.jpg", two_pages.pages, 100)
    with pytest.raises(ValueError, match="no way to write"):
        write_pages(tmp_path / "a.gif", two_pages.pages, 100)


def test_a_batch_is_told_in_full_and_made_again_byte_for_byte(tmp_path: Path) -> None:
    batches = [tmp_path / "one" / "batch", tmp_path / "two" / "batch"]
    for batch in batches:
        batch.parent.mkdir()
        write_batch(batch, batch.with_suffix(".json"), seed=4, dossiers=1, dpi=72)
    files = [{p.relative_to(b).as_posix(): p.read_bytes() for p in b.rglob("*") if p.is_file()} for b in batches]
    assert files[0] == files[1]
    papers = read_truth(batches[0].with_suffix(".json"))
    assert {paper.file for paper in papers} == set(files[0])
    assert len({paper.fields["applicant_name"] for paper in papers if "applicant_name" in paper.fields}) == 1
    with zipfile.ZipFile(batches[0] / next(paper.file for paper in papers if paper.member)) as archive:
        assert set(archive.namelist()) == {paper.member for paper in papers if paper.member}
    combined = [paper for paper in papers if "scan0001" in paper.file]
    assert [paper.pages for paper in combined] == [(1,), (2,), (3,)]


def test_the_truth_stays_out_of_the_batch(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must not lie inside"):
        write_batch(tmp_path, tmp_path / "truth.json", seed=1, dossiers=1)


def test_the_command_says_what_it_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["specimens", str(tmp_path / "b"), "--dossiers", "1", "--dpi", "72"])
    main()
    said = capsys.readouterr().out
    assert "citizen_card" in said
    assert "12 papers in 1 dossiers" in said
    assert (tmp_path / "b.truth.json").is_file()
