"""What a step comes to: its commit and the hints that follow it, or a file set aside with the reason."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from ledger import Hint, Tx
from schemas.errors import (
    DiskFull,
    ErrorKind,
    LedgerAway,
    MachineFault,
    MotlanError,
    ServerFull,
    ServerLoginRefused,
    ServerReadOnly,
    ServerTooOld,
    ServerUntrusted,
)
from worker.parts import Parts

log = structlog.get_logger()
T = TypeVar("T")

MAX_CRASHES = 3  # a step whose worker died this often is set aside (engine.md: three strikes)
MAX_INTERRUPTIONS = 10  # … and one that was running at this many stops of the whole program
LONGEST_WAIT = 300.0  # seconds between two tries of a step that waits for what is away
LEDGER_PAUSES = (0.2, 5.0)  # seconds: the first and the longest between two tries to reach the ledger

_LEDGER = (LedgerAway, ServerFull, ServerLoginRefused, ServerReadOnly, ServerTooOld, ServerUntrusted)
_FULL = {errno.ENOSPC, errno.EDQUOT}
# What no document can cause. Libraries raise OSError without a number for files that they cannot read.
_MACHINE = {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ENODEV}
_MACHINE |= {errno.EACCES, errno.EPERM, errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT}


@dataclass(frozen=True)
class Done:
    """`commit` writes the outcome into the ledger with the end of the step; `after` tidies up once that stands (if the
    process dies in between, the reconciler's sweep does it)."""

    commit: Callable[[Tx], None]
    after: Callable[[], None] = lambda: None


def known(error: BaseException) -> MotlanError:
    """The stable error that stands for whatever a step raised."""
    if isinstance(error, MotlanError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return DiskFull(free=0, needed="?")
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return MachineFault(detail=errno.errorcode[error.errno])
    return MotlanError(detail=type(error).__name__)


def waits(error: MotlanError) -> bool:
    """Whether the step waits until the world is mended: an outage, or something that the operator has to set right.
    Bad input, and what nobody foresaw, do not go away by waiting."""
    if type(error) is MotlanError:
        return False
    return error.kind in (ErrorKind.TRANSIENT, ErrorKind.OPERATOR)


def wait_seconds(attempts: int) -> float:
    """How long to wait after that many tries: twice as long each time, with jitter, at most LONGEST_WAIT."""
    return float(min(LONGEST_WAIT, 2.0 ** min(attempts, 10))) * random.uniform(0.5, 1.0)


def write(parts: Parts, change: Callable[[Tx], T], patience: float) -> T:
    """One ledger transaction, tried again for that many seconds while the ledger is away or full: work that is done
    must not be lost to a database that restarts. `change` may run several times, each time in a new transaction.
    Raises what the ledger says when patience ends."""
    end, pause = time.monotonic() + patience, LEDGER_PAUSES[0]
    while True:
        try:
            with parts.ledger.transaction() as tx:
                return change(tx)
        except _LEDGER as error:
            if time.monotonic() + pause > end:
                raise
            log.warning("ledger_awaited", code=error.code)
        time.sleep(pause)
        pause = min(2 * pause, LEDGER_PAUSES[1])


def keep_aside(parts: Parts, file_id: int) -> None:
    """Copy a file's bytes to quarantine, before the ledger says that they are there; one to be joined has none yet."""
    file = parts.ledger.file(file_id)
    if file.sha256 is not None and parts.received.exists(file.sha256):
        with parts.received.path(file.sha256) as path:
            parts.quarantine.put_file(path)


def set_aside(tx: Tx, file_id: int, error: MotlanError) -> None:
    """Quarantine a file in the ledger: its reason is told, its open steps end."""
    tx.quarantine_file(file_id, error.as_reason())
    tx.audit("motlan", "file.quarantined", f"file:{file_id}", {"code": error.code})


def publish(parts: Parts, hints: Sequence[Hint]) -> None:
    """Send hints after their commit; those that do not go out, or cannot be written down as sent, stay in the outbox
    for the reconciler."""
    sent = parts.send(hints)
    if sent:
        try:
            with parts.ledger.transaction() as tx:
                tx.mark_sent(sent)
        except _LEDGER as error:
            log.warning("hints_stay", hints=len(sent), code=error.code)
