"""The one way anything enters a folder store: staged with fsync while hashing, published by link, never renamed over
(but by `replace`, which mends what was damaged).

The order is the invariant (docs/architecture.md): bytes are durable before they have a name, the name is durable before
the caller gets a yes. A crash leaves either nothing or a file under `staging`, which `sweep_staging` takes away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from schemas.errors import BadSetting, DiskFull, StorageAway

CHUNK = 1 << 20
REMOVAL_LOCK = "removal.lock"
Point = Literal["chunk", "synced", "linked", "named"]
Hook = Callable[[Point], None]
"""Called at the points where a crash would matter: after each staged chunk, after the file's fsync, after the link,
after the folder's fsync. Tests kill the process or raise there."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_AWAY = {errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EROFS, errno.ENXIO, errno.ENODEV}
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}


def no_hook(_: Point) -> None:
    """The hook of normal life."""


@dataclass(frozen=True)
class Staged:
    """Durable bytes that have no name in the store yet."""

    path: Path
    sha256: str
    size: int


def chunks(source: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces of at most CHUNK bytes."""
    return iter(lambda: source.read(CHUNK), b"")


def sha256_of(source: BinaryIO) -> tuple[str, int]:
    """(SHA-256 in hex, size) of what is left in the stream."""
    sha, size = hashlib.sha256(), 0
    for piece in chunks(source):
        sha.update(piece)
        size += len(piece)
    return sha.hexdigest(), size


@contextlib.contextmanager
def staged(pieces: Iterable[bytes], staging: Path, hook: Hook = no_hook, mode: int = 0o400) -> Iterator[Staged]:
    """Write `pieces` to a new file under `staging`, hashing; yields it durable, and takes its staging name away again.

    Raises DiskFull, StorageAway."""
    path = staging / f"{secrets.token_hex(12)}.part"
    try:
        with disk_errors(staging):
            yield _write(pieces, path, hook, mode)
    finally:
        path.unlink(missing_ok=True)


def _write(pieces: Iterable[bytes], path: Path, hook: Hook, mode: int) -> Staged:
    sha, size = hashlib.sha256(), 0
    if not path.parent.is_dir():
        raise StorageAway(detail="the staging folder is gone (is its disk mounted?)")
    path.touch(mode=0o600, exist_ok=False)
    with path.open("r+b", buffering=0) as out:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:  # a raw write may be short when the disk fills up
                rest = rest[out.write(rest) :]
            sha.update(piece)
            size += len(piece)
            hook("chunk")
        os.fchmod(out.fileno(), mode)
        os.fsync(out.fileno())
    hook("synced")
    return Staged(path, sha.hexdigest(), size)


@contextlib.contextmanager
def staged_already(source: BinaryIO, path: Path, hook: Hook = no_hook) -> Iterator[Staged]:
    """As `staged`, for an open file that lies in staging and is written to no more: it becomes the blob as it is, under
    its second name. Its first name stays with whoever made it."""
    with disk_errors(path.parent):
        sha, size = sha256_of(source)
        os.utime(path)  # it is put now, whenever it was written
        make_durable(path)
        hook("synced")
        yield Staged(path, sha, size)


def make_durable(path: Path, mode: int = 0o400) -> None:
    """fsync a file that gets no more bytes, and nobody's write permission."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(item: Staged, final: Path, root: Path, hook: Hook = no_hook) -> bool:
    """Give the staged bytes their name, create-only. True when this call made it, False when the name was taken.

    The folders are synced in both cases: the loser of a race must not say yes before the winner's name is durable."""
    with disk_errors(root):
        make_folders(final.parent, root)
        made = _link(item.path, final)
        hook("linked")
        sync_folders(final.parent, root)
        hook("named")
    return made


def replace(item: Staged, final: Path, root: Path) -> None:
    """Put the staged bytes in the place of what is there, if anything: only to mend what was damaged."""
    with disk_errors(root):
        make_folders(final.parent, root)
        item.path.replace(final)
        sync_folders(final.parent, root)


def _link(source: Path, final: Path) -> bool:
    try:
        os.link(source, final, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in _NO_LINKS:
            detail = "staging and store must share one file system that has hard links"
            raise BadSetting(name="staging", detail=detail) from error
        raise
    return True


def make_folders(folder: Path, root: Path) -> None:
    """Make `folder` below an existing `root`. A root that is gone is a disk that is away: it is never made anew."""
    if not root.is_dir():
        raise StorageAway(detail="the store's folder is gone (is its disk mounted?)")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def sync_folders(folder: Path, root: Path) -> None:
    """fsync `folder` and every folder above it up to and including `root`: each may hold a name made just now."""
    for each in (folder, *folder.parents):
        handle = os.open(each, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if each == root:
            return


def prepare(root: Path, staging: Path | None) -> Path:
    """Make a store's root and staging folder and return the staging folder (`root/.staging` unless given).

    Raises BadSetting when the two lie on different file systems, for then publishing by link cannot work."""
    place = staging or root / ".staging"
    for folder in (root, place):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folders(folder.parent, folder.parent)
    if place.stat().st_dev != root.stat().st_dev:
        raise BadSetting(name="staging", detail="staging must lie on the store's own file system")
    return place


def sweep_staging(staging: Path, older_than: float, now: float | None = None) -> int:
    """Delete what crashed writers left in `staging`, files and scratch folders, when nothing in it was touched for
    `older_than` seconds; returns how many."""
    before = (time.time() if now is None else now) - older_than
    return sum(clear(path) for path, touched in scraps(staging) if touched < before)


def scraps(staging: Path) -> Iterator[tuple[Path, float]]:
    """What writers have in `staging`, files and scratch folders, each with the time when anything in it last changed;
    their writers may be gone, or at work."""
    for path in staging.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its writer may have finished meanwhile
            if path.name != REMOVAL_LOCK:
                yield path, _touched(path)


def clear(path: Path) -> bool:
    """Delete a scrap; False when somebody was quicker."""
    try:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except FileNotFoundError:
        return False
    return True


def _touched(path: Path) -> float:
    """When anything in this file or folder last changed."""
    return max(each.lstat().st_mtime for each in (path, *path.rglob("*")))


def ensure_space(path: Path, needed: int, reserve: int = 0) -> None:
    """Raise DiskFull unless the file system of `path` (which may not exist yet) has `needed` + `reserve` bytes free."""
    free = _free(path)
    if free < needed + reserve:
        raise DiskFull(free=free, needed=needed + reserve)


def _free(path: Path) -> int:
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    return shutil.disk_usage(there).free


@contextlib.contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turn what the disk says into DiskFull or StorageAway; everything else passes."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(free=_free(place), needed="more") from error
        if error.errno in _AWAY:
            raise StorageAway(detail=os.strerror(error.errno)) from error
        raise
