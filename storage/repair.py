"""Repair: what is gone or damaged in an archive is put back from a replica, and only when something vouches for it.

A blob is vouched for by its name. A manifest is by the digest that the ledger remembers of it, or by the revision after
it; one that nobody vouches for is taken from the replica only where ours cannot be read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import BlobDamaged, BlobMissing, RecordDamaged, RecordMissing
from schemas.manifest import Manifest, digest
from storage.blobs import BlobStore
from storage.copying import Progress, Shelf
from storage.fixity import is_whole
from storage.records import RecordStore, parse

Known = Mapping[str, tuple[int, str]]
"""Record → its newest revision and the digest of that manifest, as the ledger remembers them."""


@dataclass
class Repaired:
    """How many revisions and blobs were put back; `left` names what the replica does not have whole either."""

    revisions: int = 0
    blobs: int = 0
    bytes: int = 0
    left: list[dict[str, Any]] = field(default_factory=list)


def repair(archive: Shelf, replica: Shelf, known: Known, progress: Progress = lambda _: None) -> Repaired:
    """Read every revision and every blob that it names, and put back what is not whole. Raises DiskFull, StorageAway
    and its kinds; begun again, it goes on."""
    done = Repaired()
    for number, record in enumerate(sorted({*archive.records.records(), *known}), 1):
        seen: set[str] = set()
        for manifest in _manifests(archive.records, replica.records, record, known.get(record), done):
            for each in manifest.representations:
                if each.sha256 not in seen:
                    seen.add(each.sha256)
                    mend_blob(archive.blobs, replica.blobs, each.sha256, done)
        progress(number)
    return done


def mend_blob(blobs: BlobStore, replica: BlobStore, name: str, done: Repaired) -> None:
    """One blob, unless it is whole; counted in `done`."""
    if is_whole(blobs, name):
        return
    try:
        with replica.path(name) as path:
            blobs.mend(name, path)
            done.bytes += path.stat().st_size
    except (BlobMissing, BlobDamaged) as error:
        done.left.append({"blob": name, "what": error.code})
        return
    done.blobs += 1


def _manifests(
    ours: RecordStore, replica: RecordStore, record: str, known: tuple[int, str] | None, done: Repaired
) -> list[Manifest]:
    """The record's manifests, mended, newest first: each vouches for the one before it."""
    told: list[Manifest] = []
    newest = max([*ours.revisions(record), known[0] if known else 0])
    vouched: str | None = None
    for revision in range(newest, 0, -1):
        wanted = known[1] if known and known[0] == revision else vouched
        manifest = _read(ours, record, revision, wanted)
        if manifest is None:
            manifest = _read(replica, record, revision, wanted)
            if manifest is None:
                done.left.append({"record": record, "revision": revision, "what": RecordDamaged.code})
            else:
                ours.mend(record, revision, replica.raw(record, revision))
                done.revisions += 1
        vouched = manifest.previous if manifest else None
        told += [manifest] if manifest else []
    return told


def _read(records: RecordStore, record: str, revision: int, wanted: str | None) -> Manifest | None:
    """That revision if it is a manifest, and the wanted one."""
    try:
        data = records.raw(record, revision)
        return parse(data, record, revision) if wanted in (None, digest(data)) else None
    except (RecordMissing, RecordDamaged):
        return None
