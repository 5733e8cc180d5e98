"""The message store behind the one-machine broker: one SQLite file with leases, deliveries and parked messages."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUSY_SECONDS = 5.0  # how long a write waits for another process before it counts as failed

# A message is ready when leased_until is past, leased when it lies ahead, parked when parked_at is set. The index holds
# exactly the order in which messages leave: highest priority first, then oldest first.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    body TEXT NOT NULL,
    sent_at REAL NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0,
    leased_until REAL NOT NULL DEFAULT 0,
    tag TEXT,
    parked_at REAL,
    parked_because TEXT
);
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue, priority DESC, id) WHERE parked_at IS NULL;
"""

_NEXT = """
    SELECT id FROM messages WHERE queue = :queue AND parked_at IS NULL AND leased_until <= :now
    ORDER BY priority DESC, id LIMIT 1
"""
_TAKE = f"""
    UPDATE messages SET leased_until = :until, tag = :tag, deliveries = deliveries + 1
    WHERE id = ({_NEXT}) RETURNING id, body, deliveries
"""


@dataclass(frozen=True)
class Delivery:
    """One message handed to one consumer; `tag` proves who holds it."""

    tag: str
    body: str
    deliveries: int


@dataclass(frozen=True)
class Parked:
    """A message nobody gets any more: delivered too often ("deliveries") or refused by its consumer ("refused")."""

    id: int
    queue: str
    body: str
    deliveries: int
    parked_at: float
    because: str


class MessageStore:
    """One connection to one file, shared by the threads of one process. Every call is one short transaction.

    synchronous=NORMAL with WAL: nothing is lost when a process is killed; a power cut may bring a finished message back
    or lose the newest hints, which the ledger's outbox sends again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._own_changes = 0
        _stores.add(self)

    def put(self, queue: str, body: str, priority: int) -> None:
        with self.lock:
            self._own_changes += 1
            self._run(
                "INSERT INTO messages (queue, priority, body, sent_at) VALUES (?, ?, ?, ?)",
                (queue, priority, body, time.time()),
            )

    def take(self, queue: str, lease_seconds: float, max_deliveries: int) -> Delivery | None:
        """The next message of a queue, leased; None when there is none. Parks what was delivered too often."""
        while True:
            now = time.time()
            tag = uuid.uuid4().hex
            row = {"queue": queue, "now": now, "until": now + lease_seconds, "tag": tag}
            with self.lock:
                if not self._run(_NEXT, row):  # reading first: an UPDATE that finds nothing would still lock the file
                    return None
                taken = self._run(_TAKE, row)
            if not taken:
                continue  # another consumer was faster
            number, body, deliveries = taken[0]
            tag = f"{number}.{tag}"
            if deliveries <= max_deliveries:
                return Delivery(tag, body, deliveries)
            self.park(tag, "deliveries")

    def ack(self, tag: str) -> None:
        """Remove a message; nothing happens when the lease has passed to somebody else meanwhile."""
        self._run("DELETE FROM messages WHERE id = ? AND tag = ?", _held(tag))

    def requeue(self, tag: str, *, count: bool) -> None:
        """Give a message back at its old place. `count` False: it was never tried, so the delivery does not count."""
        with self.lock:
            self._own_changes += 1
            self._run(
                "UPDATE messages SET leased_until = 0, tag = NULL, deliveries = deliveries - ?"
                " WHERE id = ? AND tag = ?",
                (0 if count else 1, *_held(tag)),
            )

    def park(self, tag: str, because: str) -> None:
        """Keep a message for a person to look at; no consumer gets it again."""
        self._run(
            "UPDATE messages SET parked_at = ?, parked_because = ?, leased_until = 0, tag = NULL"
            " WHERE id = ? AND tag = ?",
            (time.time(), because, *_held(tag)),
        )

    def renew(self, tags: Iterable[str], lease_seconds: float) -> None:
        """Move the end of leases that are still held."""
        until = time.time() + lease_seconds
        with self.lock:
            for tag in tags:
                self._run("UPDATE messages SET leased_until = ? WHERE id = ? AND tag = ?", (until, *_held(tag)))

    def release_all(self) -> int:
        """End every lease; only right while no consumer runs. The number of messages that came back."""
        with self.lock:
            self._own_changes += 1
            back = self._run(
                "UPDATE messages SET leased_until = 0, tag = NULL"
                " WHERE parked_at IS NULL AND leased_until > 0 RETURNING 1"
            )
            return len(back)

    def purge(self, queue: str) -> int:
        """Remove the ready messages of a queue; leased and parked ones stay."""
        gone = self._run(
            "DELETE FROM messages WHERE queue = ? AND parked_at IS NULL AND leased_until <= ? RETURNING 1",
            (queue, time.time()),
        )
        return len(gone)

    def size(self, queue: str) -> int:
        """How many messages of a queue are ready."""
        sql = "SELECT count(*) FROM messages WHERE queue = ? AND parked_at IS NULL AND leased_until <= ?"
        return int(self._run(sql, (queue, time.time()))[0][0])

    def counts(self) -> dict[str, int]:
        """Messages by queue, waiting and in flight together."""
        rows = self._run("SELECT queue, count(*) FROM messages WHERE parked_at IS NULL GROUP BY queue ORDER BY queue")
        return {str(queue): int(number) for queue, number in rows}

    def parked(self) -> list[Parked]:
        """Parked messages, oldest first."""
        rows = self._run(
            "SELECT id, queue, body, deliveries, parked_at, parked_because FROM messages"
            " WHERE parked_at IS NOT NULL ORDER BY parked_at, id"
        )
        return [Parked(*row) for row in rows]

    def version(self) -> tuple[object, ...]:
        """Changes whenever any process wrote. Costs microseconds (it reads shared memory), so it may be asked often."""
        with self.lock:
            return int(self._run("PRAGMA data_version")[0][0]), self._own_changes

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        with self.lock:
            if self._db is not None:
                self._db.close()
                self._db = None
                self._own_changes += 1

    def _run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        with self.lock:
            if self._db is not None and _identity(self.path) != self._file:
                self.close()  # the file was removed or replaced under us
            if self._db is None:
                self._db = self._open()
            return self._db.execute(sql, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages_in_order'").fetchone():
                db.executescript(_SCHEMA)
        except BaseException:
            db.close()
            raise
        self._file = _identity(self.path)
        return db


def _held(tag: str) -> tuple[int, str]:
    number, _, secret = tag.partition(".")
    return int(number), secret


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


# SQLite must not cross a fork, not even an idle connection: the child would inherit the belief to hold locks that only
# the parent holds (sqlite.org/howtocorrupt.html, 2.6). So connections are closed before a fork and opened again on use.
_stores: weakref.WeakSet[MessageStore] = weakref.WeakSet()
_forking: list[MessageStore] = []


def _before_fork() -> None:
    for store in list(_stores):
        store.lock.acquire()
        _forking.append(store)
        store.close()


def _after_fork_in_parent() -> None:
    while _forking:
        _forking.pop().lock.release()


def _after_fork_in_child() -> None:
    while _forking:
        _forking.pop().lock = threading.RLock()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
