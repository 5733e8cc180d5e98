"""Intake: every bad input has its own error, and a good one is taken whole, once, with its hash."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import unicodedata
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ingest import staging as staging_module
from ingest.intake import Limits, take, walk
from ingest.kinds import sniff
from schemas.errors import (
    DiskFull,
    EmptyFile,
    FileGone,
    FileTooLarge,
    NameTooLong,
    StillWriting,
    UnsupportedKind,
    WrongContent,
)

LIMITS = Limits(disk_reserve_bytes=0)
PDF = b"%PDF-1.4\n" + b"x" * 3000 + b"\n%%EOF\n"


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def dropped(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, form)
    return out.getvalue()


def test_a_file_is_staged_byte_for_byte_with_its_hash(tmp_path: Path, staging: Path) -> None:
    taken = take(dropped(tmp_path, "giấy.pdf", PDF), staging, LIMITS)
    assert taken.path.parent == staging
    assert taken.path.read_bytes() == PDF
    assert (taken.sha256, taken.size, taken.kind) == (hashlib.sha256(PDF).hexdigest(), len(PDF), "pdf")
    assert taken.name == "giấy.pdf"
    assert taken.notices == ()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", picture("JPEG"), "jpeg"),
        ("a.png", picture("PNG"), "png"),
        ("a.tif", picture("TIFF"), "tiff"),
        ("mm.tiff", b"MM\x00*" + bytes(40), "tiff"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic"),
        ("brand-second.heic", b"\x00\x00\x00\x18ftypXXXX\x00\x00\x00\x00mif1heic", "heic"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "zip"),
        ("late-header.pdf", b"\r\n" * 300 + b"%PDF-1.7\n", "pdf"),
        ("scan", PDF, "pdf"),
        ("scan.dat", PDF, "pdf"),
    ],
)
def test_kind_is_told_from_the_bytes(tmp_path: Path, staging: Path, name: str, data: bytes, kind: str) -> None:
    assert take(dropped(tmp_path, name, data), staging, LIMITS).kind == kind


def test_a_zip_that_stores_a_pdf_is_a_zip() -> None:
    assert sniff(b"PK\x03\x04" + bytes(26) + b"a.pdf" + PDF) == "zip"


def test_an_empty_file_is_refused(tmp_path: Path, staging: Path) -> None:
    with pytest.raises(EmptyFile):
        take(dropped(tmp_path, "a.pdf", b""), staging, LIMITS)


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", picture("JPEG")), ("a.jpg", PDF), ("a.pdf", b"hello"), ("a.zip", b"\x00" * 50)]
)
def test_content_that_is_not_what_the_name_says_is_refused(
    tmp_path: Path, staging: Path, name: str, data: bytes
) -> None:
    with pytest.raises(WrongContent):
        take(dropped(tmp_path, name, data), staging, LIMITS)
    assert list(staging.iterdir()) == []


@pytest.mark.parametrize("name", ["a.exe", "bang-luong.xlsx"])
def test_other_kinds_are_not_taken(tmp_path: Path, staging: Path, name: str) -> None:
    office = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(40)
    data = office if name.endswith("xlsx") else b"MZ" + bytes(60)
    with pytest.raises(UnsupportedKind):
        take(dropped(tmp_path, name, data), staging, LIMITS)


def test_a_missing_file_and_a_folder_are_gone(tmp_path: Path, staging: Path) -> None:
    for path in (tmp_path / "none.pdf", tmp_path):
        with pytest.raises(FileGone):
            take(path, staging, LIMITS)


def test_a_name_the_file_system_refuses_has_its_own_error(tmp_path: Path, staging: Path) -> None:
    with pytest.raises(NameTooLong):
        take(tmp_path / ("a" * 300 + ".pdf"), staging, LIMITS)


def test_a_file_over_the_limit_is_refused(tmp_path: Path, staging: Path) -> None:
    with pytest.raises(FileTooLarge):
        take(dropped(tmp_path, "a.pdf", PDF), staging, Limits(max_file_bytes=100, disk_reserve_bytes=0))
    assert list(staging.iterdir()) == []


def test_an_nfd_name_is_shown_composed_and_told(tmp_path: Path, staging: Path) -> None:
    name = unicodedata.normalize("NFD", "Giấy khai sinh Nguyễn Thị Mẫu.pdf")
    taken = take(dropped(tmp_path, name, PDF), staging, LIMITS)
    assert taken.name == "Giấy khai sinh Nguyễn Thị Mẫu.pdf"
    assert taken.notices == ("NAME_NORMALISED",)


def test_a_name_that_is_no_text_is_still_shown(tmp_path: Path, staging: Path) -> None:
    path = Path(str(tmp_path)) / b"gi\xff\n.pdf".decode("utf-8", "surrogateescape")
    path.write_bytes(PDF)
    taken = take(path, staging, LIMITS)
    taken.name.encode()
    assert taken.name == "gi��.pdf"
    assert taken.notices == ("NAME_NORMALISED",)


def test_a_full_disk_is_told_before_anything_is_copied(
    tmp_path: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10_000, 6_000, 4_000))
    path = dropped(tmp_path, "a.pdf", PDF)
    with pytest.raises(DiskFull):
        take(path, staging, Limits(disk_reserve_bytes=2_000))
    assert list(staging.iterdir()) == []
    assert take(path, staging, Limits(disk_reserve_bytes=500)).size == len(PDF)


def test_a_disk_that_fills_while_copying_leaves_nothing(
    tmp_path: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(staging_module.os, "fsync", full)
    with pytest.raises(DiskFull):
        take(dropped(tmp_path, "a.pdf", PDF), staging, LIMITS)
    assert list(staging.iterdir()) == []


def test_the_bytes_are_on_the_disk_before_the_answer(
    tmp_path: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real: Callable[[int], None] = staging_module.os.fsync
    monkeypatch.setattr(staging_module.os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    take(dropped(tmp_path, "a.pdf", PDF), staging, LIMITS)
    assert len(synced) == 2  # the file, and the folder that names it


def test_a_file_that_grows_while_it_is_copied_is_left_alone(
    tmp_path: Path, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dropped(tmp_path, "a.pdf", PDF)
    real = staging_module.hashlib.sha256

    def writing(*args: Any) -> Any:
        with path.open("ab") as file:
            file.write(b"more")
        return real(*args)

    monkeypatch.setattr(staging_module.hashlib, "sha256", writing)
    with pytest.raises(StillWriting):
        take(path, staging, LIMITS)
    assert list(staging.iterdir()) == []


def test_a_folder_is_walked_in_order_without_what_is_no_paper(tmp_path: Path) -> None:
    for name in ("b/2.pdf", "b/1.pdf", "a.pdf", ".hidden/x.pdf", ".x.pdf", "c.pdf.part", "d.pdf~", "a.pdf.done"):
        path = tmp_path / "lô" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PDF)
    (tmp_path / "lô" / "b" / "loop").symlink_to(tmp_path / "lô")
    missing = tmp_path / "missing.pdf"
    found = list(walk([tmp_path / "lô", missing]))
    assert [p.relative_to(tmp_path).as_posix() for p in found] == [
        "lô/a.pdf",
        "lô/b/1.pdf",
        "lô/b/2.pdf",
        "missing.pdf",
    ]
