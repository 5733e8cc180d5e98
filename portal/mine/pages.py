"""Pages of one's own papers: all of them, each with what it says, its pictures, its seal, its file and a print."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from portal.manifests import history_of
from portal.mine import papers as own_papers
from portal.mine.asking import groups
from portal.mine.looks import looks_of
from portal.pages import render, texts_of
from portal.pictures import MARGIN, WHOLE, page_jpeg, sealed_jpeg, spot_of
from portal.qr import qr_svg
from portal.rights import Role, may
from portal.visitor import Who, parts_of
from reuse.papers import archival_of
from schemas.errors import RecordMissing
from schemas.reading import Box

router = APIRouter(include_in_schema=False)
CITIZEN = may(Role.CITIZEN)
Record = Annotated[str, Path(max_length=64)]
PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Width = Annotated[int, Query(ge=100, le=2400, alias="rong")]
SHOWN_LOOKS = 4  # beside the papers; the rest has its own page


@router.get("/giay-to", name="my_papers", dependencies=[CITIZEN])
def papers(request: Request, visitor: Who) -> Response:
    """What is kept about the person, and what others ask for."""
    parts = parts_of(request)
    mine = parts.reuse.papers(visitor.subject)
    answered = [c for c in parts.ledger.corrections(subject_token=visitor.subject.token) if c.state != "OPEN"]
    return render(
        request,
        "mine/papers.html",
        papers=mine,
        person=own_papers.person_of(visitor, mine),
        groups=groups(parts, mine),
        looks=looks_of(parts, visitor, texts_of(request), mine)[:SHOWN_LOOKS],
        answered=answered[:1],
        number_of=own_papers.number_of,
    )


@router.get("/giay-to/{record}", name="my_paper", dependencies=[CITIZEN])
def paper(request: Request, visitor: Who, record: Record) -> Response:
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "view")
    return render(
        request,
        "mine/paper.html",
        own=own,
        paper=own.manifest,
        pages=range(1, len(own.manifest.source.pages) + 1),
        lines=own_papers.field_lines(parts, own.manifest),
        code=own_papers.code_of(own.manifest),
        history=history_of(parts, own.manifest.record).readable,
        unit=parts.ledger.unit(own.manifest.unit),
        size=archival_of(own.manifest).size,
        asked=[
            each
            for each in parts.ledger.corrections(subject_token=visitor.subject.token, record=own.manifest.record)
            if each.look is None
        ],
    )


@router.get("/giay-to/{record}/trang/{page}", name="my_page", dependencies=[CITIZEN])
def picture(
    request: Request,
    visitor: Who,
    record: Record,
    page: PageNumber,
    width: Width = 900,
    sealed: Annotated[bool, Query(alias="ban-ky")] = False,
) -> Response:
    """The picture of a page, as JPEG; with `ban-ky` of the sealed PDF, its stamp included."""
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "picture", page=page)
    drawn = (sealed_jpeg if sealed else page_jpeg)(parts, own.manifest, page, width)
    return Response(drawn, media_type="image/jpeg")


@router.get("/giay-to/{record}/cho/{field}", name="my_spot", dependencies=[CITIZEN])
def spot(request: Request, visitor: Who, record: Record, field: Annotated[str, Path(max_length=64)]) -> Response:
    """The picture of the place a value was read from, as JPEG."""
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "picture")
    if field not in own.manifest.fields:
        raise RecordMissing()
    place = spot_of(own.manifest, own.manifest.fields[field])
    return Response(
        page_jpeg(parts, own.manifest, place.page, 1000, place.box if place.box == WHOLE else _around(place.box)),
        media_type="image/jpeg",
    )


@router.get("/giay-to/{record}/tep", name="my_file", dependencies=[CITIZEN])
def file(request: Request, visitor: Who, record: Record) -> StreamingResponse:
    """The sealed PDF."""
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "file")
    archival, pdf = own_papers.sealed_pdf(parts, own.manifest)
    return own_papers.streamed(archival, pdf, own_papers.file_name(own.manifest))


@router.get("/giay-to/{record}/in", name="my_print", dependencies=[CITIZEN])
def printed(request: Request, visitor: Who, record: Record) -> Response:
    """The paper for printing: every sheet carries the QR and the code."""
    parts = parts_of(request)
    own = parts.reuse.own(visitor.subject, record, "print")
    code = own_papers.code_of(own.manifest)
    return render(
        request,
        "mine/print.html",
        own=own,
        paper=own.manifest,
        pages=range(1, len(own.manifest.source.pages) + 1),
        lines=own_papers.field_lines(parts, own.manifest),
        code=code,
        qr=qr_svg(own_papers.code_address(parts, code), texts_of(request)("mine.qr_label")),
        unit=parts.ledger.unit(own.manifest.unit),
        address=f"{parts.portal.public_url}/kiem-tra".partition("://")[2],
        now=parts.clock(),
    )


def _around(box: Box) -> Box:
    """With what stands beside and around it, so that a person knows the place again."""
    return Box(
        x0=max(0.0, box.x0 - 4 * MARGIN),
        y0=max(0.0, box.y0 - MARGIN / 2),
        x1=min(1.0, box.x1 + 4 * MARGIN),
        y1=min(1.0, box.y1 + MARGIN / 2),
    )
