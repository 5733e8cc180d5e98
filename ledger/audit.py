"""The audit chain: every entry carries the hash of the one before it, so that no change behind our back goes unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, bindparam, column, insert, select, table, type_coerce, update

from ledger.privacy import refuse_numbers
from ledger.rows import AuditEntry, AuditReport
from ledger.tables import audit, audit_head, time_text
from schemas.manifest import canonical_json, digest

GENESIS = "0" * 64

# The columns as the database holds them, so that a change that does not even parse is found and not stumbled over.
_AS_STORED = [type_coerce(c, Text).label(c.name) if c.name in ("at", "detail") else c for c in audit.c]

_HEAD = select(audit_head).with_for_update()
_ADD = insert(audit)
_SET_HEAD = update(audit_head).values(seq=bindparam("last"), hash=bindparam("its_hash"))


def append(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    object: str,
    detail: dict[str, Any],
    record: str | None,
    subject_token: str | None,
    outcome: str,
) -> int:
    """Write the next entry within the caller's transaction and return its sequence number."""
    refuse_numbers({"actor": actor, "action": action, "object": object, "outcome": outcome}, "entry")
    refuse_numbers(detail, "detail")
    head = connection.execute(_HEAD).one()  # puts writers in a line
    entry: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": at,
        "actor": actor,
        "action": action,
        "object": object,
        "detail": detail,
        "record": record,
        "subject_token": subject_token,
        "outcome": outcome,
        "previous": head.hash,
    }
    entry["hash"] = entry_hash({**entry, "at": time_text(at), "detail": canonical_json(detail).decode()})
    connection.execute(_ADD, entry)
    connection.execute(_SET_HEAD, {"last": entry["seq"], "its_hash": entry["hash"]})
    return int(entry["seq"])


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of every column but `hash`, as stored: `at` and `detail` are texts."""
    return digest(canonical_json({name: value for name, value in entry.items() if name != "hash"}))


def verify(connection: Connection, known: tuple[int, str] | None = None) -> AuditReport:
    """Recompute the whole chain. `known` is an end of the chain (seq, hash) remembered elsewhere: a chain that was
    rewritten as a whole is consistent in itself, and only such a checkpoint gives it away."""
    head = connection.execute(select(audit_head)).one_or_none()
    rows = connection.execute(select(*_AS_STORED).order_by(audit.c.seq).execution_options(yield_per=1000))
    entries, previous, broken = _walk((row._asdict() for row in rows), known)
    if broken is None and (head is None or (entries, previous) != (head.seq, head.hash)):
        # The end of the chain and the head disagree: entries were cut off, or added without the head.
        broken = (min(entries, head.seq if head else entries) + 1, "the chain does not end where the head says")
    if broken is None and known is not None and known[0] > entries:
        broken = (entries + 1, "the chain is shorter than the checkpoint")
    first, reason = broken or (None, "")
    return AuditReport(entries=entries, ok=broken is None, first_broken=first, reason=reason, head=previous)


def stored(connection: Connection, after: int, most: int) -> list[dict[str, Any]]:
    """At most so many entries above a sequence number, every column as the database holds it."""
    query = select(*_AS_STORED).where(audit.c.seq > after).order_by(audit.c.seq).limit(most)
    return [row._asdict() for row in connection.execute(query)]


def is_chain(entries: Sequence[dict[str, Any]], seq: int, previous: str) -> bool:
    """Whether these entries, as stored, are whole and follow one after the other from that one on."""
    _, _, broken = _walk(entries, None, seq, previous)
    return broken is None


def take_back(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    """Put entries, as stored, at the end of a chain that they follow from."""
    bare = table(audit.name, *(column(each.name) for each in audit.columns))
    connection.execute(insert(bare), list(entries))
    last = entries[-1]
    connection.execute(update(audit_head).values(seq=last["seq"], hash=last["hash"]))


def _walk(
    rows: Iterable[dict[str, Any]], known: tuple[int, str] | None, entries: int = 0, previous: str = GENESIS
) -> tuple[int, str, tuple[int, str] | None]:
    broken = None
    for row in rows:
        entries += 1
        if broken is None:
            fault = _fault(row, entries, previous, known)
            broken = (min(entries, row["seq"]), fault) if fault else None
        previous = row["hash"]
    return entries, previous, broken


def _fault(row: dict[str, Any], expected_seq: int, previous: str, known: tuple[int, str] | None) -> str | None:
    if row["seq"] != expected_seq:
        return "an entry is missing" if row["seq"] > expected_seq else "an entry was put in before the first"
    if row["previous"] != previous:
        return "the entry does not follow from the one before it"
    if not _is_whole(row):
        return "the entry was changed"
    if known is not None and known[0] == expected_seq and known[1] != row["hash"]:
        return "the entry is not the one that the checkpoint names"
    return None


def _is_whole(row: dict[str, Any]) -> bool:
    try:
        return bool(entry_hash(row) == row["hash"])
    except (TypeError, ValueError):  # a column of another type than we ever write
        return False


def entries_of(rows: Iterable[Row[Any]]) -> Iterator[AuditEntry]:
    """Rows of the audit table as values."""
    return (AuditEntry(**row._asdict()) for row in rows)
