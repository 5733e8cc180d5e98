"""Sweeping: what was needed on the way and nobody refers to any more is removed; the archive is never swept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from schemas.errors import BlobMissing
from storage.blobs import BlobStore
from storage.staging import clear, scraps
from worker.parts import Parts

ACTIVE_FILES = ("RECEIVED", "READING", "UNDERSTOOD", "WAITING")


@dataclass
class Sweeper:
    """Removes what it has seen idle and untouched for `seconds` of this process's own monotonic clock: a wall clock
    that jumps makes nothing old. When a blob was last put is only ever compared for being the same."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _blobs: dict[tuple[str, str], tuple[datetime, float]] = field(default_factory=dict)
    _scraps: dict[tuple[Path, float], float] = field(default_factory=dict)

    def sweep(self, parts: Parts) -> int:
        """One round: disposable blobs that no unfinished file refers to, and what crashed writers left in the staging
        folder. A received original goes only when the archive or quarantine has it. Returns how many blobs went."""
        self._sweep_staging(parts.staging)
        used = _used(parts)
        idle = dict[tuple[str, str], tuple[datetime, float]]()
        removed = 0
        for area, store in (("work", parts.work), ("received", parts.received)):
            for digest in [name for name in store.digests() if name not in used]:
                seen = self._blobs.get((area, digest)) or self._first_seen(store, digest)
                if seen is None:
                    continue
                idle[area, digest] = seen
                if self._is_old(seen[1]) and (area == "work" or _kept(parts, digest)):
                    removed += store.remove(digest, last_put=seen[0])
                    del idle[area, digest]  # gone, or put again: then it is young
        self._blobs = idle
        return removed

    def _first_seen(self, store: BlobStore, digest: str) -> tuple[datetime, float] | None:
        try:
            return store.stored_at(digest), self.clock()
        except BlobMissing:
            return None

    def _sweep_staging(self, staging: Path) -> None:
        now = self.clock()
        self._scraps = {scrap: self._scraps.get(scrap, now) for scrap in scraps(staging)}
        for (path, _), since in self._scraps.items():
            if self._is_old(since):
                clear(path)

    def _is_old(self, since: float) -> bool:
        return self.clock() - since >= self.seconds


def _kept(parts: Parts, digest: str) -> bool:
    return parts.archive.exists(digest) or parts.quarantine.exists(digest)


def _used(parts: Parts) -> set[str | None]:
    """Digests that the ledger speaks of for work that is not finished."""
    active = [file for state in ACTIVE_FILES for file in parts.ledger.files(state=state)]
    active += parts.ledger.moving_sources()
    used = {file.sha256 for file in active} | {file.incoming for file in active}
    for file in active:
        used |= {page.reading for page in parts.ledger.pages(file.id)}
        for document in parts.ledger.documents(file_id=file.id):
            used |= {document.understanding, document.sealed}
    used |= parts.ledger.register_digests() | parts.ledger.arrangement_digests()
    used |= {review.witness for review in parts.ledger.reviews(open_only=False)}
    return used | parts.ledger.waiting_witnesses()
