"""What the folder adapters promise beyond the contract: crashes, full and absent disks, file modes, foreign files."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import BadSetting, BlobDamaged, DiskFull, RecordDamaged, RemovalRefused, StorageAway
from schemas.manifest import Manifest, digest
from schemas.records import record_uri
from storage.blobs import FolderBlobStore
from storage.records import FolderRecordStore
from storage.staging import CHUNK, Hook, Point, ensure_space, sweep_staging

DATA = os.urandom(2 * CHUNK + 17)
POINTS: tuple[Point, ...] = ("chunk", "synced", "linked", "named")
BEFORE_NAME: tuple[Point, ...] = ("chunk", "synced")


def kill_at(point: Point) -> Hook:
    """A hook that is the power failing at `point`."""

    def hook(reached: Point) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def fail_at(point: Point, number: int) -> Hook:
    """A hook that is the disk answering with error `number` at `point`."""

    def hook(reached: Point) -> None:
        if reached == point:
            raise OSError(number, os.strerror(number))

    return hook


def killed(work: Callable[[], object]) -> None:
    """Run `work` in a child process and see that SIGKILL ended it."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL


def test_a_file_in_staging_becomes_the_blob_and_any_other_is_copied(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path / "store", tmp_path / "staging")
    for folder, same in ((tmp_path, False), (store.staging, True), (store.staging / "step-1", True)):
        folder.mkdir(exist_ok=True)
        source = folder / "source"
        source.write_bytes(DATA + str(folder).encode())
        with store.path(store.put_file(source)) as blob:
            assert blob.samefile(source) is same
            assert blob.read_bytes() == source.read_bytes()
            assert stat.S_IMODE(blob.stat().st_mode) == 0o400
        source.unlink()


def test_a_file_in_staging_that_is_not_what_was_expected_is_not_put(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path / "store", tmp_path / "staging")
    (store.staging / "source").write_bytes(DATA)
    with pytest.raises(BlobDamaged):
        store.put_file(store.staging / "source", expected=digest(b"other"))
    assert list(store.digests()) == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_putting_a_file(tmp_path: Path, point: Point) -> None:
    source, root = tmp_path / "source", tmp_path / "store"
    source.write_bytes(DATA)
    killed(lambda: FolderBlobStore(root, hook=kill_at(point)).put_file(source))
    store = FolderBlobStore(root)
    assert list(store.digests()) == ([] if point in BEFORE_NAME else [digest(DATA)])
    assert len(list(store.staging.iterdir())) == 1
    assert store.put_file(source) == digest(DATA)
    with store.open(digest(DATA), verify=True) as stream:
        assert stream.read() == DATA
    assert sweep_staging(store.staging, older_than=0, now=2e10) == 1
    assert list(store.staging.iterdir()) == []
    assert store.size(digest(DATA)) == len(DATA)


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_committing_a_revision(
    tmp_path: Path, make_manifest: Callable[..., Manifest], point: Point
) -> None:
    first = make_manifest()
    second = make_manifest(revision=2, previous=digest(first.to_bytes()))
    FolderRecordStore(tmp_path).put(first)
    killed(lambda: FolderRecordStore(tmp_path, hook=kill_at(point)).put(second))
    store = FolderRecordStore(tmp_path)
    assert store.head(first.record) == (first if point in BEFORE_NAME else second)
    store.put(second)
    assert store.history(first.record) == [first, second]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("point", BEFORE_NAME)
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, point: Point, number: int) -> None:
    full = FolderBlobStore(tmp_path, hook=fail_at(point, number))
    with pytest.raises(DiskFull):
        full.put_bytes(DATA)
    assert list(full.digests()) == list(full.staging.iterdir()) == []
    assert FolderBlobStore(tmp_path).put_bytes(DATA) == digest(DATA)


def test_a_full_disk_commits_no_revision(tmp_path: Path, make_manifest: Callable[..., Manifest]) -> None:
    full = FolderRecordStore(tmp_path, hook=fail_at("synced", errno.ENOSPC))
    with pytest.raises(DiskFull):
        full.put(make_manifest())
    assert full.head(make_manifest().record) is None
    assert list(full.staging.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EROFS])
def test_a_disk_that_fails_is_away_not_full(tmp_path: Path, number: int) -> None:
    with pytest.raises(StorageAway):
        FolderBlobStore(tmp_path, hook=fail_at("synced", number)).put_bytes(DATA)


def test_a_store_whose_disk_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    root, staging = tmp_path / "mounted", tmp_path / "staging"
    store = FolderBlobStore(root, staging)
    root.rmdir()
    with pytest.raises(StorageAway):
        store.put_bytes(DATA)
    assert not root.exists()
    assert list(staging.iterdir()) == []


def test_staging_on_another_file_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        FolderBlobStore(tmp_path, staging=Path("/proc/self"))


def test_bytes_are_synced_before_the_name_and_the_name_before_the_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, synced = FolderBlobStore(tmp_path), list[tuple[str, bool]]()
    final = tmp_path / "sha256" / digest(DATA)[:2] / digest(DATA)

    def watched(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, final.exists()))

    monkeypatch.setattr("storage.staging.os.fsync", watched)
    store.put_bytes(DATA)
    assert synced[0][0].endswith(".part")
    assert not synced[0][1]
    assert synced[1:] == [(final.parent.name, True), ("sha256", True), (tmp_path.name, True)]
    synced.clear()
    store.put_bytes(DATA)
    assert (final.parent.name, True) in synced, (
        "the loser of a race must not say yes before the winner's name is durable"
    )


def test_blobs_are_read_only_plain_files(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path)
    with store.path(store.put_bytes(DATA)) as path:
        status = path.stat()
    assert stat.S_IMODE(status.st_mode) == 0o400
    assert status.st_nlink == 1
    assert list(store.staging.iterdir()) == []


def test_putting_again_leaves_the_archives_file_untouched(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path)
    with store.path(store.put_bytes(DATA)) as path:
        os.utime(path, (1e9, 1e9))
        before = path.stat()
        store.put_bytes(DATA)
        assert (path.stat().st_mtime, path.stat().st_ino) == (before.st_mtime, before.st_ino)


def test_a_removal_waits_for_a_put_that_found_its_blob_there(tmp_path: Path) -> None:
    sweepers: list[threading.Thread] = []

    def sweep_now(reached: Point) -> None:
        if reached == "linked" and path.exists():
            sweepers.append(threading.Thread(target=lambda: went.append(plain.remove(digest(DATA), last_put=long_ago))))
            sweepers[0].start()
            sweepers[0].join(timeout=0.2)  # held off by the lock; without it the blob is gone long before

    plain, went = FolderBlobStore(tmp_path, removable=True), list[bool]()
    with plain.path(plain.put_bytes(DATA)) as path:
        os.utime(path, (1e9, 1e9))
    long_ago = plain.stored_at(digest(DATA))
    FolderBlobStore(tmp_path, removable=True, hook=sweep_now).put_bytes(DATA)
    sweepers[0].join()
    assert went == [False]
    assert plain.exists(digest(DATA))


def test_the_archive_lets_nothing_go(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path)
    name = store.put_bytes(DATA)
    with pytest.raises(RemovalRefused):
        store.remove(name)
    assert store.exists(name)


def test_a_blob_cut_short_is_never_taken_for_stored(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path)
    with store.path(store.put_bytes(DATA)) as path:
        path.chmod(0o600)
        path.write_bytes(DATA[:100])
    with pytest.raises(BlobDamaged):
        store.put_bytes(DATA)
    with pytest.raises(BlobDamaged):
        store.open(digest(DATA), verify=True)


def test_links_and_foreign_files_are_no_blobs(tmp_path: Path) -> None:
    store = FolderBlobStore(tmp_path)
    with store.path(store.put_bytes(DATA)) as path:
        shard = path.parent
    link = shard / (shard.name + "0" * 62)
    link.symlink_to("/etc/hostname")
    (shard / "notes.txt").write_text("x")
    (tmp_path / "sha256" / "README").write_text("x")
    assert not store.exists(link.name)
    assert list(store.digests()) == [digest(DATA)]
    assert len(list(store.strays())) == 3


def test_foreign_and_torn_files_never_become_a_head(tmp_path: Path, make_manifest: Callable[..., Manifest]) -> None:
    store, first = FolderRecordStore(tmp_path), make_manifest()
    previous = store.put(first)
    folder = next((tmp_path / "records" / "X01").iterdir())
    torn = make_manifest(revision=2, previous=previous)
    (folder / "v2.json").write_bytes(torn.to_bytes()[:-20])
    (folder / "v7.json").write_bytes(make_manifest(type_name="khác").to_bytes())  # whole, but under another's name
    (folder / "v8.json").write_bytes(make_manifest(record=record_uri("X01", "cd" * 32, 1), revision=8).to_bytes())
    (folder / "v3.json.tmp").write_bytes(b"{}")
    (folder / "v09.json").write_bytes(b"{}")
    assert store.head(first.record) == first
    with pytest.raises(RecordDamaged):
        store.get(first.record, 2)
    with pytest.raises(RecordDamaged):
        store.put(torn)
    assert [Path(stray).name for stray in store.strays()] == ["v09.json", "v3.json.tmp"]


def test_sweeping_takes_old_files_and_folders_and_spares_what_is_in_use(tmp_path: Path) -> None:
    now = 2_000_000_000.0
    for name in ("old.part", "young.part", "removal.lock", "abandoned/page.pdf", "busy/page.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    for path in [*tmp_path.rglob("*.p*"), *tmp_path.iterdir()]:
        os.utime(path, (now - 7200, now - 7200))
    for name in ("young.part", "busy/page.pdf"):
        os.utime(tmp_path / name, (now - 60, now - 60))
    assert sweep_staging(tmp_path, older_than=3600, now=now) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["busy", "removal.lock", "young.part"]


def test_space_is_asked_for_before_anything_is_accepted(tmp_path: Path) -> None:
    ensure_space(tmp_path / "not" / "yet" / "there", needed=1)
    for needed, reserve in ((1 << 62, 0), (1, 1 << 62)):
        with pytest.raises(DiskFull) as caught:
            ensure_space(tmp_path, needed, reserve)
        assert caught.value.details["needed"] == needed + reserve
