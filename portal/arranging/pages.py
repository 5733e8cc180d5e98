"""Pages of arranging: the papers of a file with their pages side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from portal.arranging import layout
from portal.pages import render, said
from portal.problems import status_of
from portal.rights import Role, may
from portal.visitor import Who, parts_of
from schemas.errors import ArrangementNotPossible

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=2**31)]


@router.get("/sap-xep/{file}", name="arranging", dependencies=[may(Role.CLERK)])
def arranging(request: Request, visitor: Who, file: Number, da: bool = False) -> Response:
    return _page(request, visitor, file, done=da)


@router.post("/sap-xep/{file}", name="arranging_save", dependencies=[may(Role.CLERK)])
async def save(request: Request, visitor: Who, file: Number) -> Response:
    """Order the layout that the form tells."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_change, request, visitor, file, form)


def _change(request: Request, visitor: Who, file: int, form: dict[str, str]) -> Response:
    parts = parts_of(request)
    try:
        if form.get("undo"):
            layout.undo(parts, visitor, file)
        else:
            layout.arrange(parts, visitor, file, layout.plan_of(form))
    except ArrangementNotPossible as error:
        return _page(request, visitor, file, problem=said(request, error), status=status_of(error))
    return RedirectResponse(f"/sap-xep/{file}?da=1", 303)


def _page(
    request: Request, visitor: Who, file: int, *, problem: str = "", done: bool = False, status: int = 200
) -> Response:
    laid = layout.layout_for(request, visitor, file)
    types = sorted(parts_of(request).types.types.values(), key=lambda kind: kind.name)
    return render(request, "arranging/file.html", status, laid=laid, types=types, problem=problem, done=done)


@router.get("/sap-xep/{file}/trang/{page}.jpg", name="arranging_page", dependencies=[may(Role.CLERK)])
def picture(
    request: Request, visitor: Who, file: Number, page: Number, rong: Annotated[int, Query(ge=80, le=2000)] = 320
) -> Response:
    data = layout.page_picture(request, visitor, file, page, rong)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})
