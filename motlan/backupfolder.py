"""A backup folder: blobs and manifests laid out as an archive, shared by all backups, and a folder of its own for each.

Its `backup.json`, written last and once, is what makes it a backup: it names every file with its digest, and
carries its own. A folder without one was cut off half-way and is never restored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from schemas.errors import BackupDamaged, BackupMissing, BackupTooNew
from schemas.manifest import canonical_json, digest
from storage.blobs import FolderBlobStore
from storage.copying import Shelf
from storage.records import FolderRecordStore
from storage.staging import publish, sha256_of, staged, sweep_staging, sync_folders

FORMAT = "motlan-backup/1"
SEAL = "backup.json"
_SWEEP_SECONDS = 86400.0


def shelf_of(folder: Path) -> Shelf:
    """The archive in a backup folder, made when there is none."""
    staging = folder / ".staging"
    return Shelf(FolderBlobStore(folder, staging), FolderRecordStore(folder, staging))


class Writing:
    """One backup while it is made: its files are durable when they are written."""

    def __init__(self, root: Path, name: str) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._staging = root / ".staging"
        self._staging.mkdir(mode=0o700, exist_ok=True)
        sweep_staging(self._staging, _SWEEP_SECONDS)
        self.name, self._root, self._folder = name, root, root / name
        self._files: dict[str, dict[str, Any]] = {}
        self._folder.mkdir(mode=0o700)

    @contextmanager
    def new(self, name: str) -> Iterator[BinaryIO]:
        """A new file of this backup to write to."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        with path.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        sync_folders(path.parent, self._root)
        with path.open("rb") as written:
            sha256, size = sha256_of(written)
        self._files[name] = {"sha256": sha256, "size": size}

    def write(self, name: str, content: bytes) -> None:
        """A small file."""
        with self.new(name) as out:
            out.write(content)

    def seal(self, **told: Any) -> None:
        """The last file: from now on this is a backup."""
        said = {"format": FORMAT, **told, "files": self._files}
        content = canonical_json(said | {"sha256": digest(canonical_json(said))})
        with staged((content,), self._staging) as item:
            publish(item, self._folder / SEAL, self._root)


@dataclass(frozen=True)
class Backup:
    """A whole backup: its folder, and what its seal says."""

    folder: Path
    told: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        return dict(self.told["files"])

    def check(self) -> None:
        """Raises BackupDamaged with the first of its own files that is not what was written."""
        for name, file in self.files.items():
            try:
                with (self.folder / name).open("rb") as stream:
                    same = sha256_of(stream) == (file["sha256"], file["size"])
            except OSError:
                same = False
            if not same:
                raise BackupDamaged(file=str(self.folder / name))


def open_backup(root: Path, name: str | None = None) -> Backup:
    """That backup of the folder, or the newest whole one. Raises BackupMissing, BackupDamaged, BackupTooNew."""
    folders = sorted(path for path in root.iterdir() if (path / SEAL).is_file()) if root.is_dir() else []
    found = [path for path in folders if name in (None, path.name)]
    if not found:
        raise BackupMissing(unfinished=", ".join(unfinished(root)) or "none")
    seal = found[-1] / SEAL
    try:
        told = json.loads(seal.read_bytes())
        if told["format"] != FORMAT:
            raise BackupTooNew(found=told["format"])
        if told.pop("sha256") != digest(canonical_json(told)):
            raise ValueError
        named = {"name": str, "files": dict, "areas": list, "audit": list, "archive": bool, "blind": str}
        if not all(isinstance(told[key], kind) for key, kind in named.items()) or told["name"] != found[-1].name:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupDamaged(file=str(seal)) from None
    return Backup(found[-1], told)


def unfinished(root: Path) -> list[str]:
    """Backups that were cut off half-way."""
    folders = (path for path in sorted(root.iterdir()) if path.is_dir()) if root.is_dir() else ()
    return [path.name for path in folders if path.name[:1].isdigit() and not (path / SEAL).exists()]
