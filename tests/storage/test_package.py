"""What leaves the archive is whole, proven by its digest, and never written over anything."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import BlobDamaged, BlobMissing, DiskFull, OutputExists, RecordMissing, RepresentationMissing
from schemas.manifest import Manifest
from storage import fixity, package
from storage.blobs import FolderBlobStore
from storage.records import FolderRecordStore

ORIGINAL, SEALED = b"%PDF-1.7 a scan" * 99, b"%PDF-1.7 sealed" * 99


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobStore:
    store = FolderBlobStore(tmp_path / "archive")
    store.put_bytes(ORIGINAL)
    store.put_bytes(SEALED)
    return store


@pytest.fixture
def records(tmp_path: Path, manifest: Manifest) -> FolderRecordStore:
    store = FolderRecordStore(tmp_path / "archive")
    store.put(manifest)
    return store


@pytest.fixture
def manifest(make_manifest: Callable[..., Manifest]) -> Manifest:
    return make_manifest({"original": ORIGINAL, "archival": SEALED})


def damage(blobs: FolderBlobStore, digest: str) -> None:
    with blobs.path(digest) as path:
        path.chmod(0o600)
        path.write_bytes(b"damaged")


def test_export_gives_the_bytes(blobs: FolderBlobStore, manifest: Manifest, tmp_path: Path) -> None:
    out = tmp_path / "giấy.pdf"
    assert package.export(blobs, manifest, "archival", out) == manifest.representation("archival")
    assert out.read_bytes() == SEALED
    assert sorted(p.name for p in tmp_path.iterdir()) == ["archive", "giấy.pdf"]


def test_export_overwrites_nothing(blobs: FolderBlobStore, manifest: Manifest, tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"mine")
    link.symlink_to(tmp_path / "nowhere")
    for out in (file, link, tmp_path):
        with pytest.raises(OutputExists):
            package.export(blobs, manifest, "original", out)
    assert file.read_bytes() == b"mine"


def test_damaged_bytes_never_leave(blobs: FolderBlobStore, manifest: Manifest, tmp_path: Path) -> None:
    damage(blobs, manifest.representations[0].sha256)
    with pytest.raises(BlobDamaged):
        package.export(blobs, manifest, "original", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["archive"]


def test_a_role_the_paper_does_not_have(blobs: FolderBlobStore, manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(RepresentationMissing):
        package.export(blobs, manifest, "text", tmp_path / "out")


def test_a_full_disk_leaves_no_export(
    blobs: FolderBlobStore, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("storage.staging.os.fsync", full)
    with pytest.raises(DiskFull):
        package.export(blobs, manifest, "original", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["archive"]


def test_a_package_can_be_checked_and_put_back(
    blobs: FolderBlobStore, records: FolderRecordStore, manifest: Manifest, make_manifest: Callable[..., Manifest]
) -> None:
    later = make_manifest(
        {"original": ORIGINAL}, revision=2, previous=records.manifest_digest(manifest.record, 1), type_name="khác"
    )
    records.put(later)
    out = blobs.root.parent / "bag"
    package.export_package(blobs, records, manifest.record, out, now=datetime(2026, 3, 2, tzinfo=UTC))
    for listing in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", listing], cwd=out, check=True)
    listed = {line.split("  ")[1] for line in (out / "manifest-sha256.txt").read_text().splitlines()}
    assert listed == {p.relative_to(out).as_posix() for p in (out / "data").rglob("*") if p.is_file()}
    octets = sum((out / name).stat().st_size for name in listed)
    assert f"Payload-Oxum: {octets}.4\n" in (out / "bag-info.txt").read_text()
    back_blobs, back_records = FolderBlobStore(out / "data"), FolderRecordStore(out / "data")
    assert back_records.history(manifest.record) == [manifest, later]
    assert fixity.check(back_blobs, back_records).ok


def test_a_package_is_whole_or_absent(
    blobs: FolderBlobStore, records: FolderRecordStore, manifest: Manifest, tmp_path: Path
) -> None:
    with blobs.path(manifest.representations[1].sha256) as path:
        path.unlink()
    with pytest.raises(BlobMissing):
        package.export_package(blobs, records, manifest.record, tmp_path / "bag")
    assert [p.name for p in tmp_path.iterdir()] == ["archive"]


def test_a_package_overwrites_nothing(
    blobs: FolderBlobStore, records: FolderRecordStore, manifest: Manifest, tmp_path: Path
) -> None:
    (tmp_path / "bag").mkdir()
    with pytest.raises(OutputExists):
        package.export_package(blobs, records, manifest.record, tmp_path / "bag")
    with pytest.raises(RecordMissing):
        package.export_package(blobs, records, manifest.record[:-1] + "a", tmp_path / "other")
