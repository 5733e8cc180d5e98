"""Damage to what a store keeps, done behind its back, in a folder or a bucket."""

from __future__ import annotations

from pathlib import Path

from storage.blobs import BlobStore, FolderBlobStore
from storage.bucket import Bucket
from storage.records import FolderRecordStore, RecordStore
from storage.s3 import S3RecordStore, S3RemovableBlobStore, _S3Blobs


def spoil(store: BlobStore, digest: str, data: bytes = b"not what it was") -> None:
    """The blob has other bytes."""
    _overwrite(_place(store, digest), data)


def lose(store: BlobStore, digest: str) -> None:
    """The blob is gone."""
    _remove(_place(store, digest))


def spoil_manifest(store: RecordStore, record: str, revision: int, data: bytes = b"no manifest") -> None:
    """The revision has other bytes."""
    _overwrite(_place_of_revision(store, record, revision), data)


def lose_manifest(store: RecordStore, record: str, revision: int) -> None:
    """The revision is gone."""
    _remove(_place_of_revision(store, record, revision))


Place = Path | tuple[Bucket, str]


def _place(store: BlobStore, digest: str) -> Place:
    if isinstance(store, FolderBlobStore):
        return store._name(digest)
    assert isinstance(store, _S3Blobs)
    store.copies.forget(digest)
    if isinstance(store, S3RemovableBlobStore):
        return store.bucket, store._puts(digest)[0].key
    return store.bucket, store._key(digest)


def _place_of_revision(store: RecordStore, record: str, revision: int) -> Place:
    if isinstance(store, FolderRecordStore):
        return store._name(record, revision)
    assert isinstance(store, S3RecordStore)
    return store.bucket, store._key(record, revision)


def _overwrite(place: Place, data: bytes) -> None:
    if isinstance(place, Path):
        place.chmod(0o600)
        place.write_bytes(data)
    else:
        bucket, key = place
        bucket.client._put_object(bucket.name, key, data, {})


def _remove(place: Place) -> None:
    if isinstance(place, Path):
        place.unlink()
    else:
        bucket, key = place
        bucket.client.remove_object(bucket.name, key)
