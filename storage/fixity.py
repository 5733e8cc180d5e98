"""Fixity: read everything the archive keeps, compare it with what the manifests promise, and say what is wrong.

A check only reads. It never edits an expected digest, repairs or deletes; those are decisions of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.errors import BlobMissing, RecordDamaged, RecordMissing
from schemas.manifest import Manifest, digest
from storage.blobs import BlobStore
from storage.records import RecordStore, parse
from storage.staging import sha256_of

Progress = Callable[[int, int], None]
"""Called with (blobs read, blobs to read)."""
KnownDigest = Callable[[str, int], str | None]
"""(record, revision) → the manifest digest another witness, the ledger, remembers; None when it remembers none."""

YOUNG = timedelta(days=1)


@dataclass(frozen=True)
class Reference:
    """A place in a manifest that names a blob."""

    digest: str
    record: str
    revision: int
    role: str


@dataclass(frozen=True)
class Untracked:
    """A blob that no manifest names. `excused`: young, or its paper is still on the way."""

    digest: str
    size: int
    age_seconds: float
    excused: bool


@dataclass(frozen=True)
class Broken:
    """A revision that is not what it should be, and why."""

    record: str
    revision: int
    detail: str


@dataclass
class FixityReport:
    """What was read and what is wrong; every list is empty in a sound archive (but for excused untracked blobs)."""

    checked: int = 0
    checked_bytes: int = 0
    records: int = 0
    revisions: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[Reference] = field(default_factory=list)
    untracked: list[Untracked] = field(default_factory=list)
    broken_manifests: list[Broken] = field(default_factory=list)
    broken_chain: list[Broken] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    harmed: set[str] = field(default_factory=set)
    """Records of which something is missing, changed or broken."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        wrong = self.changed or self.missing or self.broken_manifests or self.broken_chain or self.strays
        return not wrong and all(blob.excused for blob in self.untracked)

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values, `ok` included."""
        return {"ok": self.ok, **asdict(self), "harmed": sorted(self.harmed)}


def check(
    blobs: BlobStore,
    records: RecordStore,
    progress: Progress | None = None,
    *,
    known_digest: KnownDigest | None = None,
    known_revisions: Iterable[tuple[str, int]] = (),
    pending: Callable[[str], bool] = lambda _: False,
    young: timedelta = YOUNG,
    now: datetime | None = None,
) -> FixityReport:
    """Check every revision, then every blob.

    Manifests are read first: writers put blobs before manifests, so a record committed meanwhile leaves young untracked
    blobs in the report, never a false "missing". Nothing inside the archive vouches for a record's newest revision
    (there is no next one to carry its digest), nor for its being there at all: `known_digest` and `known_revisions`
    have the ledger do it. `pending` tells whether a blob belongs to a paper that is still on its way.
    Raises StorageAway."""
    report = FixityReport(strays=[*blobs.strays(), *records.strays()])
    references = _check_records(records, known_digest, report)
    for record, revision in known_revisions:
        there = records.revisions(record)
        if not there or revision > max(there):  # a gap further down is found without the ledger
            report.broken_chain.append(Broken(record, revision, "the ledger knows this revision; it is missing"))
    present = _check_blobs(blobs, progress, report)
    _compare(blobs, references, present, pending, young, now or datetime.now(UTC), report)
    report.harmed = {place.record for name in report.changed for place in references.get(name, ())}
    report.harmed |= {place.record for place in report.missing}
    report.harmed |= {one.record for one in (*report.broken_manifests, *report.broken_chain)}
    return report


def _check_records(records: RecordStore, known: KnownDigest | None, report: FixityReport) -> dict[str, list[Reference]]:
    references: dict[str, list[Reference]] = {}
    for record in records.records():
        report.records += 1
        for manifest in _check_record(records, record, known, report):
            for each in manifest.representations:
                place = Reference(each.sha256, record, manifest.revision, each.role)
                references.setdefault(each.sha256, []).append(place)
    return references


def _check_record(
    records: RecordStore, record: str, known: KnownDigest | None, report: FixityReport
) -> Iterator[Manifest]:
    """The record's readable manifests; what is wrong with names, bytes and chain goes into the report."""
    before: tuple[int, str | None] = (0, None)
    for revision in records.revisions(record):
        report.revisions += 1
        for gone in range(before[0] + 1, revision):
            report.broken_chain.append(Broken(record, gone, "revision is missing"))
        try:
            data = records.raw(record, revision)
        except RecordMissing:
            data = b""
        actual = digest(data)
        remembered = known(record, revision) if known else None
        if remembered is not None and remembered != actual:
            report.broken_chain.append(Broken(record, revision, "differs from the digest in the ledger"))
        try:
            manifest = parse(data, record, revision)
        except RecordDamaged:
            report.broken_manifests.append(Broken(record, revision, "is not a manifest of this record and revision"))
        else:
            if before[0] == revision - 1 and manifest.previous != before[1]:
                detail = f"its digest of revision {before[0]} is not that of the stored one"
                report.broken_chain.append(Broken(record, revision, detail))
            yield manifest
        before = (revision, actual)


@dataclass(frozen=True)
class RecordFixity:
    """One record read back: how many revisions and blobs (and their bytes), and what is wrong. A fault is `manifest`
    or `chain` with the revision, or `changed` or `missing` with the role of the representation."""

    revisions: int
    checked: int
    bytes: int
    wrong: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        return not self.wrong


def check_record(
    blobs: BlobStore, records: RecordStore, record: str, known: tuple[int, str] | None = None
) -> RecordFixity:
    """Read every revision of a record and every blob that they name; `known` is the newest revision and its digest as
    the ledger remembers them. Raises RecordMissing."""
    numbers = records.revisions(record)
    if not numbers:
        raise RecordMissing()
    wrong: list[tuple[str, str]] = []
    roles: dict[str, str] = {}
    previous: str | None = None
    for number in range(1, max(numbers[-1], known[0] if known else 1) + 1):
        try:
            raw = records.raw(record, number)
            manifest = parse(raw, record, number)
        except (RecordMissing, RecordDamaged):
            wrong.append(("manifest", str(number)))
            previous = None
            continue
        if number > 1 and previous is not None and manifest.previous != previous:
            wrong.append(("chain", str(number)))
        previous = digest(raw)
        if known and known[0] == number and known[1] != previous:
            wrong.append(("manifest", str(number)))
        roles |= {kept.sha256: kept.role for kept in manifest.representations}
    read = 0
    for name, role in roles.items():
        try:
            actual, size = _hash(blobs, name)
        except BlobMissing:
            wrong.append(("missing", role))
            continue
        read += size
        if actual != name:
            wrong.append(("changed", role))
    return RecordFixity(len(numbers), len(roles), read, tuple(wrong))


def damaged(blobs: BlobStore) -> tuple[list[str], int]:
    """(digests of blobs whose bytes changed, blobs read), for a store that no manifest speaks of."""
    report = FixityReport()
    _check_blobs(blobs, None, report)
    return report.changed, report.checked


def _check_blobs(blobs: BlobStore, progress: Progress | None, report: FixityReport) -> set[str]:
    present: set[str] = set()
    total = sum(1 for _ in blobs.digests()) if progress else 0
    for name in blobs.digests():
        try:
            actual, size = _hash(blobs, name)
        except BlobMissing:
            continue  # let go since it was listed; if a manifest names it, it is found missing below
        report.checked += 1
        report.checked_bytes += size
        if actual != name:
            report.changed.append(name)
        present.add(name)
        if progress:
            progress(report.checked, max(total, report.checked))
    return present


def is_whole(blobs: BlobStore, name: str) -> bool:
    """Whether a blob is there and its bytes, read back, are what its name says."""
    try:
        return _hash(blobs, name)[0] == name
    except BlobMissing:
        return False


def _hash(blobs: BlobStore, name: str) -> tuple[str | None, int]:
    """(digest, size) of the bytes read back; (None, 0) when the disk does not give them."""
    try:
        with blobs.open(name) as stream:
            return sha256_of(stream)
    except OSError:
        return None, 0


def _compare(
    blobs: BlobStore,
    references: dict[str, list[Reference]],
    present: set[str],
    pending: Callable[[str], bool],
    young: timedelta,
    now: datetime,
    report: FixityReport,
) -> None:
    for name, places in references.items():
        if name not in present and not blobs.exists(name):
            report.missing.extend(places)
    for name in sorted(present - references.keys()):
        try:
            size, age = blobs.size(name), now - blobs.stored_at(name)
        except BlobMissing:
            continue  # let go meanwhile by a store that may
        report.untracked.append(Untracked(name, size, age.total_seconds(), age < young or pending(name)))
