"""JSON of joining files into one paper."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from ledger import JoinState
from portal.arranging import joining
from portal.rights import Role, may
from portal.scanning.api import Reason
from portal.scanning.batches import batch_of
from portal.visitor import Who, parts_of
from worker.joining import MOST_SOURCES

router = APIRouter(prefix="/api/v1", tags=["arranging"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The batch's number.")]
FileNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="The joined file's id.")]


class FilesToJoin(BaseModel):
    """Files of the batch in the order of the paper's pages, and its type (null: let the program name it)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"files": [12, 13], "type": None}]})
    files: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] = Field(min_length=2, max_length=MOST_SOURCES)
    type: str | None = Field(default=None, max_length=64)


class JoinedFrom(BaseModel):
    """A file that was handed in and went into another."""

    file: int
    name: str


class JoinedFileOut(BaseModel):
    """A file made of others. `state`: its sources are still read (GATHERING), it is made and stored (JOINING), it
    stands for them (JOINED), they are on their way back (PARTING), they stand for themselves (PARTED), it could not be
    made (FAILED, with the reason)."""

    file: int
    name: str
    state: JoinState
    received_at: datetime
    sources: list[JoinedFrom]
    reason: Reason | None

    @classmethod
    def of(cls, made: joining.JoinedFile) -> Self:
        return cls(
            file=made.file.id,
            name=made.file.name,
            state=made.state,
            received_at=made.file.received_at,
            sources=[JoinedFrom(file=one.id, name=one.path_shown or one.name) for one in made.sources],
            reason=Reason.of(made.reason) if made.reason else None,
        )


class JoinedFiles(BaseModel):
    """Newest first."""

    joined: list[JoinedFileOut]


@router.get("/batches/{number}/joined-files", summary="Files made of others", dependencies=[may(Role.CLERK)])
def get_joined_files(request: Request, visitor: Who, number: Number) -> JoinedFiles:
    parts = parts_of(request)
    batch = batch_of(parts, visitor.unit, number)
    return JoinedFiles(joined=[JoinedFileOut.of(one) for one in joining.joined_files(parts, batch)])


@router.post(
    "/batches/{number}/joined-files",
    status_code=202,
    summary="Join files into one paper",
    dependencies=[may(Role.CLERK)],
)
def post_joined_file(request: Request, visitor: Who, number: Number, asked: FilesToJoin) -> JoinedFileOut:
    """The papers of these files are withdrawn once the joined one is stored; the files stay as they were handed in. The
    same order again is the same joined file."""
    parts = parts_of(request)
    file = joining.order(parts, visitor, number, asked.files, asked.type)
    return JoinedFileOut.of(joining.joined_file(parts, visitor, number, file))


@router.delete(
    "/batches/{number}/joined-files/{file}",
    status_code=202,
    summary="Take a joined file apart again",
    dependencies=[may(Role.CLERK)],
)
def delete_joined_file(request: Request, visitor: Who, number: Number, file: FileNumber) -> JoinedFileOut:
    """The former papers come back, each as a new revision of its record; then the joined one is withdrawn."""
    parts = parts_of(request)
    joining.undo(parts, visitor, number, file)
    return JoinedFileOut.of(joining.joined_file(parts, visitor, number, file))
