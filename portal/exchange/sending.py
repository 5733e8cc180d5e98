"""Batches in: a system opens one, sends its files one by one, and asks how far it is. The ways are the clerk's own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ledger import Batch
from portal.exchange.caller import Caller, Key, Sending, once
from portal.exchange.shapes import Id
from portal.rights import Role, may
from portal.scanning.api import BatchAccount, BatchOut, Difference, NewBatch, Reason, Received, put_file
from portal.scanning.batches import batch_of, open_batch, tell
from schemas.errors import NotAllowed

router = APIRouter(prefix="/api/v1/exchange", tags=["exchange"])

Number = Annotated[Id, Path()]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/batches",
    name="exchange_batch_open",
    summary="Open a batch",
    status_code=201,
    dependencies=[may(Role.CLIENT)],
)
def open_(request: Request, caller: Sending, body: NewBatch, key: Key = None) -> BatchOut:
    """A new batch of the client's unit; its files are sent next, one by one."""
    expected = {"expected": body.expected_files, "papers": body.expected_papers, "pages": body.expected_pages}

    def do() -> dict[str, int]:
        return {"batch": open_batch(caller.parts, caller.unit, caller.actor, body.name, **expected).id}

    return BatchOut.of(tell(caller.parts, [_own(caller, once(caller, request, key, body, do)["batch"])])[0])


@router.put(
    "/batches/{number}/files",
    name="exchange_batch_file",
    summary="Send one file into a batch",
    dependencies=[may(Role.CLIENT)],
    response_model=Received,
    openapi_extra=BODY,
)
async def send(
    request: Request,
    caller: Sending,
    number: Number,
    name: Annotated[str, Query(min_length=1, max_length=1000, description="Its path within the batch.")],
) -> Received | Response:
    """The body is the file. Nothing is taken of a body that is cut off; sent again, a file is the same file."""
    await run_in_threadpool(_own, caller, number)
    return await put_file(request, caller.visitor, number, name)


@router.get(
    "/batches/{number}",
    name="exchange_batch",
    summary="How far a batch is, and what is wrong with it",
    dependencies=[may(Role.CLIENT)],
)
def state(caller: Sending, number: Number) -> BatchAccount:
    """`wrong` is told once nothing of the batch can move any more."""
    [told] = tell(caller.parts, [_own(caller, number)])
    wrong = [Difference(file=file, **Reason.of(error).model_dump()) for file, error in told.wrong]
    return BatchAccount(**BatchOut.of(told).model_dump(), wrong=wrong)


def _own(caller: Caller, number: int) -> Batch:
    """A batch that this system opened. Raises NoSuchRow, and NotAllowed for another's: the same answer."""
    batch = batch_of(caller.parts, caller.unit, number)
    if batch.actor != caller.actor:
        raise NotAllowed()
    return batch
