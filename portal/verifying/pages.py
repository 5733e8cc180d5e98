"""Pages of verifying: drop a PDF or type a code, and read in plain words what holds. They work without scripts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from portal.limits import limited
from portal.pages import render
from portal.problems import status_of
from portal.rights import anyone
from portal.verifying.bounds import BoundedRoute
from portal.verifying.checking import check_code, check_file, typed_code
from portal.visitor import Who, parts_of
from schemas.errors import CodeMistyped, InputError, RecordMissing
from schemas.verification import VerificationCode
from storage.staging import chunks

router = APIRouter(include_in_schema=False, route_class=BoundedRoute)
FILES = limited("verify_file", most=20, seconds=60)
CODES = limited("verify_code", most=60, seconds=60)


@router.get("/kiem-tra", name="verify", dependencies=[anyone()])
def form(request: Request) -> Response:
    return _form(request)


@router.post("/kiem-tra", name="verify_check", dependencies=[anyone(), FILES])
def check(
    request: Request,
    visitor: Who,
    code: Annotated[str, Form(max_length=500)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A code leads to its own page; a file is judged here, and gone with the answer."""
    parts = parts_of(request)
    has_file = file is not None and bool(file.filename or file.size)
    try:
        if not has_file:
            return _to_code(typed_code(code))
        assert file is not None
        found = check_file(parts, visitor, chunks(file.file))
    except (CodeMistyped, InputError) as error:
        fault = "picture" if has_file and isinstance(error, CodeMistyped) else error.code.lower()
        return _form(request, status_of(error), fault, "" if has_file else code)
    if isinstance(found, VerificationCode):
        return _to_code(found)
    return render(request, "verifying/result.html", checked=found, by="file", now=parts.clock())


@router.get("/kiem-tra/{code}", name="verify_code", dependencies=[anyone(), CODES])
def of_code(request: Request, visitor: Who, code: Annotated[str, Path(max_length=200)]) -> Response:
    parts = parts_of(request)
    try:
        checked = check_code(parts, visitor, typed_code(code))
    except CodeMistyped as error:
        return _form(request, status_of(error), error.code.lower(), code)
    except RecordMissing:
        return render(request, "verifying/unknown.html", 404, code=str(typed_code(code)))
    return render(request, "verifying/result.html", checked=checked, by="code", now=parts.clock())


def _to_code(code: VerificationCode) -> Response:
    return RedirectResponse(f"/kiem-tra/{code}", 303)


def _form(request: Request, status: int = 200, fault: str = "", code: str = "") -> Response:
    return render(request, "verifying/verify.html", status, fault=fault, code=code)
