"""Local copies of remote blobs, for readers that need a file: verified, shared by this machine's workers, bounded."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas.errors import BlobDamaged
from storage.staging import disk_errors, ensure_space, make_durable, staged

BOUND = 4_000_000_000
"""Bytes of copies kept for the next reader: every page of a file is a step of its own and asks for the whole file."""

Remote = Callable[[], tuple[int, Iterable[bytes]]]
"""The blob elsewhere: its size in bytes, and what fetches it piece by piece."""


class LocalCopies:
    """Copies as `<staging>/<hex>.copy`, mode 0400. They are disposable: the sweep of the staging folder takes those
    that nobody used for long. A reader holds a name of its own, so taking a copy away never takes it from a reader."""

    def __init__(self, staging: Path, bound: int = BOUND) -> None:
        self.staging = staging
        self.bound = bound

    @contextlib.contextmanager
    def of(self, digest: str, remote: Remote) -> Iterator[Path]:
        """A local file with the blob's bytes while the context lasts; `remote` is asked when there is no copy yet.
        Raises BlobDamaged when its bytes are not what `digest` says, DiskFull."""
        mine = self.staging / f"{secrets.token_hex(12)}.part"
        try:
            with disk_errors(self.staging):
                if not self._link(self._shared(digest), mine):
                    self._fetch(digest, *remote(), mine)
            yield mine
        finally:
            mine.unlink(missing_ok=True)

    def adopt(self, digest: str, path: Path) -> None:
        """Keep a file of the staging folder, which has these bytes and is written to no more, as the copy of a blob."""
        if not path.is_relative_to(self.staging):
            return
        with disk_errors(self.staging):
            make_durable(path)
            with contextlib.suppress(FileExistsError):
                os.link(path, self._shared(digest))
        self._trim()

    def forget(self, digest: str) -> None:
        """Take this machine's copy away."""
        self._shared(digest).unlink(missing_ok=True)

    def _shared(self, digest: str) -> Path:
        return self.staging / f"{digest}.copy"

    def _link(self, shared: Path, mine: Path) -> bool:
        try:
            os.link(shared, mine)
            os.utime(mine)  # it is in use: the sweep and the bound take what was not used for longest
        except FileNotFoundError:
            return False
        return True

    def _fetch(self, digest: str, size: int, pieces: Iterable[bytes], mine: Path) -> None:
        self.staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        ensure_space(self.staging, size)
        with staged(pieces, self.staging) as item:
            if item.sha256 != digest:
                raise BlobDamaged(digest=digest)
            os.link(item.path, mine)
            with contextlib.suppress(FileExistsError):
                os.link(item.path, self._shared(digest))
        self._trim()

    def _trim(self) -> None:
        """Keep what was used last, up to the bound."""
        kept = 0
        for path in sorted(self.staging.glob("*.copy"), key=_used, reverse=True):
            with contextlib.suppress(FileNotFoundError):  # another worker trims too
                kept += path.stat().st_size
                if kept > self.bound:
                    path.unlink()


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
