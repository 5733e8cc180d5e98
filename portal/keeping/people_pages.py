"""Pages of the administrator: the tree of units, accounts, one account, accounts of citizens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from portal.keeping import citizens, people
from portal.keeping.forms import masked_query, tree_of
from portal.pages import render, said
from portal.problems import status_of
from portal.rights import STAFF, Role, may
from portal.visitor import Who, parts_of
from schemas.errors import BadIdentifier, FormInvalid, LastAdmin, NotAllowed

router = APIRouter(include_in_schema=False)
PAGE = 50
Text = Annotated[str, Form(max_length=300)]
Many = Annotated[list[str] | None, Form(max_length=10)]
ADMIN = [may(Role.ADMIN)]
PROBLEMS = (FormInvalid, LastAdmin, BadIdentifier)


@router.get("/quan-tri/don-vi", name="units", dependencies=ADMIN)
def units(request: Request, visitor: Who) -> Response:
    return _units(request, visitor)


@router.post("/quan-tri/don-vi", name="unit_add", dependencies=ADMIN)
def add_unit(request: Request, visitor: Who, code: Text = "", name: Text = "", parent: Text = "") -> Response:
    try:
        people.add_unit(parts_of(request), visitor, code, name, parent)
    except FormInvalid as error:
        return _units(
            request, visitor, status_of(error), said(request, error), {"code": code, "name": name, "parent": parent}
        )
    return RedirectResponse("/quan-tri/don-vi", 303)


@router.post("/quan-tri/don-vi/{code}/ten", name="unit_rename", dependencies=ADMIN)
def rename_unit(request: Request, visitor: Who, code: str, name: Text = "") -> Response:
    try:
        people.rename_unit(parts_of(request), visitor, code, name)
    except FormInvalid as error:
        return _units(request, visitor, status_of(error), said(request, error))
    return RedirectResponse("/quan-tri/don-vi", 303)


def _units(
    request: Request, visitor: Who, status: int = 200, problem: str = "", typed: dict[str, str] | None = None
) -> Response:
    tree = tree_of(parts_of(request).ledger.units_below(visitor.unit), visitor.unit)
    typed = typed or {"code": "", "name": "", "parent": visitor.unit}
    return render(request, "keeping/units.html", status, tree=tree, problem=problem, typed=typed)


@router.get("/quan-tri/tai-khoan", name="accounts", dependencies=ADMIN)
def accounts(request: Request, visitor: Who, q: str = "", after: str = "") -> Response:
    return _accounts(request, visitor, q=q, after=after)


@router.post("/quan-tri/tai-khoan/tim", name="accounts_find", dependencies=ADMIN)
def find_accounts(q: Text = "") -> Response:
    """What was typed goes into an address only without numbers."""
    return RedirectResponse("/quan-tri/tai-khoan" + masked_query(q=q), 303)


@router.post("/quan-tri/tai-khoan", name="account_add", dependencies=ADMIN)
def add_account(
    request: Request, visitor: Who, login: Text = "", name: Text = "", unit: Text = "", roles: Many = None
) -> Response:
    """A new account; its page shows the one-time link."""
    parts = parts_of(request)
    try:
        made = people.add_account(parts, visitor, login, name, unit, roles or [])
    except FormInvalid as error:
        typed = {"login": login, "name": name, "unit": unit, "roles": roles or []}
        return _accounts(request, visitor, status_of(error), said(request, error), typed)
    return _account(request, visitor, made, link=people.invite(parts, visitor, made))


def _accounts(
    request: Request,
    visitor: Who,
    status: int = 200,
    problem: str = "",
    typed: Mapping[str, object] | None = None,
    q: str = "",
    after: str = "",
) -> Response:
    ledger = parts_of(request).ledger
    lines = ledger.accounts_below(visitor.unit, q, after, PAGE + 1)
    values = {
        "lines": lines[:PAGE],
        "more": lines[PAGE - 1].account.login if len(lines) > PAGE else "",
        "units": ledger.units_below(visitor.unit),
        "staff": [role.value for role in STAFF],
        "typed": typed or {"login": "", "name": "", "unit": visitor.unit, "roles": []},
        "now": parts_of(request).clock(),
    }
    return render(request, "keeping/accounts.html", status, problem=problem, q=q, **values)


@router.get("/quan-tri/tai-khoan/{account}", name="account", dependencies=ADMIN)
def account(request: Request, visitor: Who, account: int) -> Response:
    return _account(request, visitor, account)


@router.post("/quan-tri/tai-khoan/{account}", name="account_change", dependencies=ADMIN)
def change_account(
    request: Request, visitor: Who, account: int, name: Text = "", unit: Text = "", roles: Many = None
) -> Response:
    try:
        people.change_account(parts_of(request), visitor, account, name=name, unit=unit, roles=roles or [])
    except PROBLEMS as error:
        return _account(request, visitor, account, status_of(error), said(request, error))
    return RedirectResponse(f"/quan-tri/tai-khoan/{account}", 303)


ACTS = {
    "dong": people.close_account,
    "mo": people.open_account,
    "mo-khoa": people.unlock,
    "dang-xuat": people.end_sessions,
    "bo-ma": people.remove_second_factor,
}


@router.post("/quan-tri/tai-khoan/{account}/moi", name="account_invite", dependencies=ADMIN)
def invite(request: Request, visitor: Who, account: int) -> Response:
    """A fresh one-time link, shown on this page and never again."""
    try:
        link = people.invite(parts_of(request), visitor, account)
    except FormInvalid as error:
        return _account(request, visitor, account, status_of(error), said(request, error))
    return _account(request, visitor, account, link=link)


@router.post("/quan-tri/tai-khoan/{account}/{act}", name="account_act", dependencies=ADMIN)
def act(request: Request, visitor: Who, account: int, act: str) -> Response:
    if act not in ACTS:
        raise NotAllowed()
    try:
        ACTS[act](parts_of(request), visitor, account)
    except PROBLEMS as error:
        return _account(request, visitor, account, status_of(error), said(request, error))
    return RedirectResponse(f"/quan-tri/tai-khoan/{account}", 303)


def _account(
    request: Request, visitor: Who, account: int, status: int = 200, problem: str = "", link: str = ""
) -> Response:
    parts = parts_of(request)
    values = {
        "line": people.account_in_care(parts, visitor, account),
        "units": parts.ledger.units_below(visitor.unit),
        "staff": [role.value for role in STAFF],
        "now": parts.clock(),
    }
    return render(request, "keeping/account.html", status, problem=problem, link=link, **values)


@router.get("/quan-tri/nguoi-dan", name="citizens", dependencies=ADMIN)
def citizen_form(request: Request) -> Response:
    return render(request, "keeping/citizens.html", problem="", link="", done="", name="")


@router.post("/quan-tri/nguoi-dan", name="citizen_act", dependencies=ADMIN)
def citizen(request: Request, visitor: Who, number: Text = "", name: Text = "", act: Text = "open") -> Response:
    """An act on the account of whoever has that number; the number is in no address."""
    wanted: citizens.Act | None = next((known for known in get_args(citizens.Act) if known == act), None)
    if wanted is None:
        raise NotAllowed()
    values: dict[str, Any] = {"problem": "", "link": "", "done": "", "name": name}
    try:
        values["link"] = citizens.act(parts_of(request), visitor, number, name, wanted) or ""
    except (*PROBLEMS, NotAllowed) as error:
        return render(
            request, "keeping/citizens.html", status_of(error), **(values | {"problem": said(request, error)})
        )
    return render(request, "keeping/citizens.html", **(values | {"done": wanted, "name": ""}))
