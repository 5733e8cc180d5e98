"""Requests for a citizen's papers, as the citizen sees them: who asks, for what case, and what was agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ledger import Consent, Request
from portal.parts import Parts
from portal.visitor import Visitor
from reuse import OwnPaper
from schemas.errors import FormInvalid, NoSuchRow, NotAllowed
from schemas.manifest import Manifest

DAYS, MOST_DAYS, MOST_USES = 7, 365, 100


@dataclass(frozen=True)
class Asked:
    """Papers that one officer asks for within one case."""

    unit: str
    officer: str
    case: str
    purpose: str
    papers: tuple[tuple[Request, OwnPaper], ...]


@dataclass(frozen=True)
class Given:
    """A consent with what it was given for; `open`: whether it can still be used."""

    consent: Consent
    request: Request
    unit: str
    paper: Manifest | None
    open: bool


def groups(parts: Parts, papers: Iterable[OwnPaper]) -> list[Asked]:
    """What waits for an answer, a case at a time."""

    def case(pair: tuple[Request, OwnPaper]) -> tuple[str, str, str, str]:
        return pair[0].unit, pair[0].actor, pair[0].case, pair[0].purpose

    waiting = sorted(parts.reuse.waiting(papers), key=case)
    return [
        Asked(unit_name(parts, unit), officer_name(parts, actor), number, purpose, tuple(pairs))
        for (unit, actor, number, purpose), pairs in groupby(waiting, key=case)
    ]


def next_of_case(parts: Parts, visitor: Visitor, answered: int) -> int | None:
    """Another request of the same case that still waits."""
    done = parts.ledger.request(answered)
    waiting = [asked for asked, _ in parts.reuse.waiting(parts.reuse.papers(visitor.subject))]
    same = [
        asked.id for asked in waiting if (asked.unit, asked.actor, asked.case) == (done.unit, done.actor, done.case)
    ]
    return same[0] if same else None


def given(parts: Parts, visitor: Visitor) -> list[Given]:
    """The person's consents, newest first."""
    now = parts.clock()
    found = []
    for consent in reversed(parts.ledger.consents(subject_token=visitor.subject.token)):
        asked = parts.ledger.request(consent.request_id)
        paper = parts.records.head(asked.record)
        usable = consent.state == "ACTIVE" and consent.used < consent.uses and now < consent.expires_at
        found.append(Given(consent, asked, unit_name(parts, asked.unit), paper, usable))
    return found


def agree(parts: Parts, visitor: Visitor, request: int, *, days: int, uses: int, revision: int | None) -> int:
    """Agree to a request for the revision that was shown. Raises FormInvalid, NotAllowed, ConsentNotValid."""
    if not 1 <= days <= MOST_DAYS:
        raise FormInvalid(field="days", reason=f"Từ 1 đến {MOST_DAYS} ngày.")
    if not 1 <= uses <= MOST_USES:
        raise FormInvalid(field="uses", reason=f"Từ 1 đến {MOST_USES} lần.")
    return parts.reuse.consent(request, visitor.subject, until(parts, days), uses, revision=revision)


def until(parts: Parts, days: int) -> datetime:
    """That many days from now."""
    return parts.clock() + timedelta(days=days)


def request_of(parts: Parts, request: int) -> Request:
    """Raises NotAllowed for one that does not exist: the same answer as for somebody else's."""
    try:
        return parts.ledger.request(request)
    except NoSuchRow:
        raise NotAllowed() from None


def state_of(parts: Parts, request: int) -> str:
    """The request's state; EXPIRED for one that nobody answered in time. Raises NotAllowed."""
    asked = request_of(parts, request)
    return "EXPIRED" if parts.reuse.has_ended(asked) else asked.state


def unit_name(parts: Parts, code: str | None) -> str:
    """The unit's name; its code where the ledger does not know it."""
    try:
        return parts.ledger.unit(code).name if code else ""
    except NoSuchRow:
        return code or ""


def officer_name(parts: Parts, actor: str) -> str:
    """The name of an account by the login that stands in the audit chain; the login where there is none."""
    account = parts.ledger.account_by_login(actor)
    return account.name if account else actor
