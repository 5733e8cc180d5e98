"""Pages of one's own account: password and second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from portal import accounts
from portal.login import second_factor
from portal.login.pages import KNOCKS, Kept, let_in
from portal.pages import render, said, texts_of
from portal.problems import status_of
from portal.rights import anyone, logged_in
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FormInvalid, LoginLocked, LoginRefused, MotlanError, SecondFactorWrong

router = APIRouter(include_in_schema=False)
Secret = Annotated[str, Form(max_length=1000)]
Code = Annotated[str, Form(max_length=20)]


@router.get("/dang-nhap/ma", name="login_code", dependencies=[anyone()])
def code_form(request: Request, visitor: Who, next: str = "") -> Response:
    """The second step of a login, for whoever did the first."""
    if visitor.account or visitor.session is None:
        return RedirectResponse("/dang-nhap", 303)
    return render(request, "login/code.html", next=next, problem="", kept="")


@router.post("/dang-nhap/ma", name="login_code_check", dependencies=[anyone(), KNOCKS])
def code(
    request: Request, visitor: Who, code: Code = "", next: Annotated[str, Form(max_length=2000)] = "", kept: Kept = ""
) -> Response:
    parts = parts_of(request)
    if visitor.account or visitor.session is None:
        return RedirectResponse("/dang-nhap", 303)
    account = parts.ledger.account(visitor.session.account_id)
    try:
        second_factor.check(parts, account, code)
    except (SecondFactorWrong, LoginLocked, LoginRefused) as error:
        return render(request, "login/code.html", status_of(error), next=next, problem=said(request, error), kept=kept)
    with parts.ledger.transaction() as tx:
        tx.end_session(visitor.session.token)
    return let_in(request, account, next, kept, proved=True)


@router.get("/toi/mat-khau", name="own_password", dependencies=[logged_in()])
def password_form(request: Request) -> Response:
    return render(request, "login/password.html", least=accounts.LEAST_PASSWORD, problem="")


@router.post("/toi/mat-khau", name="own_password_set", dependencies=[logged_in()])
def password(request: Request, visitor: Who, old: Secret = "", password: Secret = "", again: Secret = "") -> Response:
    """Another password; whoever else is logged in with this account is out."""
    assert visitor.session is not None
    problem, status = texts_of(request)("login.differ") if password != again else "", 422
    if not problem:
        try:
            accounts.change_password(parts_of(request), visitor.known, old, password, visitor.session.token)
        except (FormInvalid, LoginLocked) as error:
            problem, status = said(request, error), status_of(error)
    if problem:
        return render(request, "login/password.html", status, least=accounts.LEAST_PASSWORD, problem=problem)
    return RedirectResponse("/toi?done=password", 303)


@router.get("/toi/ma-xac-nhan", name="own_code", dependencies=[logged_in()])
def second_form(request: Request, visitor: Who) -> Response:
    parts = parts_of(request)
    offer = None if visitor.known.totp else second_factor.offer(parts, visitor.known, _shown(visitor))
    return render(request, "login/second_factor.html", offer=offer, problem="")


@router.post("/toi/ma-xac-nhan", name="own_code_on", dependencies=[logged_in()])
def second_on(
    request: Request, visitor: Who, sealed: Annotated[str, Form(max_length=2000)] = "", code: Code = "",
    password: Secret = "",
) -> Response:  # fmt: skip
    """Turn the second factor on, once the app has shown a right code and the person a right password."""
    parts = parts_of(request)
    offer = second_factor.offered(parts, visitor.known, _shown(visitor), sealed)
    try:
        accounts.confirm_password(parts, visitor.known, password)
        codes = second_factor.turn_on(parts, visitor.known, offer, code)
    except (SecondFactorWrong, FormInvalid, LoginLocked) as error:
        return _again(request, offer, error)
    return render(request, "login/recovery.html", codes=codes, problem="")


@router.get("/toi/ma-du-phong", name="own_recovery", dependencies=[logged_in()])
def recovery_form(request: Request, visitor: Who) -> Response:
    if not visitor.known.totp:
        return RedirectResponse("/toi/ma-xac-nhan", 303)
    return render(request, "login/recovery.html", codes=(), problem="")


@router.post("/toi/ma-du-phong", name="own_recovery_make", dependencies=[logged_in()])
def recovery(request: Request, visitor: Who, password: Secret = "") -> Response:
    """A new set of recovery codes, shown this once."""
    parts = parts_of(request)
    if not visitor.known.totp:
        return RedirectResponse("/toi/ma-xac-nhan", 303)
    try:
        accounts.confirm_password(parts, visitor.known, password)
    except (FormInvalid, LoginLocked) as error:
        return render(request, "login/recovery.html", status_of(error), codes=(), problem=said(request, error))
    return render(
        request, "login/recovery.html", codes=second_factor.new_recovery_codes(parts, visitor.known), problem=""
    )


@router.post("/toi/ma-xac-nhan/tat", name="own_code_off", dependencies=[logged_in()])
def second_off(request: Request, visitor: Who, password: Secret = "") -> Response:
    parts = parts_of(request)
    try:
        accounts.confirm_password(parts, visitor.known, password)
    except (FormInvalid, LoginLocked) as error:
        return _again(request, None, error)
    second_factor.turn_off(parts, visitor.known, by=visitor.actor)
    return RedirectResponse("/toi?done=second_off", 303)


def _again(request: Request, offer: second_factor.Offer | None, error: MotlanError) -> Response:
    return render(request, "login/second_factor.html", status_of(error), offer=offer, problem=said(request, error))


def _shown(visitor: Visitor) -> str:
    """The name beside the code in the app: never a citizen's token."""
    return visitor.known.name if visitor.known.subject_token else visitor.known.login
