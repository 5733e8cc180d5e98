"""What people are asked about papers: the queue of a unit, decisions, and changed ID numbers that a second person
confirms. The words themselves lie in the witnesses' blobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, update

from ledger.people_tables import confirmations
from ledger.reads import Reads
from ledger.rows import ReviewOutcome
from ledger.tables import documents, reviews
from ledger.writes import Writes

ReviewState = Literal["open", "waiting", "accepted", "corrected", "cannot_read", "superseded"]
ReviewDeed = Literal["accepted", "corrected", "cannot_read", "confirmed", "refused", "was_refused"]

_DECISIONS = ("accepted", "corrected", "cannot_read")
_WAITING = and_(confirmations.c.review_id == reviews.c.id, confirmations.c.state == "WAITING")
_OPEN = reviews.c.outcome.is_(None)
_PAPER = documents.c.id == reviews.c.document_id
_COLUMNS: tuple[Any, ...] = (
    reviews,
    documents.c.record,
    documents.c.type,
    confirmations.c.actor.label("corrected_by"),
)


@dataclass(frozen=True)
class Confirmation:
    """A changed ID number, by `actor`, that somebody else confirms or refuses; `witness` is the digest of the blob that
    holds the word."""

    id: int
    review_id: int
    actor: str
    outcome: ReviewOutcome
    witness: str
    state: Literal["WAITING", "CONFIRMED", "REFUSED"]
    answered_by: str | None
    created_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class QueuedReview:
    """A question with the paper it is about; `corrected_by` has changed an ID number, which waits for somebody else."""

    id: int
    document_id: int
    record: str
    type: str
    unit: str
    field: str | None
    doubts: tuple[str, ...]
    state: ReviewState
    corrected_by: str | None
    decided_by: str | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class ReviewCounts:
    """How many questions of a unit are open for a person, and how many of those ask to confirm somebody's change;
    `own` are the person's own changes, which wait for others."""

    open: int
    to_confirm: int
    own: int


@dataclass(frozen=True)
class ReviewEvent:
    """One thing a person did in review; `was_refused` is a change of theirs that somebody else refused."""

    actor: str
    what: ReviewDeed
    at: datetime


class ReviewReads(Reads):
    """Questions about questions: all by an index, however long the past is."""

    def next_review(
        self, unit: str, actor: str, *, after: int = 0, but: Collection[int] = (), skip: int | None = None
    ) -> QueuedReview | None:
        """The open question behind that one which this person may answer, then the first from the beginning; none about
        documents in `but`, and not `skip`. Nobody is asked about an own change of an ID number."""
        query = _queue().where(*_for(unit, actor)).order_by(reviews.c.id).limit(1)
        if but:
            query = query.where(reviews.c.document_id.not_in(sorted(but)))
        if skip is not None:
            query = query.where(reviews.c.id != skip)
        found = self._all(query.where(reviews.c.id > after)) or self._all(query)
        return _queued(found[0]) if found else None

    def queued_review(self, review_id: int) -> QueuedReview:
        """Raises NoSuchRow."""
        return _queued(self._one(_queue().where(reviews.c.id == review_id), "review", review_id))

    def queued_reviews(
        self, unit: str, state: ReviewState = "open", *, after: int = 0, limit: int = 50
    ) -> list[QueuedReview]:
        """Questions of a unit in one state, in order, behind that one. What waits for confirmation is few among many
        open ones, and is found from its own end."""
        wanted: list[ColumnElement[bool]] = [reviews.c.unit == unit]
        if state == "waiting":
            here = confirmations.c.review_id
            query = select(*_COLUMNS).select_from(confirmations.join(reviews, _WAITING).join(documents, _PAPER))
            wanted += [_OPEN, confirmations.c.state == "WAITING"]
        else:
            here, query = reviews.c.id, _queue()
            wanted += [_OPEN, confirmations.c.id.is_(None)] if state == "open" else [reviews.c.outcome == state]
        return [_queued(row) for row in self._all(query.where(*wanted, here > after).order_by(here).limit(limit))]

    def review_counts(self, unit: str, actor: str) -> ReviewCounts:
        """What is left to do in a unit, as this person sees it."""
        mine = (reviews.c.unit == unit, _OPEN)
        every = self._count(select(func.count()).select_from(reviews).where(*mine))
        waiting = select(confirmations.c.actor).join(reviews, _WAITING).where(*mine, confirmations.c.state == "WAITING")
        actors = [row.actor for row in self._all(waiting)]
        own = actors.count(actor)
        return ReviewCounts(every - own, len(actors) - own, own)

    def confirmation(self, review_id: int) -> Confirmation | None:
        """The change of that review that waits for a second person."""
        query = select(confirmations).where(confirmations.c.review_id == review_id, confirmations.c.state == "WAITING")
        found = self._all(query)
        return Confirmation(**found[0]._asdict()) if found else None

    def waiting_witnesses(self) -> set[str]:
        """Digests of the words that wait for a second person: they may not be swept."""
        query = select(confirmations.c.witness).join(reviews, _WAITING).where(_OPEN)
        return {row.witness for row in self._all(query)}

    def review_events(self, unit: str, since: datetime, until: datetime) -> list[ReviewEvent]:
        """What was done in a unit's review from `since` on, before `until`, in order of time."""

        def within(moment: ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
            return moment >= since, moment < until

        same = confirmations.c.review_id == reviews.c.id
        here = select(reviews.c.unit).where(same).scalar_subquery() == unit  # no join: planners begin it at reviews
        confirmed = exists().where(same, confirmations.c.state == "CONFIRMED")
        decided = select(reviews.c.actor, reviews.c.outcome, reviews.c.decided_at).where(
            reviews.c.unit == unit, *within(reviews.c.decided_at), reviews.c.outcome.in_(_DECISIONS), ~confirmed
        )
        asked = select(confirmations.c.actor, confirmations.c.state, confirmations.c.created_at)
        answered = select(confirmations.c.answered_by, confirmations.c.state, confirmations.c.answered_at)
        events = [ReviewEvent(row.actor, row.outcome, row.decided_at) for row in self._all(decided)]
        for row in self._all(asked.where(here, *within(confirmations.c.created_at))):
            events.append(ReviewEvent(row.actor, "corrected", row.created_at))
            if row.state == "REFUSED":
                events.append(ReviewEvent(row.actor, "was_refused", row.created_at))
        for row in self._all(answered.where(here, *within(confirmations.c.answered_at))):
            what: ReviewDeed = "confirmed" if row.state == "CONFIRMED" else "refused"
            events.append(ReviewEvent(row.answered_by, what, row.answered_at))
        return sorted(events, key=lambda event: event.at)


class ReviewWrites(Writes):
    """The part of a transaction that deals with decisions."""

    def decide_review(
        self, review_id: int, actor: str, outcome: ReviewOutcome, witness_digest: str | None = None
    ) -> bool:
        """Close an open review, with the digest of the blob that holds the person's word; false if it was closed, or
        waits for a second person."""
        if not self._hold_review(review_id):
            return False
        decision = {"outcome": outcome, "actor": actor, "witness": witness_digest, "decided_at": self._now()}
        return self._do(update(reviews).where(reviews.c.id == review_id).values(**decision)) == 1

    def ask_confirmation(self, review_id: int, actor: str, outcome: ReviewOutcome, witness_digest: str) -> bool:
        """Keep a decision until a second person confirms it; false if the review was closed, or one waits already."""
        if not self._hold_review(review_id):
            return False
        self._insert(
            confirmations,
            review_id=review_id,
            actor=actor,
            outcome=outcome,
            witness=witness_digest,
            state="WAITING",
            created_at=self._now(),
        )
        return True

    def answer_confirmation(self, confirmation_id: int, actor: str, agrees: bool) -> bool:
        """Confirm or refuse what waits; false if somebody did before, or it is the person's own."""
        answer = {"state": "CONFIRMED" if agrees else "REFUSED", "answered_by": actor, "answered_at": self._now()}
        waits = (confirmations.c.state == "WAITING", confirmations.c.actor != actor)
        change = update(confirmations).where(confirmations.c.id == confirmation_id, *waits)
        return self._do(change.values(**answer)) == 1

    def _hold_review(self, review_id: int) -> bool:
        """Whether a person may decide it; until the end of the transaction nobody else does."""
        held = self._all(select(reviews.c.id).where(reviews.c.id == review_id, _OPEN).with_for_update())
        waits = select(confirmations.c.id).where(
            confirmations.c.review_id == review_id, confirmations.c.state == "WAITING"
        )
        return bool(held) and not self._all(waits)


def _queue() -> Select[Any]:
    return select(*_COLUMNS).select_from(reviews.join(documents, _PAPER).outerjoin(confirmations, _WAITING))


def _for(unit: str, actor: str) -> Sequence[ColumnElement[bool]]:
    of_others = or_(confirmations.c.id.is_(None), confirmations.c.actor != actor)
    return reviews.c.unit == unit, _OPEN, of_others


def _queued(row: Row[Any]) -> QueuedReview:
    state: ReviewState = row.outcome or ("waiting" if row.corrected_by else "open")
    return QueuedReview(
        id=row.id,
        document_id=row.document_id,
        record=row.record,
        type=row.type,
        unit=row.unit,
        field=row.field or None,
        doubts=tuple(row.doubts),
        state=state,
        corrected_by=row.corrected_by,
        decided_by=row.actor,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
