"""A record's revisions as far as they can be read: a damaged manifest hides no other, and does not pass unnoticed."""

from __future__ import annotations

from dataclasses import dataclass

from portal.parts import Parts
from schemas.errors import RecordDamaged, RecordMissing
from schemas.manifest import Manifest


@dataclass(frozen=True)
class History:
    """The revisions that can be read, and the numbers of those that are damaged or gone; both ascending."""

    readable: list[Manifest]
    unreadable: list[int]

    @property
    def is_certain(self) -> bool:
        """Whether the newest revision that can be read is the newest there is."""
        return bool(self.readable) and max(self.unreadable, default=0) < self.readable[-1].revision


def history_of(parts: Parts, record: str) -> History:
    """What the store has of a record, compared with what the ledger knows was stored. Raises BadIdentifier."""
    document = parts.ledger.document_by_record(record)
    stored = document.revision or 0 if document else 0
    found = History([], [])
    for revision in sorted({*parts.records.revisions(record), *range(1, stored + 1)}):
        try:
            found.readable.append(parts.records.get(record, revision))
        except (RecordDamaged, RecordMissing):
            found.unreadable.append(revision)
    return found
