"""The API of scanning: a batch is opened, announced, sent file by file, and asked how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from portal.pages import texts_of
from portal.rights import Role, may
from portal.scanning.batches import Announced, BatchState, Telling, announce, batch_of, complete, open_batch, tell
from portal.scanning.files import FileLine, FileWord, files_of
from portal.scanning.uploading import upload
from portal.texts import Texts
from portal.visitor import Who, parts_of
from schemas.errors import MotlanError
from worker.intake import Receipt

router = APIRouter(prefix="/api/v1", tags=["scanning"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The batch's number.")]
Count = Annotated[int | None, Field(ge=1, le=100_000)]


class Reason(BaseModel):
    """Why something is as it is: a stable code, the sentence for the person, the hint for the operator."""

    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: MotlanError, t: Texts | None = None) -> Self:
        """In Vietnamese, or in the words of a page whose script asks."""
        return cls(code=error.code, message=(t or Texts("vi")).error(error), hint=error.hint_text)


class NewBatch(BaseModel):
    """A batch to open; the numbers are those of its cover sheet."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Hộ tịch – quầy 2", "expected_pages": 96}]}
    )

    name: str = Field(default="", max_length=100)
    expected_files: Count = None
    expected_papers: Count = None
    expected_pages: Count = None


class BatchOut(BaseModel):
    """A batch and how far it is; `seconds_left` is an estimate from its own pace. `state`: files still come (coming),
    work goes on (moving), work waits for what is away (waiting), somebody must look (look), done, empty."""

    batch: int
    name: str
    opened_at: datetime
    state: BatchState
    expected_files: int | None
    files: int
    pages: int
    pages_read: int
    papers: int
    stored: int
    set_apart: int
    duplicates: int
    open_reviews: int
    finished: bool
    seconds_left: float | None

    @classmethod
    def of(cls, told: Telling) -> Self:
        p = told.progress
        return cls(
            batch=told.batch.id,
            name=told.batch.source,
            opened_at=told.batch.created_at,
            state=told.state,
            expected_files=told.batch.expected_files,
            files=p.files,
            pages=p.pages_total,
            pages_read=p.pages_read,
            papers=p.documents,
            stored=p.stored,
            set_apart=p.quarantined,
            duplicates=p.duplicates,
            open_reviews=p.open_reviews,
            finished=p.finished,
            seconds_left=told.left,
        )


class Batches(BaseModel):
    """A page of batches, newest first; `next` is the `before` of the following page."""

    batches: list[BatchOut]
    next: int | None


class Difference(Reason):
    """What does not fit, and the file it is about (null: the whole batch)."""

    file: str | None


class BatchAccount(BatchOut):
    """A batch with its account; `wrong` is told once the batch is finished."""

    wrong: list[Difference]


class Coming(BaseModel):
    """A file that will be sent: its path within the dropped folder, and its size in bytes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=1000)
    size: int = Field(ge=0, le=2**53)


class Announcement(BaseModel):
    """All files that are about to be sent; those that came before may be among them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"files": [{"name": "Hộ tịch/HS-0147.pdf", "size": 482113}]}]}
    )

    files: list[Coming] = Field(min_length=1, max_length=10_000)


class Expected(BaseModel):
    """What the batch expects now. `refused`: places in the list of files that are too large to be sent."""

    expected_files: int | None
    refused: list[int]


class ReceivedFile(BaseModel):
    """What became of a sent file (a ZIP has one of these for each of its members). `again`: it had come into this batch
    before. `file` is null for a register, which is no file of the batch."""

    name: str
    file: int | None
    duplicate_of: int | None
    again: bool
    register_rows: int | None
    reason: Reason | None

    @classmethod
    def of(cls, receipt: Receipt, t: Texts) -> Self:
        return cls(
            name=receipt.name,
            file=receipt.file_id,
            duplicate_of=receipt.duplicate_of,
            again=receipt.again,
            register_rows=len(receipt.register.rows) if receipt.register else None,
            reason=Reason.of(receipt.reason, t) if receipt.reason else None,
        )


class Received(BaseModel):
    files: list[ReceivedFile]


class PaperOut(BaseModel):
    """A paper found in a file; `open_reviews` counts the questions about it that wait for a person."""

    record: str
    type: str
    pages: list[int]
    stored: bool
    open_reviews: int


class FileOut(BaseModel):
    """A file of a batch. `first_batch`: where the same bytes came in first, for a duplicate."""

    file: int
    name: str
    size: int | None
    state: FileWord
    pages: int | None
    pages_read: int
    papers: list[PaperOut]
    reason: Reason | None
    first_batch: int | None

    @classmethod
    def of(cls, line: FileLine) -> Self:
        papers = [
            PaperOut(record=p.record, type=p.type, pages=list(p.pages), stored=p.stored, open_reviews=len(p.reviews))
            for p in line.papers
        ]
        return cls(
            file=line.id,
            name=line.name,
            size=line.size,
            state=line.word,
            pages=line.pages,
            pages_read=line.read,
            papers=papers,
            reason=Reason.of(line.reason) if line.reason else None,
            first_batch=line.first_batch,
        )


class Files(BaseModel):
    """A page of files in the order they came; `next` is the `after` of the following page."""

    files: list[FileOut]
    next: int | None


@router.post("/batches", status_code=201, summary="Open a batch", dependencies=[may(Role.CLERK)])
def post_batch(request: Request, visitor: Who, asked: NewBatch) -> BatchOut:
    """A new batch of the clerk's unit. Announce its files next, then send them one by one."""
    parts = parts_of(request)
    numbers = {"expected": asked.expected_files, "papers": asked.expected_papers, "pages": asked.expected_pages}
    batch = open_batch(parts, visitor.unit, visitor.actor, asked.name, **numbers)
    return BatchOut.of(tell(parts, [batch])[0])


@router.get("/batches", summary="Batches of the unit", dependencies=[may(Role.CLERK)])
def get_batches(
    request: Request,
    visitor: Who,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Batches:
    parts = parts_of(request)
    page = parts.ledger.batches_page([visitor.unit], before=before, limit=limit + 1)
    told = tell(parts, page[:limit], accounts=False)
    return Batches(batches=[BatchOut.of(one) for one in told], next=page[limit - 1].id if len(page) > limit else None)


@router.get("/batches/{number}", summary="One batch and what is missing", dependencies=[may(Role.CLERK)])
def get_batch(request: Request, visitor: Who, number: Number) -> BatchAccount:
    parts = parts_of(request)
    [told] = tell(parts, [batch_of(parts, visitor.unit, number)])
    wrong = [Difference(file=file, **Reason.of(error).model_dump()) for file, error in told.wrong]
    return BatchAccount(**BatchOut.of(told).model_dump(), wrong=wrong)


@router.get("/batches/{number}/files", summary="Files of a batch", dependencies=[may(Role.CLERK)])
def get_files(
    request: Request,
    visitor: Who,
    number: Number,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Files:
    parts = parts_of(request)
    lines = files_of(parts, batch_of(parts, visitor.unit, number), after, limit + 1)
    following = lines[limit - 1].id if len(lines) > limit else None
    return Files(files=[FileOut.of(line) for line in lines[:limit]], next=following)


@router.post("/batches/{number}/announcement", summary="Say which files come", dependencies=[may(Role.CLERK)])
def post_announcement(request: Request, visitor: Who, number: Number, asked: Announcement) -> Expected:
    """The batch expects these files from now on; what was announced before, or is there already, counts once."""
    parts = parts_of(request)
    batch = batch_of(parts, visitor.unit, number)
    refused = announce(parts, batch, visitor.actor, [Announced(file.name, file.size) for file in asked.files])
    return Expected(expected_files=parts.ledger.batch(number).expected_files, refused=refused)


@router.post("/batches/{number}/completion", summary="Nothing more comes", dependencies=[may(Role.CLERK)])
def post_completion(request: Request, visitor: Who, number: Number) -> BatchOut:
    """The batch holds the files that are there; it is no longer waited for others."""
    parts = parts_of(request)
    complete(parts, batch_of(parts, visitor.unit, number), visitor.actor)
    return BatchOut.of(tell(parts, [batch_of(parts, visitor.unit, number)])[0])


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put(
    "/batches/{number}/files",
    summary="Send one file",
    dependencies=[may(Role.CLERK)],
    response_model=Received,
    openapi_extra=_BODY,
)
async def put_file(
    request: Request,
    visitor: Who,
    number: Number,
    name: Annotated[str, Query(min_length=1, max_length=1000, description="Its path within the dropped folder.")],
    counter: Annotated[bool, Query(description="A citizen is waiting: read it first.")] = False,
) -> Received | Response:
    """The body is the file. Nothing is taken of a body that is cut off; sent again, a file is the same file (`again`).
    A file that cannot be read is set apart, with its reason in the answer."""
    parts = parts_of(request)
    batch = await run_in_threadpool(batch_of, parts, visitor.unit, number)
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 19 else None
    try:
        receipts = await upload(parts, batch, visitor.actor, name, request.stream(), size=size, counter=counter)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    return Received(files=[ReceivedFile.of(receipt, texts_of(request)) for receipt in receipts])
