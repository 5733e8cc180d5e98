"""Asking for papers again, as the officer does: own requests and their state, the counter, taking papers over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ledger import Consent
from ledger import Request as Asked
from portal.parts import Parts
from portal.visitor import Visitor
from reuse import LookUp
from reuse.access import cleaned
from schemas.errors import FormInvalid, NoSuchRow, NotAllowed

State = Literal["waiting", "agreed", "received", "refused", "revoked", "expired"]
PAGE = 30  # requests on one page
MOST_TOGETHER = 20  # papers asked for at once
LONGEST_CASE, LONGEST_PURPOSE = 64, 200  # characters
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Mine:
    """A request of the officer. `until`: how long it can be answered, or used."""

    asked: Asked
    state: State
    until: datetime | None
    how: str | None
    type_name: str


def look_up(parts: Parts, visitor: Visitor, number: str, case: str, procedure: str) -> LookUp:
    """What of a procedure's needs a person has handed in. Raises FormInvalid, BadIdentifier, QuotaExceeded."""
    case = line(case, "case", LONGEST_CASE)
    return parts.reuse.look_up(visitor.actor, visitor.unit, case, procedure, number)


def ask(parts: Parts, visitor: Visitor, case: str, procedure: str, records: Sequence[str]) -> list[int]:
    """Ask for these papers in a case; a paper that this officer has asked for in it, and that waits, is not asked for
    twice. Returns the requests. Raises FormInvalid, NotAllowed (then those before it stand)."""
    case = line(case, "case", LONGEST_CASE)
    known = parts.reuse.procedures.get(procedure)
    if known is None or not 1 <= len(set(records)) <= MOST_TOGETHER:
        raise FormInvalid(field="record", reason="Hãy chọn ít nhất một giấy tờ của thủ tục này.")
    made = []
    for record in dict.fromkeys(records):
        made.append(waiting_for(parts, visitor, case, record) or _ask(parts, visitor, case, known.name, record))
    return made


def waiting_for(parts: Parts, visitor: Visitor, case: str, record: str) -> int | None:
    """The officer's request for that paper in that case that can still be answered or used."""
    for asked in reversed(parts.ledger.requests(record=record)):
        same = asked.actor == visitor.actor and asked.case == cleaned(case)
        if same and _state(parts, asked, _consent(parts, asked)) in ("waiting", "agreed", "received"):
            return asked.id
    return None


def mine(parts: Parts, visitor: Visitor, before: int | None = None, limit: int = PAGE) -> list[Mine]:
    """The officer's requests, newest first."""
    return [_told(parts, asked) for asked in parts.ledger.newest_requests(visitor.actor, before, limit)]


def one_of_mine(parts: Parts, visitor: Visitor, request: int) -> Mine:
    """A request of this officer. Raises NotAllowed, the same for none and for another's."""
    try:
        asked = parts.ledger.request(request)
    except NoSuchRow:
        raise NotAllowed() from None
    if asked.actor != visitor.actor or asked.unit != visitor.unit:
        raise NotAllowed()
    return _told(parts, asked)


def agree_at_counter(parts: Parts, visitor: Visitor, requests: Iterable[int], number: str) -> None:
    """Write down that the citizen agreed to these requests at the counter. Raises NotAllowed, BadIdentifier,
    ConsentNotValid, QuotaExceeded; what was agreed to before that stands."""
    for each in requests:
        if one_of_mine(parts, visitor, each).state == "waiting":
            parts.reuse.consent_at_counter(each, visitor.actor, number)


def receive(parts: Parts, visitor: Visitor, request: int) -> None:
    """Take an agreed paper into the case: counts one use. Raises NotAllowed, ConsentNotValid, BlobMissing …"""
    asked = one_of_mine(parts, visitor, request).asked
    parts.reuse.release(request, visitor.actor, asked.case, asked.purpose).pdf.close()


def line(text: str, name: str, longest: int) -> str:
    """One line as a person typed it. Raises FormInvalid for an empty or too long one."""
    text = " ".join(_CONTROLS.sub(" ", text).split())
    if not text:
        raise FormInvalid(field=name, reason="Ô này không được để trống.")
    if len(text) > longest:
        raise FormInvalid(field=name, reason=f"Dài quá {longest} ký tự.")
    return text


def wrong_number(text: str) -> str:
    """Why a typed ID number cannot be one, for the person at the counter; never the number itself."""
    digits = re.sub(r"[\s.\-]", "", text)
    if not digits:
        return "Hãy gõ số định danh của người dân."
    if not digits.isdigit():
        return "Số định danh có 12 chữ số, ở đây có ký tự khác chữ số."
    return f"Bạn đã gõ {len(digits)} chữ số; số định danh có 12 chữ số."


def _ask(parts: Parts, visitor: Visitor, case: str, purpose: str, record: str) -> int:
    return parts.reuse.request(visitor.actor, visitor.unit, case, purpose, record)


def _told(parts: Parts, asked: Asked) -> Mine:
    given = _consent(parts, asked)
    state = _state(parts, asked, given)
    until = given.expires_at if given and state in ("agreed", "received") else None
    if state == "waiting":
        until = asked.created_at + parts.reuse.procedures.request_life
    paper = parts.records.head(asked.record)
    return Mine(asked, state, until, given.how if given else None, paper.type_name if paper else asked.record)


def _consent(parts: Parts, asked: Asked) -> Consent | None:
    given = parts.ledger.consents(request_id=asked.id) if asked.state not in ("REQUESTED", "REFUSED") else []
    return given[-1] if given else None


def _state(parts: Parts, asked: Asked, given: Consent | None) -> State:
    if asked.state == "REFUSED":
        return "refused"
    if asked.state == "REVOKED" or (given is not None and given.state == "REVOKED"):
        return "revoked"
    if parts.reuse.has_ended(asked) or (given is not None and given.expires_at <= parts.clock()):
        return "expired"
    if asked.state == "RELEASED":
        return "received"
    return "agreed" if asked.state == "CONSENTED" else "waiting"
