"""From an error to an answer: a page for people, `{code, message, hint}` for programs; never a stack trace."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from portal.headers import HEADERS
from portal.login.kept import kept_of, login_page, shown_again
from portal.pages import render, said, texts_of
from portal.visitor import POLL, Visitor, parts_of
from schemas.errors import (
    BadIdentifier,
    BlobDamaged,
    BlobMissing,
    ClientRefused,
    CodeMistyped,
    DiskFull,
    ErrorKind,
    FileTooLarge,
    FormInvalid,
    HookRefused,
    KeptFormLost,
    LinkExpired,
    LoginLocked,
    LoginNeeded,
    LoginRefused,
    MotlanError,
    NoSuchRow,
    NotAllowed,
    PageMissing,
    ProviderRefused,
    QuotaExceeded,
    RecordDamaged,
    RecordMissing,
    RequestForged,
    RoleMissing,
    ScopeMissing,
    SecondFactorWrong,
    TooManyRequests,
)

log = structlog.get_logger()

STATUS: dict[type[MotlanError], int] = {
    LoginNeeded: 401,
    LoginRefused: 401,
    LoginLocked: 429,
    SecondFactorWrong: 422,
    ClientRefused: 401,
    ProviderRefused: 403,
    RoleMissing: 403,
    ScopeMissing: 403,
    RequestForged: 403,
    NotAllowed: 404,  # the same answer for "there is none" and "you may not"
    RecordMissing: 404,
    NoSuchRow: 404,
    BlobDamaged: 503,  # it can be mended from a copy; what is asked for is not refused
    BlobMissing: 503,
    RecordDamaged: 503,
    PageMissing: 404,
    LinkExpired: 410,
    KeptFormLost: 410,
    TooManyRequests: 429,
    QuotaExceeded: 429,
    FormInvalid: 422,
    FileTooLarge: 413,
    DiskFull: 507,
    HookRefused: 422,
    CodeMistyped: 422,
    BadIdentifier: 422,
}
BY_KIND = {ErrorKind.INPUT: 422, ErrorKind.REFUSED: 409, ErrorKind.TRANSIENT: 503, ErrorKind.OPERATOR: 500}


def status_of(error: MotlanError) -> int:
    """The HTTP status of an error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), BY_KIND[error.kind])


def wants_json(request: Request) -> bool:
    """Programs are answered in JSON: the API, and scripts that ask for it."""
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def answer(request: Request, error: MotlanError) -> Response:
    """What the visitor gets. A page that needs a login leads there, and back after it."""
    if isinstance(error, NoSuchRow):
        error = NotAllowed()  # nobody learns which numbers there are
    status = status_of(error)
    if status >= 500:
        log.error(error.code, hint=error.hint_text)
    headers = {"Retry-After": "60"} if status in (429, 503) else {}
    if wants_json(request):
        body = {"code": error.code, "message": said(request, error), "hint": error.hint_text}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(body, status, headers)
    if isinstance(error, LoginNeeded) and request.method in ("GET", "HEAD") and "hx-request" not in request.headers:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/dang-nhap?next={quote(here, safe='')}", 303)
    if isinstance(error, LoginNeeded) and POLL in request.headers:
        headers["HX-Refresh"] = "true"  # a page that asks by itself goes to the login
    page = render(request, "problem.html", status, message=said(request, error), code=error.code)
    page.headers.update(headers)
    return page


async def _with_the_form(request: Request, error: MotlanError) -> Response | None:
    """A form whose session had ended, or was replaced by a newer login, comes back with what was typed into it."""
    if not isinstance(error, LoginNeeded | RequestForged) or request.method != "POST" or wants_json(request):
        return None
    visitor: Visitor = request.state.visitor
    try:
        form = await kept_of(request)
        if form is None:
            return None
        if visitor.account:
            return shown_again(request, visitor, form, status_of(error))
        return login_page(request, status_of(LoginNeeded()), kept=form.seal(parts_of(request)))
    except MotlanError:
        return None


def handle_problems(app: FastAPI) -> None:
    """Let the app answer every error this way."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, MotlanError)
        return await _with_the_form(request, error) or answer(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first: Any = error.errors()[0]
        names = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
        reason = first["msg"]
        if not wants_json(request):
            if first["loc"][0] == "path":
                return answer(request, PageMissing())
            t = texts_of(request)
            reason = t.get(f"frame.unfit.{first['type']}", t("frame.unfit.other"))
        return answer(request, FormInvalid(field=".".join(names) or "–", reason=reason))

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code in (404, 405):
            response = answer(request, PageMissing())
            response.status_code = error.status_code
            response.headers.update(error.headers or {})
            return response
        return JSONResponse({"code": "HTTP", "message": str(error.detail), "hint": ""}, error.status_code)

    async def unknown(request: Request, error: Exception) -> Response:
        log.error(
            "INTERNAL",
            error=type(error).__name__,
            path=request.scope.get("route", None) and request.scope["route"].path,
        )
        response = answer(request, MotlanError())
        response.headers.update(HEADERS)  # answered outside of the app's own layers
        return response

    app.add_exception_handler(MotlanError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unknown)
