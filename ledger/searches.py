"""Searches that a person keeps to run again; ID numbers in them are masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from ledger.people_tables import saved_searches
from ledger.reads import Reads
from ledger.writes import Writes
from schemas.errors import NoSuchRow
from schemas.identifiers import mask_numbers


@dataclass(frozen=True)
class SavedSearch:
    """A search with the name its owner gave it; `query` holds texts and lists of texts."""

    id: int
    account_id: int
    name: str
    query: Mapping[str, Any]
    created_at: datetime


class SearchReads(Reads):
    """Questions about saved searches."""

    def saved_searches(self, account_id: int) -> list[SavedSearch]:
        """Of one person, by name."""
        query = select(saved_searches).where(saved_searches.c.account_id == account_id)
        return [SavedSearch(**row._asdict()) for row in self._all(query.order_by(saved_searches.c.name))]

    def saved_search(self, search_id: int, account_id: int) -> SavedSearch:
        """One of that person's. Raises NoSuchRow."""
        query = select(saved_searches).where(
            saved_searches.c.id == search_id, saved_searches.c.account_id == account_id
        )
        return SavedSearch(**self._one(query, "saved search", search_id)._asdict())


class SearchWrites(Writes):
    """The part of a transaction that deals with saved searches."""

    def save_search(self, account_id: int, name: str, query: Mapping[str, str | list[str]], most: int) -> int | None:
        """Keep a search; None when the person has so many already."""
        kept = select(func.count()).select_from(saved_searches).where(saved_searches.c.account_id == account_id)
        if self._count(kept) >= most:
            return None
        return self._insert(
            saved_searches,
            account_id=account_id,
            name=mask_numbers(name),
            query={key: _masked(value) for key, value in query.items()},
            created_at=self._now(),
        )

    def drop_search(self, search_id: int, account_id: int) -> None:
        """Forget one of that person's. Raises NoSuchRow."""
        mine = (saved_searches.c.id == search_id, saved_searches.c.account_id == account_id)
        if not self._do(delete(saved_searches).where(*mine)):
            raise NoSuchRow(what="saved search", id=search_id)


def _masked(value: str | list[str]) -> str | list[str]:
    return mask_numbers(value) if isinstance(value, str) else [mask_numbers(each) for each in value]
