"""The officer's pages: looking a person up, own requests, agreement at the counter, what was handed over."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from portal.exchange.records import stream
from portal.lookup import asking
from portal.lookup.asking import PAGE, wrong_number
from portal.lookup.shown import fields_shown, labels_of, pages_shown, picture, sealed_pdf
from portal.pages import render, said, texts_of
from portal.problems import status_of
from portal.rights import Role, may
from portal.visitor import Visitor, Who, parts_of
from reuse import LookUp
from schemas.errors import BadIdentifier, ConsentNotValid, FormInvalid, NotAllowed, QuotaExceeded

router = APIRouter(include_in_schema=False)
OFFICER = may(Role.OFFICER)
NOTHING = {"number": "", "case": "", "procedure": ""}  # typed, or wrong with it

Text = Annotated[str, Form(max_length=300)]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Ids = Annotated[list[int], Query(max_length=asking.MOST_TOGETHER)]


@router.get("/tra-cuu", name="lookup", dependencies=[OFFICER])
def lookup_form(request: Request) -> Response:
    return _lookup(request, {})


@router.post("/tra-cuu", name="lookup_find", dependencies=[OFFICER])
def lookup(request: Request, visitor: Who, number: Text = "", case: Text = "", procedure: Text = "") -> Response:
    """What of the procedure's needs the person has handed in; never a redirect, so that no number stands in a URL."""
    typed = {"number": number, "case": case, "procedure": procedure}
    try:
        if not number.strip():
            raise BadIdentifier()
        found = asking.look_up(parts_of(request), visitor, number, case, procedure)
    except BadIdentifier as error:
        return _lookup(request, typed, status_of(error), faults={"number": _wrong_number(request, number)})
    except FormInvalid as error:
        where, why = "case" if error.details["field"] == "case" else "procedure", error.details["reason"]
        return _lookup(request, typed, status_of(error), faults={where: texts_of(request).reason(why)})
    except QuotaExceeded as error:
        return _lookup(request, typed, status_of(error), problem=said(request, error))
    return _lookup(request, typed, found=found, visitor=visitor)


@router.post("/tra-cuu/yeu-cau", name="lookup_ask", dependencies=[OFFICER])
def ask(
    request: Request,
    visitor: Who,
    case: Text = "",
    procedure: Text = "",
    record: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    at: Text = "",
) -> Response:
    made = asking.ask(parts_of(request), visitor, case, procedure, record)
    if at == "counter":
        return RedirectResponse("/yeu-cau/tai-quay?" + "&".join(f"so={number}" for number in made), 303)
    return RedirectResponse(f"/yeu-cau?moi={len(made)}", 303)


@router.get("/yeu-cau", name="requests", dependencies=[OFFICER])
def requests(
    request: Request,
    visitor: Who,
    moi: Annotated[int, Query(ge=0, le=100)] = 0,
    truoc: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """My requests, newest first, each with what can be done next."""
    rows = asking.mine(parts_of(request), visitor, truoc)
    older = rows[-1].asked.id if len(rows) == PAGE else None
    return render(request, "lookup/requests.html", rows=rows, made=moi, older=older, first=truoc is None)


@router.get("/yeu-cau/tai-quay", name="counter", dependencies=[OFFICER])
def counter_form(request: Request, visitor: Who, so: Ids) -> Response:
    return _counter(request, visitor, so)


@router.post("/yeu-cau/tai-quay", name="counter_agree", dependencies=[OFFICER])
def counter(
    request: Request,
    visitor: Who,
    so: Annotated[list[int], Form(max_length=asking.MOST_TOGETHER)],
    number: Text = "",
    agreed: Text = "",
) -> Response:
    """Write down that the citizen agreed at the counter: with the number in full, and a tick."""
    if not agreed:
        return _counter(request, visitor, so, 422, fault_agreed=True)
    try:
        asking.agree_at_counter(parts_of(request), visitor, so, number)
    except BadIdentifier as error:
        return _counter(request, visitor, so, status_of(error), fault=_wrong_number(request, number))
    except NotAllowed:
        return _counter(request, visitor, so, 422, fault="other")
    return RedirectResponse("/yeu-cau", 303)


@router.get("/yeu-cau/{number}", name="request", dependencies=[OFFICER])
def one(request: Request, visitor: Who, number: Id) -> Response:
    """One request; what it says only after it was handed over."""
    parts = parts_of(request)
    row = asking.one_of_mine(parts, visitor, number)
    if row.state != "received":
        return render(
            request, "lookup/request.html", row=row, labels=labels_of(parts, _type(request, row.asked.record))
        )
    _, paper = parts.reuse.open_released(number, visitor.actor, "fields")
    shown: dict[str, Any] = {"paper": paper, "fields": fields_shown(parts, paper), "pages": pages_shown(paper)}
    return render(request, "lookup/received.html", row=row, at=f"/yeu-cau/{number}", **shown)


@router.post("/yeu-cau/{number}/nhan", name="request_receive", dependencies=[OFFICER])
def receive(request: Request, visitor: Who, number: Id) -> Response:
    """Take the paper into the case: counts one use of the consent, with its event."""
    asking.receive(parts_of(request), visitor, number)
    return RedirectResponse(f"/yeu-cau/{number}", 303)


@router.get("/yeu-cau/{number}/trang/{page}.jpg", name="request_page", dependencies=[OFFICER])
def page(request: Request, visitor: Who, number: Id, page: Annotated[int, Path(ge=1, le=100_000)]) -> Response:
    parts = parts_of(request)
    _, paper = parts.reuse.open_released(number, visitor.actor, f"page {page}")
    return Response(picture(parts, paper, page), media_type="image/jpeg")


@router.get("/yeu-cau/{number}/ban-ky.pdf", name="request_file", dependencies=[OFFICER])
def file(request: Request, visitor: Who, number: Id) -> StreamingResponse:
    parts = parts_of(request)
    _, paper = parts.reuse.open_released(number, visitor.actor, "file")
    pdf, archival = sealed_pdf(parts, paper)
    return stream(pdf, paper.record, archival)


def _lookup(
    request: Request,
    typed: dict[str, str],
    status: int = 200,
    *,
    found: LookUp | None = None,
    visitor: Visitor | None = None,
    faults: dict[str, str] | None = None,
    problem: str = "",
) -> Response:
    parts = parts_of(request)
    waiting = {}
    if found is not None and visitor is not None:
        records = {paper.held.record for answer in found.answers for paper in answer.papers}
        asked = {record: asking.waiting_for(parts, visitor, typed["case"], record) for record in records}
        waiting = {record: number for record, number in asked.items() if number}
    return render(
        request,
        "lookup/lookup.html",
        status,
        procedures=parts.reuse.procedures.by_code.values(),
        typed=NOTHING | typed,
        found=found,
        waiting=waiting,
        faults=NOTHING | (faults or {}),
        problem=problem,
    )


def _counter(
    request: Request,
    visitor: Visitor,
    numbers: list[int],
    status: int = 200,
    *,
    fault: str = "",
    fault_agreed: bool = False,
) -> Response:
    parts = parts_of(request)
    rows = [asking.one_of_mine(parts, visitor, number) for number in dict.fromkeys(numbers)]
    waiting = [row for row in rows if row.state == "waiting"]
    if not waiting:
        raise ConsentNotValid(consent="new", state=rows[0].state if rows else "none")
    labels = {row.asked.id: labels_of(parts, _type(request, row.asked.record)) for row in waiting}
    values = {"rows": waiting, "labels": labels, "fault": fault, "fault_agreed": fault_agreed}
    return render(request, "lookup/counter.html", status, **values)


def _wrong_number(request: Request, number: str) -> str:
    return texts_of(request).reason(wrong_number(number))


def _type(request: Request, record: str) -> str:
    paper = parts_of(request).records.head(record)
    return paper.type if paper else ""
