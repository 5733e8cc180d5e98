"""Pages of review: the next spot, a decision, a confirmation, the pictures, and how it goes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from ledger import QueuedReview
from portal.pages import render, texts_of
from portal.pictures import WHOLE, page_jpeg
from portal.review import figures
from portal.review.desk import desk_of
from portal.review.spots import Spot, cover, look_at, manifest_of, next_for, own_review, place_of, view_of
from portal.rights import Role, may
from portal.visitor import Visitor, Who, parts_of
from schemas.errors import FormInvalid, OwnCorrection, ReviewDecided
from worker.outcome import publish
from worker.reviewing import confirm, decide

router = APIRouter(prefix="/xem-lai", include_in_schema=False)
LARGEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=LARGEST)]
CROP = 1400  # pixels: the width of a spot's picture at most
DAYS = 7
Done = Literal["", "accepted", "corrected", "cannot_read", "waiting", "confirmed", "refused", "decided"]


@router.get("", name="review", dependencies=[may(Role.CLERK)])
def first(
    request: Request, visitor: Who, sau: Annotated[int, Query(ge=0, le=LARGEST)] = 0, xong: Done = ""
) -> Response:
    """The next spot of the unit's queue, behind `sau`; what was just done is said."""
    review = next_for(request, visitor, after=sau)
    if review is None:
        return _nothing(request, visitor, xong)
    return _page(request, visitor, look_at(request, visitor, review), done=xong)


@router.get("/tiep", name="review_next", dependencies=[may(Role.CLERK)])
def ahead(request: Request, visitor: Who, sau: Annotated[int, Query(ge=0, le=LARGEST)] = 0) -> Response:
    """The spot behind `sau` as a part of a page, for scripts that fetch it ahead; 204 when there is none."""
    review = next_for(request, visitor, after=sau, keep=True)
    if review is None:
        return Response(status_code=204)
    return _part(request, look_at(request, visitor, review))


@router.get("/so-lieu", name="review_figures", dependencies=[may(Role.CLERK, Role.ARCHIVIST, Role.ADMIN)])
def shown_figures(request: Request, visitor: Who) -> Response:
    """What each person did on each of the last days: in the own unit, for those who oversee it in those below too."""
    parts = parts_of(request)
    overseer = visitor.has(Role.ARCHIVIST, Role.ADMIN)
    units = [unit.code for unit in parts.ledger.units_below(visitor.unit)] if overseer else [visitor.unit]
    days = figures.figures_of(parts, units, DAYS)
    counts = parts.ledger.review_counts(visitor.unit, visitor.actor)
    return render(
        request, "review/figures.html", days=days, names=figures.names_of(parts, days), many=DAYS, counts=counts
    )


@router.get("/{review_id}", name="review_spot", dependencies=[may(Role.CLERK)])
def spot(
    request: Request, visitor: Who, review_id: Number, trang: Annotated[int, Query(ge=0, le=LARGEST)] = 0
) -> Response:
    """One spot; with `trang` the whole of that page is shown."""
    parts = parts_of(request)
    review = own_review(parts, visitor, review_id)
    desk_of(request).hold(visitor.known.id, {review.document_id}, parts.clock())
    looked = look_at(request, visitor, review)
    if "hx-request" in request.headers:
        return _part(request, looked)
    return _page(request, visitor, looked, page=trang if 1 <= trang <= looked.manifest.pages else 0)


@router.post("/{review_id}", name="review_decide", dependencies=[may(Role.CLERK)])
def decided(
    request: Request,
    visitor: Who,
    review_id: Number,
    outcome: Annotated[Literal["accepted", "corrected", "cannot_read"], Form()],
    value: Annotated[str, Form(max_length=20_000)] = "",
    read: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """A decision by a form. Whoever changed the text means the change, whichever key sent the form; `read` is what the
    form showed at first."""
    parts = parts_of(request)
    review = own_review(parts, visitor, review_id)
    changed = value.split() != read.split()
    meant: Literal["accepted", "corrected", "cannot_read"] = outcome
    if review.field is not None and outcome != "cannot_read":
        meant = "corrected" if changed else "accepted"
    try:
        decision = decide(parts, review_id, visitor.actor, meant, value if meant == "corrected" else None)
    except ReviewDecided:
        return _onward(review, "decided")
    except FormInvalid as error:
        looked, fault = look_at(request, visitor, review), texts_of(request).reason(error.details["reason"])
        return _page(request, visitor, looked, fault=fault, typed=value, status=422)
    publish(parts, decision.hints)
    return _onward(review, "waiting" if decision.waits else meant)


@router.post("/{review_id}/xac-nhan", name="review_confirm", dependencies=[may(Role.CLERK)])
def confirmed(
    request: Request, visitor: Who, review_id: Number, agrees: Annotated[Literal["yes", "no"], Form()]
) -> Response:
    """A colleague's change is right, or goes back."""
    parts = parts_of(request)
    review = own_review(parts, visitor, review_id)
    try:
        publish(parts, confirm(parts, review_id, visitor.actor, agrees == "yes").hints)
    except (ReviewDecided, OwnCorrection):
        return _onward(review, "decided")
    return _onward(review, "confirmed" if agrees == "yes" else "refused")


@router.get("/{review_id}/anh", name="review_picture", dependencies=[may(Role.CLERK)])
def picture(request: Request, visitor: Who, review_id: Number) -> Response:
    """The part of the page around the spot (JPEG)."""
    parts = parts_of(request)
    review = own_review(parts, visitor, review_id)
    manifest = manifest_of(parts, review)
    page, box, height = place_of(parts, review, manifest)
    cover(request, visitor, review, manifest)
    return Response(page_jpeg(parts, manifest, page, CROP, view_of(box, height)), media_type="image/jpeg")


@router.get("/{review_id}/trang/{page}", name="review_page", dependencies=[may(Role.CLERK)])
def whole_page(
    request: Request,
    visitor: Who,
    review_id: Number,
    page: Annotated[int, Path(ge=1, le=LARGEST)],
    rong: Annotated[int, Query(ge=80, le=1700)] = 1100,
) -> Response:
    """A page of the paper (from 1), at most that many pixels wide (JPEG)."""
    parts = parts_of(request)
    review = own_review(parts, visitor, review_id)
    manifest = manifest_of(parts, review)
    cover(request, visitor, review, manifest)
    return Response(page_jpeg(parts, manifest, page, rong, WHOLE), media_type="image/jpeg")


def _page(
    request: Request,
    visitor: Visitor,
    spot: Spot,
    *,
    done: Done = "",
    fault: str = "",
    typed: str | None = None,
    page: int = 0,
    status: int = 200,
) -> Response:
    parts = parts_of(request)
    return render(
        request,
        "review/review.html",
        status,
        spot=spot,
        counts=parts.ledger.review_counts(visitor.unit, visitor.actor),
        today=figures.today_of(parts, visitor.unit, visitor.actor),
        done=done,
        fault=fault,
        typed=typed,
        page=page,
    )


def _part(request: Request, spot: Spot) -> Response:
    return render(request, "review/spot.html", spot=spot, fault="", typed=None, page=0)


def _nothing(request: Request, visitor: Visitor, done: Done) -> Response:
    parts = parts_of(request)
    return render(
        request,
        "review/nothing.html",
        counts=parts.ledger.review_counts(visitor.unit, visitor.actor),
        today=figures.today_of(parts, visitor.unit, visitor.actor),
        done=done,
    )


def _onward(review: QueuedReview, done: Done) -> Response:
    return RedirectResponse(f"/xem-lai?sau={review.id}&xong={done}", 303)
