"""POST /api/v1/token: OAuth 2.0 client credentials (RFC 6749, 4.4), by HTTP Basic or in the form."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import JSONResponse

from portal.exchange.clients import TOKEN_SECONDS, authenticate, issue_token
from portal.exchange.shapes import Token, TokenProblem
from portal.limits import limited
from portal.rights import anyone
from portal.texts import Texts
from portal.visitor import parts_of
from schemas.errors import ClientRefused, FormInvalid, MotlanError

router = APIRouter(prefix="/api/v1", tags=["exchange"])


@router.post(
    "/token",
    name="token",
    summary="Change the client's secret for a token of one hour",
    dependencies=[anyone(), limited("token", 60, 60)],
    response_model=Token,
    responses={400: {"model": TokenProblem}, 401: {"model": TokenProblem}},
)
def token(
    request: Request,
    grant_type: Annotated[str, Form(max_length=100, examples=["client_credentials"])] = "",
    client_id: Annotated[str, Form(max_length=100)] = "",
    client_secret: Annotated[str, Form(max_length=200)] = "",
    scope: Annotated[str, Form(max_length=200)] = "",
    authorization: Annotated[str, Header(max_length=1000)] = "",
) -> Any:
    """A bearer token for the `Authorization` header. The client's secret comes by HTTP Basic or as `client_id` and
    `client_secret`; `scope` may be left out: a token is good for everything that the client is registered for."""
    parts = parts_of(request)
    if grant_type != "client_credentials":
        return _problem("unsupported_grant_type", FormInvalid(field="grant_type", reason="client_credentials"))
    basic = _basic(authorization)
    try:
        account = authenticate(parts, *(basic or (client_id, client_secret)))
    except ClientRefused as error:
        return _problem("invalid_client", error, 401)
    scopes = parts.ledger.client(account.id).scopes
    if set(scope.split()) - set(scopes):
        return _problem("invalid_scope", FormInvalid(field="scope", reason=" ".join(scopes)))
    return Token(access_token=issue_token(parts, account), expires_in=TOKEN_SECONDS, scope=" ".join(scopes))


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _problem(kind: str, error: MotlanError, status: int = 400) -> JSONResponse:
    told = {"code": error.code, "message": Texts("vi").error(error), "hint": error.hint_text}
    headers = {"WWW-Authenticate": 'Basic realm="motlan"'} if status == 401 else {}
    return JSONResponse({"error": kind, "error_description": error.hint_text} | told, status, headers)
