"""Pages of scanning: today's batches with the drop zone, and one batch with its files as they come and are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from ingest.register import is_register
from ledger import Batch
from portal.pages import VIETNAM, language_of, render, texts_of
from portal.parts import Parts
from portal.rights import Role, may
from portal.scanning.batches import Announced, Telling, announce, batch_of, complete, open_batch, tell
from portal.scanning.files import PAGE, files_of
from portal.scanning.live import Look, live
from portal.scanning.uploading import take_file
from portal.texts import catalogue
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FilesNotJoinable, FileTooLarge, FormInvalid
from worker.joining import join
from worker.outcome import publish

router = APIRouter(include_in_schema=False)
LISTED = 20  # batches on a page
FORM_BYTES = 1 << 20  # what a form has beside its files
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
After = Annotated[int, Query(ge=0, le=2**31 - 1)]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


def bounded(request: Request) -> None:
    """A form is only read when it says how long it is, and that is not too long. Raises FormInvalid, FileTooLarge."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or len(length) > 18:
        raise FormInvalid(field="–", reason="Trình duyệt không cho biết độ dài của tệp.")
    limit = parts_of(request).portal.max_upload_bytes
    if int(length) > limit + FORM_BYTES:
        raise FileTooLarge(size=int(length), limit=limit)


@router.get("/lo-quet", name="batches", dependencies=[may(Role.CLERK)])
def batches(request: Request, visitor: Who, before: Before = None) -> Response:
    """Today's batches and the drop zone; older ones page by page."""
    parts = parts_of(request)
    told, following = _listed(parts, visitor, before)
    midnight = _midnight(parts)
    today = [one for one in told if one.batch.created_at >= midnight]
    earlier = told[len(today) :]
    return render(
        request,
        "scanning/batches.html",
        today=today,
        earlier=earlier,
        before=before,
        following=following,
        largest=parts.portal.max_upload_bytes,
        words=_words(request),
    )


@router.get("/lo-quet/dien-bien", name="batches_live", dependencies=[may(Role.CLERK)])
def batches_live(request: Request, visitor: Who, before: Before = None) -> Response:
    """The list's rows as they change."""
    parts = parts_of(request)

    def look() -> Look:
        told, _ = _listed(parts, visitor, before)
        rows = {f"batch-{one.batch.id}": _part(request, "scanning/_batch_row.html", one=one) for one in told}
        moving = [one for one in told if one.state in ("moving", "waiting", "coming")]
        return Look(rows, texts_of(request)("scanning.said_list", n=len(moving)), not moving)

    return live(look)


@router.post("/lo-quet", name="batch_drop", dependencies=[Depends(bounded), may(Role.CLERK)])
async def drop(request: Request, visitor: Who) -> Response:
    """A whole batch by a plain form, for browsers without scripts."""
    form = await request.form()
    return await run_in_threadpool(_dropped, parts_of(request), visitor, None, form)


@router.get("/lo-quet/{number}", name="batch", dependencies=[may(Role.CLERK)])
def batch(request: Request, visitor: Who, number: Number, after: After = 0) -> Response:
    """One batch: what was announced, what came, what became of it, and what is missing."""
    parts = parts_of(request)
    [told] = tell(parts, [batch_of(parts, visitor.unit, number)])
    files = files_of(parts, told.batch, after, PAGE + 1)
    following = files[PAGE - 1].id if len(files) > PAGE else None
    return render(
        request,
        "scanning/batch.html",
        one=told,
        files=files[:PAGE],
        after=after,
        following=following,
        largest=parts.portal.max_upload_bytes,
        words=_words(request),
    )


@router.get("/lo-quet/{number}/dien-bien", name="batch_live", dependencies=[may(Role.CLERK)])
def batch_live(request: Request, visitor: Who, number: Number, after: After = 0) -> Response:
    """The batch's sums and rows as they change."""
    parts, unit = parts_of(request), visitor.unit
    batch_of(parts, unit, number)
    seen: list[tuple[Telling, datetime | None]] = []
    known: dict[str, str] = {}

    def look() -> Look:
        [told] = tell(parts, [batch_of(parts, unit, number)])
        now = (told, parts.ledger.batch_changed(number))
        if [now] != seen[-1:]:
            seen[:] = [now]
            known["summary"] = _part(request, "scanning/_summary.html", one=told)
            for file in files_of(parts, told.batch, after):
                known[f"file-{file.id}"] = _part(request, "scanning/_file_row.html", file=file)
        return Look(dict(known), _said(request, told), told.progress.finished)

    return live(look)


@router.post("/lo-quet/{number}", name="batch_add", dependencies=[Depends(bounded), may(Role.CLERK)])
async def add(request: Request, visitor: Who, number: Number) -> Response:
    """More files into a batch, by a plain form."""
    parts = parts_of(request)
    known = await run_in_threadpool(batch_of, parts, visitor.unit, number)
    return await run_in_threadpool(_dropped, parts, visitor, known, await request.form())


@router.post("/lo-quet/{number}/du", name="batch_complete", dependencies=[may(Role.CLERK)])
def enough(request: Request, visitor: Who, number: Number) -> Response:
    """Nothing more comes."""
    parts = parts_of(request)
    complete(parts, batch_of(parts, visitor.unit, number), visitor.actor)
    return RedirectResponse(f"/lo-quet/{number}", 303)


def _listed(parts: Parts, visitor: Visitor, before: int | None) -> tuple[list[Telling], int | None]:
    """A page of the unit's batches, and where the next one begins. Accounts are made of today's alone."""
    page = parts.ledger.batches_page([visitor.unit], before=before, limit=LISTED + 1)
    shown, midnight = page[:LISTED], _midnight(parts)
    today = [one for one in shown if one.created_at >= midnight]
    told = [*tell(parts, today), *tell(parts, shown[len(today) :], accounts=False)]
    return told, shown[-1].id if len(page) > LISTED else None


def _dropped(parts: Parts, visitor: Visitor, into: Batch | None, form: FormData) -> Response:
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if not files:
        raise FormInvalid(field="files", reason="Hãy chọn ít nhất một tệp.")
    batch = into or open_batch(
        parts,
        visitor.unit,
        visitor.actor,
        _text(form, "name") or _named(files),
        papers=_count(form, "papers"),
        pages=_count(form, "pages"),
    )
    announce(parts, batch, visitor.actor, [Announced(one.filename or "", one.size or 0) for one in files])
    counter, taken = bool(_text(form, "counter")), list[int]()
    for one in sorted(files, key=lambda one: not is_register(one.filename or "")):
        if (one.size or 0) <= parts.portal.max_upload_bytes:
            came = take_file(parts, batch, visitor.actor, one.filename or "", one.file, counter=counter)
            taken += [receipt.file_id for receipt in came if receipt.file_id and not receipt.reason]
    if _text(form, "together") and len(taken) > 1:
        try:
            publish(parts, join(parts, batch.id, taken, visitor.actor).hints)
        except FilesNotJoinable:
            return RedirectResponse(f"/lo-quet/{batch.id}/gop?da=chua", 303)
    return RedirectResponse(f"/lo-quet/{batch.id}", 303)


def _named(files: Sequence[UploadFile]) -> str:
    """The folder the files lie in; one file alone gives the batch its own name."""
    names = {(one.filename or "").partition("/")[0] for one in files}
    return PurePath(names.pop()).stem[:100] if len(names) == 1 else ""


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _count(form: FormData, name: str) -> int | None:
    text = _text(form, name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:7]) <= 100_000 or len(text) > 6:
        raise FormInvalid(field=name, reason="Cần một số từ 1 đến 100 000.")
    return int(text)


def _said(request: Request, told: Telling) -> str:
    p = told.progress
    values = {"files": p.files, "read": p.pages_read, "pages": p.pages_total, "stored": p.stored}
    return texts_of(request)(f"scanning.said.{told.state}", **values, missing=told.missing, looks=told.looks)


def _part(request: Request, template: str, **values: Any) -> str:
    return bytes(render(request, template, **values).body).decode().strip()


def _words(request: Request) -> dict[str, str]:
    """What the page's script says, with its placeholders."""
    texts, start = catalogue(language_of(request)), "scanning.js."
    return {key.removeprefix(start): text for key, text in texts.items() if key.startswith(start)}


def _midnight(parts: Parts) -> datetime:
    return parts.clock().astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
