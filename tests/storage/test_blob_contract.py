"""What every BlobStore does, whichever adapter."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import BlobDamaged, BlobMissing, FileGone
from schemas.manifest import digest
from storage.blobs import BlobStore
from storage.fixity import is_whole
from tests.support.harm import lose, spoil

Opener = Callable[[], BlobStore]
DATA = "Giấy khai sinh — bản mẫu\n".encode() * 50_000


def test_what_is_put_comes_back(open_blobs: Opener, tmp_path: Path) -> None:
    store = open_blobs()
    source = tmp_path / "source.pdf"
    source.write_bytes(DATA)
    name = store.put_file(source)
    assert name == digest(DATA)
    again = open_blobs()
    assert again.exists(name)
    assert again.size(name) == len(DATA)
    with again.open(name, verify=True) as stream:
        assert stream.read() == DATA
    with again.path(name) as path:
        assert path.read_bytes() == DATA
    assert list(again.digests()) == [name]
    assert list(again.strays()) == []
    assert abs(datetime.now(UTC) - again.stored_at(name)) < timedelta(minutes=5)


def test_the_source_is_left_alone(open_blobs: Opener, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    source.write_bytes(DATA)
    store = open_blobs()
    name = store.put_file(source)
    source.write_bytes(b"scribbled over")
    with store.open(name, verify=True) as stream:
        assert stream.read() == DATA


def test_put_again_is_a_success_and_keeps_one(open_blobs: Opener) -> None:
    store = open_blobs()
    first = store.put_bytes(b"once")
    assert store.put_bytes(b"once") == first
    assert list(store.digests()) == [first]


def test_empty_bytes_are_a_blob_too(open_blobs: Opener) -> None:
    store = open_blobs()
    assert store.size(store.put_bytes(b"")) == 0


def test_other_content_than_expected_is_refused_and_leaves_nothing(open_blobs: Opener) -> None:
    store = open_blobs()
    with pytest.raises(BlobDamaged):
        store.put_bytes(b"changed on the way", expected=digest(b"what was sent"))
    assert list(store.digests()) == []


def test_a_file_that_is_not_there(open_blobs: Opener, tmp_path: Path) -> None:
    with pytest.raises(FileGone):
        open_blobs().put_file(tmp_path / "nowhere.pdf")


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "A" * 64, "", "ab"])
def test_absent_and_malformed_names_are_missing(open_blobs: Opener, name: str) -> None:
    store = open_blobs()
    assert not store.exists(name)
    for ask in (store.open, store.size, store.stored_at):
        with pytest.raises(BlobMissing):
            ask(name)
    with pytest.raises(BlobMissing), store.path(name):
        pass


def test_digests_come_in_order(open_blobs: Opener) -> None:
    store = open_blobs()
    names = [store.put_bytes(str(n).encode()) for n in range(40)]
    assert list(store.digests()) == sorted(names)


def test_what_is_gone_or_damaged_is_mended_with_its_own_bytes_alone(open_blobs: Opener, tmp_path: Path) -> None:
    store, good, other = open_blobs(), tmp_path / "good", tmp_path / "other"
    good.write_bytes(DATA)
    other.write_bytes(b"something else")
    name = store.put_bytes(DATA)
    for harm in (spoil, lose):
        harm(store, name)
        assert not is_whole(open_blobs(), name)
        with pytest.raises(BlobDamaged):
            store.mend(name, other)
        store.mend(name, good)
        assert is_whole(open_blobs(), name)
        assert (list(store.digests()), list(store.strays())) == ([name], [])


def test_removing_twice_is_quiet(open_removable: Opener) -> None:
    store = open_removable()
    name = store.put_bytes(b"a page reading")
    assert store.remove(name)
    assert not store.exists(name)
    assert not store.remove(name)
    assert store.put_bytes(b"a page reading") == name


def test_a_sweep_does_not_take_what_was_put_again_since_it_looked(open_removable: Opener) -> None:
    store = open_removable()
    name = store.put_bytes(b"dropped twice")
    seen = store.stored_at(name)
    while store.stored_at(name) == seen:  # the clock of a file system ticks coarsely
        store.put_bytes(b"dropped twice")
    assert not store.remove(name, last_put=seen)
    assert store.exists(name)
    assert store.remove(name, last_put=store.stored_at(name))


@pytest.mark.parametrize("writers", [2, 16])
def test_processes_racing_for_one_digest_all_succeed(open_blobs: Opener, writers: int) -> None:
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(writers), context.Queue()

    def write() -> None:
        store = open_blobs()
        start.wait()
        answers.put(store.put_bytes(DATA))

    running = [context.Process(target=write) for _ in range(writers)]
    for process in running:
        process.start()
    names = [answers.get(timeout=60) for _ in running]
    for process in running:
        process.join()
    _one_whole_blob(open_blobs(), names)


@pytest.mark.parametrize("writers", [2, 16])
def test_threads_racing_in_one_store_all_succeed(open_blobs: Opener, writers: int) -> None:
    store, start = open_blobs(), threading.Barrier(writers)
    names: list[str] = []

    def write() -> None:
        start.wait()
        names.append(store.put_bytes(DATA))

    running = [threading.Thread(target=write) for _ in range(writers)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert len(names) == writers
    _one_whole_blob(store, names)


def _one_whole_blob(store: BlobStore, names: list[str]) -> None:
    assert set(names) == {digest(DATA)}
    assert list(store.digests()) == [digest(DATA)]
    with store.open(digest(DATA), verify=True) as stream:
        assert stream.read() == DATA
