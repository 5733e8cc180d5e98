"""Who is at the door: the session of a cookie or a bearer token, and whether a request really comes from our pages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ledger import Account, LoginSession
from portal.parts import Parts
from portal.secrets import fresh_token, token_hash
from reuse import BlindSubject
from schemas.errors import NotAllowed, RequestForged

COOKIE = "motlan"
SAFE = ("GET", "HEAD", "OPTIONS")
POLL = "x-poll"  # a page that asks by itself: nobody need sit before it, so it keeps no session alive
TOUCH = timedelta(minutes=1)  # how often a session's last use is written down


@dataclass(frozen=True)
class Visitor:
    """Whoever sent a request; `account` None is somebody who has not logged in (fully)."""

    account: Account | None = None
    session: LoginSession | None = None
    by_token: bool = False

    @property
    def known(self) -> Account:
        """The account of a route that only lets known people in."""
        assert self.account is not None
        return self.account

    @property
    def actor(self) -> str:
        """The name in the audit chain. A citizen's own number never stands there."""
        return "citizen" if self.known.subject_token and "citizen" in self.known.roles else self.known.login

    @property
    def unit(self) -> str:
        """The unit of somebody who works in one. Raises NotAllowed."""
        if self.known.unit is None:
            raise NotAllowed()
        return self.known.unit

    @property
    def subject(self) -> BlindSubject:
        """The citizen. Raises NotAllowed."""
        if self.known.subject_token is None:
            raise NotAllowed()
        return BlindSubject(self.known.subject_token)

    @property
    def csrf(self) -> str:
        return self.session.csrf if self.session else ""

    def has(self, *roles: str) -> bool:
        return self.account is not None and bool(set(roles) & set(self.account.roles))


def parts_of(request: Request) -> Parts:
    """The real parts behind the app."""
    return cast(Parts, request.app.state.parts)


async def visitor_of(request: Request) -> Visitor:
    """The visitor of a request, looked up once. A bearer token comes before a cookie."""
    found = getattr(request.state, "visitor", None)
    if found is None:
        found = await run_in_threadpool(_look_up, request)
        request.state.visitor = found
    return cast(Visitor, found)


Who = Annotated[Visitor, Depends(visitor_of)]  # the parameter of a route that asks who has come


def _look_up(request: Request) -> Visitor:
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    by_token = kind.lower() == "bearer"
    secret = bearer.strip() if by_token else request.cookies.get(COOKIE, "")
    if not secret:
        return Visitor()
    parts = parts_of(request)
    session = parts.ledger.session(token_hash(secret))
    if session is None:
        return Visitor()
    account = parts.ledger.account(session.account_id)
    if account.state != "ACTIVE" or by_token != ("client" in account.roles):
        return Visitor()
    if not session.complete:
        return Visitor(session=session)
    now = parts.clock()
    is_person = not by_token and POLL not in request.headers
    if is_person and now - session.seen_at > TOUCH:
        last = session.created_at + timedelta(minutes=parts.portal.session_minutes)
        with parts.ledger.transaction() as tx:
            tx.touch_session(session.id, min(last, now + timedelta(minutes=parts.portal.idle_minutes)))
    return Visitor(account, session, by_token)


async def check_origin(request: Request, visitor: Visitor) -> None:
    """A request that changes something comes from our own page: its Origin is ours and, within a session, it carries
    the session's CSRF token (header `X-CSRF-Token`, or the form's `csrf`). Bearer tokens are not sent by browsers on
    their own, and need neither. Raises RequestForged."""
    if request.method in SAFE or visitor.by_token:
        return
    origin = request.headers.get("origin")
    if origin is not None and not _is_ours(origin, request):
        raise RequestForged()
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RequestForged()
    if visitor.session is None:
        return
    given = request.headers.get("x-csrf-token")
    if given is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else None
    if not secrets.compare_digest((given or "").encode(), visitor.session.csrf.encode()):
        raise RequestForged()


def is_from_own_page(request: Request) -> bool:
    """Whether the browser itself says that a page of ours sent the request."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    said = origin is not None or site is not None
    return said and (origin is None or _is_ours(origin, request)) and site in (None, "same-origin")


def _is_ours(origin: str, request: Request) -> bool:
    ours = {urlsplit(parts_of(request).portal.public_url).netloc, request.headers.get("host", "")}
    return urlsplit(origin).netloc in ours


def begin_session(parts: Parts, account: Account, complete: bool) -> tuple[LoginSession, str]:
    """A new session, whatever the browser brought along, so that nobody can prepare one for somebody else; and its
    token, which only the browser keeps."""
    token, csrf = fresh_token(), fresh_token()
    until = parts.clock() + timedelta(minutes=parts.portal.idle_minutes)
    with parts.ledger.transaction() as tx:
        tx.open_session(account.id, token_hash(token), csrf, complete, until)
        tx.sweep_sessions()
    session = parts.ledger.session(token_hash(token))
    assert session is not None
    return session, token


def set_session(parts: Parts, response: Response, token: str) -> None:
    """From this response on the browser brings that session along."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=parts.portal.secure, path="/")
