"""What a step comes to: its commit and the hints that follow it, or a file set aside with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger import Hint, Tx
from schemas.errors import MotlanError
from worker.parts import Parts

MAX_CRASHES = 3  # a step whose worker died this often is set aside (engine.md: three strikes)
MAX_INTERRUPTIONS = 10  # … and one that was running at this many stops of the whole program
MAX_ATTEMPTS = 8  # transient failures before a person must look


@dataclass(frozen=True)
class Done:
    """`commit` writes the outcome into the ledger with the end of the step; `after` tidies up once that stands (if the
    process dies in between, the reconciler's sweep does it)."""

    commit: Callable[[Tx], None]
    after: Callable[[], None] = lambda: None


def keep_aside(parts: Parts, file_id: int) -> None:
    """Copy a file's bytes to quarantine, before the ledger says that they are there."""
    file = parts.ledger.taken_file(file_id)
    if parts.received.exists(file.sha256):
        with parts.received.path(file.sha256) as path:
            parts.quarantine.put_file(path)


def set_aside(tx: Tx, file_id: int, error: MotlanError) -> None:
    """Quarantine a file in the ledger: its reason is told, its open steps end."""
    tx.quarantine_file(file_id, error.as_reason())
    tx.audit("motlan", "file.quarantined", f"file:{file_id}", {"code": error.code})


def publish(parts: Parts, hints: Sequence[Hint]) -> None:
    """Send hints after their commit; those that do not go out stay in the outbox for the reconciler."""
    sent = parts.send(hints)
    if sent:
        with parts.ledger.transaction() as tx:
            tx.mark_sent(sent)
