"""Staging: bytes streamed to the disk with their SHA-256 in one pass, judged by what they are."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.kinds import HEAD_BYTES, MediaKind, named_kind, sniff
from ingest.names import shown_name
from schemas.errors import DiskFull, EmptyFile, FileTooLarge, UnsupportedKind, WrongContent

_CHUNK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Limits:
    """What a drop may weigh. Megapixels are millions of pixels of one decoded page; sizes are bytes."""

    max_file_bytes: int = 2 << 30
    max_pages: int = 2000
    max_megapixels: float = 200.0
    zip_max_members: int = 2000
    zip_max_ratio: float = 200.0
    zip_max_total_bytes: int = 8 << 30
    disk_reserve_bytes: int = 512 << 20


@dataclass(frozen=True)
class Taken:
    """A file in staging. `name` is for showing (NFC, at most 255 characters); `notices` are stable error codes."""

    path: Path
    name: str
    sha256: str
    size: int
    kind: MediaKind
    notices: tuple[str, ...] = ()


def stage(source: IO[bytes], name: str, staging: Path, limits: Limits) -> Taken:
    """Stream `source` into a new file of `staging`, hashed on the way and on the disk when this returns. The kind is
    judged from the first bytes, before anything is written."""
    head = source.read(HEAD_BYTES)
    if not head:
        raise EmptyFile()
    kind = _judge(head, name)
    shown, notices = shown_name(name)
    target = staging / f"{uuid.uuid4().hex}.{kind}"
    try:
        size, sha256 = _copy(head, source, target, limits)
    except OSError as failure:
        target.unlink(missing_ok=True)
        if failure.errno in _FULL:
            raise DiskFull(free=shutil.disk_usage(staging).free, needed="more") from failure
        raise
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Taken(target, shown, sha256, size, kind, notices)


def require_room(staging: Path, size: int, limits: Limits) -> None:
    """Refuse before accepting: `size` bytes and the reserve must fit beside what is already there."""
    needed = size + limits.disk_reserve_bytes
    free = shutil.disk_usage(staging).free
    if free < needed:
        raise DiskFull(free=free, needed=needed)


def _judge(head: bytes, name: str) -> MediaKind:
    kind, named = sniff(head), named_kind(name)
    if kind is None and named is None:
        raise UnsupportedKind(found="unknown content")
    if kind is None or (named is not None and named != kind):
        raise WrongContent(named=named, found=kind or "unknown")
    return kind


def _copy(head: bytes, source: IO[bytes], target: Path, limits: Limits) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        chunk = head
        while chunk:
            size += len(chunk)
            if size > limits.max_file_bytes:
                raise FileTooLarge(size=size, limit=limits.max_file_bytes)
            digest.update(chunk)
            out.write(chunk)
            chunk = source.read(_CHUNK)
        out.flush()
        os.fsync(out.fileno())
    _sync_folder(target.parent)
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
