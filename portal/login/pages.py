"""Pages of login: password, one-time link, one's own account, leaving."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from ledger import Account
from portal import accounts
from portal.limits import limited
from portal.login.kept import KeptForm, login_page, shown_again
from portal.navigation import first_page
from portal.pages import render, said, texts_of
from portal.paths import ours
from portal.problems import status_of
from portal.rights import anyone, logged_in
from portal.visitor import COOKIE, Visitor, Who, begin_session, parts_of, set_session
from schemas.errors import FormInvalid, KeptFormLost, LoginLocked, LoginRefused, PageMissing, RoleMissing

router = APIRouter(include_in_schema=False)
KNOCKS = limited("login", most=60, seconds=60)  # an office behind one address comes in; a guesser does not get far
Kept = Annotated[str, Form(max_length=400_000)]  # a sealed form, see `portal.login.kept`
DONE = ("password", "second_off")  # what the page of one's own account can tell to be done


@router.get("/", name="home", dependencies=[anyone()])
def home(visitor: Who) -> Response:
    """The first page of whoever comes."""
    return RedirectResponse(first_page(visitor) if visitor.account else "/dang-nhap", 303)


@router.get("/dang-nhap", name="login", dependencies=[anyone()])
def login_form(request: Request, visitor: Who, next: str = "", done: bool = False) -> Response:
    if visitor.account:
        return RedirectResponse(ours(next) or first_page(visitor), 303)
    return login_page(request, next=next, done=done)


@router.post("/dang-nhap", name="login_check", dependencies=[anyone(), KNOCKS])
def login(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
    kept: Kept = "",
) -> Response:
    """Let in whoever knows the password, in a session of its own."""
    parts = parts_of(request)
    try:
        account = accounts.check_password(parts, login, password)
    except (LoginRefused, LoginLocked) as error:
        return login_page(request, status_of(error), next=next, login=login, problem=said(request, error), kept=kept)
    return let_in(request, account, next, kept)


def let_in(request: Request, account: Account, next: str, kept: str = "", *, proved: bool = False) -> Response:
    """Open a session for somebody who has proved who it is, and lead on: to the second factor where there is one that
    is not `proved` yet, then to the form that came along, or to `next`."""
    parts = parts_of(request)
    complete = proved or not account.totp
    session, token = begin_session(parts, account, complete)
    there = ours(next) or first_page(Visitor(account))
    response: Response
    if kept:
        response = _with_form(request, Visitor(account if complete else None, session), there, kept)
    else:
        response = RedirectResponse(there if complete else f"/dang-nhap/ma?next={quote(there)}", 303)
    set_session(parts, response, token)
    return response


def _with_form(request: Request, visitor: Visitor, there: str, kept: str) -> Response:
    request.state.visitor = visitor
    if visitor.account is None:
        return render(request, "login/code.html", next=there, problem="", kept=kept)
    try:
        return shown_again(request, visitor, KeptForm.read(parts_of(request), kept))
    except (KeptFormLost, PageMissing, RoleMissing) as error:
        return render(request, "problem.html", status_of(error), message=said(request, error), code=error.code)


@router.post("/dang-xuat", name="logout", dependencies=[logged_in()])
def logout(request: Request, visitor: Who) -> Response:
    assert visitor.session is not None
    with parts_of(request).ledger.transaction() as tx:
        tx.end_session(visitor.session.token)
    response = RedirectResponse("/dang-nhap", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/bat-dau/{token}", name="invitation", dependencies=[anyone()])
def invitation_form(request: Request, token: str) -> Response:
    account = accounts.invited(parts_of(request), token)
    return render(request, "login/invitation.html", account=account, least=accounts.LEAST_PASSWORD, problem="")


@router.post("/bat-dau/{token}", name="invitation_accept", dependencies=[anyone(), KNOCKS])
def invitation(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    parts = parts_of(request)
    account = accounts.invited(parts, token)
    problem = "differ" if password != again else ""
    if not problem:
        try:
            accounts.accept_invitation(parts, token, password)
        except FormInvalid as error:
            problem = said(request, error)
    if problem:
        told = texts_of(request)("login.differ") if problem == "differ" else problem
        values = {"account": account, "least": accounts.LEAST_PASSWORD, "problem": told}
        return render(request, "login/invitation.html", 422, **values)
    return RedirectResponse("/dang-nhap?done=1", 303)


@router.get("/toi", name="me", dependencies=[logged_in()])
def me(request: Request, visitor: Who, done: str = "") -> Response:
    unit = parts_of(request).ledger.unit(visitor.known.unit) if visitor.known.unit else None
    left = parts_of(request).ledger.recovery_codes_left(visitor.known.id) if visitor.known.totp else 0
    return render(request, "login/me.html", unit=unit, done=done if done in DONE else "", left=left)


@router.get("/suc-khoe", name="health", dependencies=[anyone()])
def health(request: Request) -> dict[str, str]:
    """Whether the portal can answer: for load balancers and the container's health check."""
    parts_of(request).ledger.is_ready()
    return {"state": "ok"}
