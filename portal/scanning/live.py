"""Live pages: what has changed is sent to the browser as it happens, read from the ledger at each look: a reload or a
restarted server changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

LOOK_SECONDS = 1.0  # between two looks
STREAM_SECONDS = 20.0  # then the browser comes again: a server that stops need not wait for anybody
AGAIN_MS = 1000  # how soon


@dataclass(frozen=True)
class Look:
    """What a page shows: HTML by the id of its element, and a sentence for screen readers. `finished`: nothing moves
    any more."""

    parts: Mapping[str, str]
    said: str
    finished: bool


def live(look: Callable[[], Look]) -> StreamingResponse:
    """Server-sent events `change` ({parts, said}: only what differs from the last look) and, at the end, `done`. `look`
    runs in a thread."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(look), media_type="text/event-stream", headers=headers)


async def _events(look: Callable[[], Look]) -> AsyncIterator[str]:
    yield f"retry: {AGAIN_MS}\n\n"
    sent: dict[str, str] = {}
    for _ in range(round(STREAM_SECONDS / LOOK_SECONDS)):
        seen = await run_in_threadpool(look)
        fresh = {name: html for name, html in seen.parts.items() if sent.get(name) != html}
        if fresh:
            sent |= fresh
            yield _event("change", {"parts": fresh, "said": seen.said})
        if seen.finished:
            yield _event("done", {})
            return
        await anyio.sleep(LOOK_SECONDS)


def _event(kind: str, data: Mapping[str, object]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
