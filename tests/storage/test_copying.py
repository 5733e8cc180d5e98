"""An archive copied into another store of either kind: whole, create-only, and going on where it was cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.manifest import Manifest, digest
from schemas.records import record_uri
from storage.blobs import FolderBlobStore
from storage.bucket import Bucket
from storage.copying import Copied, Shelf, copy_archive, copy_blobs, foreign
from storage.fixity import check
from storage.records import FolderRecordStore
from storage.s3 import S3BlobStore, S3RecordStore
from tests.support.buckets import address

Maker = Callable[..., Manifest]


def folder(path: Path) -> Shelf:
    return Shelf(FolderBlobStore(path), FolderRecordStore(path))


@pytest.fixture(params=["folder", pytest.param("versitygw", marks=pytest.mark.services)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return folder(tmp_path / "target")
    bucket = Bucket(address(request.getfixturevalue("services"), request.param))
    prefix = f"test-{uuid4().hex}"
    return Shelf(S3BlobStore(bucket, prefix, tmp_path / "staging"), S3RecordStore(bucket, prefix))


@pytest.fixture
def source(tmp_path: Path, make_manifest: Maker) -> Shelf:
    """Three records of two revisions; one blob is shared by all."""
    shelf = folder(tmp_path / "source")
    for number in range(3):
        previous = None
        for revision in (1, 2):
            content = {"original": b"shared", "text": f"{number} {revision}".encode()}
            for data in content.values():
                shelf.blobs.put_bytes(data)
            record = record_uri("X01", digest(str(number).encode()), 1)
            previous = shelf.records.put(make_manifest(content, record=record, revision=revision, previous=previous))
    return shelf


def bytes_of(shelf: Shelf) -> dict[object, bytes]:
    everything: dict[object, bytes] = {
        (record, revision): shelf.records.raw(record, revision)
        for record in shelf.records.records()
        for revision in shelf.records.revisions(record)
    }
    for name in shelf.blobs.digests():
        with shelf.blobs.open(name) as stream:
            everything[name] = stream.read()
    return everything


def test_a_copy_is_the_same_archive_and_a_second_one_brings_only_what_is_new(
    source: Shelf, target: Shelf, make_manifest: Maker
) -> None:
    first = copy_archive(source, target)
    assert (first.records, first.new_revisions, first.new_blobs, first.wrong) == (3, 6, 7, [])
    assert bytes_of(target) == bytes_of(source) and check(target.blobs, target.records).ok
    again = copy_archive(source, target)
    assert (again.revisions, again.new_revisions, again.new_blobs, again.new_bytes) == (6, 0, 0, 0)
    record = next(source.records.records())
    source.blobs.put_bytes(b"newer")
    previous = source.records.manifest_digest(record, 2)
    source.records.put(make_manifest({"original": b"newer"}, record=record, revision=3, previous=previous))
    assert copy_archive(source, target).new_bytes == 5
    assert bytes_of(target) == bytes_of(source)


def test_a_copy_that_was_cut_off_goes_on_and_never_names_what_is_not_there(source: Shelf, target: Shelf) -> None:
    class Cut(Exception):
        pass

    def cut(done: int) -> None:
        if done == 2:
            raise Cut

    with pytest.raises(Cut):
        copy_archive(source, target, cut)
    assert check(target.blobs, target.records).ok
    assert copy_archive(source, target).new_revisions == 2
    assert bytes_of(target) == bytes_of(source)


def test_a_damaged_blob_is_told_and_the_other_records_are_copied(source: Shelf, target: Shelf, tmp_path: Path) -> None:
    name = digest(b"1 2")
    path = tmp_path / "source" / "sha256" / name[:2] / name
    path.chmod(0o600)
    path.write_bytes(b"1 3")
    damaged = copy_archive(source, target)
    assert [(item["what"], item["digest"]) for item in damaged.wrong] == [("BLOB_DAMAGED", name)]
    assert damaged.new_revisions == 5 and not target.blobs.exists(name)
    assert check(target.blobs, target.records).ok


def test_blobs_that_are_let_go_meanwhile_are_passed_over(target: Shelf, tmp_path: Path) -> None:
    work = FolderBlobStore(tmp_path / "work", removable=True)
    kept, gone = work.put_bytes(b"kept"), work.put_bytes(b"gone")
    asked = [kept, gone]
    work.remove(gone)
    assert list(copy_blobs(work, target.blobs, asked, Copied())) == [kept]


def test_a_target_with_records_of_its_own_is_no_copy(source: Shelf, target: Shelf, make_manifest: Maker) -> None:
    copy_archive(source, target)
    assert foreign(source, target) is None
    other = make_manifest()
    target.records.put(other)
    assert foreign(source, target) == other.record
