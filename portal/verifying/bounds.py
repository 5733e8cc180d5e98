"""A limit on what one request may bring, held while it comes in and before anything of it is parsed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message, Receive

from schemas.errors import FileTooLarge

MOST_BYTES = 100_000_000


class BoundedRoute(APIRoute):
    """A route whose body ends at MOST_BYTES, whatever its headers say. Raises FileTooLarge."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            announced = request.headers.get("content-length", "")
            if announced.isdigit() and int(announced) > MOST_BYTES:
                raise FileTooLarge(size=announced, limit=MOST_BYTES)
            body = _Body(request.receive)
            try:
                return await handle(Request(request.scope, body))
            except Exception:
                if body.size > MOST_BYTES:  # the parser told the cut in words of its own
                    raise FileTooLarge(size=body.size, limit=MOST_BYTES) from None
                raise

        return bounded


class _Body:
    """Counts what comes, and hangs up at the limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self.size += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.size > MOST_BYTES else message
