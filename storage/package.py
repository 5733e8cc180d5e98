"""What leaves the archive: one representation as a file, or a record's whole history as a BagIt package (RFC 8493)."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import BlobDamaged, OutputExists, RecordMissing, RepresentationMissing
from schemas.manifest import Manifest, Representation
from schemas.records import split_uri
from storage.blobs import BlobStore
from storage.records import RecordStore
from storage.staging import chunks, disk_errors, staged, sync_folders


def export(blobs: BlobStore, manifest: Manifest, role: str, out: Path, number: int = 1) -> Representation:
    """Write a representation's bytes to `out`, create-only, hashed while copied; of several in that role the one with
    that number (from 1).

    A failure leaves no `out`. Raises RepresentationMissing, OutputExists, BlobMissing, BlobDamaged, DiskFull."""
    found = [one for one in manifest.representations if one.role == role]
    if not 1 <= number <= len(found):
        raise RepresentationMissing(role=role)
    wanted = found[number - 1]
    _copy_blob(blobs, wanted.sha256, out)
    return wanted


def _copy_blob(blobs: BlobStore, digest: str, out: Path) -> None:
    with blobs.open(digest) as stream:
        _write(chunks(stream), out, expected=digest)


def _write(pieces: Iterator[bytes], out: Path, expected: str | None = None) -> str:
    """Write `pieces` as `out`, create-only; returns their SHA-256.

    The name is reserved first and then filled by a rename over our own empty file, not published by link: a memory
    stick without hard links is a fair place to export to."""
    with disk_errors(out.parent):
        try:
            out.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise OutputExists() from None
    try:
        with staged(pieces, out.parent, mode=0o600) as item:
            if expected is not None and item.sha256 != expected:
                raise BlobDamaged(digest=expected)
            item.path.replace(out)
            sync_folders(out.parent, out.parent)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return item.sha256


def export_package(blobs: BlobStore, records: RecordStore, record: str, out: Path, now: datetime | None = None) -> Path:
    """Write the record's archival package as a new folder `out`: a BagIt bag whose payload is laid out like the store
    itself (`data/records/<unit>/<id>/v<n>.json`, `data/sha256/ab/<hex>`), so that it can be checked with
    `sha256sum -c manifest-sha256.txt` and put back by copying.

    Raises RecordMissing, RecordDamaged, OutputExists, BlobMissing, BlobDamaged, DiskFull; a failure leaves no `out`."""
    history = records.history(record)
    if not history:
        raise RecordMissing()
    if os.path.lexists(out):
        raise OutputExists()
    making = out.with_name(f".{out.name}.{secrets.token_hex(6)}.part")
    making.mkdir(mode=0o700)
    try:
        sums = dict(_payload(blobs, records, record, history, making))
        _tag_files(making, record, sums, now or datetime.now(UTC))
        if os.path.lexists(out):  # rename would replace an empty folder
            raise OutputExists()
        making.rename(out)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return out


def _payload(
    blobs: BlobStore, records: RecordStore, record: str, history: list[Manifest], bag: Path
) -> Iterator[tuple[str, str]]:
    """Write the payload; yields (path within the bag, SHA-256)."""
    unit, name = split_uri(record)
    for manifest in history:
        path = f"data/records/{unit}/{name}/v{manifest.revision}.json"
        raw = records.raw(record, manifest.revision)
        yield path, _write(iter((raw,)), _room(bag, path))
    for digest in sorted({each.sha256 for manifest in history for each in manifest.representations}):
        path = f"data/sha256/{digest[:2]}/{digest}"
        _copy_blob(blobs, digest, _room(bag, path))
        yield path, digest


def _room(bag: Path, path: str) -> Path:
    place = bag / path
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _tag_files(bag: Path, record: str, sums: dict[str, str], now: datetime) -> None:
    octets = sum((bag / path).stat().st_size for path in sums)
    lines = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"External-Identifier: {record}\nBagging-Date: {now.date().isoformat()}\n"
        f"Payload-Oxum: {octets}.{len(sums)}\n",
        "manifest-sha256.txt": "".join(f"{sha}  {path}\n" for path, sha in sorted(sums.items())),
    }
    tags = {name: _write(iter((text.encode(),)), bag / name) for name, text in lines.items()}
    listing = "".join(f"{sha}  {name}\n" for name, sha in sorted(tags.items()))
    _write(iter((listing.encode(),)), bag / "tagmanifest-sha256.txt")
