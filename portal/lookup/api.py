"""The officer's desk for scripts: look-ups, requests, agreement at the counter, search."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from portal.exchange.records import PDF, stream
from portal.exchange.shapes import Id
from portal.lookup import asking, searching
from portal.lookup.shapes import (
    AskIn,
    CounterIn,
    FieldOut,
    HitOut,
    LookUpIn,
    LookUpOut,
    ProcedureOut,
    ProceduresOut,
    ReceivedOut,
    RequestOut,
    RequestsOut,
    SavedList,
    SavedOut,
    SaveIn,
    SearchIn,
    SearchOut,
)
from portal.lookup.shown import fields_shown, sealed_pdf
from portal.rights import Role, may
from portal.visitor import Who, parts_of

router = APIRouter(prefix="/api/v1", tags=["lookup"])
OFFICER = may(Role.OFFICER)
SEEKER = may(Role.OFFICER, Role.ARCHIVIST, Role.ADMIN)
Number = Annotated[Id, Path()]


@router.get("/procedures", name="api_procedures", summary="Các thủ tục và giấy tờ cần có", dependencies=[OFFICER])
def procedures(request: Request) -> ProceduresOut:
    """Every procedure with what it needs proved."""
    known = parts_of(request).reuse.procedures.by_code.values()
    return ProceduresOut(procedures=[ProcedureOut.of(procedure) for procedure in known])


@router.post("/lookups", name="api_lookup", summary="Người này đã nộp giấy gì cho thủ tục này?", dependencies=[OFFICER])
def look_up(request: Request, visitor: Who, body: LookUpIn) -> LookUpOut:
    """One look, with its case, that the person sees; there is a quota a day."""
    found = asking.look_up(parts_of(request), visitor, body.id_number, body.case, body.procedure)
    return LookUpOut.of(found)


@router.post("/requests", name="api_ask", summary="Xin dùng lại giấy tờ", status_code=201, dependencies=[OFFICER])
def ask(request: Request, visitor: Who, body: AskIn) -> RequestsOut:
    """One request a paper; one that waits already in this case is told again."""
    parts = parts_of(request)
    made = asking.ask(parts, visitor, body.case, body.procedure, body.records)
    rows = [RequestOut.of(asking.one_of_mine(parts, visitor, number)) for number in made]
    return RequestsOut(requests=rows, next=None)


@router.get("/requests", name="api_requests", summary="Yêu cầu tôi đã gửi", dependencies=[OFFICER])
def requests(
    request: Request,
    visitor: Who,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = asking.PAGE,
) -> RequestsOut:
    """Newest first."""
    rows = asking.mine(parts_of(request), visitor, before, limit)
    after = rows[-1].asked.id if len(rows) == limit else None
    return RequestsOut(requests=[RequestOut.of(row) for row in rows], next=after)


@router.get("/requests/{number}", name="api_request", summary="Một yêu cầu của tôi", dependencies=[OFFICER])
def one(request: Request, visitor: Who, number: Number) -> RequestOut:
    """Its state, and until when."""
    return RequestOut.of(asking.one_of_mine(parts_of(request), visitor, number))


@router.post(
    "/requests/{number}/counter-consent",
    name="api_counter",
    summary="Ghi nhận người dân đồng ý tại quầy",
    dependencies=[OFFICER],
)
def counter(request: Request, visitor: Who, number: Number, body: CounterIn) -> RequestOut:
    """Only for an own request that waits, and only with the number of somebody whom the paper is about."""
    parts = parts_of(request)
    asking.one_of_mine(parts, visitor, number)
    parts.reuse.consent_at_counter(number, visitor.actor, body.id_number)
    return RequestOut.of(asking.one_of_mine(parts, visitor, number))


@router.post("/requests/{number}/release", name="api_release", summary="Nhận giấy tờ vào hồ sơ", dependencies=[OFFICER])
def release(request: Request, visitor: Who, number: Number) -> ReceivedOut:
    """Counts one use of the consent; then the fields, and the sealed PDF at `file`."""
    parts = parts_of(request)
    asking.receive(parts, visitor, number)
    _, paper = parts.reuse.open_released(number, visitor.actor, "fields")
    return ReceivedOut(
        request=number,
        record=paper.record,
        revision=paper.revision,
        type=paper.type,
        fields=[FieldOut.of(field) for field in fields_shown(parts, paper)],
        file=f"/api/v1/requests/{number}/file",
    )


@router.get(
    "/requests/{number}/file",
    name="api_request_file",
    summary="Bản PDF có ký số của giấy tờ đã nhận",
    dependencies=[OFFICER],
    response_class=StreamingResponse,
    responses=PDF,
)
def file(request: Request, visitor: Who, number: Number) -> StreamingResponse:
    """While the consent stands; every fetch is an event."""
    parts = parts_of(request)
    _, paper = parts.reuse.open_released(number, visitor.actor, "file")
    pdf, archival = sealed_pdf(parts, paper)
    return stream(pdf, paper.record, archival)


@router.post("/search", name="api_search", summary="Tìm trong giấy tờ của đơn vị", dependencies=[SEEKER])
def search(request: Request, visitor: Who, body: SearchIn) -> SearchOut:
    """By words, filters or both, in the own unit; page after page by `next`."""
    found = searching.search(parts_of(request), visitor, body.wanted, body.after, body.limit)
    return SearchOut(hits=[HitOut.of(hit) for hit in found.hits], next=found.after or None)


@router.get("/searches", name="api_searches", summary="Tìm kiếm đã lưu", dependencies=[SEEKER])
def searches(request: Request, visitor: Who) -> SavedList:
    """Of the person who asks."""
    kept = parts_of(request).ledger.saved_searches(visitor.known.id)
    return SavedList(searches=[SavedOut(search=each.id, name=each.name) for each in kept])


@router.post("/searches", name="api_save", summary="Lưu một tìm kiếm", status_code=201, dependencies=[SEEKER])
def save(request: Request, visitor: Who, body: SaveIn) -> SavedOut:
    """ID numbers in it are masked."""
    parts = parts_of(request)
    kept = searching.save(parts, visitor, body.name, body.wanted)
    return SavedOut(search=kept, name=parts.ledger.saved_search(kept, visitor.known.id).name)


@router.delete(
    "/searches/{number}", name="api_drop", summary="Bỏ tìm kiếm đã lưu", status_code=204, dependencies=[SEEKER]
)
def drop(request: Request, visitor: Who, number: Number) -> Response:
    """Only an own one."""
    searching.drop(parts_of(request), visitor, number)
    return Response(status_code=204)
