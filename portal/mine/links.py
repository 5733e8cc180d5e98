"""What the holder of a share's link sees. A look at the address uses nothing up: only the button opens the paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ledger import Share
from portal.mine import papers as own_papers
from portal.mine.shares import state_of
from portal.pages import render
from portal.parts import Parts
from portal.pictures import page_jpeg
from portal.rights import anyone
from portal.secrets import token_hash
from portal.visitor import parts_of
from reuse import Opened
from schemas.errors import LinkExpired, PortalKeyMissing

router = APIRouter(include_in_schema=False)
COOKIE = "motlan-share"  # sent to this link's own addresses alone
READING = timedelta(minutes=30)  # how long an opened paper may be read without another use
Token = Annotated[str, Path(max_length=100)]
PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Width = Annotated[int, Query(ge=100, le=2400, alias="rong")]


@router.get("/s/{token}", name="share", dependencies=[anyone()])
def landing(request: Request, token: Token) -> Response:
    """The paper for whoever opened it just now; else what pressing the button will do."""
    parts = parts_of(request)
    share = parts.ledger.share_by_token(token_hash(token))
    if share is None:
        return render(request, "mine/link_closed.html", 410, state="unknown")
    if _is_reading(request, parts, share):
        return _opened(request, parts, parts.reuse.look_at_share(share.id, "view"), token)
    state = state_of(parts, share)
    if state != "open":
        return render(request, "mine/link_closed.html", 410, state=state)
    return render(request, "mine/link.html", share=share, token=token, minutes=READING.seconds // 60)


@router.post("/s/{token}", name="share_open", dependencies=[anyone()])
def open_share(request: Request, token: Token) -> Response:
    """Count one use, and let this browser read for a while."""
    parts = parts_of(request)
    try:
        opened = parts.reuse.open_share(token_hash(token))
    except LinkExpired:
        return landing(request, token)
    response = RedirectResponse(f"/s/{token}", 303)
    ticket = parts.box.seal(f"{opened.share.id} {(parts.clock() + READING).isoformat()}")
    response.set_cookie(
        COOKIE, ticket, httponly=True, samesite="lax", secure=parts.portal.secure, path=f"/s/{token}",
        max_age=int(READING.total_seconds()),
    )  # fmt: skip
    return response


@router.get("/s/{token}/trang/{page}", name="share_page", dependencies=[anyone()])
def picture(request: Request, token: Token, page: PageNumber, width: Width = 900) -> Response:
    parts = parts_of(request)
    opened = parts.reuse.look_at_share(_reading(request, parts, token).id, "picture", page=page)
    return Response(page_jpeg(parts, opened.paper, page, width), media_type="image/jpeg")


@router.get("/s/{token}/tep", name="share_file", dependencies=[anyone()])
def file(request: Request, token: Token) -> StreamingResponse:
    """The sealed PDF."""
    parts = parts_of(request)
    opened = parts.reuse.look_at_share(_reading(request, parts, token).id, "file")
    archival, pdf = own_papers.sealed_pdf(parts, opened.paper)
    return own_papers.streamed(archival, pdf, own_papers.file_name(opened.paper))


def _opened(request: Request, parts: Parts, opened: Opened, token: str) -> Response:
    return render(
        request,
        "mine/link_open.html",
        share=opened.share,
        paper=opened.paper,
        lines=own_papers.field_lines(parts, opened.paper),
        pages=range(1, len(opened.paper.source.pages) + 1),
        code=own_papers.code_of(opened.paper),
        unit=parts.ledger.unit(opened.paper.unit),
        token=token,
    )


def _reading(request: Request, parts: Parts, token: str) -> Share:
    """The share that this browser opened. Raises LinkExpired."""
    share = parts.ledger.share_by_token(token_hash(token))
    if share is None or not _is_reading(request, parts, share):
        raise LinkExpired()
    return share


def _is_reading(request: Request, parts: Parts, share: Share) -> bool:
    """Whether the cookie of this browser says that it opened this share, and its time is not over. A share that was
    taken back is read by nobody."""
    try:
        number, _, until = parts.box.read(request.cookies.get(COOKIE, "")).partition(" ")
    except PortalKeyMissing:  # no cookie, or none of ours
        return False
    return (
        number == str(share.id)
        and parts.clock() < datetime.fromisoformat(until)
        and state_of(parts, share)
        in (
            "open",
            "used",
        )
    )
