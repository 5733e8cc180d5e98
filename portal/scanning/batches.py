"""A clerk's batches: opening one, which there are, what is announced of them, and when they are whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ingest.register import is_register
from ledger import Batch, Pace, Progress
from ledger.privacy import mask_runs
from portal.parts import Parts
from portal.reconciliation import Reconciliation, reconcile
from portal.scanning.names import shown_path
from schemas.errors import FileTooLarge, FormInvalid, MotlanError, NotAllowed
from schemas.identifiers import mask_numbers
from worker.intake import refuse

LONGEST_NAME = 100  # characters of a batch's name
STALE = timedelta(minutes=3)  # a pace that old says nothing about the time that is left

BatchState = Literal["coming", "moving", "waiting", "look", "done", "empty"]


@dataclass(frozen=True)
class Announced:
    """A file that will be sent: its path in the dropped folder and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Telling:
    """A batch as its page tells it. `left` is the estimate of seconds until it is read; `account` is there once nothing
    moves any more."""

    batch: Batch
    progress: Progress
    left: float | None = None
    account: Reconciliation | None = field(default=None, compare=False)

    @property
    def missing(self) -> int:
        """How many announced files have not come."""
        return max(0, (self.batch.expected_files or 0) - self.progress.files)

    @property
    def wrong(self) -> list[tuple[str | None, MotlanError]]:
        """What differs, each with the file it is about. Files that were set apart tell their reason themselves."""
        if self.account is None:
            return []
        told: list[tuple[str | None, MotlanError]] = [(None, error) for error in self.account.wrong]
        for one in self.account.registers:
            told += [(one.name, error) for error in one.register.wrong]
        for file in self.account.files:
            if file.state not in ("QUARANTINED", "REFUSED"):
                told += [(file.file, error) for error in file.wrong]
        return told

    @property
    def looks(self) -> int:
        """How many things a person must look at."""
        return len(self.wrong) + self.progress.quarantined + self.progress.open_reviews

    @property
    def state(self) -> BatchState:
        """One word for it: files still come, work goes on, work waits for what is away, files are missing, somebody
        must look, all is done."""
        p = self.progress
        if not p.finished and self.missing == 0:
            return "waiting" if p.waiting and self.left is None else "moving"
        if self.missing:
            return "coming"
        if p.files == 0:
            return "empty"
        return "look" if self.looks else "done"


def open_batch(
    parts: Parts,
    unit: str,
    actor: str,
    name: str,
    *,
    expected: int | None = None,
    papers: int | None = None,
    pages: int | None = None,
) -> Batch:
    """A new batch of that unit; the numbers are what its cover sheet says. Raises FormInvalid for a name that is too
    long, NoSuchRow for an unknown unit."""
    shown = mask_numbers(" ".join(shown_path(name).split())) if name.strip() else ""
    if len(shown) > LONGEST_NAME:
        raise FormInvalid(field="name", reason=f"Tên lô dài nhất {LONGEST_NAME} ký tự.")
    with parts.ledger.transaction() as tx:
        number = tx.open_batch(unit, shown, actor, expected_files=expected)
        if papers is not None or pages is not None:
            tx.expect(number, "option", papers=papers, pages=pages)
        tx.audit(actor, "batch.opened", f"batch:{number}", {"unit": unit, "expected": expected})
        return tx.batch(number)


def batch_of(parts: Parts, unit: str, number: int) -> Batch:
    """A batch of that unit. Raises NoSuchRow, and NotAllowed for one of another unit: the same answer."""
    batch = parts.ledger.batch(number)
    if batch.unit != unit:
        raise NotAllowed()
    return batch


def announce(parts: Parts, batch: Batch, actor: str, coming: Sequence[Announced]) -> list[int]:
    """These files will be sent into the batch, some perhaps for a second time. Returns which of them (by their place in
    the list) are not worth sending because they are too large; each stands in the batch with that reason."""
    limit = parts.portal.max_upload_bytes
    refused = [place for place, file in enumerate(coming) if file.size > limit]
    for place in refused:
        error = FileTooLarge(size=coming[place].size, limit=limit)
        refuse(parts, batch.id, shown_path(coming[place].name), error, actor)
    there = Counter(parts.ledger.files_with_size(batch.id))
    zips = {name for name, _ in there}
    fresh = 0
    for place, file in enumerate(coming):
        name = mask_runs(shown_path(file.name))
        if place in refused or is_register(name) or any(known.startswith(f"{name}/") for known in zips):
            continue
        if there[name, file.size]:
            there[name, file.size] -= 1
        else:
            fresh += 1
    with parts.ledger.transaction() as tx:
        known = tx.batch(batch.id).expected_files or 0
        expected = max(known, tx.batch_progress(batch.id).files + fresh)
        tx.expect_files(batch.id, expected)
        tx.audit(actor, "batch.announced", f"batch:{batch.id}", {"expected": expected})
    return refused


def complete(parts: Parts, batch: Batch, actor: str) -> None:
    """Nothing more comes: the batch holds the files that are there."""
    with parts.ledger.transaction() as tx:
        files = tx.batch_progress(batch.id).files
        tx.expect_files(batch.id, files)
        detail = {"expected": batch.expected_files, "files": files}
        tx.audit(actor, "batch.completed", f"batch:{batch.id}", detail)


def tell(parts: Parts, which: Sequence[Batch], *, accounts: bool = True) -> list[Telling]:
    """How each of these batches stands."""
    with parts.ledger.look() as at:
        progress = at.progress_of(which)
        paces = {batch.id: at.pace(batch.id) for batch in which if not progress[batch.id].finished}
        changed = {batch.id: at.batch_changed(batch.id) for batch in which if progress[batch.id].finished}
    now = parts.clock()
    return [
        Telling(
            batch,
            progress[batch.id],
            _left(progress[batch.id], paces.get(batch.id), now),
            _account(parts, batch, progress[batch.id], changed[batch.id])
            if accounts and progress[batch.id].finished
            else None,
        )
        for batch in which
    ]


def _left(progress: Progress, pace: Pace | None, now: datetime) -> float | None:
    """Seconds until the pages that are known are read, from the batch's own pace; None where that says nothing."""
    if pace is None or now - pace.last > STALE:
        return None
    return (progress.pages_total - progress.pages_read) * pace.seconds_a_page


_Key = tuple[str, Batch, Progress, datetime | None]
_accounts: dict[_Key, Reconciliation] = {}
_KEPT = 200


def _account(parts: Parts, batch: Batch, progress: Progress, changed: datetime | None) -> Reconciliation:
    """The account of a batch that is finished. Making one reads a manifest a paper, so the last ones are remembered for
    as long as nothing changes."""
    key = (str(parts.data), batch, progress, changed)
    known = _accounts.get(key)
    if known is None:
        known = _accounts[key] = reconcile(parts, batch.id)
        while len(_accounts) > _KEPT:
            _accounts.pop(next(iter(_accounts)), None)
    return known
