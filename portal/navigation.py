"""The links at the top of a page: each area adds the ones that its people see."""

from __future__ import annotations

from dataclasses import dataclass

from portal.visitor import Visitor


@dataclass(frozen=True)
class Entry:
    """A link; `text` is a key of the catalogue, `roles` who sees it."""

    path: str
    text: str
    roles: tuple[str, ...]


# In the order in which they stand there.
ENTRIES: tuple[Entry, ...] = (
    Entry("/bang-dieu-khien", "keeping.nav_board", ("archivist", "admin")),
    Entry("/lo-quet", "scanning.nav", ("clerk",)),
    Entry("/xem-lai", "review.nav", ("clerk",)),
    Entry("/tra-cuu", "lookup.nav_lookup", ("officer",)),
    Entry("/yeu-cau", "lookup.nav_requests", ("officer",)),
    Entry("/tim-kiem", "lookup.nav_search", ("officer", "archivist", "admin")),
    Entry("/xem-lai/so-lieu", "review.nav_figures", ("archivist", "admin")),
    Entry("/luu-tru/nhat-ky", "keeping.nav_log", ("archivist", "admin")),
    Entry("/luu-tru/giu", "keeping.nav_holds", ("archivist", "admin")),
    Entry("/luu-tru/dinh-chinh", "keeping.nav_corrections", ("archivist",)),
    Entry("/quan-tri/tai-khoan", "keeping.nav_accounts", ("admin",)),
    Entry("/quan-tri/don-vi", "keeping.nav_units", ("admin",)),
    Entry("/giay-to", "mine.places", ("citizen",)),
    Entry("/dong-y", "mine.consents_place", ("citizen",)),
    Entry("/chia-se", "mine.shares_place", ("citizen",)),
    Entry("/ai-da-xem", "mine.looks_place", ("citizen",)),
)


def entries(visitor: Visitor) -> list[Entry]:
    """What this visitor sees."""
    return [entry for entry in ENTRIES if visitor.has(*entry.roles)]


def first_page(visitor: Visitor) -> str:
    """Where somebody begins after logging in."""
    seen = entries(visitor)
    return seen[0].path if seen else "/toi"
