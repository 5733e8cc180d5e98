"""Bad input: each kind has its own code, and the good paper of the same batch goes through unharmed."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

import ingest.intake as intake
from motlan.wiring import House
from portal.telling import rows_of_batch
from schemas.errors import DiskFull
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain
from worker.intake import open_batch, receive


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "good.pdf"
    write_paper(make_paper("marital_status", 5, dpi=120), path)
    return path.read_bytes()


def pdf(pages: int, size: tuple[float, float] = (595, 842), password: str | None = None) -> bytes:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=size)
    out = io.BytesIO()
    encryption = pikepdf.Encryption(user=password, owner="x") if password else False
    document.save(out, encryption=encryption)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def empty_picture() -> bytes:
    """A one-page PDF whose page picture has zero bytes."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    image = pikepdf.Stream(document, b"")
    name = pikepdf.Name
    image.Type, image.Subtype, image.Width, image.Height = name.XObject, name.Image, 100, 100
    image.ColorSpace, image.BitsPerComponent, image.Filter = name.DeviceGray, 8, name.DCTDecode
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pikepdf.Stream(document, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


Case = tuple[str, Callable[[bytes], bytes], str]
REFUSED: list[Case] = [
    ("rỗng.pdf", lambda _: b"", "EMPTY_FILE"),
    ("cụt.pdf", lambda good: good[: len(good) * 2 // 3], "TRUNCATED"),
    ("khóa.pdf", lambda _: pdf(1, password="bi-mat"), "ENCRYPTED"),
    ("không phải.pdf", lambda _: b"MZ" + bytes(range(256)) * 4, "WRONG_CONTENT"),
    ("nhiều trang.pdf", lambda _: pdf(10_000), "TOO_MANY_PAGES"),
    ("trang khổng lồ.pdf", lambda _: pdf(1, size=(14_400, 14_400)), "PAGE_TOO_LARGE"),
    ("trang rỗng.pdf", lambda _: empty_picture(), "EMPTY_PAGE"),
    ("leo.zip", lambda good: zipped({"../../leo-thoat.pdf": good}), "ZIP_PATH_TRAVERSAL"),
    ("bom.zip", lambda _: zipped({"to.pdf": b"\0" * 60_000_000}), "ZIP_BOMB"),
]


def run(house: House, folder: Path) -> list[dict[str, object]]:
    """Drop a folder's files as one batch and go the whole way; the rows as a script sees them."""
    batch = open_batch(house, "test", "can-bo-mau")
    list(receive(house, batch, sorted(folder.iterdir()), "can-bo-mau", below=folder))
    drain(house)
    return list(rows_of_batch(house, batch))


def row(rows: list[dict[str, object]], name: str) -> dict[str, object]:
    return next(r for r in rows if r["file"] == name)


def codes(found: dict[str, object]) -> set[str]:
    return {reason["code"] for reason in found["reasons"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "make", "code"), REFUSED, ids=[c[2] for c in REFUSED])
def test_bad_file_is_set_aside_with_its_reason(
    house: House, tmp_path: Path, good: bytes, name: str, make: Callable[[bytes], bytes], code: str
) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    (folder / name).write_bytes(make(good))
    (folder / "tốt.pdf").write_bytes(good)
    rows = run(house, folder)
    bad = row(rows, name)
    assert code in codes(bad) and bad["record"] is None and bad["state"] in ("QUARANTINED", "REFUSED")
    assert all(reason["message"] for reason in bad["reasons"])  # type: ignore[attr-defined]
    assert row(rows, "tốt.pdf")["record"] is not None
    data = (folder / name).read_bytes()
    if data:  # nothing is lost: what was handed in is kept
        kept = [house.quarantine.open(digest).read() for digest in house.quarantine.digests()]
        assert data in kept
    assert not list(tmp_path.parent.rglob("leo-thoat.pdf"))


SPECIALS = [("unreadable", "UNREADABLE_SCAN"), ("other_script", "FOREIGN_SCRIPT")]


@pytest.mark.parametrize(("special", "code"), SPECIALS)
def test_a_page_nobody_can_read_is_kept_and_told(
    house: House, tmp_path: Path, good: bytes, special: str, code: str
) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    write_paper(make_paper(special, 2, dpi=150), folder / "lạ.pdf")
    (folder / "tốt.pdf").write_bytes(good)
    rows = run(house, folder)
    strange = row(rows, "lạ.pdf")
    assert code in codes(strange) and strange["state"] == "REVIEW" and strange["record"]
    assert not any(field["accepted"] for field in strange["fields"].values())  # type: ignore[attr-defined]
    assert row(rows, "tốt.pdf")["record"]


def test_a_paper_with_a_secrecy_stamp_leaves_no_text_behind(house: House, tmp_path: Path, good: bytes) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    specimen = make_paper("secret_page", 3, dpi=150)
    write_paper(specimen, folder / "thường.pdf")
    (folder / "tốt.pdf").write_bytes(good)
    rows = run(house, folder)
    secret = row(rows, "thường.pdf")
    assert "SECRECY_STAMP" in codes(secret) and secret["state"] == "QUARANTINED" and secret["record"] is None
    assert row(rows, "tốt.pdf")["record"]
    original = (folder / "thường.pdf").read_bytes()
    assert [house.quarantine.open(d).read() for d in house.quarantine.digests()] == [original]
    file = next(f for f in house.ledger.files() if f.name == "thường.pdf")
    assert not house.received.exists(file.sha256 or "") and not house.archive.exists(file.sha256 or "")
    assert all(not page.reading or not house.work.exists(page.reading) for page in house.ledger.pages(file.id))


def test_nfd_names_are_shown_as_nfc_and_long_names_shortened(house: House, tmp_path: Path, good: bytes) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", "giấy tờ.pdf")).write_bytes(good)
    other = good + b"\n"
    (folder / "dài.zip").write_bytes(zipped({"a" * 296 + ".pdf": other}))
    rows = run(house, folder)
    assert "NAME_NORMALISED" in codes(row(rows, "giấy tờ.pdf")) and row(rows, "giấy tờ.pdf")["record"]
    long = next(r for r in rows if str(r["file"]).startswith("dài.zip/"))
    assert "NAME_TOO_LONG" in codes(long) and long["record"]


def test_a_file_still_being_written_is_not_taken_yet(
    house: House, tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    growing = folder / "đang ghi.pdf"
    growing.write_bytes(good)
    real = intake.stage

    def grow(*arguments: Any) -> Any:
        taken = real(*arguments)
        with growing.open("ab") as more:  # the scanner writes on while we copy
            more.write(b"more")
        return taken

    monkeypatch.setattr(intake, "stage", grow)
    rows = run(house, folder)
    assert "STILL_WRITING" in codes(rows[0]) and rows[0]["record"] is None
    assert growing.exists()


def test_a_full_disk_refuses_before_accepting(archive: Callable[..., House], tmp_path: Path, good: bytes) -> None:
    house = archive(reserve_bytes=10**18)
    path = tmp_path / "a.pdf"
    path.write_bytes(good)
    batch = open_batch(house, "test", "can-bo-mau")
    with pytest.raises(DiskFull):
        list(receive(house, batch, [path], "can-bo-mau"))
    assert not house.ledger.files() and not list(house.received.digests()) and path.exists()
    assert not [p for p in house.staging.rglob("*") if p.is_file()], "no half file is left"


def test_the_same_bytes_twice_in_one_batch_make_one_paper(house: House, tmp_path: Path, good: bytes) -> None:
    folder = tmp_path / "lô"
    folder.mkdir()
    for name in ("một.pdf", "hai.pdf"):
        (folder / name).write_bytes(good)
    rows = run(house, folder)
    assert len({r["record"] for r in rows}) == 1
    assert sorted(str(r["state"]) == "DUPLICATE" for r in rows) == [False, True]
