"""Records: one manifest per revision, created once, each carrying the digest of the one before. The put commits."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from schemas.errors import BadIdentifier, ChainBroken, RecordDamaged, RecordMissing, RevisionConflict
from schemas.manifest import Manifest, digest
from schemas.records import split_uri
from storage.staging import Hook, disk_errors, no_hook, prepare, publish, replace, staged

_REVISION = re.compile(r"v([1-9][0-9]{0,8})\.json")


class RecordStore(Protocol):
    """Where manifests are kept. Every adapter passes tests/storage/test_record_contract.py."""

    def put(self, manifest: Manifest) -> str:
        """Commit a revision, create-only; returns the manifest's digest when it is durable. The same content again is a
        success. Raises RevisionConflict (other content is there), ChainBroken (it does not follow the stored revision),
        RecordDamaged (what is there is no manifest), BadIdentifier, DiskFull, StorageAway."""

    def put_copy(self, record: str, revision: int, data: bytes) -> str:
        """Commit a revision with the very bytes that another store keeps of it, whatever program wrote them; as put.
        Raises RecordDamaged when they are no manifest of this revision."""

    def mend(self, record: str, revision: int, data: bytes) -> None:
        """Put a revision's own bytes where they are gone or damaged: the one put that replaces, and asks not what it
        follows. The caller knows by the next revision, or by the ledger, that they are. Raises RecordDamaged when they
        are no manifest of this revision, DiskFull, StorageAway and its kinds."""

    def head(self, record: str) -> Manifest | None:
        """The highest revision that is a manifest of this record; None when there is none."""

    def get(self, record: str, revision: int) -> Manifest:
        """One revision. Raises RecordMissing, RecordDamaged."""

    def raw(self, record: str, revision: int) -> bytes:
        """One revision's bytes as they are stored. Raises RecordMissing."""

    def manifest_digest(self, record: str, revision: int) -> str:
        """SHA-256 of the stored bytes: what the next revision's `previous` must be. Raises RecordMissing."""

    def revisions(self, record: str) -> list[int]:
        """The revision numbers that have a name in the store, ascending, whole or not."""

    def history(self, record: str) -> list[Manifest]:
        """Every revision, ascending. Raises RecordMissing, RecordDamaged."""

    def records(self) -> Iterator[str]:
        """Every record's URI, in order."""

    def strays(self) -> Iterator[str]:
        """Names that lie among the records and are no revision."""


def parse(data: bytes, record: str, revision: int) -> Manifest:
    """The manifest in `data`, if it is the one of this record and revision; raises RecordDamaged."""
    try:
        manifest = Manifest.from_bytes(data)
    except ValidationError:
        # the validation error quotes the content, which may be personal: it is not passed on
        raise RecordDamaged(revision=revision) from None
    if (manifest.record, manifest.revision) != (record, revision):
        raise RecordDamaged(revision=revision)
    return manifest


def place_of(record: str) -> tuple[str, str]:
    """(unit, id) of a record as parts of a path. Raises BadIdentifier."""
    unit, name = split_uri(record)
    if not unit.strip("."):  # "." and ".." match the URI's grammar and must never become a path
        raise BadIdentifier(detail="unit code of a record URI")
    return unit, name


def uri_of(unit: str, name: str) -> str | None:
    """The record kept at a place; None when no record can be."""
    uri = f"motlan:{unit}:{name}"
    try:
        place_of(uri)
    except BadIdentifier:
        return None
    return uri


def revision_of(name: str) -> int | None:
    """The revision that a file `v<n>.json` holds; None for another name."""
    match = _REVISION.fullmatch(name)
    return int(match[1]) if match else None


class ManifestStore(ABC):
    """What every record store does the same, whatever keeps its bytes."""

    @abstractmethod
    def _create(self, record: str, revision: int, data: bytes) -> bool:
        """Store the bytes durably, create-only. False when the name is taken."""

    @abstractmethod
    def _replace(self, record: str, revision: int, data: bytes) -> None:
        """Store the bytes durably, over what is there."""

    @abstractmethod
    def raw(self, record: str, revision: int) -> bytes: ...

    @abstractmethod
    def revisions(self, record: str) -> list[int]: ...

    def put(self, manifest: Manifest) -> str:
        return self._commit(manifest, manifest.to_bytes())

    def put_copy(self, record: str, revision: int, data: bytes) -> str:
        return self._commit(parse(data, record, revision), data)

    def mend(self, record: str, revision: int, data: bytes) -> None:
        parse(data, record, revision)
        self._replace(record, revision, data)

    def _commit(self, manifest: Manifest, data: bytes) -> str:
        place_of(manifest.record)
        self._check_follows(manifest)
        if not self._create(manifest.record, manifest.revision, data):
            self._compare(manifest, data)
        return digest(data)

    def _compare(self, manifest: Manifest, data: bytes) -> None:
        """The name was taken: it is our own success if the winner wrote the same bytes."""
        stored = self.raw(manifest.record, manifest.revision)
        if stored != data:
            parse(stored, manifest.record, manifest.revision)
            raise RevisionConflict(revision=manifest.revision)

    def _check_follows(self, manifest: Manifest) -> None:
        before = manifest.revision - 1
        if before < 0:
            raise ChainBroken(revision=manifest.revision, detail="revisions count from 1")
        if before == 0:
            if manifest.previous is not None:
                raise ChainBroken(revision=1, detail="the first revision has no previous one")
            return
        try:
            expected = self.manifest_digest(manifest.record, before)
        except RecordMissing:
            raise ChainBroken(revision=manifest.revision, detail=f"revision {before} is not stored") from None
        if manifest.previous != expected:
            raise ChainBroken(revision=manifest.revision, detail=f"its digest of revision {before} is another")

    def head(self, record: str) -> Manifest | None:
        for revision in reversed(self.revisions(record)):
            try:
                return self.get(record, revision)
            except RecordDamaged:
                continue  # fixity names it; a put at this revision is refused with RecordDamaged
        return None

    def get(self, record: str, revision: int) -> Manifest:
        return parse(self.raw(record, revision), record, revision)

    def manifest_digest(self, record: str, revision: int) -> str:
        return digest(self.raw(record, revision))

    def history(self, record: str) -> list[Manifest]:
        return [self.get(record, revision) for revision in self.revisions(record)]


class FolderRecordStore(ManifestStore):
    """Manifests as files `<root>/records/<unit>/<id>/v<n>.json`. `staging` must share the root's file system."""

    def __init__(self, root: Path, staging: Path | None = None, hook: Hook = no_hook) -> None:
        self.root = root
        self.staging = prepare(root, staging)
        self._hook = hook

    def _create(self, record: str, revision: int, data: bytes) -> bool:
        with staged((data,), self.staging, self._hook) as item:
            return publish(item, self._name(record, revision), self.root, self._hook)

    def _replace(self, record: str, revision: int, data: bytes) -> None:
        with staged((data,), self.staging, self._hook) as item:
            replace(item, self._name(record, revision), self.root)

    def raw(self, record: str, revision: int) -> bytes:
        with disk_errors(self.root):
            try:
                return self._name(record, revision).read_bytes()
            except FileNotFoundError as error:
                raise RecordMissing() from error

    def revisions(self, record: str) -> list[int]:
        folder = self._folder(record)
        with disk_errors(self.root):
            names = [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        return sorted(number for name in names if (number := revision_of(name)) is not None)

    def records(self) -> Iterator[str]:
        for folder in self._record_folders():
            uri = uri_of(folder.parent.name, folder.name)
            if uri is not None and self.revisions(uri):
                yield uri

    def strays(self) -> Iterator[str]:
        for folder in self._record_folders():
            known = uri_of(folder.parent.name, folder.name) is not None and folder.is_dir()
            for path in sorted(folder.iterdir()) if known else (folder,):
                if not (known and path.is_file() and revision_of(path.name) is not None):
                    yield path.relative_to(self.root).as_posix()

    def _record_folders(self) -> Iterator[Path]:
        """Everything at the depth of a record, and whatever lies above it without being a folder."""
        top = self.root / "records"
        for unit in sorted(top.iterdir()) if top.is_dir() else ():
            if unit.is_dir():
                yield from sorted(unit.iterdir())
            else:
                yield unit

    def _folder(self, record: str) -> Path:
        return self.root.joinpath("records", *place_of(record))

    def _name(self, record: str, revision: int) -> Path:
        return self._folder(record) / f"v{revision}.json"
