"""Review for programs, and for the page's own script: the queue, one spot, a decision, a confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ledger import QueuedReview, ReviewCounts
from portal.pages import texts_of
from portal.review.spots import look_at, own_review
from portal.rights import Role, may
from portal.visitor import Visitor, Who, parts_of
from schemas.evidence import Witness
from worker.outcome import publish
from worker.reviewing import Decision, confirm, decide

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The review's number.")]
State = Literal["open", "waiting", "accepted", "corrected", "cannot_read", "superseded"]
EXAMPLE: dict[str, Any] = {
    "id": 12,
    "record": "motlan:H99:abcdefghijklmnopqrstuvwxyz",
    "type": "birth_certificate",
    "field": "book_number",
    "doubts": ["HANDWRITTEN_SUSPECTED"],
    "state": "open",
    "corrected_by": None,
    "decided_by": None,
    "created_at": "2026-11-22T03:00:00Z",
    "decided_at": None,
}


class Problem(BaseModel):
    """Every error: a stable code, a sentence for the person, a hint for the operator."""

    code: str = Field(examples=["REVIEW_DECIDED"])
    message: str
    hint: str


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    said = {
        401: "Nobody is logged in, or the session has ended.",
        403: "Only clerks review; or the CSRF token is missing.",
        404: "There is none of this number in your unit.",
        409: "Somebody was quicker, or it is your own change (REVIEW_DECIDED, OWN_CORRECTION).",
        422: "The value cannot be right; the message says why.",
    }
    return {status: {"model": Problem, "description": said[status]} for status in statuses}


class ReviewLine(BaseModel):
    """A question about a paper, without its value. `field` null asks about the paper as a whole; a review that is
    `waiting` holds a changed ID number that somebody else must confirm."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: int
    record: str
    type: str
    field: str | None
    doubts: list[str]
    state: State
    corrected_by: str | None
    decided_by: str | None
    created_at: datetime
    decided_at: datetime | None


class Counts(BaseModel):
    """What is left for you; `own` changes of yours wait for others."""

    open: int
    to_confirm: int
    own: int


class ReviewList(BaseModel):
    """A page of reviews; `next` is the `after` of the next page, null at the end."""

    items: list[ReviewLine]
    next: int | None
    counts: Counts


class Place(BaseModel):
    """Where it stands: the page within the paper (from 1), the box in fractions of the upright page, and the addresses
    of the pictures."""

    page: int
    box: tuple[float, float, float, float] | None
    picture: str = Field(examples=["/xem-lai/12/anh"])
    whole_page: str = Field(examples=["/xem-lai/12/trang/1"])


class ReviewDetail(ReviewLine):
    """A question with the value, the evidence and the place; asking for it is written down as a look at the paper."""

    label: str
    kind: str
    value: str | None
    proposed: str | None = Field(description="The changed number that waits for you to confirm it.")
    needs_second: bool
    why: list[str]
    evidence: list[Witness]
    place: Place


class DecisionBody(BaseModel):
    """`corrected` needs the value as it stands on the paper; the others need none."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"outcome": "corrected", "value": "02/1981"}]}
    )

    outcome: Literal["accepted", "corrected", "cannot_read"]
    value: str | None = Field(default=None, max_length=20_000)


class ConfirmationBody(BaseModel):
    """Whether a colleague's change is right."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"agrees": True}]})

    agrees: bool


class Decided(BaseModel):
    """`waits`: a second person must confirm the change first."""

    review: int
    waits: bool
    counts: Counts


@router.get(
    "",
    name="api_reviews",
    summary="Reviews of your unit",
    responses=_answers(401, 403, 422),
    dependencies=[may(Role.CLERK)],
)
def reviews(
    request: Request,
    visitor: Who,
    state: State = "open",
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewList:
    """In the order in which they arose."""
    found = parts_of(request).ledger.queued_reviews(visitor.unit, state, after=after, limit=limit)
    items = [ReviewLine(**_line(review)) for review in found]
    return ReviewList(items=items, next=found[-1].id if len(found) == limit else None, counts=_counts(request, visitor))


@router.get(
    "/{review}",
    name="api_review",
    summary="One review with its evidence",
    responses=_answers(401, 403, 404),
    dependencies=[may(Role.CLERK)],
)
def review(request: Request, visitor: Who, review: Number) -> ReviewDetail:
    """The value, every reading of it, why it was doubted, and where it stands."""
    spot, t = look_at(request, visitor, own_review(parts_of(request), visitor, review)), texts_of(request)
    field = spot.manifest.fields.get(spot.review.field) if spot.review.field else None
    box = None if spot.whole else (spot.box.x0, spot.box.y0, spot.box.x1, spot.box.y1)
    here = f"/xem-lai/{review}"
    return ReviewDetail(
        **_line(spot.review),
        label=spot.label,
        kind=spot.kind,
        value=field.value if field else None,
        proposed=spot.proposal.raw if spot.proposal else None,
        needs_second=spot.second,
        why=[*map(t.code, spot.review.doubts), *map(t.error, spot.remarks)],
        evidence=list(field.evidence) if field else [],
        place=Place(page=spot.page, box=box, picture=f"{here}/anh", whole_page=f"{here}/trang/{spot.page}"),
    )


@router.post(
    "/{review}/decision",
    name="api_review_decision",
    summary="Decide a review",
    responses=_answers(401, 403, 404, 409, 422),
    dependencies=[may(Role.CLERK)],
)
def decision(request: Request, visitor: Who, review: Number, body: DecisionBody) -> Decided:
    """The record gets a new revision with your word as a witness. A changed ID number waits for a second person."""
    parts = parts_of(request)
    own_review(parts, visitor, review)
    value = (body.value or "") if body.outcome == "corrected" else None
    return _decided(request, visitor, review, decide(parts, review, visitor.actor, body.outcome, value))


@router.post(
    "/{review}/confirmation",
    name="api_review_confirmation",
    summary="Confirm or refuse a colleague's change",
    responses=_answers(401, 403, 404, 409, 422),
    dependencies=[may(Role.CLERK)],
)
def confirmation(request: Request, visitor: Who, review: Number, body: ConfirmationBody) -> Decided:
    """Confirmed, the record gets a new revision with both names; refused, the question is open again."""
    parts = parts_of(request)
    own_review(parts, visitor, review)
    return _decided(request, visitor, review, confirm(parts, review, visitor.actor, body.agrees))


def _decided(request: Request, visitor: Visitor, review: int, decision: Decision) -> Decided:
    publish(parts_of(request), decision.hints)
    return Decided(review=review, waits=decision.waits, counts=_counts(request, visitor))


def _counts(request: Request, visitor: Visitor) -> Counts:
    counts: ReviewCounts = parts_of(request).ledger.review_counts(visitor.unit, visitor.actor)
    return Counts(open=counts.open, to_confirm=counts.to_confirm, own=counts.own)


def _line(review: QueuedReview) -> dict[str, Any]:
    return {name: getattr(review, name) for name in ReviewLine.model_fields}
