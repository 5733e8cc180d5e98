"""What somebody typed into a form whose session had ended: it goes along with the login page, sealed, and is shown
after the login to be sent again by hand. The portal keeps nothing of it and sends nothing by itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match

from portal.pages import render, texts_of
from portal.parts import Parts
from portal.rights import rule_of
from portal.visitor import POLL, Visitor, is_from_own_page, parts_of
from schemas.errors import KeptFormLost, PageMissing, PortalKeyMissing, RoleMissing

KEEPING = timedelta(hours=2)  # as long may a login page stand open
MOST = 40_000  # characters of a form that is kept
PLAIN = "application/x-www-form-urlencoded"
SECRET = {"password", "old", "again", "sealed"}  # forms with one of these are typed afresh
COOKIE, COOKIE_MOST = "motlan-kept", 3_800  # bytes that every browser takes
OPENID = "/dang-nhap/dinh-danh"


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent: its path with the query, its fields in order, and until when it may be sent again."""

    path: str
    fields: tuple[tuple[str, str], ...]
    until: float

    def seal(self, parts: Parts) -> str:
        return parts.box.seal(json.dumps(asdict(self), ensure_ascii=False))

    @classmethod
    def read(cls, parts: Parts, sealed: str) -> KeptForm:
        """Raises KeptFormLost for one that was changed, was never sealed here, or is too old."""
        try:
            found = json.loads(parts.box.read(sealed))
            form = cls(found["path"], tuple((name, value) for name, value in found["fields"]), found["until"])
        except (PortalKeyMissing, ValueError, KeyError, TypeError):
            raise KeptFormLost() from None
        if form.until < parts.clock().timestamp():
            raise KeptFormLost()
        return form


async def kept_of(request: Request) -> KeptForm | None:
    """The form that a page of ours sent without scripts, or that a login page carries already; None for anything else,
    and for forms with secrets. Raises KeptFormLost."""
    scripted = "hx-request" in request.headers or POLL in request.headers
    if scripted or not request.headers.get("content-type", "").startswith(PLAIN) or not is_from_own_page(request):
        return None
    if request.url.path.startswith("/dang-nhap"):
        carried = (await request.form()).get("kept")
        return KeptForm.read(parts_of(request), carried) if isinstance(carried, str) and carried else None
    pairs = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    names = {name for name, _ in pairs}
    if SECRET & names or sum(len(name) + len(value) for name, value in pairs) > MOST:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    fields = tuple(pair for pair in pairs if pair[0] != "csrf")
    until = (parts_of(request).clock() + KEEPING).timestamp()
    return KeptForm(request.url.path + query, fields, until) if fields else None


def login_page(
    request: Request,
    status: int = 200,
    *,
    next: str = "",
    login: str = "",
    problem: str = "",
    done: bool = False,
    kept: str = "",
) -> Response:
    """The login page, with the form that it carries. A login by a provider leaves our pages, so that a cookie carries
    the form on that way."""
    parts = parts_of(request)
    fits = bool(kept) and parts.portal.openid is not None and len(kept) <= COOKIE_MOST
    values = {"next": next, "login": login, "problem": problem, "done": done, "kept": kept, "by_cookie": fits}
    response = render(request, "login/login.html", status, **values)
    if fits:
        response.set_cookie(
            COOKIE,
            kept,
            max_age=int(KEEPING.total_seconds()),
            path=OPENID,
            httponly=True,
            samesite="lax",
            secure=parts.portal.secure,
        )
    return response


def shown_again(request: Request, visitor: Visitor, form: KeptForm, status: int = 200) -> Response:
    """The page with what was typed and one button that sends it. Raises RoleMissing for somebody who may not send it,
    PageMissing for what is no form of ours."""
    route = _route_of(request, form.path.partition("?")[0])
    roles = rule_of(route).roles
    if roles and not visitor.has(*roles):
        raise RoleMissing()
    t = texts_of(request)
    told = [
        (label, t.get(f"login.kept.choice.{name}.{value}", value))
        for name, value in form.fields
        if (label := t.get(f"login.kept.field.{name}", "")) and value.strip()
    ]
    request.state.visitor = visitor
    return render(request, "login/kept.html", status, form=form, told=told)


def _route_of(request: Request, path: str) -> APIRoute:
    scope = {"type": "http", "method": "POST", "path": path, "root_path": ""}
    routes: tuple[APIRoute, ...] = request.app.state.routes
    found = next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)
    if found is None:
        raise PageMissing()
    return found
