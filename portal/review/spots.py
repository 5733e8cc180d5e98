"""One spot that a person looks at: the question, the value with its evidence, and where on the paper it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Request

from ledger import QueuedReview
from portal.access import record_look
from portal.parts import Parts
from portal.pictures import WHOLE, page_size, spot_of
from portal.review.desk import Desk, desk_of
from portal.review.evidence import Check, Piece, Seen, checks_of, compared, easy, in_threes, shown, witnesses_of
from portal.visitor import Visitor, parts_of
from schemas.errors import MotlanError, NoSuchRow, NotAllowed, by_code
from schemas.manifest import Manifest
from schemas.reading import Box
from worker.reviewing import needs_second, proposed

A4 = (1654, 2339)
STAGE = 5 / 3  # width to height of the place on the screen where a spot is shown
LEAST = 0.55  # of the page's width: so much is shown around a small spot
LABEL = 0.7  # of the room beside a spot lies to its left
LONG_KINDS = ("text", "address", "agency", "place", "list")


@dataclass(frozen=True)
class Proposal:
    """A colleague's change that waits for confirmation."""

    person: str
    raw: str
    value: str
    pieces: tuple[Piece, ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Spot:
    """`value` is the read one as people write it; `view` the part of the page shown at first, `height` the page's
    height where its width is 1. `second`: a change must be confirmed by somebody else."""

    review: QueuedReview
    file: int
    manifest: Manifest
    label: str
    kind: str
    value: str
    witnesses: tuple[Seen, ...]
    checks: tuple[Check, ...]
    choices: tuple[str, ...]
    remarks: tuple[MotlanError, ...]
    proposal: Proposal | None
    second: bool
    page: int
    box: Box
    view: Box
    height: float

    @property
    def is_open(self) -> bool:
        return self.review.state in ("open", "waiting")

    @property
    def whole(self) -> bool:
        """There is no place on the page to point at."""
        return self.box == WHOLE

    @property
    def long(self) -> bool:
        return self.kind in LONG_KINDS

    @property
    def easy(self) -> str:
        return easy(self.kind, self.value)


def own_review(parts: Parts, visitor: Visitor, review_id: int) -> QueuedReview:
    """A review of the visitor's unit. Raises NotAllowed for any other and for none."""
    try:
        review = parts.ledger.queued_review(review_id)
    except NoSuchRow:
        raise NotAllowed() from None
    if review.unit != visitor.unit:
        raise NotAllowed()
    return review


def manifest_of(parts: Parts, review: QueuedReview) -> Manifest:
    """The paper as it is now. Raises NotAllowed."""
    manifest = parts.records.head(review.record)
    if manifest is None:
        raise NotAllowed()
    return manifest


def next_for(request: Request, visitor: Visitor, after: int = 0, keep: bool = False) -> QueuedReview | None:
    """The next spot for this person that nobody else looks at, which is theirs for some minutes; with `keep` the paper
    of the spot `after` stays theirs too, and that spot is not given again."""
    parts, desk, person, now = parts_of(request), desk_of(request), visitor.known.id, parts_of(request).clock()
    busy = desk.elsewhere(person, now)
    found = parts.ledger.next_review(visitor.unit, visitor.actor, after=after, but=busy, skip=after if keep else None)
    held = {found.document_id} if found else set()
    if keep and after:
        held.add(own_review(parts, visitor, after).document_id)
    desk.hold(person, held, now)
    return found


def look_at(request: Request, visitor: Visitor, review: QueuedReview) -> Spot:
    """Everything about a spot, after the look was written down. Raises NotAllowed."""
    parts = parts_of(request)
    manifest = manifest_of(parts, review)
    write_look(parts, desk_of(request), visitor, review, manifest)
    return _spot(parts, review, manifest)


def cover(request: Request, visitor: Visitor, review: QueuedReview, manifest: Manifest) -> None:
    """See to it that a written look covers a picture that is about to leave."""
    parts, desk = parts_of(request), desk_of(request)
    if not desk.covers(visitor.known.id, manifest.record, parts.clock()):
        write_look(parts, desk, visitor, review, manifest)


def write_look(parts: Parts, desk: Desk, visitor: Visitor, review: QueuedReview, manifest: Manifest) -> None:
    record_look(parts, visitor, "review", manifest, review=review.id)
    desk.looked(visitor.known.id, manifest.record, parts.clock())


def view_of(box: Box, height: float) -> Box:
    """The part of a page around a box that fills the stage; the whole page for one that is nearly all of it."""
    width = max(LEAST, (box.x1 - box.x0) * 1.3, (box.y1 - box.y0) * 1.6 * height * STAGE)
    if box == WHOLE or width > 1.5:
        return WHOLE
    width = min(width, 1.0)
    tall = min(1.0, max(width / STAGE / height, (box.y1 - box.y0) * 1.3))
    left = (width - (box.x1 - box.x0)) * LABEL  # what a value is called stands before it
    x0 = min(max(0.0, box.x0 - left), 1 - width)
    y0 = min(max(0.0, (box.y0 + box.y1 - tall) / 2), 1 - tall)
    return Box(x0=round(x0, 4), y0=round(y0, 4), x1=round(x0 + width, 4), y1=round(y0 + tall, 4))


def place_of(parts: Parts, review: QueuedReview, manifest: Manifest) -> tuple[int, Box, float]:
    """The page (from 1) and the box of a spot, and the page's height where its width is 1."""
    place = spot_of(manifest, manifest.fields.get(review.field) if review.field else None)
    width, height = page_size(parts, manifest, place.page) or A4
    return place.page, place.box, height / width


def _spot(parts: Parts, review: QueuedReview, manifest: Manifest) -> Spot:
    kind = parts.types.get(manifest.type)
    field = manifest.fields.get(review.field) if review.field else None
    rule = kind.field(review.field) if kind and review.field else None
    value_kind = rule.kind if rule else "text"
    page, box, height = place_of(parts, review, manifest)
    waiting = proposed(parts, review.id) if review.state == "waiting" else None
    if review.state == "waiting" and waiting is None:  # the word was lost, so the question is open again
        review = replace(review, state="open", corrected_by=None)
    remarks = () if review.field else tuple(by_code(n.code)(page=n.page) for n in manifest.notices)
    return Spot(
        review=review,
        file=parts.ledger.document(review.document_id).file_id,
        manifest=manifest,
        label=rule.label if rule else (review.field or ""),
        kind=value_kind,
        value=shown(value_kind, field.value if field else None),
        witnesses=witnesses_of(field, value_kind) if field else (),
        checks=checks_of(rule, waiting or (field.value if field else None), manifest),
        choices=rule.choices if rule else (),
        remarks=remarks,
        proposal=_proposal(parts, review, waiting, field.value or "" if field else "", value_kind) if waiting else None,
        second=needs_second(kind, review.field),
        page=page,
        box=box,
        view=view_of(box, height),
        height=height,
    )


def _proposal(parts: Parts, review: QueuedReview, value: str, read: str, kind: str) -> Proposal:
    pieces, places = compared(read, value)
    pieces = in_threes(pieces) if kind in ("cccd", "person_id") else pieces
    return Proposal(name_of(parts, review.corrected_by or ""), value, easy(kind, value), pieces, places)


def name_of(parts: Parts, actor: str) -> str:
    """The name behind a login; the login itself where there is no account."""
    account = parts.ledger.account_by_login(actor)
    return account.name if account else actor
