"""The survey: what is counted over all papers of a unit (seals, fields that machines were sure of, dossiers), in the
background, and kept for some minutes."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from ledger import PaperFacts, PaperTotals
from portal.parts import Parts
from reuse.indicators import Counts, rules
from schemas.errors import MotlanError

log = structlog.get_logger()

MOST = 20_000  # papers of an older program whose manifests are read for one survey; the others are for the next ones
PAGE = 500
FRESH = timedelta(minutes=10)
PATIENCE_SECONDS = 2.0  # how long a page waits for the first survey of a unit


@dataclass(frozen=True)
class Survey:
    """Sums over all papers that are counted; `more` says whether there are others."""

    made_at: datetime
    more: bool
    totals: PaperTotals
    counts: Counts


def survey(parts: Parts, unit: str) -> Survey:
    """Count the papers of a unit and those below it: about a second for a million of them."""
    catch_up(parts, unit)
    with parts.ledger.look() as at:
        return Survey(
            made_at=parts.clock(),
            more=bool(at.uncounted(unit, limit=1)),
            totals=at.paper_totals(unit),
            counts=Counts(**asdict(at.dossier_totals(sorted(rules()[1]), unit))),
        )


def catch_up(parts: Parts, unit: str) -> None:
    """Write figures down for papers that have none yet: stored by an older program, or taken up from the archive."""
    after = 0
    for _ in range(MOST // PAGE):
        page = parts.ledger.uncounted(unit, after, PAGE)
        heads = ((document, parts.records.head(record)) for document, record in page)
        found = {document: PaperFacts.of(head) for document, head in heads if head is not None}
        if found:
            with parts.ledger.transaction() as tx:
                tx.put_facts(found)
        if len(page) < PAGE:
            return
        after = page[-1][0]


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
