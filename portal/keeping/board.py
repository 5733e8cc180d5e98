"""The dashboard: how the work of a unit and those below it stands, from the ledger and from its survey."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import AuditEntry, Backlog, Intake, QueueLine
from portal.keeping.survey import Survey, Surveys
from portal.parts import Parts
from reuse.indicators import Indicator, indicators, points
from schemas.errors import MotlanError
from signing.keys import NOT_QUALIFIED

LATELY = timedelta(days=30)  # over which people's decisions are counted


@dataclass(frozen=True)
class Key:
    """The key that seals now: until when its certificate is good, and whether it is one for trying out."""

    expires: datetime
    days: int
    trial: bool


@dataclass(frozen=True)
class Board:
    """Everything on the page. `survey` and what comes of it are None while the first survey is made; `free` and `disk`
    are bytes of the data folder's disk; `faults` says how often a code of an error stands open."""

    at: datetime
    intake: Intake
    papers: Counter[str]
    queue: list[QueueLine]
    oldest: datetime | None
    faults: dict[str, int]
    backlog: Backlog
    outcomes: Counter[str]
    deliveries: Counter[str]
    free: int
    disk: int
    fixity: AuditEntry | None
    key: Key | None
    survey: Survey | None
    indicators: list[Indicator]
    reached: float
    reachable: float

    @property
    def decided(self) -> int:
        """What people decided lately."""
        return sum(self.outcomes.values())

    @property
    def stored(self) -> int:
        return sum(n for state, n in self.papers.items() if state in ("STORED", "DONE"))


def board(parts: Parts, surveys: Surveys, unit: str) -> Board:
    """The state of now, in one consistent look at the ledger."""
    now = parts.clock()
    survey = surveys.of(unit)
    found = indicators(survey.counts) if survey else []
    reached, reachable = points(found)
    disk = shutil.disk_usage(parts.data)
    with parts.ledger.look() as at:
        queue = at.queue(unit)
        return Board(
            at=now,
            intake=at.intake(unit),
            papers=at.papers(unit),
            queue=queue,
            oldest=min((line.oldest for line in queue), default=None),
            faults=at.fault_codes(unit),
            backlog=at.backlog(unit),
            outcomes=at.outcomes(unit, now - LATELY),
            deliveries=at.deliveries(unit),
            free=disk.free,
            disk=disk.total,
            fixity=at.last_fixity(),
            key=_key(parts, now),
            survey=survey,
            indicators=found,
            reached=reached,
            reachable=reachable,
        )


def _key(parts: Parts, now: datetime) -> Key | None:
    try:
        certificate = parts.key.certificate
    except MotlanError:
        return None
    ends = certificate.not_valid_after
    return Key(ends, (ends - now).days, NOT_QUALIFIED in str(certificate.subject.native))
