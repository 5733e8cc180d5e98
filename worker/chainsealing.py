"""Pieces of the audit chain sealed into the archive: a ledger that was rewritten or lost is told, and filled again.

A piece holds entries as the ledger stores them. Each carries the hash of the one before it, so the last hash stands for
all of them; the store creates a piece once and, with object lock, lets nobody take it away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ledger import Ledger, copying
from ledger import audit as chain
from schemas.errors import RecordMissing
from schemas.manifest import canonical_json
from storage.segments import SegmentStore

FORMAT = "motlan-audit/1"
MOST = 10_000  # entries in a piece; so many are sealed at once, fewer when the oldest of them is a day old
OLDEST = timedelta(days=1)


class Parts(Protocol):
    """What is sealed, where to, and the time."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def segments(self) -> SegmentStore: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True)
class Piece:
    """Consecutive entries as stored, and the hash of the entry before them."""

    previous: str
    entries: list[dict[str, Any]]

    @property
    def last(self) -> tuple[int, str]:
        return self.entries[-1]["seq"], self.entries[-1]["hash"]

    def to_bytes(self) -> bytes:
        return canonical_json({"format": FORMAT, "previous": self.previous, "entries": self.entries})


def seal_chain(parts: Parts, at_once: bool = False) -> int:
    """Seal what is due (with `at_once` everything); returns how many entries. Nothing is sealed where the pieces that
    are there belong to another chain: `fault_of_pieces` says so."""
    sealed = 0
    while True:
        seq, hash = _end(parts)
        with parts.ledger.database.reading() as connection:
            if seq and not copying.has_entry(connection, seq, hash):
                return sealed
            entries = chain.stored(connection, seq, MOST)
        if not entries or not (at_once or len(entries) == MOST or _is_old(parts, entries[0])):
            return sealed
        if not parts.segments.put(seq + 1, Piece(hash, entries).to_bytes()):
            return sealed  # another keeper was first
        sealed += len(entries)


def fault_of_pieces(parts: Parts) -> str:
    """What is wrong with the sealed pieces, or between them and the ledger; empty when nothing is."""
    seq, hash = 0, chain.GENESIS
    for first, piece in _pieces(parts):
        if piece is None or first != seq + 1 or piece.previous != hash or not chain.is_chain(piece.entries, seq, hash):
            return f"the sealed piece {first} is not whole, or does not follow from the one before it"
        seq, hash = piece.last
    with parts.ledger.database.reading() as connection:
        same = not seq or copying.has_entry(connection, seq, hash)
    return "" if same else f"the ledger's chain is not the one that was sealed up to entry {seq}"


def take_back(parts: Parts) -> int:
    """Put the sealed entries that the ledger lacks at the end of its chain; returns how many. To be called before
    anything new is written to a restored ledger."""
    taken = 0
    for first, piece in _pieces(parts):
        with parts.ledger.database.writing() as connection:
            seq, hash = copying.end_of_chain(connection)
            entries = [entry for entry in piece.entries if entry["seq"] > seq] if piece else []
            if entries and first <= seq + 1 and chain.is_chain(entries, seq, hash):
                chain.take_back(connection, entries)
                taken += len(entries)
    return taken


def _end(parts: Parts) -> tuple[int, str]:
    """The last sealed entry; (0, GENESIS) for none."""
    firsts = parts.segments.firsts()
    piece = _piece(parts, firsts[-1]) if firsts else None
    return piece.last if piece else (firsts[-1] if firsts else 0, chain.GENESIS)


def _pieces(parts: Parts) -> Iterator[tuple[int, Piece | None]]:
    return ((first, _piece(parts, first)) for first in parts.segments.firsts())


def _piece(parts: Parts, first: int) -> Piece | None:
    """None for what is no piece."""
    try:
        told = json.loads(parts.segments.raw(first))
        piece = Piece(told["previous"], told["entries"])
        return (
            piece if told["format"] == FORMAT and piece.entries[0]["seq"] == first and piece.last[0] >= first else None
        )
    except (RecordMissing, ValueError, KeyError, TypeError, IndexError):
        return None


def _is_old(parts: Parts, entry: dict[str, Any]) -> bool:
    return parts.clock() - datetime.fromisoformat(entry["at"]) > OLDEST
