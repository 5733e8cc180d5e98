"""Blobs: bytes under the name of their own SHA-256, created once and never changed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from schemas.errors import BlobDamaged, BlobMissing, FileGone, RemovalRefused
from storage.staging import (
    REMOVAL_LOCK,
    Hook,
    Staged,
    chunks,
    disk_errors,
    no_hook,
    prepare,
    publish,
    replace,
    sha256_of,
    staged,
    staged_already,
    sync_folders,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_digest(name: str) -> bool:
    """Whether this can be a blob's name. It may come from a foreign manifest: nothing else may become a path."""
    return _DIGEST.fullmatch(name) is not None


def opened(path: Path) -> BinaryIO:
    """A file to be put. Raises FileGone."""
    try:
        return path.open("rb")
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise FileGone() from error


class BlobStore(Protocol):
    """Where bytes are kept. Every adapter passes tests/storage/test_blob_contract.py.

    A put returns only when the blob is durable; a put of what is there already succeeds and changes nothing. Digests
    are SHA-256 in lower-case hex; anything else is a BlobMissing."""

    def put_file(self, path: Path, expected: str | None = None) -> str:
        """Store a file's bytes; returns the digest. A file in the staging folder may become the blob itself: nobody may
        write to it any more. Raises BlobDamaged if it is not `expected`, FileGone, DiskFull, StorageAway."""

    def put_bytes(self, data: bytes, expected: str | None = None) -> str:
        """Store bytes; as put_file."""

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        """A stream of the blob; with `verify` it was hashed first. Raises BlobMissing, BlobDamaged."""

    def path(self, digest: str) -> AbstractContextManager[Path]:
        """A local, read-only file with the blob's bytes while the context lasts. Raises BlobMissing, and what was
        fetched from elsewhere is verified first: BlobDamaged, DiskFull."""

    def exists(self, digest: str) -> bool:
        """Whether the blob is there (its bytes are not read)."""

    def size(self, digest: str) -> int:
        """Bytes. Raises BlobMissing."""

    def stored_at(self, digest: str) -> datetime:
        """When it was put (UTC); in a store that may remove, when it was last put. Raises BlobMissing."""

    def digests(self) -> Iterator[str]:
        """Every blob's digest, in order."""

    def strays(self) -> Iterator[str]:
        """Names that lie among the blobs and are none."""

    def remove(self, digest: str, last_put: datetime | None = None) -> bool:
        """Let a blob go and say whether it went; absent is no error. With `last_put`, as `stored_at` told it, it stays
        if somebody put it again since: whoever was told that it is there never loses it to a sweep that looked earlier.
        Raises RemovalRefused in a store that keeps for ever."""

    def mend(self, digest: str, path: Path) -> None:
        """Put a file's bytes where a blob is gone or no longer what its name says: the one put that replaces. Raises
        BlobDamaged unless they are that blob's, FileGone, DiskFull, StorageAway and its kinds."""


class FolderBlobStore:
    """Blobs as files `<root>/sha256/ab/<hex>`, mode 0400. `staging` must share the root's file system."""

    def __init__(self, root: Path, staging: Path | None = None, removable: bool = False, hook: Hook = no_hook) -> None:
        self.root = root
        self.staging = prepare(root, staging)
        self.removable = removable
        self._hook = hook

    def put_file(self, path: Path, expected: str | None = None) -> str:
        with opened(path) as source:
            if path.parent.is_relative_to(self.staging) and not path.is_symlink():
                return self._put(staged_already(source, path, self._hook), expected)
            return self._put(staged(chunks(source), self.staging, self._hook), expected)

    def put_bytes(self, data: bytes, expected: str | None = None) -> str:
        return self._put(staged((data,), self.staging, self._hook), expected)

    def _put(self, new: AbstractContextManager[Staged], expected: str | None) -> str:
        with new as item:
            if expected is not None and item.sha256 != expected:
                raise BlobDamaged(digest=expected)
            with self._lock(fcntl.LOCK_SH):
                if not publish(item, self._name(item.sha256), self.root, self._hook):
                    self._adopt(item)
        return item.sha256

    def mend(self, digest: str, path: Path) -> None:
        with opened(path) as source, staged(chunks(source), self.staging, self._hook) as item:
            if item.sha256 != digest:
                raise BlobDamaged(digest=digest)
            with self._lock(fcntl.LOCK_SH):
                replace(item, self._name(digest), self.root)

    def _adopt(self, item: Staged) -> None:
        """The blob is there already. Where blobs may be removed it counts as put now (see `remove`)."""
        if self.size(item.sha256) != item.size:
            raise BlobDamaged(digest=item.sha256)
        if self.removable:
            os.utime(self._name(item.sha256))

    def open(self, digest: str, verify: bool = False) -> BinaryIO:
        with disk_errors(self.root):
            stream = self._existing(digest).open("rb")
            if verify and sha256_of(stream)[0] != digest:
                stream.close()
                raise BlobDamaged(digest=digest)
            stream.seek(0)
        return stream

    @contextlib.contextmanager
    def path(self, digest: str) -> Iterator[Path]:
        yield self._existing(digest)

    def exists(self, digest: str) -> bool:
        try:
            self._existing(digest)
        except BlobMissing:
            return False
        return True

    def size(self, digest: str) -> int:
        return self._existing(digest).lstat().st_size

    def stored_at(self, digest: str) -> datetime:
        return datetime.fromtimestamp(self._existing(digest).lstat().st_mtime, UTC)

    def digests(self) -> Iterator[str]:
        return (path.name for path in self._files() if self._is_blob(path))

    def strays(self) -> Iterator[str]:
        return (path.relative_to(self.root).as_posix() for path in self._files() if not self._is_blob(path))

    def remove(self, digest: str, last_put: datetime | None = None) -> bool:
        if not self.removable:
            raise RemovalRefused()
        name = self._name(digest)
        with disk_errors(self.root), self._lock(fcntl.LOCK_EX):
            if not self.exists(digest) or (last_put is not None and self.stored_at(digest) != last_put):
                return False
            name.unlink()
            sync_folders(name.parent, name.parent)
        return True

    @contextlib.contextmanager
    def _lock(self, mode: int) -> Iterator[None]:
        """In a store that may remove: puts share the lock, a removal has it alone, so that "it is there already" and
        "it is old, away with it" never cross. The kernel lets go of the lock when its process dies."""
        if not self.removable:
            yield
            return
        with (self.staging / REMOVAL_LOCK).open("ab") as lock:
            fcntl.flock(lock, mode)
            yield

    def _name(self, digest: str) -> Path:
        if not is_digest(digest):
            raise BlobMissing(digest="(malformed)")
        return self.root / "sha256" / digest[:2] / digest

    def _existing(self, digest: str) -> Path:
        name = self._name(digest)
        with disk_errors(self.root):
            try:
                mode = name.lstat().st_mode
            except FileNotFoundError as error:
                raise BlobMissing(digest=digest) from error
        if not stat.S_ISREG(mode):
            raise BlobMissing(digest=digest)
        return name

    def _is_blob(self, path: Path) -> bool:
        return is_digest(path.name) and path == self._name(path.name) and stat.S_ISREG(path.lstat().st_mode)

    def _files(self) -> Iterator[Path]:
        top = self.root / "sha256"
        for entry in sorted(top.iterdir()) if top.is_dir() else ():
            if entry.is_dir() and not entry.is_symlink():
                yield from sorted(entry.iterdir())
            else:
                yield entry
