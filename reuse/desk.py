"""What every part of once-only stands on: the rooms below, whose paper it is, and the event of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NoReturn

from ledger import Ledger, Request
from reuse.access import CITIZEN, Access
from reuse.papers import MaySee, default_may_see, held, is_about, subject_number
from reuse.ports import Blobs, Index, Records, Token
from reuse.procedures import Procedures
from reuse.requirements import Requirements
from reuse.values import BlindSubject, Held
from schemas.errors import BadIdentifier, MotlanError
from schemas.manifest import Manifest
from schemas.types import TypeCatalogue

__all__ = ["CITIZEN", "Desk", "Subject"]
Subject = str | BlindSubject  # an ID number in full, or a person who has logged in


class Desk:
    """`types` says how long a paper is valid, `may_see` which unit may know of which paper."""

    def __init__(
        self,
        ledger: Ledger,
        records: Records,
        blobs: Blobs,
        index: Index,
        clock: Callable[[], datetime],
        *,
        token: Token,
        checks_per_day: int = 200,
        requirements: Requirements | None = None,
        types: TypeCatalogue | None = None,
        procedures: Procedures | None = None,
        may_see: MaySee = default_may_see,
    ) -> None:
        self._ledger = ledger
        self._records = records
        self._blobs = blobs
        self._index = index
        self._clock = clock
        self._token = token
        self._checks_per_day = checks_per_day
        self._requirements = requirements or Requirements.load()
        self._types = types or TypeCatalogue.load()
        self.procedures = procedures or Procedures.load(self._requirements)
        self._may_see = may_see

    def held(self, paper: Manifest) -> Held:
        """What may be said of a paper to whoever may know of it: its type, its dates, whether it is still valid."""
        return held(paper, self._requirements, self._months_valid(paper), self._clock())

    def has_ended(self, asked: Request) -> bool:
        """Whether nobody answered a request in time."""
        return asked.state == "REQUESTED" and asked.created_at + self.procedures.request_life <= self._clock()

    def _subject(self, subject: Subject, access: Access) -> BlindSubject:
        if isinstance(subject, BlindSubject):
            return subject
        try:
            number = subject_number(subject)
        except BadIdentifier as error:
            self._deny(access, error.code, error)
        return BlindSubject(self._token(number.kind, number.number))

    def _about(self, who: BlindSubject) -> Iterable[Manifest]:
        for hit in self._index.find_number(who.token, None):
            paper = self._head(hit.record)
            if paper is not None and is_about(paper, who, self._token):  # the archive decides, the index only suggests
                yield paper

    def _months_valid(self, paper: Manifest) -> int | None:
        known = self._types.get(paper.type)
        return known.validity_months if known else None

    def _is_subject(self, record: str, who: BlindSubject) -> bool:
        paper = self._head(record)
        return paper is not None and is_about(paper, who, self._token)

    def _head(self, record: str) -> Manifest | None:
        try:
            head = self._records.head(record)
        except BadIdentifier:
            return None
        return None if head is None or head.withdrawn is not None else head

    def _deny(self, access: Access, why: str, error: MotlanError) -> NoReturn:
        with self._ledger.transaction() as tx:
            access.write(tx, outcome="denied", why=why)
        raise error
