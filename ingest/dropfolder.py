"""The watched drop folder: a whole file is claimed by one atomic rename, so that no two watchers take it."""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.kinds import HEAD_BYTES, MediaKind, sniff
from ingest.names import MARKERS, is_ignored
from schemas.errors import BadSetting

_PATIENCE = 12
"""A settled file whose end is not readable is claimed after this many times the settling time: it is not being written,
it is broken, and a clerk must hear so."""

_END_BYTES = 4096
_END_MARKS: dict[MediaKind, bytes] = {
    "pdf": b"%%EOF",
    "jpeg": b"\xff\xd9",
    "png": b"IEND",
    "zip": b"PK\x05\x06",
}


@dataclass(frozen=True)
class _Sight:
    """A file as it was seen: its identity and size, and since when it has not changed."""

    state: tuple[int, int, int, int]
    since: float


class DropFolder:
    """Watches `folder`; whole files are moved to `claimed`/TOKEN/PATH-IN-THE-FOLDER, each by one rename.

    Whole is: a marker `NAME.done` or `NAME.ready` beside the file; or a marker `.done`/`.ready` in its batch folder (a
    folder below the drop folder), or `BATCH.done` beside that; or else the same size and time in two scans at least
    `settle_seconds` apart and a readable end of file. `claimed` must be on the same file system, outside of `folder` or
    hidden in it. `now` is any clock that never goes back."""

    def __init__(
        self, folder: Path, claimed: Path, settle_seconds: float = 5.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder, self.claimed = folder, claimed
        self._settle, self._now = settle_seconds, now
        self._seen: dict[Path, _Sight] = {}
        if folder.stat().st_dev != claimed.stat().st_dev:
            raise BadSetting(name="drop folder", detail="claimed files must be on the same file system")

    def scan(self) -> Iterator[Path]:
        """The files claimed now, at their new places. Files of a batch come in the order of their names."""
        present: set[Path] = set()
        for path, batch_done in self._candidates(self.folder, False):
            present.add(path)
            if batch_done or _has_marker(path) or self._settled(path):
                claimed = self._claim(path)
                if claimed is not None:
                    yield claimed
        self._seen = {path: sight for path, sight in self._seen.items() if path in present}
        self._tidy(self.folder)

    def leftovers(self) -> Iterator[Path]:
        """Files claimed earlier and not released: what a crash left between the claim and the receipt."""
        for path in sorted(self.claimed.rglob("*")):
            if path.is_file():
                yield path

    def release(self, claimed: Path) -> None:
        """Forget a claimed file after its original is safely kept: it and its empty folders go."""
        claimed.unlink(missing_ok=True)
        _remove_empty(claimed.parent, self.claimed)

    def _candidates(self, folder: Path, done: bool) -> Iterator[tuple[Path, bool]]:
        with contextlib.suppress(FileNotFoundError):  # the other watcher may have tidied the folder away
            for entry in sorted(os.scandir(folder), key=lambda e: e.name):
                path = Path(entry.path)
                if is_ignored(entry.name) or path == self.claimed or entry.is_symlink():
                    continue
                if entry.is_dir():
                    yield from self._candidates(path, done or _folder_done(path))
                elif entry.is_file():
                    yield path, done

    def _settled(self, path: Path) -> bool:
        try:
            facts = path.stat()
        except FileNotFoundError:
            return False
        state = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
        sight, now = self._seen.get(path), self._now()
        if sight is None or sight.state != state:
            self._seen[path] = _Sight(state, now)
            return False
        quiet = now - sight.since
        return quiet >= self._settle and (_end_is_readable(path) or quiet >= self._settle * _PATIENCE)

    def _claim(self, path: Path) -> Path | None:
        """Move the file away; None when another watcher was quicker. The rename alone decides."""
        home = self.claimed / uuid.uuid4().hex
        target = home / path.relative_to(self.folder)
        target.parent.mkdir(parents=True)
        try:
            path.rename(target)
        except FileNotFoundError:
            _remove_empty(target.parent, self.claimed)
            return None
        except OSError as failure:
            _remove_empty(target.parent, self.claimed)
            if failure.errno == errno.EXDEV:
                raise BadSetting(name="drop folder", detail="a part of it is another file system") from failure
            raise
        self._seen.pop(path, None)
        for marker in MARKERS:
            path.with_name(path.name + marker).unlink(missing_ok=True)
        return target

    def _tidy(self, folder: Path) -> None:
        """Remove batch folders that are done and claimed, with their markers: a marker that stayed would make the next
        half-written file in that folder look whole."""
        with contextlib.suppress(FileNotFoundError):
            for path in [Path(e.path) for e in os.scandir(folder) if e.is_dir(follow_symlinks=False)]:
                if is_ignored(path.name) or path == self.claimed:
                    continue
                self._tidy(path)
                if _folder_done(path) and not any(True for _ in self._candidates(path, True)):
                    for marker in MARKERS:
                        (path / marker).unlink(missing_ok=True)
                        path.with_name(path.name + marker).unlink(missing_ok=True)
                    for inner in sorted((p for p in path.rglob("*") if p.is_dir()), reverse=True):
                        _remove_empty(inner, path)
                    _remove_empty(path, self.folder)


def _has_marker(path: Path) -> bool:
    return any(path.with_name(path.name + marker).exists() for marker in MARKERS)


def _folder_done(folder: Path) -> bool:
    return any((folder / marker).exists() for marker in MARKERS) or _has_marker(folder)


def _end_is_readable(path: Path) -> bool:
    """The file ends as its kind ends. TIFF and HEIC have no such mark: their last bytes must not all be zero, as
    they are in a file whose room was set aside before it was copied."""
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES))
            file.seek(0, os.SEEK_END)
            length = file.tell()
            reach = 66_000 if kind == "zip" else _END_BYTES  # a ZIP's comment may be 65,535 bytes long
            file.seek(max(0, length - reach))
            end = file.read()
    except OSError:
        return False
    mark = _END_MARKS.get(kind) if kind else None
    return (mark in end) if mark else (not end or any(end))


def _remove_empty(folder: Path, stop: Path) -> None:
    """Remove `folder` and its parents below `stop` as long as they are empty."""
    with contextlib.suppress(OSError):
        while folder != stop and stop in folder.parents:
            folder.rmdir()
            folder = folder.parent
