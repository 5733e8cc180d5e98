"""How review goes: what each person did on each day, how fast, and how often a colleague refused a change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median

from ledger import ReviewEvent
from portal.pages import VIETNAM
from portal.parts import Parts
from portal.review.spots import name_of

BREAK = timedelta(minutes=5)  # longer between two decisions is no work on a spot


@dataclass(frozen=True)
class DayFigures:
    """One person's day. `pace` is the median of seconds from one decision to the next; None before the second.
    `answered` counts confirmations given to others, `was_refused` own changes that others refused."""

    day: date
    actor: str
    accepted: int = 0
    corrected: int = 0
    cannot_read: int = 0
    answered: int = 0
    was_refused: int = 0
    pace: float | None = None

    @property
    def decided(self) -> int:
        return self.accepted + self.corrected + self.cannot_read


def figures_of(parts: Parts, units: Iterable[str], days: int) -> list[DayFigures]:
    """The last days up to now in Vietnam's time, newest first, then by name."""
    now = parts.clock()
    since = datetime.combine(now.astimezone(VIETNAM).date() - timedelta(days=days - 1), time(), VIETNAM)
    events = [event for unit in units for event in parts.ledger.review_events(unit, since, now + timedelta(seconds=1))]
    return sorted(_by_day(events), key=lambda one: (-one.day.toordinal(), one.actor))


def today_of(parts: Parts, unit: str, actor: str) -> DayFigures:
    """One person's figures of today."""
    today = parts.clock().astimezone(VIETNAM).date()
    own = (one for one in figures_of(parts, [unit], 1) if one.actor == actor)
    return next(own, DayFigures(today, actor))


def names_of(parts: Parts, figures: Iterable[DayFigures]) -> dict[str, str]:
    """The people's names by login."""
    return {actor: name_of(parts, actor) for actor in {one.actor for one in figures}}


def _by_day(events: Sequence[ReviewEvent]) -> Iterable[DayFigures]:
    days: dict[tuple[date, str], list[ReviewEvent]] = defaultdict(list)
    for event in events:
        days[event.at.astimezone(VIETNAM).date(), event.actor].append(event)
    for (day, actor), done in days.items():
        many = Counter(event.what for event in done)
        yield DayFigures(
            day,
            actor,
            accepted=many["accepted"],
            corrected=many["corrected"],
            cannot_read=many["cannot_read"],
            answered=many["confirmed"] + many["refused"],
            was_refused=many["was_refused"],
            pace=_pace(sorted(event.at for event in done if event.what != "was_refused")),
        )


def _pace(moments: Sequence[datetime]) -> float | None:
    gaps = [b - a for a, b in pairwise(moments) if b - a <= BREAK]
    return median(gap.total_seconds() for gap in gaps) if gaps else None
