"""Intake: a dropped file is taken into staging whole and hashed, or refused with a reason a clerk can act on."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ingest.kinds import MediaKind
from ingest.names import is_ignored
from ingest.staging import Limits, Taken, require_room, stage
from ingest.zips import Member, expand_zip
from schemas.errors import EmptyFile, FileGone, FileTooLarge, NameTooLong, StillWriting

__all__ = ["Limits", "MediaKind", "Member", "Taken", "expand_zip", "take", "take_bytes", "walk"]


def take(path: Path, staging: Path, limits: Limits) -> Taken:
    """Copy one file into `staging` and say what it is. The file itself is not touched; after an error nothing is left
    in staging. Raises FileGone, NameTooLong, EmptyFile, FileTooLarge, DiskFull, StillWriting, WrongContent,
    UnsupportedKind."""
    with _opened(path) as source:
        before = os.fstat(source.fileno())
        if before.st_size == 0:
            raise EmptyFile()
        if before.st_size > limits.max_file_bytes:
            raise FileTooLarge(size=before.st_size, limit=limits.max_file_bytes)
        require_room(staging, before.st_size, limits)
        taken = stage(source, path.name, staging, limits)
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns, before.st_size) != (after.st_size, after.st_mtime_ns, taken.size):
        taken.path.unlink()
        raise StillWriting()
    return taken


def take_bytes(path: Path, most: int) -> bytes:
    """A small file whole, cut off one byte after `most`. Raises FileGone, NameTooLong."""
    with _opened(path) as source:
        return source.read(most + 1)


def walk(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to take, in a stable order: a named file as it is (also when it does not exist, so that taking it says
    so), a folder's files recursively without hidden, marker and half-written ones."""
    for path in paths:
        try:
            is_folder = path.is_dir()
        except OSError:  # a name the file system refuses: take() tells which error that is
            is_folder = False
        yield from _files_below(path) if is_folder else iter((path,))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise FileGone()
        source = path.open("rb")
    except OSError as failure:
        raise NameTooLong() if failure.errno == errno.ENAMETOOLONG else FileGone() from failure
    with source:
        yield source


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir(), key=lambda p: p.name):
        if is_ignored(entry.name):
            continue
        if entry.is_dir():
            if not entry.is_symlink():  # a linked folder may lead round in a circle
                yield from _files_below(entry)
        elif entry.is_file():
            yield entry
