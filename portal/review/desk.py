"""Who has which paper on the desk, and which look covers its pictures. A courtesy, kept in memory: the ledger alone
says whose decision was first, so what a restart or a second portal process does not know costs at most a refusal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request

HELD = timedelta(minutes=3)  # after which somebody else may be shown the paper
COVERED = timedelta(minutes=10)  # pictures of a paper that belong to one written look


class Desk:
    """Papers are kept apart, not spots: whoever has a paper in front of them goes through all of its spots."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[int, tuple[frozenset[int], datetime]] = {}
        self._looks: dict[tuple[int, str], datetime] = {}

    def hold(self, person: int, documents: Collection[int], now: datetime) -> None:
        """This person has these papers in front of them now, and no others."""
        with self._lock:
            self._held[person] = (frozenset(documents), now + HELD)

    def elsewhere(self, person: int, now: datetime) -> frozenset[int]:
        """The papers that others have in front of them."""
        with self._lock:
            self._held = {who: held for who, held in self._held.items() if held[1] > now}
            return frozenset().union(*(held for who, (held, _) in self._held.items() if who != person))

    def looked(self, person: int, record: str, now: datetime) -> None:
        """A look of this person at that record has been written down."""
        with self._lock:
            self._looks = {look: until for look, until in self._looks.items() if until > now}
            self._looks[person, record] = now + COVERED

    def covers(self, person: int, record: str, now: datetime) -> bool:
        """Whether a written look still covers the record's pictures."""
        with self._lock:
            return self._looks.get((person, record), now) > now


def desk_of(request: Request) -> Desk:
    """The one desk of this app."""
    state = request.app.state
    if not hasattr(state, "desk"):
        state.desk = Desk()
    desk: Desk = state.desk
    return desk
