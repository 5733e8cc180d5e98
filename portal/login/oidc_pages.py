"""The two pages of a login by an OpenID provider: away to it, and back from it."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from portal.login import oidc
from portal.login.kept import COOKIE as KEPT
from portal.login.kept import login_page
from portal.login.pages import let_in
from portal.pages import said
from portal.parts import OpenId
from portal.paths import ours
from portal.problems import status_of
from portal.rights import anyone
from portal.visitor import parts_of
from schemas.errors import PageMissing, ProviderAway, ProviderRefused

router = APIRouter(include_in_schema=False)
COOKIE = "motlan-openid"
PATH = "/dang-nhap/dinh-danh"

Text = Annotated[str, Query(max_length=4000)]


@router.get(PATH, name="openid", dependencies=[anyone()])
def away(request: Request, next: Text = "", kept: bool = False) -> Response:
    """Send the browser to the provider, with an attempt of its own."""
    parts, settings = parts_of(request), _settings(request)
    attempt = oidc.attempt_of(parts, ours(next), kept)
    try:
        there = oidc.provider_of(settings).begin(attempt, parts.portal.public_url + oidc.BACK)
    except ProviderAway as error:
        return _told(request, error, attempt.next, request.cookies.get(KEPT, "") if kept else "")
    response = RedirectResponse(there, 303)
    response.set_cookie(
        COOKIE,
        attempt.seal(parts),
        max_age=int(oidc.ATTEMPT.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=parts.portal.secure,
    )
    return response


@router.get(oidc.BACK, name="openid_back", dependencies=[anyone()])
def back(request: Request, code: Text = "", state: Text = "", iss: Text = "", error: Text = "") -> Response:
    """Let in whom the provider vouches for. The attempt is used up, however it ends."""
    parts, settings = parts_of(request), _settings(request)
    next, kept, response = "", "", Response()
    try:
        attempt = oidc.Attempt.read(parts, request.cookies.get(COOKIE, ""))
        next, kept = attempt.next, request.cookies.get(KEPT, "") if attempt.kept else ""
        if not secrets.compare_digest(state.encode(), attempt.state.encode()):
            raise ProviderRefused(detail="state of another attempt")
        if iss and iss != settings.issuer:
            raise ProviderRefused(detail="answer of another issuer")
        if error or not code:
            raise ProviderRefused(detail="the provider sent no code")
        claims = oidc.provider_of(settings).claims(parts, attempt, code, parts.portal.public_url + oidc.BACK)
        response = let_in(request, oidc.account_of(parts, settings, claims), next, kept)
        response.delete_cookie(KEPT, path=PATH)
    except (ProviderRefused, ProviderAway) as problem:
        response = _told(request, problem, next, kept)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def _settings(request: Request) -> OpenId:
    found = parts_of(request).portal.openid
    if found is None:
        raise PageMissing()
    return found


def _told(request: Request, error: ProviderRefused | ProviderAway, next: str, kept: str) -> Response:
    return login_page(request, status_of(error), next=next, problem=said(request, error), kept=kept)
