"""Searching the papers of the units in reach, kept searches, and opening one of them for a case."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from portal.exchange.records import stream
from portal.lookup import searching
from portal.lookup.searching import LEVELS, Found, Wanted, marked
from portal.lookup.shown import fields_shown, pages_shown, picture, sealed_pdf
from portal.pages import render, said
from portal.problems import status_of
from portal.rights import Role, may
from portal.visitor import Who, parts_of
from schemas.errors import FormInvalid

router = APIRouter(include_in_schema=False)
SEEKER = may(Role.OFFICER, Role.ARCHIVIST, Role.ADMIN)

Text = Annotated[str, Form(max_length=2000)]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Grant = Annotated[str, Path(max_length=1000)]


@router.get("/tim-kiem", name="search", dependencies=[SEEKER])
def search_form(request: Request, visitor: Who) -> Response:
    return _page(request, visitor, Wanted())


@router.post("/tim-kiem", name="search_find", dependencies=[SEEKER])
def search(
    request: Request,
    visitor: Who,
    words: Text = "",
    named: Text = "",
    type: Text = "",
    level: Text = "",
    code: Text = "",
    dated_from: Text = "",
    dated_to: Text = "",
    unit: Text = "",
    after: Text = "",
) -> Response:
    """A page of hits; never a redirect, so that what somebody looks for stands in no URL. htmx is given the next hits
    alone."""
    typed = {"words": words, "named": named, "type": type, "level": level, "code": code}
    typed |= {"dated_from": dated_from, "dated_to": dated_to, "unit": unit}
    try:
        wanted = Wanted.of(typed)
        found = searching.search(parts_of(request), visitor, wanted, after) if wanted else None
    except FormInvalid as error:
        return _page(request, visitor, Wanted(words=words[:300]), status=status_of(error), problem=said(request, error))
    if after and found and "hx-request" in request.headers:
        return render(
            request, "lookup/hits.html", found=found, wanted=wanted, marked=marked, names=_names(request, visitor)
        )
    return _page(request, visitor, wanted, found)


@router.post("/tim-kiem/luu", name="search_save", dependencies=[SEEKER])
def save(
    request: Request,
    visitor: Who,
    name: Text = "",
    words: Text = "",
    named: Text = "",
    type: Text = "",
    level: Text = "",
    code: Text = "",
    dated_from: Text = "",
    dated_to: Text = "",
    unit: Text = "",
) -> Response:
    typed = {"words": words, "named": named, "type": type, "level": level, "code": code}
    wanted = Wanted.of(typed | {"dated_from": dated_from, "dated_to": dated_to, "unit": unit})
    kept = searching.save(parts_of(request), visitor, name, wanted)
    return RedirectResponse(f"/tim-kiem/{kept}", 303)


@router.get("/tim-kiem/{number}", name="search_saved", dependencies=[SEEKER])
def saved(request: Request, visitor: Who, number: Id) -> Response:
    """Run a kept search again."""
    parts = parts_of(request)
    wanted = searching.saved(parts, visitor, number)
    return _page(request, visitor, wanted, searching.search(parts, visitor, wanted), kept=number)


@router.post("/tim-kiem/{number}/bo", name="search_drop", dependencies=[SEEKER])
def drop(request: Request, visitor: Who, number: Id) -> Response:
    searching.drop(parts_of(request), visitor, number)
    return RedirectResponse("/tim-kiem", 303)


@router.get("/ho-so/{record}", name="unit_paper", dependencies=[SEEKER])
def paper_form(request: Request, visitor: Who, record: str) -> Response:
    """Asks what the paper is needed for: without a case and a purpose nobody opens one."""
    paper = searching.paper_of_unit(parts_of(request), visitor, record)
    return render(request, "lookup/open.html", paper=paper, typed={"case": "", "purpose": ""}, fault="")


@router.post("/ho-so/{record}", name="unit_paper_open", dependencies=[SEEKER])
def paper(request: Request, visitor: Who, record: str, case: Text = "", purpose: Text = "") -> Response:
    parts = parts_of(request)
    try:
        opened, grant = searching.open_paper(parts, visitor, record, case, purpose)
    except FormInvalid as error:
        found, typed = searching.paper_of_unit(parts, visitor, record), {"case": case, "purpose": purpose}
        return render(
            request, "lookup/open.html", status_of(error), paper=found, typed=typed, fault=said(request, error)
        )
    shown: dict[str, Any] = {"paper": opened, "fields": fields_shown(parts, opened), "pages": pages_shown(opened)}
    return render(request, "lookup/opened.html", case=case, purpose=purpose, at=f"/ho-so/xem/{grant}", **shown)


@router.get("/ho-so/xem/{grant}/trang/{page}.jpg", name="unit_paper_page", dependencies=[SEEKER])
def page(request: Request, visitor: Who, grant: Grant, page: Annotated[int, Path(ge=1, le=100_000)]) -> Response:
    parts = parts_of(request)
    opened = searching.granted(parts, visitor, grant, f"page {page}")
    return Response(picture(parts, opened, page), media_type="image/jpeg")


@router.get("/ho-so/xem/{grant}/ban-ky.pdf", name="unit_paper_file", dependencies=[SEEKER])
def file(request: Request, visitor: Who, grant: Grant) -> StreamingResponse:
    parts = parts_of(request)
    opened = searching.granted(parts, visitor, grant, "file")
    pdf, archival = sealed_pdf(parts, opened)
    return stream(pdf, opened.record, archival)


def _page(
    request: Request,
    visitor: Who,
    wanted: Wanted,
    found: Found | None = None,
    *,
    status: int = 200,
    problem: str = "",
    kept: int | None = None,
) -> Response:
    parts = parts_of(request)
    return render(
        request,
        "lookup/search.html",
        status,
        wanted=wanted,
        typed=asdict(wanted),
        found=found,
        marked=marked,
        types=sorted(parts.types, key=lambda kind: kind.name),
        levels=LEVELS,
        units=searching.reach(parts, visitor),
        names=_names(request, visitor),
        kept_searches=parts.ledger.saved_searches(visitor.known.id),
        kept=kept,
        problem=problem,
    )


def _names(request: Request, visitor: Who) -> dict[str, str]:
    return {unit.code: unit.name for unit in searching.reach(parts_of(request), visitor)}
