"""A person's decision on a doubted field: kept as a witness, brought into the record as a new revision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.fields.typed import typed
from ingest.understand import subjects_of
from ledger import Confirmation, Hint, QueuedReview, ReviewOutcome, Tx
from schemas.errors import BadSetting, BlobMissing, FormInvalid, OwnCorrection, RecordMissing, ReviewDecided
from schemas.evidence import FieldReading, Witness
from schemas.manifest import Manifest, canonical_json
from schemas.types import DocumentType, TypeCatalogue
from search.projection import plays
from worker.inputs import bytes_of
from worker.parts import Parts

OUTCOMES = ("accepted", "corrected", "cannot_read")


@dataclass(frozen=True)
class Decision:
    """What became of a person's word: the hints to publish; `waits` when a second person must confirm it first."""

    hints: tuple[Hint, ...] = ()
    waits: bool = False


def decide(parts: Parts, review_id: int, actor: str, outcome: ReviewOutcome, value: str | None = None) -> Decision:
    """Record a person's decision and order the new revision. `corrected` needs the value, which is brought into its
    normal form; `accepted` takes the read one. A changed ID number waits for `confirm` by somebody else. Raises
    NoSuchRow, ReviewDecided unless the review is open, FormInvalid for a value that cannot be right or anything but
    `accepted` about a paper as a whole, BadSetting for a bad outcome."""
    if outcome not in OUTCOMES or (outcome == "corrected") != (value is not None):
        raise BadSetting(name="outcome", detail="accepted | corrected (with a value) | cannot_read")
    review = parts.ledger.queued_review(review_id)
    if review.state != "open":
        raise ReviewDecided()
    head = _head(parts, review)
    if review.field is None and outcome != "accepted":
        raise FormInvalid(field="quyết định", reason="Cả tờ giấy thì chỉ nhận là đúng; muốn đổi loại, hãy xếp lại.")
    if review.field is not None and value is not None:
        kind = parts.types.get(head.type)
        value = typed(kind.field(review.field) if kind else None, value)
        if value == head.fields[review.field].value:
            outcome, value = "accepted", None
    word = {
        "review": review_id,
        "field": review.field,
        "outcome": outcome,
        "value": value,
        "by": actor,
        "at": parts.clock().isoformat(timespec="seconds"),
    }
    waits = outcome == "corrected" and needs_second(parts.types.get(head.type), review.field)
    digest = parts.work.put_bytes(canonical_json(word))
    with parts.ledger.transaction() as tx:
        if waits:
            if not tx.ask_confirmation(review_id, actor, outcome, digest):
                raise ReviewDecided()
            _audit(tx, actor, "review.changed", review, outcome=outcome)
            return Decision(waits=True)
        return Decision(_close(tx, review, actor, actor, outcome, digest))


def confirm(parts: Parts, review_id: int, actor: str, agrees: bool) -> Decision:
    """Confirm a colleague's change of an ID number, which makes the new revision with both names, or refuse it, which
    puts the question back into the queue. Raises NoSuchRow, ReviewDecided when nothing waits, OwnCorrection."""
    review = parts.ledger.queued_review(review_id)
    waiting = parts.ledger.confirmation(review_id)
    if waiting is None:
        raise ReviewDecided()
    if waiting.actor == actor:
        raise OwnCorrection()
    word = {**_word(parts, waiting), "confirmed_by": actor}
    digest = parts.work.put_bytes(canonical_json(word)) if agrees else None
    with parts.ledger.transaction() as tx:
        if not tx.answer_confirmation(waiting.id, actor, agrees):
            raise ReviewDecided()
        if digest is None:
            _audit(tx, actor, "review.refused", review, by=waiting.actor)
            return Decision()
        _audit(tx, actor, "review.confirmed", review, by=waiting.actor)
        return Decision(_close(tx, review, actor, waiting.actor, waiting.outcome, digest))


def proposed(parts: Parts, review_id: int) -> str | None:
    """The value that waits for a second person, or None. Words lie in the disposable area: where one was lost (the
    ledger came out of a backup), the question goes back into the queue."""
    waiting = parts.ledger.confirmation(review_id)
    if waiting is None:
        return None
    try:
        return str(_word(parts, waiting)["value"])
    except BlobMissing:
        with parts.ledger.transaction() as tx:
            tx.answer_confirmation(waiting.id, "motlan", False)
        return None


def needs_second(kind: DocumentType | None, field: str | None) -> bool:
    """Whether a change of the field must be confirmed by somebody else: it holds a person's ID number."""
    if field is None:
        return False
    rule = kind.field(field) if kind else None
    return plays(field, "personal_numbers") or (rule is not None and rule.kind in ("cccd", "person_id"))


def _head(parts: Parts, review: QueuedReview) -> Manifest:
    head = parts.records.head(review.record)
    if head is None or (review.field is not None and review.field not in head.fields):
        raise RecordMissing()
    return head


def _word(parts: Parts, waiting: Confirmation) -> dict[str, Any]:
    word: dict[str, Any] = json.loads(bytes_of(parts.work, waiting.witness))
    return word


def _close(tx: Tx, review: QueuedReview, actor: str, by: str, outcome: ReviewOutcome, digest: str) -> tuple[Hint, ...]:
    """The decision `by` somebody stands, and `actor` was the last to say so."""
    if not tx.decide_review(review.id, by, outcome, digest):
        raise ReviewDecided()
    _audit(tx, actor, "review.decided", review, outcome=outcome)
    file = tx.document(review.document_id).file_id
    tx.add_step("revise", file, document_id=review.document_id, generation=review.id, queue="counter")
    return tuple(tx.hints)


def _audit(tx: Tx, actor: str, action: str, review: QueuedReview, **said: str) -> None:
    detail = {"review": review.id, "field": review.field, **said}
    tx.audit(actor, action, review.record, detail, record=review.record)


def apply_decisions(
    head: Manifest, types: TypeCatalogue, words: Mapping[int, bytes], *, previous: str, now: datetime
) -> Manifest | None:
    """The next revision with every decision that `head` does not carry yet, or None when it carries them all."""
    known = {w.config for field in head.fields.values() for w in field.evidence if w.source == "person"}
    fresh = {number: json.loads(raw) for number, raw in words.items() if _mark(number) not in known}
    fields, doubts, notices = dict(head.fields), head.doubts, head.notices
    for number, word in sorted(fresh.items()):
        if word["field"] is None:
            doubts, notices = (), ()  # a person has looked at the paper as a whole
            continue
        fields[word["field"]] = _decided(fields[word["field"]], number, word)
    if (fields, doubts, notices) == (dict(head.fields), head.doubts, head.notices):
        return None
    return head.model_copy(
        update={
            "revision": head.revision + 1,
            "previous": previous,
            "created_at": now.isoformat(timespec="seconds"),
            "fields": fields,
            "doubts": doubts,
            "notices": notices,
            "subjects": subjects_of(types.get(head.type), fields),
        }
    )


def _mark(review: int) -> str:
    return f"review:{review}"


def _decided(field: FieldReading, number: int, word: Mapping[str, str]) -> FieldReading:
    value = {"accepted": field.value, "corrected": word["value"], "cannot_read": None}[word["outcome"]]
    people = [word["by"], *([word["confirmed_by"]] if "confirmed_by" in word else [])]
    said = {"source": "person", "value": value or "", "confidence": 1.0, "config": _mark(number)}
    witnesses = [Witness.model_validate({**said, "engine": person}) for person in people]
    readable = word["outcome"] != "cannot_read"
    return field.model_copy(
        update={
            "value": value,
            "accepted": readable,
            "confidence": 1.0 if readable else 0.0,
            "evidence": (*field.evidence, *witnesses),
            "doubts": () if readable else ("CANNOT_READ",),
        }
    )
