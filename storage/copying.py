"""What one store keeps, into another one: blobs before the manifest that names them, create-only, hashed on the way.

A copy that was cut off is begun again and goes on where it was: what is there with the right content is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import BlobDamaged, BlobMissing, MotlanError, RecordDamaged, RecordMissing, RevisionConflict
from schemas.manifest import digest as digest_of
from storage.blobs import BlobStore
from storage.fixity import KnownDigest
from storage.records import RecordStore, parse

Progress = Callable[[int], None]
"""Called with the number of records, or of blobs, that are done."""

_WRONG = (BlobDamaged, BlobMissing, RecordDamaged, RecordMissing, RevisionConflict)


@dataclass(frozen=True)
class Shelf:
    """An archive: its blobs and its manifests."""

    blobs: BlobStore
    records: RecordStore


@dataclass
class Copied:
    """What was looked at and what was new in the target; `wrong` names what the source does not have whole, or what the
    target has with other content."""

    records: int = 0
    revisions: int = 0
    new_revisions: int = 0
    new_blobs: int = 0
    new_bytes: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)


def copy_archive(
    source: Shelf,
    target: Shelf,
    progress: Progress = lambda _: None,
    done: Copied | None = None,
    known: KnownDigest = lambda *_: None,
) -> Copied:
    """Every revision of every record, with what it names; counted in `done`. One that is damaged, or is not the one
    whose digest is `known`, is told, and the others are copied. Raises DiskFull, StorageAway and its kinds."""
    done = done or Copied()
    for record in source.records.records():
        try:
            for revision in source.records.revisions(record):
                _copy_revision(source, target, record, revision, done, known)
                done.revisions += 1
        except _WRONG as error:  # later revisions follow from this one
            done.wrong.append({"record": record, "what": error.code, **error.details})
        done.records += 1
        progress(done.records)
    return done


def _copy_revision(source: Shelf, target: Shelf, record: str, revision: int, done: Copied, known: KnownDigest) -> None:
    data = source.records.raw(record, revision)
    if known(record, revision) not in (None, digest_of(data)):
        raise RecordDamaged(revision=revision)
    if _has(target.records, record, revision, data):
        return
    for each in parse(data, record, revision).representations:
        copy_blob(source.blobs, target.blobs, each.sha256, done)
    target.records.put_copy(record, revision, data)
    done.new_revisions += 1


def _has(records: RecordStore, record: str, revision: int, data: bytes) -> bool:
    try:
        return records.raw(record, revision) == data
    except RecordMissing:
        return False


def copy_blob(source: BlobStore, target: BlobStore, digest: str, done: Copied) -> None:
    """One blob, unless the target has it with its size. Raises BlobMissing, BlobDamaged."""
    size = source.size(digest)
    if target.exists(digest) and target.size(digest) == size:
        return
    with source.path(digest) as path:
        target.put_file(path, expected=digest)
    done.new_blobs += 1
    done.new_bytes += size


def copy_blobs(source: BlobStore, target: BlobStore, digests: Iterable[str], done: Copied) -> Iterator[str]:
    """Those blobs, one after the other; yields each that is in the target now. One that was let go meanwhile is passed
    over, one that is damaged is told in `done`."""
    for digest in digests:
        try:
            copy_blob(source, target, digest, done)
        except BlobMissing:
            continue
        except BlobDamaged as error:
            done.wrong.append({"blob": digest, "what": error.code})
            continue
        yield digest


def foreign(source: Shelf, target: Shelf) -> str | None:
    """A record of the target that the source does not know: then the target is no copy of it. None when there is
    none."""
    for record in target.records.records():
        try:
            known = source.records.revisions(record)
        except MotlanError:
            known = []
        if not known:
            return record
    return None
