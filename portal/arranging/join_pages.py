"""The page on which files of a batch become one paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from portal.arranging import joining
from portal.pages import language_of, render, said
from portal.problems import status_of
from portal.rights import Role, may
from portal.scanning.batches import batch_of
from portal.texts import catalogue
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FilesNotJoinable

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get("/lo-quet/{number}/gop", name="join_files", dependencies=[may(Role.CLERK)])
def join_files(request: Request, visitor: Who, number: Number, after: After = 0, da: str = "") -> Response:
    return _page(request, visitor, number, after=after, done=da)


@router.post("/lo-quet/{number}/gop", name="join_files_order", dependencies=[may(Role.CLERK)])
async def join_files_order(request: Request, visitor: Who, number: Number, after: After = 0) -> Response:
    """Join the files that the form numbers."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_ordered, request, visitor, number, after, form)


@router.post("/lo-quet/{number}/gop/{file}/hoan-tac", name="join_files_undo", dependencies=[may(Role.CLERK)])
def join_files_undo(request: Request, visitor: Who, number: Number, file: Number) -> Response:
    try:
        joining.undo(parts_of(request), visitor, number, file)
    except FilesNotJoinable as error:
        return _page(request, visitor, number, problem=said(request, error), status=status_of(error))
    return RedirectResponse(f"/lo-quet/{number}/gop?da=tach", 303)


def _ordered(request: Request, visitor: Visitor, number: int, after: int, form: Mapping[str, str]) -> Response:
    try:
        joining.order(parts_of(request), visitor, number, joining.chosen(form), form.get("type") or None)
    except FilesNotJoinable as error:
        return _page(
            request, visitor, number, after=after, typed=form, problem=said(request, error), status=status_of(error)
        )
    return RedirectResponse(f"/lo-quet/{number}/gop?da=gop", 303)


def _page(
    request: Request,
    visitor: Visitor,
    number: int,
    *,
    after: int = 0,
    typed: Mapping[str, str] | None = None,
    problem: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    parts = parts_of(request)
    batch = batch_of(parts, visitor.unit, number)
    files, following = joining.choices(parts, batch, after)
    joined = joining.joined_files(parts, batch)
    return render(
        request,
        "arranging/join.html",
        status,
        batch=batch,
        files=files,
        after=after,
        following=following,
        joined=[one for one in joined if one.state != "PARTED"],
        moving=any(one.state in ("GATHERING", "JOINING", "PARTING") for one in joined),
        words=_words(request),
        types=sorted(parts.types.types.values(), key=lambda kind: kind.name),
        typed=typed or {},
        problem=problem,
        done=done,
    )


def _words(request: Request) -> dict[str, str]:
    """What the page's script says, with its placeholders."""
    texts, start = catalogue(language_of(request)), "joining.js."
    return {key.removeprefix(start): text for key, text in texts.items() if key.startswith(start)}
