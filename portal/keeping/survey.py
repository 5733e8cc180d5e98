"""The survey: what only manifests tell (seals, fields that machines were sure of, dossiers), counted over the newest
papers of a unit in the background, and kept for some minutes."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from portal.parts import Parts
from reuse.indicators import Counts, Dossiers
from schemas.errors import MotlanError
from schemas.manifest import Manifest

log = structlog.get_logger()

MOST = 5_000  # papers that are looked at: manifests lie in the store, one read each
FRESH = timedelta(minutes=10)
PATIENCE_SECONDS = 2.0  # how long a page waits for the first survey of a unit


@dataclass
class Survey:
    """Counts over so many of the newest papers, of which `more` says whether there are others. Seals are counted by
    level and by verdict; bytes are those of the stored forms."""

    made_at: datetime
    papers: int = 0
    more: bool = False
    fields: int = 0
    accepted: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    counts: Counts = field(default_factory=Counts)

    def add(self, paper: Manifest) -> None:
        self.papers += 1
        self.fields += len(paper.fields)
        self.accepted += sum(reading.accepted for reading in paper.fields.values())
        self.bytes += sum(kept.size for kept in paper.representations)
        seal = paper.seal
        self.verdicts[seal.verdict if seal else "NONE"] += 1
        self.levels[seal.signatures[-1].level if seal and seal.signatures else "NONE"] += 1


def survey(parts: Parts, unit: str) -> Survey:
    """Read the newest papers of a unit and those below it; about a third of a millisecond a paper in a folder."""
    made = Survey(parts.clock())
    dossiers = Dossiers.new()
    records = parts.ledger.newest_records(unit, MOST + 1)
    made.more = len(records) > MOST
    for record in records[:MOST]:
        paper = parts.records.head(record)
        if paper is not None:
            made.add(paper)
            dossiers.add(paper)
    cases = parts.ledger.cases(unit)
    made.counts = dossiers.counts(cases.asked, cases.released)
    return made


class Surveys:
    """The last survey of each unit; a stale one is shown while its successor is made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._made: dict[str, Survey] = {}
        self._running: dict[str, threading.Thread] = {}

    def of(self, unit: str) -> Survey | None:
        """The newest survey of a unit; None while the first one is being made."""
        with self._lock:
            made = self._made.get(unit)
            running = self._running.get(unit)
            if running is None and (made is None or self._parts.clock() - made.made_at > FRESH):
                running = threading.Thread(target=self._make, args=(unit,), daemon=True)
                self._running[unit] = running
                running.start()
        if made is None and running is not None:
            running.join(PATIENCE_SECONDS)
        return self._made.get(unit)

    def _make(self, unit: str) -> None:
        try:
            self._made[unit] = survey(self._parts, unit)
        except MotlanError as error:
            log.warning("survey_waits", code=error.code)
        finally:
            with self._lock:
                self._running.pop(unit, None)
