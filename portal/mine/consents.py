"""Pages of consent: what waits for an answer, exactly what would go, and what was agreed to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from portal.mine import asking
from portal.mine.papers import field_lines
from portal.pages import render
from portal.rights import Role, may
from portal.visitor import Who, parts_of

router = APIRouter(include_in_schema=False)
CITIZEN = may(Role.CITIZEN)
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
DONE = ("agreed", "refused", "revoked")


@router.get("/dong-y", name="my_consents", dependencies=[CITIZEN])
def consents(request: Request, visitor: Who, xong: str = "") -> Response:
    parts = parts_of(request)
    groups = asking.groups(parts, parts.reuse.papers(visitor.subject))
    done = xong if xong in DONE else ""
    return render(request, "mine/consents.html", groups=groups, given=asking.given(parts, visitor), done=done)


@router.get("/dong-y/{number}", name="my_request", dependencies=[CITIZEN])
def preview(request: Request, visitor: Who, number: Id, xong: str = "") -> Response:
    """Exactly what would be handed over: the fields, and the pages of the sealed PDF."""
    parts = parts_of(request)
    shown = parts.reuse.preview(number, visitor.subject)
    paper = parts.records.get(shown.record, shown.revision)
    return render(
        request,
        "mine/request.html",
        shown=shown,
        state=asking.state_of(parts, number),
        lines=field_lines(parts, paper),
        pages=range(1, len(paper.source.pages) + 1),
        unit=asking.unit_name(parts, shown.unit),
        officer=asking.officer_name(parts, shown.actor),
        days=asking.DAYS,
        most_days=asking.MOST_DAYS,
        most_uses=asking.MOST_USES,
        done=xong if xong in DONE else "",
    )


@router.post("/dong-y/{number}/dong-y", name="my_request_agree", dependencies=[CITIZEN])
def agree(
    request: Request,
    visitor: Who,
    number: Id,
    revision: Annotated[int, Form(ge=1, le=2**31 - 1)],
    days: Annotated[int, Form()] = asking.DAYS,
    uses: Annotated[int, Form()] = 1,
) -> Response:
    parts = parts_of(request)
    asking.agree(parts, visitor, number, days=days, uses=uses, revision=revision)
    return _onward(request, visitor, number, "agreed")


@router.post("/dong-y/{number}/tu-choi", name="my_request_refuse", dependencies=[CITIZEN])
def refuse(request: Request, visitor: Who, number: Id) -> Response:
    parts_of(request).reuse.refuse(number, visitor.subject)
    return _onward(request, visitor, number, "refused")


@router.post("/dong-y/rut/{consent}", name="my_consent_revoke", dependencies=[CITIZEN])
def revoke(request: Request, visitor: Who, consent: Id) -> Response:
    parts_of(request).reuse.revoke(consent, visitor.subject)
    return RedirectResponse("/dong-y?xong=revoked", 303)


def _onward(request: Request, visitor: Who, answered: int, done: str) -> Response:
    """To the next paper of the same case, else to all consents."""
    following = asking.next_of_case(parts_of(request), visitor, answered)
    return RedirectResponse(f"/dong-y/{following}?xong={done}" if following else f"/dong-y?xong={done}", 303)
