"""The OpenAPI document of all areas: what every operation may answer, who may call it, and how one logs in."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from portal.exchange.caller import Needs
from portal.exchange.clients import SCOPES
from portal.exchange.shapes import Problem
from portal.rights import Role, Rule, anyone, rule_of
from portal.texts import Texts
from schemas.errors import (
    ConsentNotValid,
    DiskFull,
    FileTooLarge,
    FormInvalid,
    LinkExpired,
    LoginNeeded,
    MotlanError,
    NotAllowed,
    RoleMissing,
    StorageAway,
    TooManyRequests,
)

PATH = "/api/v1/openapi.json"
ENGLISH = Texts("en")  # the document is for programmers; the page /api speaks the visitor's language
ABOUT = """\
The API of Một Lần. Another system gets a token by `POST /api/v1/token` and sends `Authorization: Bearer …`; pages of
the portal use the login's cookie and the header `X-CSRF-Token`. Every error is `{code, message, hint}`; a code never
changes (docs/errors.md). docs/api.md tells the ways, and how to check a hook's signature.
"""
# What an operation may answer besides its own, when its rule, parameters or method make it possible.
TOLD: dict[int, tuple[str, MotlanError]] = {
    400: ("The request can't be read.", FormInvalid(field="–", reason="…")),
    401: ("Nobody has logged in, or the session has ended.", LoginNeeded()),
    403: ("The role or the scope does not allow it, or it did not come from our own page.", RoleMissing()),
    404: ("There is none, or you may not know of it; the answer is the same.", NotAllowed()),
    409: ("It does not fit the present state; nothing was changed.", ConsentNotValid(consent=7, state="REVOKED")),
    410: ("The link was used up or has ended.", LinkExpired()),
    413: ("Too large.", FileTooLarge(size=2_000_000_001, limit=2_000_000_000)),
    422: ("A value does not fit; `message` says which.", FormInvalid(field="case", reason="…")),
    429: ("Too often; see `Retry-After`.", TooManyRequests(seconds=60)),
    503: ("Something is away; see `Retry-After`.", StorageAway(detail="…")),
    507: ("No room is left; nothing was taken.", DiskFull(free=0, needed=1)),
}
METHODS = ("get", "put", "post", "delete", "patch")

router = APIRouter(include_in_schema=False)


@router.get(PATH, name="openapi", dependencies=[anyone()])
def openapi(request: Request) -> JSONResponse:
    """The document, as programs read it."""
    return JSONResponse(document(request.app))


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document of an app, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _complete(app)
    return app.openapi_schema


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of every operation, in the order of the document."""
    paths = document(app)["paths"]
    return [(method, path, told) for path, item in paths.items() for method, told in item.items() if method in METHODS]


def _complete(app: FastAPI) -> dict[str, Any]:
    from portal.app import routes  # this module is itself one of its areas

    made = get_openapi(title="Một Lần", version="1", description=ABOUT, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    made["components"]["securitySchemes"] = _schemes()
    made["components"]["responses"] = {str(status): _problem(*told) for status, told in TOLD.items()}
    used: dict[str, None] = {}  # in the order of the areas
    for route in routes():
        if route.include_in_schema and route.path_format in made["paths"]:
            for method in route.methods or ():
                told = made["paths"][route.path_format][method.lower()]
                _complete_operation(told, route, method)
                used |= dict.fromkeys(told["tags"])
    made["tags"] = [{"name": name, "description": ENGLISH.get(f"operations.area.{name}", name)} for name in used]
    return _named(made)


def _complete_operation(told: dict[str, Any], route: APIRoute, method: str) -> None:
    rule = rule_of(route)
    told["operationId"] = route.name
    told["summary"] = ENGLISH.get(f"operations.{route.name}", told["summary"])
    told["security"] = _security(route, rule)
    told["x-roles"] = [] if rule.public else list(rule.roles)
    changes = method not in ("GET", "HEAD")
    possible = {503: True, 401: not rule.public, 403: changes or bool(rule.roles), 404: changes or "{" in route.path}
    takes = bool(told.get("parameters") or told.get("requestBody"))
    possible |= {
        400: "requestBody" in told,
        422: takes,
        409: changes,
        410: changes,
        413: changes,
        429: True,
        507: changes,
    }
    answers = told["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    for status, may_be in possible.items():
        if may_be and str(status) not in answers:
            answers[str(status)] = {"$ref": f"#/components/responses/{status}"}


def _problem(text: str, error: MotlanError) -> dict[str, Any]:
    example = {"code": error.code, "message": Texts("vi").error(error), "hint": error.hint_text}
    said = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": text, "content": {"application/json": said}}


def _named(made: dict[str, Any]) -> dict[str, Any]:
    """The document with short names for the shapes that two areas call alike, and for the bodies of forms."""
    text, schemas = json.dumps(made), made["components"]["schemas"]
    for name in schemas:
        module = name.split("__")  # portal__AREA__FILE__NAME
        form = re.sub(r"^Body_(\w+?)_api_v1_.*", r"\1_form", name)
        short = module[1].title() + module[-1] if len(module) > 2 else form
        if short != name:
            text = text.replace(f'schemas/{name}"', f'schemas/{short}"').replace(f'"{name}": {{', f'"{short}": {{')
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _security(route: APIRoute, rule: Rule) -> list[dict[str, list[str]]]:
    if rule.public:
        return []
    needs = sorted(_scopes(route))
    if rule.roles == (Role.CLIENT,):
        return [{"client": needs}]
    people: list[dict[str, list[str]]] = [{"session": []}]
    return people + ([{"client": needs}] if not rule.roles or Role.CLIENT in rule.roles else [])


def _scopes(route: APIRoute) -> set[str]:
    return {d.call.scope for d in route.dependant.dependencies if isinstance(d.call, Needs)}


def _schemes() -> dict[str, Any]:
    flow = {"tokenUrl": "/api/v1/token", "scopes": dict(SCOPES)}
    return {
        "client": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "motlan",
            "description": "A person's session; what changes something carries `X-CSRF-Token` too.",
        },
    }
