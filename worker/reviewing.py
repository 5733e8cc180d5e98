"""A person's decision on a doubted field: kept as a witness, brought into the record as a new revision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from ingest.understand import subjects_of
from ledger import Hint, ReviewOutcome
from schemas.errors import BadSetting, RecordMissing
from schemas.evidence import FieldReading, Witness
from schemas.manifest import Manifest, canonical_json
from schemas.types import TypeCatalogue
from worker.parts import Parts

OUTCOMES = ("accepted", "corrected", "cannot_read")


def decide(parts: Parts, review_id: int, actor: str, outcome: ReviewOutcome, value: str | None = None) -> list[Hint]:
    """Record a person's decision and order the new revision. `corrected` needs the value; `accepted` takes the read
    one. Returns the hints to publish. Raises RecordMissing unless the review is open, BadSetting for a bad outcome."""
    if outcome not in OUTCOMES or (outcome == "corrected" and not value):
        raise BadSetting(name="outcome", detail="accepted | corrected (with a value) | cannot_read")
    review = parts.ledger.review(review_id)
    if review is None or review.outcome is not None:
        raise RecordMissing()
    word = {
        "review": review_id,
        "field": review.field,
        "outcome": outcome,
        "value": value,
        "by": actor,
        "at": parts.clock().isoformat(timespec="seconds"),
    }
    digest = parts.work.put_bytes(canonical_json(word))
    document = parts.ledger.document(review.document_id)
    with parts.ledger.transaction() as tx:
        if not tx.decide_review(review_id, actor, outcome, digest):
            raise RecordMissing()
        tx.audit(
            actor,
            "review.decided",
            document.record,
            {"review": review_id, "field": review.field, "outcome": outcome},
            record=document.record,
        )
        tx.add_step("revise", document.file_id, document_id=document.id, generation=review_id, queue="counter")
        return list(tx.hints)


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
    witness = Witness(source="person", value=value or "", confidence=1.0, engine=word["by"], config=_mark(number))
    readable = word["outcome"] != "cannot_read"
    return field.model_copy(
        update={
            "value": value,
            "accepted": readable,
            "confidence": 1.0 if readable else 0.0,
            "evidence": (*field.evidence, witness),
            "doubts": () if readable else ("CANNOT_READ",),
        }
    )
