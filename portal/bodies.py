"""How long a body may be that is held in memory. Files are streamed, and have their own bounds."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.problems import answer
from schemas.errors import FileTooLarge

MOST = 16_000_000  # bytes; the longest announcement of a batch has ten thousand names
FILES = "/files"  # what ends so takes a file by PUT


class Bounded:
    """Ends a JSON or form body at MOST, whatever its headers say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_streamed(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > MOST:
            await answer(request, FileTooLarge(size=announced, limit=MOST))(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST:
                raise FileTooLarge(size=size, limit=MOST)
            return message

        await self._app(scope, counted, send)


def _is_streamed(scope: Scope) -> bool:
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"").lower()
    return kind.startswith(b"multipart/") or (scope["method"] == "PUT" and str(scope["path"]).endswith(FILES))
