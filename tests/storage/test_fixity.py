"""Fixity finds every kind of damage, names it, and repairs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import RecordMissing
from schemas.manifest import Manifest, digest
from storage.blobs import FolderBlobStore
from storage.fixity import FixityReport, check, check_record, damaged
from storage.records import FolderRecordStore

ORIGINAL, SEALED, LATER = b"%PDF-1.7 a scan", b"%PDF-1.7 sealed", b"%PDF-1.7 sealed again"


@dataclass
class Archive:
    blobs: FolderBlobStore
    records: FolderRecordStore
    record: str

    def check(self, **options: object) -> FixityReport:
        return check(self.blobs, self.records, **options)  # type: ignore[arg-type]  # the tests' options vary

    def blob(self, data: bytes) -> Path:
        with self.blobs.path(digest(data)) as path:
            return path

    def manifest(self, revision: int) -> Path:
        return next((self.records.root / "records").rglob(f"v{revision}.json"))


@pytest.fixture
def archive(tmp_path: Path, make_manifest: Callable[..., Manifest]) -> Archive:
    """One record of three revisions over three blobs."""
    blobs, records = FolderBlobStore(tmp_path), FolderRecordStore(tmp_path)
    for data in (ORIGINAL, SEALED, LATER):
        blobs.put_bytes(data)
    previous = None
    for revision, sealed in ((1, SEALED), (2, LATER), (3, LATER)):
        roles = {"original": ORIGINAL, "archival": sealed}
        previous = records.put(make_manifest(roles, revision=revision, previous=previous, type_name=f"lần {revision}"))
    return Archive(blobs, records, make_manifest().record)


def overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_sound_archive(archive: Archive) -> None:
    seen: list[tuple[int, int]] = []
    report = archive.check(progress=lambda done, total: seen.append((done, total)))
    assert report.ok
    assert (report.checked, report.records, report.revisions) == (3, 1, 3)
    assert report.checked_bytes == len(ORIGINAL + SEALED + LATER)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert json.loads(json.dumps(report.to_json()))["ok"] is True


def test_every_flipped_byte_is_found(archive: Archive) -> None:
    for position in range(len(SEALED)):
        data = bytearray(SEALED)
        data[position] ^= 1
        overwrite(archive.blob(SEALED), bytes(data))
        report = archive.check()
        assert report.changed == [digest(SEALED)]
        assert not report.ok


def test_a_missing_blob_names_who_needs_it(archive: Archive) -> None:
    archive.blob(LATER).unlink()
    report = archive.check()
    assert not report.ok
    assert [(m.digest, m.revision, m.role) for m in report.missing] == [
        (digest(LATER), 2, "archival"),
        (digest(LATER), 3, "archival"),
    ]


def test_an_untracked_blob_is_an_error_only_when_old_and_not_awaited(archive: Archive) -> None:
    orphan = archive.blobs.put_bytes(b"nobody names me")
    later = datetime.now(UTC) + timedelta(days=3)
    young, old = archive.check(), archive.check(now=later)
    assert [u.digest for u in young.untracked] == [u.digest for u in old.untracked] == [orphan]
    assert young.ok
    assert not old.ok
    assert old.untracked[0].age_seconds == pytest.approx(3 * 86400, abs=3600)
    assert archive.check(now=later, young=timedelta(days=7)).ok
    assert archive.check(now=later, pending=lambda name: name == orphan).ok
    assert archive.blobs.exists(orphan)


def test_an_edited_manifest_breaks_the_chain(archive: Archive) -> None:
    path = archive.manifest(1)
    overwrite(path, path.read_bytes().replace("lần 1".encode(), "lần X".encode()))
    report = archive.check()
    assert [(b.revision, b.record) for b in report.broken_chain] == [(2, archive.record)]
    assert report.broken_manifests == []
    assert not report.ok


def test_an_edited_head_is_found_with_the_ledgers_help(archive: Archive) -> None:
    known = {n: archive.records.manifest_digest(archive.record, n) for n in (1, 2, 3)}
    path = archive.manifest(3)
    overwrite(path, path.read_bytes().replace("lần 3".encode(), "lần X".encode()))
    assert archive.check().ok, "nothing inside the archive vouches for the newest revision"
    report = archive.check(known_digest=lambda _, revision: known[revision])
    assert [b.revision for b in report.broken_chain] == [3]
    assert not report.ok


def test_a_manifest_edited_along_with_its_file(archive: Archive) -> None:
    forged = b"%PDF-1.7 forged"
    archive.blobs.put_bytes(forged)
    path = archive.manifest(1)
    overwrite(path, path.read_bytes().replace(digest(SEALED).encode(), digest(forged).encode()))
    assert not archive.check().ok


def test_an_unreadable_manifest(archive: Archive) -> None:
    overwrite(archive.manifest(3), b'{"schema":')
    report = archive.check()
    assert [b.revision for b in report.broken_manifests] == [3]
    assert not report.ok


def test_a_gap_in_the_revisions(archive: Archive) -> None:
    archive.manifest(2).unlink()
    report = archive.check()
    assert [(b.revision, b.detail) for b in report.broken_chain] == [(2, "revision is missing")]
    assert not report.ok


def test_a_lost_first_revision_is_a_gap_too(archive: Archive) -> None:
    archive.manifest(1).unlink()
    assert [b.revision for b in archive.check().broken_chain] == [1]


def test_a_lost_head_and_a_lost_record_are_found_with_the_ledgers_help(archive: Archive) -> None:
    known = [(archive.record, 3)]
    assert archive.check(known_revisions=known).ok
    archive.manifest(3).unlink()
    assert archive.check().ok, "nothing inside the archive knows that there was a revision 3"
    assert [b.revision for b in archive.check(known_revisions=known).broken_chain] == [3]
    archive.manifest(2).unlink()
    archive.manifest(1).unlink()
    assert [b.revision for b in archive.check(known_revisions=known).broken_chain] == [3]


def test_damage_in_a_store_without_manifests(archive: Archive) -> None:
    assert damaged(archive.blobs) == ([], 3)
    overwrite(archive.blob(SEALED), b"damaged")
    assert damaged(archive.blobs) == ([digest(SEALED)], 3)


def test_strangers_in_the_archive_are_named(archive: Archive) -> None:
    (archive.manifest(1).parent / "v1.json~").write_bytes(b"x")
    (archive.blob(SEALED).parent / "copy of a blob").write_bytes(b"x")
    report = archive.check()
    assert len(report.strays) == 2
    assert not report.ok


def test_a_check_changes_nothing(archive: Archive) -> None:
    overwrite(archive.blob(SEALED), b"damaged")
    overwrite(archive.manifest(2), b"damaged")
    root = archive.blobs.root
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in root.rglob("*") if p.is_file()}
    archive.check()
    assert before == {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in root.rglob("*") if p.is_file()}


def test_a_record_committed_during_the_check_is_not_called_missing(
    archive: Archive, make_manifest: Callable[..., Manifest]
) -> None:
    def meanwhile(done: int, _: int) -> None:
        if done == 1:
            archive.blobs.put_bytes(b"new paper")
            previous = archive.records.manifest_digest(archive.record, 3)
            archive.records.put(make_manifest({"original": b"new paper"}, revision=4, previous=previous))

    assert archive.check(progress=meanwhile).ok


def test_one_record_is_checked_alone(archive: Archive) -> None:
    known = (3, archive.records.manifest_digest(archive.record, 3))
    sound = check_record(archive.blobs, archive.records, archive.record, known)
    assert sound.ok and (sound.revisions, sound.checked) == (3, 3)
    overwrite(archive.blob(SEALED), b"other")
    archive.blob(LATER).unlink()
    archive.manifest(2).unlink()
    found = check_record(archive.blobs, archive.records, archive.record, (4, "0" * 64))
    assert set(found.wrong) >= {("manifest", "2"), ("manifest", "4"), ("missing", "archival")}
    with pytest.raises(RecordMissing):
        check_record(archive.blobs, archive.records, "motlan:H99:" + "a" * 26)
