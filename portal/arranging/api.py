"""JSON of arranging."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from portal.arranging import layout
from portal.rights import Role, may
from portal.visitor import Who, parts_of
from worker.arranging import Planned

router = APIRouter(prefix="/api/v1", tags=["arranging"])
Number = Annotated[int, Path(ge=1, le=2**31, description="The file's id")]
PageNumber = Annotated[int, Field(ge=1, le=100_000)]


class PlannedPaper(BaseModel):
    """One paper: its pages within the file, in reading order, and its type (null: let the program name it)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pages": [1, 2], "type": None}]})
    pages: list[PageNumber] = Field(min_length=1, max_length=2000)
    type: str | None = Field(default=None, max_length=64)


class Plan(BaseModel):
    """All papers of the file, in order; every page of a paper stands in exactly one of them."""

    model_config = ConfigDict(extra="forbid")
    papers: list[PlannedPaper] = Field(min_length=1, max_length=2000)


class LaidOut(PlannedPaper):
    """A paper as it is now."""

    record: str


class FileLayout(BaseModel):
    """How a file is laid out. `busy`: an arrangement or something else of it is under way."""

    file: int
    busy: bool
    undoable: bool
    papers: list[LaidOut]


@router.get("/files/{file}/papers", summary="How a file's papers are laid out", dependencies=[may(Role.CLERK)])
def papers(request: Request, visitor: Who, file: Number) -> FileLayout:
    laid = layout.layout_for(request, visitor, file)
    told = [LaidOut(record=paper.record, pages=list(paper.pages), type=paper.type) for paper in laid.papers]
    return FileLayout(file=laid.file.id, busy=laid.busy, undoable=laid.undoable, papers=told)


@router.put("/files/{file}/papers", summary="Lay a file's papers out anew", dependencies=[may(Role.CLERK)])
def arrange(request: Request, visitor: Who, file: Number, plan: Plan) -> FileLayout:
    wanted = [Planned(tuple(paper.pages), paper.type) for paper in plan.papers]
    layout.arrange(parts_of(request), visitor, file, wanted)
    return papers(request, visitor, file)


@router.post("/files/{file}/papers/undo", summary="Undo the newest arrangement", dependencies=[may(Role.CLERK)])
def undo(request: Request, visitor: Who, file: Number) -> FileLayout:
    layout.undo(parts_of(request), visitor, file)
    return papers(request, visitor, file)
