"""Local copies: fetched once, verified, bounded, never taken from under a reader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import BlobDamaged, DiskFull
from schemas.manifest import digest
from storage.localcopies import LocalCopies

DATA = [b"%PDF-1.7", b" a scan"]
NAME, SIZE = digest(b"".join(DATA)), len(b"".join(DATA))


class Remote:
    def __init__(self, pieces: list[bytes], size: int = SIZE) -> None:
        self.pieces, self.size, self.fetched = pieces, size, 0

    def __call__(self) -> tuple[int, Iterator[bytes]]:
        self.fetched += 1
        return self.size, iter(self.pieces)


def test_the_next_reader_uses_the_same_copy(tmp_path: Path) -> None:
    remote = Remote(DATA)
    for copies in (LocalCopies(tmp_path), LocalCopies(tmp_path)):  # as two workers
        with copies.of(NAME, remote) as path:
            assert path.read_bytes() == b"".join(DATA)
            assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert remote.fetched == 1
    assert [each.name for each in tmp_path.iterdir()] == [f"{NAME}.copy"]


def test_a_file_of_the_staging_folder_becomes_the_copy_and_any_other_does_not(tmp_path: Path) -> None:
    staging, remote = tmp_path / "staging", Remote(DATA)
    staging.mkdir()
    for fetched, folder in enumerate((staging, tmp_path)):
        source, copies = folder / "source", LocalCopies(staging)
        source.write_bytes(b"".join(DATA))
        copies.adopt(NAME, source)
        source.unlink()
        with copies.of(NAME, remote) as path:
            assert path.read_bytes() == b"".join(DATA)
            assert stat.S_IMODE(path.stat().st_mode) == 0o400
        assert remote.fetched == fetched
        copies.forget(NAME)


def test_bytes_that_are_not_what_their_name_says_are_never_handed_out(tmp_path: Path) -> None:
    with pytest.raises(BlobDamaged), LocalCopies(tmp_path).of(NAME, Remote([b"damaged"])):
        pass
    assert list(tmp_path.iterdir()) == []


def test_taking_a_copy_away_takes_it_from_no_reader(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    with copies.of(NAME, Remote(DATA)) as path:
        copies.forget(NAME)
        assert path.read_bytes() == b"".join(DATA)
    assert list(tmp_path.iterdir()) == []


def test_what_was_used_last_is_kept_up_to_the_bound(tmp_path: Path) -> None:
    copies, contents = LocalCopies(tmp_path, bound=20), [bytes([n]) * 8 for n in range(3)]
    for age, data in zip((30, 20), contents, strict=False):
        with copies.of(digest(data), Remote([data], 8)) as path:
            os.utime(path, (1e9 - age, 1e9 - age))
    with copies.of(digest(contents[0]), Remote([], 8)):
        pass  # used again: the other one is older now
    with copies.of(digest(contents[2]), Remote([contents[2]], 8)):
        pass
    assert {each.stem for each in tmp_path.iterdir()} == {digest(contents[0]), digest(contents[2])}


def test_a_copy_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    def begun() -> Iterator[bytes]:
        pytest.fail("it was fetched")
        yield b""

    with pytest.raises(DiskFull), LocalCopies(tmp_path).of(NAME, lambda: (1 << 62, begun())):
        pass
