"""Every request measured by the name of its route: counted, timed, and one line in the log; never an address."""

from __future__ import annotations

import time

import structlog
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """What an app counts of its requests; `motlan_http_seconds` is the time until the answer begins."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("route", "method", "status")
        self.requests = Counter("motlan_http_requests", "Requests by route.", names, registry=self.registry)
        self.seconds = Histogram(
            "motlan_http_seconds",
            "Time to the first byte.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )


class Measured:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        is_told = False

        def tell(status: int) -> None:
            nonlocal is_told
            if not is_told:
                is_told = True
                self._tell(scope, status, time.perf_counter() - began)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                tell(int(message["status"]))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            tell(500)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        name = route.name if isinstance(route, APIRoute) else "static" if _is_static(scope) else "none"
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._meters.requests.labels(name, method, str(status)).inc()
        self._meters.seconds.labels(name).observe(seconds)
        if name != "static":
            log.info("request", route=name, method=method, status=status, ms=round(seconds * 1000))


def _is_static(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/static/")
