"""The portal as one ASGI app: its areas, the headers of every answer, and the check that every route has a rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from portal.areas import ROUTERS
from portal.bodies import Bounded
from portal.headers import HEADERS
from portal.measuring import Measured, Meters
from portal.pages import LANGUAGE_COOKIE, STATIC, language_of
from portal.parts import Parts
from portal.problems import handle_problems
from portal.rights import rule_of


class _Static(StaticFiles):
    """Files whose address carries their digest: kept by the browser for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def make_app(parts: Parts) -> FastAPI:
    """The app over these parts. Raises LookupError for a route without a rule."""
    app = FastAPI(title="Một Lần", version="1", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.state.meters = meters = Meters()
    handle_problems(app)
    app.state.routes = tuple(routes())
    for route in app.state.routes:
        rule_of(route)
    app.router.routes.extend(app.state.routes)  # include_router would make each of them anew, 2 ms a route
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.add_middleware(Bounded)
    app.middleware("http")(_headers)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Measured, meters=meters)
    return app


def routes() -> Iterator[APIRoute]:
    """Every route of every area. Raises LookupError for anything else that could answer."""
    for router in ROUTERS:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise LookupError(f"{route} is no plain route and could not be given a rule")
            yield route


async def _headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    if "lang" in request.query_params:
        response.set_cookie(LANGUAGE_COOKIE, language_of(request), max_age=31_536_000, samesite="lax")
    return response
