"""Small blobs that this process put just now, in memory: the next step of a paper reads what the one before wrote."""

from __future__ import annotations

import threading
from collections import OrderedDict

BOUND = 16_000_000
"""Bytes kept; a dense page's reading takes 100 kB."""
LARGEST = 1_000_000
"""Bytes of the largest blob that is kept."""


class RecentBlobs:
    """Bytes by their digest; the oldest make room. May be used from several threads."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound, self._held = bound, 0
        self._blobs: OrderedDict[str, bytes] = OrderedDict()
        self._line = threading.Lock()

    def keep(self, digest: str, data: bytes) -> None:
        """Remember a blob, unless it is large."""
        if len(data) > LARGEST:
            return
        with self._line:
            self._forget(digest)
            self._blobs[digest] = data
            self._held += len(data)
            while self._held > self._bound:
                self._forget(next(iter(self._blobs)))

    def get(self, digest: str) -> bytes | None:
        """The blob, if it is remembered."""
        with self._line:
            return self._blobs.get(digest)

    def forget(self, digest: str) -> None:
        """Let a blob go."""
        with self._line:
            self._forget(digest)

    def _forget(self, digest: str) -> None:
        self._held -= len(self._blobs.pop(digest, b""))
