"""An archive that lost a part is whole again from a replica, and takes nothing from it that nobody vouches for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.manifest import Manifest, digest
from storage.blobs import FolderBlobStore
from storage.bucket import Bucket
from storage.copying import Shelf, copy_archive
from storage.fixity import check
from storage.records import FolderRecordStore
from storage.repair import Known, Repaired, repair
from storage.s3 import S3BlobStore, S3RecordStore
from tests.storage.conftest import PLACES, RECORD
from tests.support.buckets import address
from tests.support.harm import lose, lose_manifest, spoil, spoil_manifest

ORIGINAL, SEALED, LATER = b"%PDF-1.7 a scan", b"%PDF-1.7 sealed", b"%PDF-1.7 sealed again"


@pytest.fixture(params=PLACES)
def archive(request: pytest.FixtureRequest, tmp_path: Path, make_manifest: Callable[..., Manifest]) -> Shelf:
    """One record of three revisions over three blobs."""
    shelf = Shelf(FolderBlobStore(tmp_path / "a"), FolderRecordStore(tmp_path / "a"))
    if request.param != "folder":
        bucket = Bucket(address(request.getfixturevalue("services"), request.param))
        prefix = f"test-{uuid4().hex}"
        shelf = Shelf(S3BlobStore(bucket, prefix, tmp_path / "staging"), S3RecordStore(bucket, prefix))
    for data in (ORIGINAL, SEALED, LATER):
        shelf.blobs.put_bytes(data)
    previous = None
    for revision, sealed in ((1, SEALED), (2, LATER), (3, LATER)):
        roles = {"original": ORIGINAL, "archival": sealed}
        manifest = make_manifest(roles, revision=revision, previous=previous, type_name=f"lần {revision}")
        previous = shelf.records.put(manifest)
    return shelf


@pytest.fixture
def replica(archive: Shelf, tmp_path: Path) -> Shelf:
    made = Shelf(FolderBlobStore(tmp_path / "b"), FolderRecordStore(tmp_path / "b"))
    copy_archive(archive, made)
    return made


def known(replica: Shelf) -> Known:
    """What the ledger remembers."""
    return {RECORD: (3, replica.records.manifest_digest(RECORD, 3))}


def put_back(done: Repaired) -> tuple[int, int, int]:
    return done.revisions, done.blobs, len(done.left)


def test_a_sound_archive_is_left_alone(archive: Shelf, replica: Shelf) -> None:
    assert put_back(repair(archive, replica, known(replica))) == (0, 0, 0)


def test_what_is_gone_or_damaged_is_put_back(archive: Shelf, replica: Shelf) -> None:
    lose(archive.blobs, digest(SEALED))
    spoil(archive.blobs, digest(LATER))
    lose_manifest(archive.records, RECORD, 1)
    spoil_manifest(archive.records, RECORD, 3)
    assert put_back(repair(archive, replica, known(replica))) == (2, 2, 0)
    assert check(archive.blobs, archive.records, known_revisions=[(RECORD, 3)]).ok


def test_a_record_of_which_nothing_is_left_is_put_back(archive: Shelf, replica: Shelf) -> None:
    for revision in (1, 2, 3):
        lose_manifest(archive.records, RECORD, revision)
    for data in (ORIGINAL, SEALED, LATER):
        lose(archive.blobs, digest(data))
    assert put_back(repair(archive, replica, known(replica))) == (3, 3, 0)
    assert check(archive.blobs, archive.records, known_revisions=[(RECORD, 3)]).ok


def test_a_manifest_that_was_edited_gives_way_to_what_the_next_one_vouches_for(archive: Shelf, replica: Shelf) -> None:
    edited = archive.records.raw(RECORD, 2).replace("lần 2".encode(), "lần X".encode())
    spoil_manifest(archive.records, RECORD, 2, edited)
    assert put_back(repair(archive, replica, known(replica))) == (1, 0, 0)
    assert archive.records.get(RECORD, 2).type_name == "lần 2"


@pytest.mark.parametrize("revision", [2, 3])
def test_a_replica_that_was_edited_is_not_believed(archive: Shelf, replica: Shelf, revision: int) -> None:
    remembered = known(replica)
    edited = replica.records.raw(RECORD, revision).replace(f"lần {revision}".encode(), "lần X".encode())
    spoil_manifest(replica.records, RECORD, revision, edited)
    lose_manifest(archive.records, RECORD, revision)
    done = repair(archive, replica, remembered)
    assert (done.revisions, done.left) == (0, [{"record": RECORD, "revision": revision, "what": "RECORD_DAMAGED"}])
    assert archive.records.revisions(RECORD) == [one for one in (1, 2, 3) if one != revision]


def test_what_the_replica_lacks_too_is_told_and_the_rest_is_put_back(archive: Shelf, replica: Shelf) -> None:
    lose(archive.blobs, digest(SEALED))
    lose(archive.blobs, digest(LATER))
    spoil(replica.blobs, digest(SEALED))
    done = repair(archive, replica, known(replica))
    assert (done.blobs, done.left) == (1, [{"blob": digest(SEALED), "what": "BLOB_DAMAGED"}])
    assert [place.digest for place in check(archive.blobs, archive.records).missing] == [digest(SEALED)]
