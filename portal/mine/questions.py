"""Pages of who looked, of questions about it, and of what a citizen says is wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from portal.mine import looks
from portal.mine.asking import unit_name
from portal.mine.papers import field_lines
from portal.pages import render, said, texts_of
from portal.problems import status_of
from portal.rights import Role, may
from portal.visitor import Who, parts_of
from schemas.errors import FormInvalid, NotAllowed

router = APIRouter(include_in_schema=False)
CITIZEN = may(Role.CITIZEN)
Event = Annotated[int, Path(ge=1, le=2**53)]
Record = Annotated[str, Path(max_length=64)]
Message = Annotated[str, Form(max_length=20_000)]
PAGE = 40  # looks on one page


@router.get("/ai-da-xem", name="my_looks", dependencies=[CITIZEN])
def who_looked(
    request: Request,
    visitor: Who,
    own: Annotated[bool, Query(alias="ca-toi")] = False,
    before: Annotated[int, Query(alias="truoc", ge=0, le=2**53)] = 0,
) -> Response:
    """Looks by others; with `ca-toi` one's own too. `truoc` is the last event of the page before."""
    parts = parts_of(request)
    told = looks.looks_of(parts, visitor, texts_of(request), parts.reuse.papers(visitor.subject), own=own)
    told = [look for look in told if not before or look.event < before]
    return render(request, "mine/looks.html", looks=told[:PAGE], more=len(told) > PAGE, own=own)


@router.get("/ai-da-xem/{event}/hoi", name="my_look_question", dependencies=[CITIZEN])
def look_form(request: Request, visitor: Who, event: Event) -> Response:
    return _look_form(request, visitor, event)


@router.post("/ai-da-xem/{event}/hoi", name="my_look_ask", dependencies=[CITIZEN])
def ask(request: Request, visitor: Who, event: Event, message: Message = "") -> Response:
    try:
        looks.ask_about_look(parts_of(request), visitor, event, message)
    except FormInvalid as error:
        return _look_form(request, visitor, event, status_of(error), said(request, error), message)
    return RedirectResponse("/cau-hoi?xong=1", 303)


@router.get("/giay-to/{record}/sua", name="my_correction", dependencies=[CITIZEN])
def correction_form(
    request: Request, visitor: Who, record: Record, field: Annotated[str, Query(alias="o", max_length=64)] = ""
) -> Response:
    return _correction_form(request, visitor, record, field)


@router.post("/giay-to/{record}/sua", name="my_correction_ask", dependencies=[CITIZEN])
def correct(
    request: Request,
    visitor: Who,
    record: Record,
    field: Annotated[str, Form(max_length=64)] = "",
    message: Message = "",
) -> Response:
    try:
        looks.ask_for_correction(parts_of(request), visitor, record, field, message)
    except FormInvalid as error:
        return _correction_form(request, visitor, record, field, status_of(error), said(request, error), message)
    return RedirectResponse("/cau-hoi?xong=1", 303)


@router.get("/cau-hoi", name="my_questions", dependencies=[CITIZEN])
def questions(request: Request, visitor: Who, xong: bool = False) -> Response:
    """What the person asked, and the answers."""
    parts = parts_of(request)
    papers = {own.manifest.record: own.manifest for own in parts.reuse.papers(visitor.subject)}
    labels = {(record, line.name): line.label for record, paper in papers.items() for line in field_lines(parts, paper)}
    rows = [(each, unit_name(parts, each.unit)) for each in looks.asked(parts, visitor)]
    return render(request, "mine/questions.html", rows=rows, papers=papers, labels=labels, done=xong)


def _look_form(
    request: Request, visitor: Who, event: int, status: int = 200, problem: str = "", message: str = ""
) -> Response:
    parts = parts_of(request)
    t, papers = texts_of(request), parts.reuse.papers(visitor.subject)
    told = looks.looks_of(parts, visitor, t, papers, own=True)
    look = next((each for each in told if event in each.events), None)
    if look is None:
        raise NotAllowed()
    values = {"problem": problem, "message": message, "longest": looks.LONGEST}
    return render(request, "mine/ask_look.html", status, look=look, event=event, **values)


def _correction_form(
    request: Request, visitor: Who, record: str, field: str, status: int = 200, problem: str = "", message: str = ""
) -> Response:
    parts = parts_of(request)
    paper = parts.reuse.own(visitor.subject, record, "view").manifest
    lines = field_lines(parts, paper)
    values = {"problem": problem, "message": message, "longest": looks.LONGEST}
    return render(request, "mine/correct.html", status, paper=paper, lines=lines, field=field, **values)
