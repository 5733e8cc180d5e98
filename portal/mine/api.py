"""The citizen's part of the API: papers, requests, consents, shares, looks, corrections."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response, StreamingResponse

from portal.mine import asking, looks, papers, shares
from portal.mine.shapes import (
    ConsentIn,
    ConsentMade,
    ConsentOut,
    CorrectionIn,
    CorrectionOut,
    Done,
    LookOut,
    PaperOut,
    PaperRow,
    PreviewOut,
    RequestOut,
    ShareIn,
    ShareMade,
    ShareOut,
)
from portal.pages import texts_of
from portal.pictures import page_jpeg
from portal.rights import Role, may
from portal.visitor import Who, parts_of

router = APIRouter(prefix="/api/v1/me", tags=["me"])
CITIZEN = [may(Role.CITIZEN)]
Record = Annotated[str, Path(max_length=64, examples=["motlan:H41.16:abcdefghijklmnopqrstuvwxyz"])]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Page = Annotated[int, Path(ge=1, le=100_000)]
BINARY = {"type": "string", "format": "binary"}


@router.get("/papers", name="me_papers", summary="Giấy tờ của tôi", dependencies=CITIZEN)
def my_papers(request: Request, visitor: Who) -> list[PaperRow]:
    """Every paper about the citizen, sensitive ones too."""
    return [PaperRow.of(own) for own in parts_of(request).reuse.papers(visitor.subject)]


@router.get("/papers/{record}", name="me_paper", summary="Một giấy tờ của tôi", dependencies=CITIZEN)
def my_paper(request: Request, visitor: Who, record: Record) -> PaperOut:
    return PaperOut.of(parts_of(request).reuse.own(visitor.subject, record, "view"))


@router.get(
    "/papers/{record}/file",
    name="me_file",
    summary="Bản PDF có ký số",
    dependencies=CITIZEN,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/pdf": {"schema": BINARY}}}},
)
def my_file(request: Request, visitor: Who, record: Record) -> StreamingResponse:
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "file")
    archival, pdf = papers.sealed_pdf(parts, own.manifest)
    return papers.streamed(archival, pdf, papers.file_name(own.manifest))


@router.get(
    "/papers/{record}/pages/{page}",
    name="me_page",
    summary="Ảnh một trang",
    dependencies=CITIZEN,
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": BINARY}}}},
)
def my_page(request: Request, visitor: Who, record: Record, page: Page) -> Response:
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "picture", page=page)
    return Response(page_jpeg(parts, own.manifest, page, 1200), media_type="image/jpeg")


@router.get("/requests", name="me_requests", summary="Yêu cầu đang chờ tôi đồng ý", dependencies=CITIZEN)
def my_requests(request: Request, visitor: Who) -> list[RequestOut]:
    parts = parts_of(request)
    return [RequestOut.of(asked) for asked, _ in parts.reuse.waiting(parts.reuse.papers(visitor.subject))]


@router.get("/requests/{number}", name="me_request", summary="Xem trước những gì sẽ được gửi", dependencies=CITIZEN)
def my_request(request: Request, visitor: Who, number: Id) -> PreviewOut:
    parts = parts_of(request)
    shown = parts.reuse.preview(number, visitor.subject)
    return PreviewOut.seen(asking.request_of(parts, number), shown)


@router.post(
    "/requests/{number}/consent", name="me_consent", summary="Đồng ý", dependencies=CITIZEN, status_code=201
)  # fmt: skip
def consent(request: Request, visitor: Who, number: Id, body: ConsentIn) -> ConsentMade:
    parts = parts_of(request)
    given = asking.agree(parts, visitor, number, days=body.days, uses=body.uses, revision=body.revision)
    return ConsentMade(consent=given)


@router.post("/requests/{number}/refusal", name="me_refusal", summary="Từ chối", dependencies=CITIZEN)
def refusal(request: Request, visitor: Who, number: Id) -> Done:
    return Done(done=parts_of(request).reuse.refuse(number, visitor.subject))


@router.get("/consents", name="me_consents", summary="Những gì tôi đã đồng ý", dependencies=CITIZEN)
def my_consents(request: Request, visitor: Who) -> list[ConsentOut]:
    return [ConsentOut.of(given) for given in asking.given(parts_of(request), visitor)]


@router.post(
    "/consents/{number}/revocation", name="me_revocation", summary="Rút lại sự đồng ý", dependencies=CITIZEN
)  # fmt: skip
def revocation(request: Request, visitor: Who, number: Id) -> Done:
    return Done(done=parts_of(request).reuse.revoke(number, visitor.subject))


@router.get("/shares", name="me_shares", summary="Những gì tôi đang chia sẻ", dependencies=CITIZEN)
def my_shares(request: Request, visitor: Who) -> list[ShareOut]:
    return [ShareOut.of(each) for each in shares.listed(parts_of(request), visitor)]


@router.post("/shares", name="me_share", summary="Chia sẻ một giấy tờ", dependencies=CITIZEN, status_code=201)
def share(request: Request, visitor: Who, body: ShareIn) -> ShareMade:
    """The link is told this once; the ledger keeps a hash."""
    parts = parts_of(request)
    made = shares.make_share(parts, visitor, body.record, purpose=body.purpose, days=body.days, uses=body.uses)
    return ShareMade.made(made)


@router.post(
    "/shares/{number}/revocation", name="me_share_revocation", summary="Thu hồi chia sẻ", dependencies=CITIZEN
)  # fmt: skip
def share_revocation(request: Request, visitor: Who, number: Id) -> Done:
    return Done(done=parts_of(request).reuse.revoke_share(number, visitor.subject))


@router.get("/looks", name="me_looks", summary="Ai đã xem giấy tờ của tôi", dependencies=CITIZEN)
def my_looks(request: Request, visitor: Who, own: bool = False) -> list[LookOut]:
    """Newest first; `own` adds the citizen's own looks."""
    parts = parts_of(request)
    mine = parts.reuse.papers(visitor.subject)
    return [LookOut.of(look) for look in looks.looks_of(parts, visitor, texts_of(request), mine, own=own)]


@router.get("/corrections", name="me_corrections", summary="Điều tôi đã hỏi, và câu trả lời", dependencies=CITIZEN)
def my_corrections(request: Request, visitor: Who) -> list[CorrectionOut]:
    return [CorrectionOut.of(each) for each in looks.asked(parts_of(request), visitor)]


@router.post(
    "/corrections", name="me_correction", summary="Xin sửa, hoặc hỏi về một lần xem", dependencies=CITIZEN,
    status_code=201,
)  # fmt: skip
def correction(request: Request, visitor: Who, body: CorrectionIn) -> CorrectionOut:
    parts = parts_of(request)
    if body.look is not None:
        number = looks.ask_about_look(parts, visitor, body.look, body.message)
    else:
        number = looks.ask_for_correction(parts, visitor, body.record, body.field, body.message)
    return CorrectionOut.of(parts.ledger.correction(number))
