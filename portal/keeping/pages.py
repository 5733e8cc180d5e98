"""Pages of the archivist: the dashboard, the audit log, one record, retention and holds, answers to citizens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from portal.keeping import records, sentences
from portal.keeping.board import board
from portal.keeping.forms import masked_query
from portal.keeping.people import account_in_care
from portal.keeping.survey import Surveys
from portal.pages import VIETNAM, render, said, texts_of
from portal.problems import status_of
from portal.rights import Role, may
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FormInvalid, NotAllowed

router = APIRouter(include_in_schema=False)
KEEPERS = [may(Role.ARCHIVIST, Role.ADMIN)]
ARCHIVISTS = [may(Role.ARCHIVIST)]
PAGE = 50
Text = Annotated[str, Form(max_length=2000)]
# Beginnings of actions that people search by; words in the catalogue.
ACTIONS = (
    "access.",
    "reuse.",
    "login",
    "account.",
    "unit.",
    "batch.",
    "file",
    "review.",
    "record.",
    "correction.",
    "client.",
    "hook.",
    "archive.",
    "audit.",
)


def surveys_of(request: Request) -> Surveys:
    """The one memory of surveys of this app."""
    state = request.app.state
    if not hasattr(state, "surveys"):
        state.surveys = Surveys(parts_of(request))
    found: Surveys = state.surveys
    return found


@router.get("/bang-dieu-khien", name="board", dependencies=KEEPERS)
def dashboard(request: Request, visitor: Who) -> Response:
    made = board(parts_of(request), surveys_of(request), visitor.unit)
    template = "keeping/board_part.html" if "hx-request" in request.headers else "keeping/board.html"
    unit = parts_of(request).ledger.unit(visitor.unit)
    return render(request, template, board=made, unit=unit, age=ages(request, made.at))


def ages(request: Request, now: datetime) -> Callable[[datetime], str]:
    """How long ago something was, in the visitor's words."""
    t = texts_of(request)

    def age(then: datetime) -> str:
        minutes = max(0, int((now - then).total_seconds() // 60))
        for unit, length in (("days", 1440), ("hours", 60)):
            if minutes >= 2 * length:
                return t(f"keeping.age.{unit}", n=minutes // length)
        return t("keeping.age.minutes", n=minutes)

    return age


@router.get("/luu-tru/nhat-ky", name="audit_log", dependencies=KEEPERS)
def log(
    request: Request,
    visitor: Who,
    actor: str = "",
    action: str = "",
    record: str = "",
    since: str = "",
    until: str = "",
    denied: bool = False,
    before: int | None = None,
) -> Response:
    typed = {"actor": actor, "action": action, "record": record, "since": since, "until": until}
    return _log(request, visitor, typed, denied, before)


@router.post("/luu-tru/nhat-ky", name="audit_find", dependencies=KEEPERS)
def find(
    actor: Text = "", action: Text = "", record: Text = "", since: Text = "", until: Text = "", denied: Text = ""
) -> Response:
    """What was typed goes into an address only without numbers."""
    wanted = {"actor": actor, "action": action, "record": record, "since": since, "until": until}
    return RedirectResponse("/luu-tru/nhat-ky" + masked_query(**wanted, denied="1" if denied else ""), 303)


@router.post("/luu-tru/nhat-ky/kiem-tra", name="audit_verify", dependencies=KEEPERS)
def verify(request: Request, visitor: Who) -> Response:
    verdict = records.verify_chain(parts_of(request), visitor)
    return _log(request, visitor, {}, False, None, verdict)


def _log(
    request: Request,
    visitor: Visitor,
    typed: dict[str, str],
    denied: bool,
    before: int | None,
    verdict: records.ChainVerdict | None = None,
) -> Response:
    typed = dict.fromkeys(("actor", "action", "record", "since", "until"), "") | typed
    entries = parts_of(request).ledger.audit_page(
        visitor.unit,
        before,
        PAGE + 1,
        actor=typed["actor"],
        action=typed["action"],
        record=typed["record"],
        since=day_of(typed["since"]),
        until=day_of(typed["until"], after=1),
        denied_only=denied,
    )
    more = ""
    if len(entries) > PAGE:
        more = masked_query(**typed, denied="1" if denied else "") or "?"
        more += f"{'' if more == '?' else '&'}before={entries[PAGE - 1].seq}"
    values: dict[str, Any] = {"entries": entries[:PAGE], "more": more, "typed": typed, "denied": denied}
    words = {word for entry in entries for word in (entry.actor, entry.object)}
    values["told"] = sentences.told_by(texts_of(request), _names(request, visitor, words))
    return render(request, "keeping/log.html", **values, verdict=verdict, actions=ACTIONS, first=before is None)


def _names(request: Request, visitor: Visitor, words: set[str]) -> dict[str, str]:
    """The logins behind `account:7` of the own units; other words stand for themselves, citizens keep their number."""
    parts, found = parts_of(request), {}
    for word in words:
        number = word.removeprefix("account:")
        if number != word and number.isdecimal():
            with suppress(NotAllowed):
                found[word] = account_in_care(parts, visitor, int(number)).account.login
    return found


def day_of(text: str, after: int = 0) -> datetime | None:
    """The beginning of a day in Vietnam (`2026-11-22`), so many days after it; None for nothing or no day."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return datetime.combine(day, time(), VIETNAM) + timedelta(days=after)


@router.get("/luu-tru/ho-so/{record}", name="record_facts", dependencies=KEEPERS)
def record_facts(request: Request, visitor: Who, record: str) -> Response:
    return _record(request, visitor, record)


@router.post("/luu-tru/ho-so/{record}/toan-ven", name="record_fixity", dependencies=KEEPERS)
def record_fixity(request: Request, visitor: Who, record: str) -> Response:
    """Read everything of the record back now."""
    found = records.fixity(parts_of(request), visitor, record)
    return _record(request, visitor, record, fixity=found)


@router.post("/luu-tru/ho-so/{record}/giu", name="record_hold", dependencies=ARCHIVISTS)
def hold(request: Request, visitor: Who, record: str, reason: Text = "") -> Response:
    try:
        records.hold(parts_of(request), visitor, record, reason)
    except FormInvalid as error:
        return _record(request, visitor, record, status_of(error), said(request, error))
    return RedirectResponse(f"/luu-tru/ho-so/{record}", 303)


def _record(
    request: Request, visitor: Visitor, record: str, status: int = 200, problem: str = "", fixity: Any = None
) -> Response:
    facts = records.facts(parts_of(request), visitor, record)
    return render(request, "keeping/record.html", status, facts=facts, problem=problem, fixity=fixity)


@router.get("/luu-tru/giu", name="holds", dependencies=KEEPERS)
def holds(request: Request, visitor: Who) -> Response:
    return _holds(request, visitor)


@router.post("/luu-tru/giu", name="hold_put", dependencies=ARCHIVISTS)
def put_hold(request: Request, visitor: Who, record: Text = "", reason: Text = "") -> Response:
    try:
        records.hold(parts_of(request), visitor, record, reason)
    except (FormInvalid, NotAllowed) as error:
        return _holds(request, visitor, status_of(error), said(request, error), {"record": record, "reason": reason})
    return RedirectResponse("/luu-tru/giu", 303)


@router.post("/luu-tru/giu/{hold}/bo", name="hold_lift", dependencies=ARCHIVISTS)
def lift_hold(request: Request, visitor: Who, hold: int) -> Response:
    records.lift(parts_of(request), visitor, hold)
    return RedirectResponse("/luu-tru/giu", 303)


def _holds(
    request: Request, visitor: Visitor, status: int = 200, problem: str = "", typed: dict[str, str] | None = None
) -> Response:
    parts = parts_of(request)
    values = {
        "holds": parts.ledger.holds(visitor.unit),
        "kept": records.retention(parts, visitor.unit),
        "typed": typed or {"record": "", "reason": ""},
    }
    return render(request, "keeping/holds.html", status, problem=problem, **values)


@router.get("/luu-tru/dinh-chinh", name="corrections", dependencies=KEEPERS)
def corrections(request: Request, visitor: Who, all: bool = False) -> Response:
    return _corrections(request, visitor, all)


@router.post("/luu-tru/dinh-chinh/{correction}", name="correction_answer", dependencies=ARCHIVISTS)
def answer(request: Request, visitor: Who, correction: int, answer: Text = "", corrected: Text = "") -> Response:
    try:
        records.answer(parts_of(request), visitor, correction, answer, corrected=bool(corrected))
    except FormInvalid as error:
        return _corrections(request, visitor, False, status_of(error), said(request, error))
    return RedirectResponse("/luu-tru/dinh-chinh", 303)


def _corrections(request: Request, visitor: Visitor, all: bool, status: int = 200, problem: str = "") -> Response:
    found = records.corrections(parts_of(request), visitor, open_only=not all)
    parts = parts_of(request)
    values = {"found": found, "all": all, "problem": problem, "label": lambda one: records.label_of(parts, one)}
    return render(request, "keeping/corrections.html", status, **values)
