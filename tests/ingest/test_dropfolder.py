"""The drop folder: nothing half-written is claimed, nothing whole is claimed twice, nothing claimed is lost."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path

import pytest

from ingest.dropfolder import DropFolder

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claimed").mkdir()
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drop(folder: Path, clock: Clock) -> DropFolder:
    return DropFolder(folder, folder.parent / "claimed", settle_seconds=5, now=clock)


def names(drop: DropFolder) -> list[str]:
    return [path.name for path in drop.scan()]


def put(folder: Path, name: str, data: bytes = PDF) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_quiet_whole_file_is_claimed_after_settling(drop: DropFolder, folder: Path, clock: Clock) -> None:
    path = put(folder, "giấy.pdf")
    assert names(drop) == []
    clock.time = 4.9
    assert names(drop) == []
    clock.time = 5
    (claimed,) = drop.scan()
    assert (claimed.name, claimed.read_bytes(), path.exists()) == ("giấy.pdf", PDF, False)
    assert names(drop) == []


def test_a_file_still_being_written_is_not_claimed(drop: DropFolder, folder: Path, clock: Clock) -> None:
    path = put(folder, "a.pdf", b"%PDF-1.4\n")
    for moment in range(0, 60, 6):
        clock.time = moment
        assert names(drop) == []
        with path.open("ab") as file:
            file.write(b"more\n")


@pytest.mark.parametrize(
    ("name", "unfinished"),
    [
        ("a.pdf", b"%PDF-1.4\nno end yet"),
        ("a.jpg", b"\xff\xd8\xff\xe0 no end yet"),
        ("a.png", b"\x89PNG\r\n\x1a\n no end yet"),
        ("a.zip", b"PK\x03\x04 no end yet"),
        ("a.tif", b"II*\x00" + bytes(9000)),
    ],
)
def test_a_quiet_file_without_its_end_waits_longer_but_is_told_in_the_end(
    drop: DropFolder, folder: Path, clock: Clock, name: str, unfinished: bytes
) -> None:
    put(folder, name, unfinished)
    for clock.time in (0, 6, 30):
        assert names(drop) == []
    clock.time = 61
    assert names(drop) == [name]


def test_a_zip_with_a_long_comment_has_its_end(drop: DropFolder, folder: Path, clock: Clock) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", PDF)
        archive.comment = b"c" * 60_000
    put(folder, "a.zip", out.getvalue())
    names(drop)
    clock.time = 5
    assert names(drop) == ["a.zip"]


@pytest.mark.parametrize("marker", [".done", ".ready"])
def test_a_marker_claims_at_once_and_goes_with_the_file(drop: DropFolder, folder: Path, marker: str) -> None:
    put(folder, "a.pdf")
    put(folder, f"a.pdf{marker}", b"")
    assert names(drop) == ["a.pdf"]
    assert list(folder.iterdir()) == []


def test_a_batch_folder_with_a_marker_is_claimed_whole_with_its_path(drop: DropFolder, folder: Path) -> None:
    for name in ("lô 7/b.pdf", "lô 7/a.pdf", "lô 7/phụ/c.pdf", "lô 7/.done", "other/x.pdf"):
        put(folder, name)
    claimed = [path.relative_to(drop.claimed) for path in drop.scan()]
    assert [path.as_posix().split("/", 1)[1] for path in claimed] == ["lô 7/a.pdf", "lô 7/b.pdf", "lô 7/phụ/c.pdf"]
    assert sorted(p.name for p in folder.iterdir()) == ["other"]


def test_a_marker_of_an_earlier_batch_says_nothing_about_a_later_file(drop: DropFolder, folder: Path) -> None:
    put(folder, "lô/a.pdf")
    put(folder, "lô/.done", b"")
    assert names(drop) == ["a.pdf"]
    put(folder, "lô/half.pdf", b"%PDF-1.4")
    assert names(drop) == []


@pytest.mark.parametrize(
    "name", ["a.pdf.partial", "a.tmp", "a.pdf.part", "a.pdf~", ".a.pdf", "a.crdownload", "~$a.pdf"]
)
def test_half_written_names_are_ignored(drop: DropFolder, folder: Path, clock: Clock, name: str) -> None:
    put(folder, name)
    names(drop)
    clock.time = 1000
    assert names(drop) == []


def test_a_link_is_not_followed(drop: DropFolder, folder: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.pdf")
    (folder / "a.pdf").symlink_to(secret)
    (folder / "a.pdf.done").touch()
    assert names(drop) == []
    assert secret.exists()


def test_two_watchers_claim_each_of_fifty_files_once(folder: Path) -> None:
    for i in range(50):
        put(folder, f"{i:02}.pdf", PDF + str(i).encode())
        put(folder, f"{i:02}.pdf.done", b"")
    start = threading.Barrier(4)
    claims: list[list[Path]] = [[] for _ in range(4)]

    def watch(mine: list[Path]) -> None:
        drop = DropFolder(folder, folder.parent / "claimed")
        start.wait()
        for _ in range(3):
            mine.extend(drop.scan())

    watchers = [threading.Thread(target=watch, args=(mine,)) for mine in claims]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    everything = [path for mine in claims for path in mine]
    assert sorted(path.name for path in everything) == [f"{i:02}.pdf" for i in range(50)]
    assert all(path.is_file() for path in everything)
    assert list(folder.iterdir()) == []


def test_a_file_another_watcher_took_between_look_and_rename_is_left_to_it(
    drop: DropFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, "a.pdf")
    put(folder, "a.pdf.done", b"")
    real = Path.rename

    def slower(self: Path, target: Path) -> Path:
        path.unlink(missing_ok=True)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", slower)
    assert names(drop) == []
    assert list(drop.claimed.iterdir()) == []


def test_what_a_crash_left_is_found_again_until_released(drop: DropFolder, folder: Path, clock: Clock) -> None:
    put(folder, "lô/a.pdf")
    put(folder, "lô/.done", b"")
    (claimed,) = drop.scan()
    after_crash = DropFolder(folder, drop.claimed, now=clock)
    assert list(after_crash.leftovers()) == [claimed]
    after_crash.release(claimed)
    assert list(after_crash.leftovers()) == []
    assert list(drop.claimed.iterdir()) == []
