"""ZIPs: dangers refused whole, a bad member refused alone, names read as they were meant."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

import pytest

from ingest.intake import Limits, Taken, expand_zip, take
from schemas.errors import DiskFull, MotlanError, NoPages, Truncated, ZipBomb, ZipPathTraversal

LIMITS = Limits(disk_reserve_bytes=0)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20 + b"\n%%EOF\n"


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def taken_zip(tmp_path: Path, staging: Path, data: bytes) -> Taken:
    path = tmp_path / "lo.zip"
    path.write_bytes(data)
    return take(path, staging, LIMITS)


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, method)
    return out.getvalue()


def expanded(tmp_path: Path, staging: Path, data: bytes, limits: Limits = LIMITS) -> dict[str, Taken | MotlanError]:
    return dict(expand_zip(taken_zip(tmp_path, staging, data), staging, limits))


def code(outcome: Taken | MotlanError) -> str:
    return outcome.code if isinstance(outcome, MotlanError) else outcome.kind


def test_members_are_taken_and_litter_is_not(tmp_path: Path, staging: Path) -> None:
    data = packed(
        ("hồ sơ/", b""), ("hồ sơ/1.pdf", PDF), ("2.pdf", PDF + b"2"), ("__MACOSX/._1.pdf", b"x"), (".DS_Store", b"x")
    )
    found = expanded(tmp_path, staging, data)
    assert {name: code(outcome) for name, outcome in found.items()} == {"hồ sơ/1.pdf": "pdf", "2.pdf": "pdf"}
    first = found["hồ sơ/1.pdf"]
    assert isinstance(first, Taken)
    assert (first.name, first.path.read_bytes()) == ("1.pdf", PDF)


@pytest.mark.parametrize(
    "name", ["../x.pdf", "a/../../x.pdf", "/etc/x.pdf", "C:\\x.pdf", "..\\x.pdf", "\\\\server\\x.pdf"]
)
def test_a_path_out_of_the_archive_refuses_the_whole(tmp_path: Path, staging: Path, name: str) -> None:
    taken = taken_zip(tmp_path, staging, packed(("good.pdf", PDF), (name, PDF)))
    with pytest.raises(ZipPathTraversal):
        expand_zip(taken, staging, LIMITS)
    assert list(staging.iterdir()) == [taken.path]


def test_a_link_refuses_the_whole(tmp_path: Path, staging: Path) -> None:
    link = zipfile.ZipInfo("link.pdf")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with pytest.raises(ZipPathTraversal):
        expanded(tmp_path, staging, packed((link, b"/etc/passwd")))


def test_too_many_members_are_a_bomb(tmp_path: Path, staging: Path) -> None:
    data = packed(*((f"{i}.pdf", b"x") for i in range(11)))
    with pytest.raises(ZipBomb):
        expanded(tmp_path, staging, data, Limits(zip_max_members=10, disk_reserve_bytes=0))


def test_an_extreme_ratio_is_a_bomb(tmp_path: Path, staging: Path) -> None:
    with pytest.raises(ZipBomb):
        expanded(tmp_path, staging, packed(("a.pdf", bytes(20 << 20))))


def test_a_large_total_is_a_bomb(tmp_path: Path, staging: Path) -> None:
    data = packed(("1.pdf", PDF), ("2.pdf", PDF))
    with pytest.raises(ZipBomb):
        expanded(tmp_path, staging, data, Limits(zip_max_total_bytes=len(PDF) + 1, disk_reserve_bytes=0))


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path, staging: Path) -> None:
    noise = bytes((i * i * 7919 >> 3) % 256 for i in range(4000))
    data = bytearray(packed(("1.pdf", noise), method=zipfile.ZIP_STORED))
    end = data.rindex(b"PK\x05\x06")
    entry = bytes(data[data.index(b"PK\x01\x02") : end])
    offset = int.from_bytes(data[end + 16 : end + 20], "little")
    tail = bytearray(data[end:])
    tail[8:12] = (2).to_bytes(2, "little") * 2
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    with pytest.raises(ZipBomb):
        expanded(tmp_path, staging, bytes(data[:offset]) + entry * 2 + bytes(tail))


def test_a_member_that_lies_about_its_size_harms_only_itself(tmp_path: Path, staging: Path) -> None:
    """Its claim says 60 bytes, its stream unpacks to 20 MB: no more than the claim is ever written."""
    data = bytearray(packed(("liar.pdf", b"%PDF-1.4" + bytes(20 << 20)), ("good.pdf", PDF)))
    true_size = (8 + (20 << 20)).to_bytes(4, "little")
    place = data.index(true_size)
    while place >= 0:
        data[place : place + 4] = (60).to_bytes(4, "little")
        place = data.find(true_size)
    found = expanded(tmp_path, staging, bytes(data))
    assert {name: code(outcome) for name, outcome in found.items()} == {"liar.pdf": "TRUNCATED", "good.pdf": "pdf"}
    assert max(p.stat().st_size for p in staging.iterdir()) < 100_000


def test_bad_members_do_not_harm_the_others(tmp_path: Path, staging: Path) -> None:
    locked = zipfile.ZipInfo("locked.pdf")
    data = bytearray(
        packed(
            ("empty.pdf", b""), ("inner.zip", packed(("a.pdf", PDF))), (locked, PDF), ("word.pdf", b"not a PDF"),
            ("notes.txt", b"plain words"), ("broken.pdf", PDF + b"broken"), ("good.pdf", PDF),
            method=zipfile.ZIP_STORED,
        )
    )  # fmt: skip
    # The encryption bit of the one member: in its own header (30 bytes before its name) and in the directory (46).
    data[data.index(b"locked.pdf") - 30 + 6] |= 1
    data[data.rindex(b"locked.pdf") - 46 + 8] |= 1
    data[data.index(b"broken", data.index(b"broken.pdf") + 10)] ^= 0xFF
    found = expanded(tmp_path, staging, bytes(data))
    assert {name: code(outcome) for name, outcome in found.items()} == {
        "empty.pdf": "EMPTY_FILE",
        "inner.zip": "UNSUPPORTED_KIND",
        "locked.pdf": "ENCRYPTED",
        "word.pdf": "WRONG_CONTENT",
        "notes.txt": "UNSUPPORTED_KIND",
        "broken.pdf": "TRUNCATED",
        "good.pdf": "pdf",
    }
    assert sorted(p.suffix for p in staging.iterdir()) == [".pdf", ".zip"]  # the good one and the ZIP itself


def test_a_packing_we_do_not_unpack_is_told(tmp_path: Path, staging: Path) -> None:
    found = expanded(tmp_path, staging, packed(("a.pdf", PDF), method=zipfile.ZIP_LZMA))
    assert code(found["a.pdf"]) == "UNSUPPORTED_KIND"


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("Giấy khai sinh.pdf".encode(), "Giấy khai sinh.pdf"),  # macOS and Linux: UTF-8 without the flag
        ("Quyết định.pdf".encode("cp1258", "ignore"), None),  # Windows: the Vietnamese code page
        (b"plain.pdf", "plain.pdf"),
    ],
)
def test_names_without_the_utf8_flag_are_read(tmp_path: Path, staging: Path, raw: bytes, meant: str | None) -> None:
    meant = meant or unicodedata.normalize("NFC", raw.decode("cp1258"))
    placeholder = b"N" * len(raw)
    data = packed((placeholder.decode(), PDF)).replace(placeholder, raw)
    assert list(expanded(tmp_path, staging, data)) == [meant]


def test_nfd_member_names_are_shown_composed(tmp_path: Path, staging: Path) -> None:
    found = expanded(tmp_path, staging, packed((unicodedata.normalize("NFD", "Số đỏ.pdf"), PDF)))
    assert list(found) == ["Số đỏ.pdf"]
    taken = found["Số đỏ.pdf"]
    assert isinstance(taken, Taken)
    assert taken.notices == ("NAME_NORMALISED",)


def test_a_name_of_300_characters_is_shortened_and_told(tmp_path: Path, staging: Path) -> None:
    name = "ă" * 296 + ".pdf"
    (taken,) = expanded(tmp_path, staging, packed((name, PDF))).values()
    assert isinstance(taken, Taken)
    assert (len(taken.name), taken.name[-5:], taken.notices) == (255, "….pdf", ("NAME_TOO_LONG",))
    assert taken.path.read_bytes() == PDF


def test_a_cut_zip_and_an_empty_one_are_refused(tmp_path: Path, staging: Path) -> None:
    with pytest.raises(Truncated):
        expanded(tmp_path, staging, packed(("a.pdf", PDF))[:200])
    with pytest.raises(NoPages):
        expanded(tmp_path, staging, packed(("folder/", b"")))


def test_room_for_all_members_is_asked_for_first(tmp_path: Path, staging: Path) -> None:
    taken = taken_zip(tmp_path, staging, packed(("a.pdf", PDF)))
    with pytest.raises(DiskFull):
        expand_zip(taken, staging, Limits(disk_reserve_bytes=1 << 60))
    assert list(staging.iterdir()) == [taken.path]
