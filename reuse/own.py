"""The citizen and the own papers: all of them, sensitive ones too, each look written down like anybody's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ledger import Request
from reuse.access import Access
from reuse.desk import CITIZEN, Desk, Subject
from reuse.papers import is_about
from reuse.values import BlindSubject, Held
from schemas.errors import NotAllowed
from schemas.evidence import Subject as Person
from schemas.identifiers import PERSON_KINDS
from schemas.manifest import Manifest


@dataclass(frozen=True)
class OwnPaper:
    """A paper of the person who asks: what may be said of it, all it says, and as whom it names the person."""

    held: Held
    manifest: Manifest
    person: Person


class OwnPapers(Desk):
    """What a citizen does with the own papers."""

    def papers(self, subject: Subject) -> tuple[OwnPaper, ...]:
        """Every paper about the person, newest first; the event is written before anything is told. Raises
        BadIdentifier."""
        access = Access.asked(CITIZEN, "reuse.papers", object="papers")
        who = self._subject(subject, access)
        with self._ledger.transaction() as tx:
            replace(access, subject_token=who.token).write(tx)
        return tuple(
            OwnPaper(self.held(paper), paper, person)
            for paper in self._about(who)
            if (person := self._person(paper, who)) is not None
        )

    def own(self, subject: Subject, record: str, look: str, **detail: Any) -> OwnPaper:
        """One paper of the person, once the event `access.<look>` is written. Raises NotAllowed for somebody else's
        paper and for none, BadIdentifier."""
        access = Access.asked(CITIZEN, f"access.{look}")
        who = self._subject(subject, access)
        paper = self._head(record)
        if paper is None:
            self._deny(access, "NO_SUCH_PAPER", NotAllowed())
        access = replace(access, object=record, record=record)
        person = self._person(paper, who)
        if person is None:
            self._deny(access, "NOT_THE_SUBJECT", NotAllowed())
        with self._ledger.transaction() as tx:
            replace(access, subject_token=who.token).write(tx, revision=paper.revision, **detail)
        return OwnPaper(self.held(paper), paper, person)

    def waiting(self, papers: Iterable[OwnPaper]) -> list[tuple[Request, OwnPaper]]:
        """The requests for these papers that can still be answered, oldest first."""
        found = [(asked, p) for p in papers for asked in self._ledger.requests(p.manifest.record, "REQUESTED")]
        return sorted((pair for pair in found if not self.has_ended(pair[0])), key=lambda pair: pair[0].id)

    def _person(self, paper: Manifest, who: BlindSubject) -> Person | None:
        """The one of the paper's people that the token names."""
        if not is_about(paper, who, self._token):
            return None
        for person in paper.subjects:
            kind, number = person.id_kind, person.number
            if kind and number and PERSON_KINDS[kind].is_valid(number) and self._token(kind, number) == who.token:
                return person
        return None
