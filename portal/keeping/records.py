"""What an archivist does with a record: read its account, check its bytes, hold it, answer its citizens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import Correction, CorrectionState, Hold
from portal.access import record_look
from portal.manifests import history_of
from portal.parts import Parts
from portal.visitor import Visitor
from schemas.errors import BadIdentifier, FormInvalid, NoSuchRow, NotAllowed, RecordDamaged
from schemas.identifiers import mask_numbers
from schemas.manifest import Manifest
from schemas.records import split_uri
from storage.fixity import RecordFixity, check_record
from worker.chainsealing import fault_of_pieces

YEAR = timedelta(days=365.25)
LONGEST = 1000  # letters of a reason or an answer


@dataclass(frozen=True)
class Facts:
    """A record's account of itself: its newest manifest, every revision (newest first) with the numbers of those that
    cannot be read, and what holds it."""

    head: Manifest
    revisions: list[Manifest]
    unreadable: list[int]
    holds: list[Hold]
    retention: str  # years, or "permanent"


@dataclass(frozen=True)
class Retention:
    """Papers of a type: how long they are kept (None: for ever), how many there are, and of how many it has ended."""

    type: str
    name: str
    years: int | None
    stored: int
    ended: int


@dataclass(frozen=True)
class ChainVerdict:
    """The audit chain, recomputed and compared with the pieces sealed into the archive."""

    entries: int
    ok: bool
    first_broken: int | None
    pieces_ok: bool
    sealed: int
    at: datetime


def facts(parts: Parts, visitor: Visitor, record: str) -> Facts:
    """The look is written down first. Raises as in_care."""
    head = in_care(parts, visitor, record)
    record_look(parts, visitor, "manifest", head)
    kind = parts.types.get(head.type)
    history = history_of(parts, record)
    return Facts(
        head=head,
        revisions=history.readable[::-1],
        unreadable=history.unreadable,
        holds=parts.ledger.holds(visitor.unit, record, active_only=False),
        retention=str(kind.retention_years) if kind else "permanent",
    )


def in_care(parts: Parts, visitor: Visitor, record: str) -> Manifest:
    """The newest revision of a record of the own unit or one below it. Raises NotAllowed for none and another's,
    RecordDamaged for one that was stored and cannot be read any more."""
    try:
        unit, _ = split_uri(record)
    except BadIdentifier:
        raise NotAllowed() from None
    if not parts.ledger.is_below(unit, visitor.unit):
        raise NotAllowed()
    head = parts.records.head(record)
    if head is None:
        known = parts.ledger.document_by_record(record)
        raise RecordDamaged(revision=known.revision) if known and known.revision else NotAllowed()
    return head


def fixity(parts: Parts, visitor: Visitor, record: str) -> RecordFixity:
    """Read back everything of one record and write down what came of it. Raises NotAllowed."""
    in_care(parts, visitor, record)
    document = parts.ledger.document_by_record(record)
    known = None
    if document and document.revision and document.manifest:
        known = (document.revision, document.manifest)
    found = check_record(parts.archive, parts.records, record, known)
    with parts.ledger.transaction() as tx:
        told = {"checked": found.checked, "wrong": len(found.wrong)}
        tx.audit(visitor.actor, "record.fixity", record, told, record=record)
    return found


def verify_chain(parts: Parts, visitor: Visitor) -> ChainVerdict:
    """Recompute the whole chain; that somebody did is an entry too."""
    report, fault = parts.ledger.verify_audit(), fault_of_pieces(parts)
    ok = report.ok and not fault
    with parts.ledger.transaction() as tx:
        tx.audit(visitor.actor, "audit.verified", "audit", {"entries": report.entries, "ok": ok})
    pieces = parts.segments.firsts()
    return ChainVerdict(report.entries, report.ok, report.first_broken, not fault, len(pieces), parts.clock())


def hold(parts: Parts, visitor: Visitor, record: str, reason: str) -> int:
    """Nothing of the record is destroyed while this holds. Raises FormInvalid, NotAllowed."""
    head = in_care(parts, visitor, record.strip())
    why = said(reason, "reason")
    with parts.ledger.transaction() as tx:
        made = tx.put_hold(head.record, head.unit, why, visitor.actor)
        tx.audit(visitor.actor, "record.held", f"hold:{made}", {}, record=head.record)
    return made


def lift(parts: Parts, visitor: Visitor, hold_id: int) -> None:
    """Raises NotAllowed for a hold that is none, another unit's, or lifted before."""
    try:
        found = parts.ledger.hold(hold_id)
    except NoSuchRow:
        raise NotAllowed() from None
    if not parts.ledger.is_below(found.unit, visitor.unit):
        raise NotAllowed()
    with parts.ledger.transaction() as tx:
        if not tx.lift_hold(hold_id, visitor.actor):
            raise NotAllowed()
        tx.audit(visitor.actor, "record.released_from_hold", f"hold:{hold_id}", {}, record=found.record)


def retention(parts: Parts, unit: str) -> list[Retention]:
    """Types of papers that the unit keeps. Counted from the day they were stored: that is the latest they can be, and
    nothing is destroyed by this count."""
    now, stored = parts.clock(), parts.ledger.types_kept(unit)
    found = []
    for type, number in sorted(stored.items()):
        kind = parts.types.get(type)
        years = kind.retention_years if kind and isinstance(kind.retention_years, int) else None
        ended = 0 if years is None else parts.ledger.types_kept(unit, before=now - years * YEAR).get(type, 0)
        found.append(Retention(type, kind.name if kind else type, years, number, ended))
    return sorted(found, key=lambda each: (-each.ended, each.name))


def corrections(parts: Parts, visitor: Visitor, *, open_only: bool = True) -> list[Correction]:
    """What citizens say is wrong or ask, in the own unit and those below it, newest first."""
    units = [unit.code for unit in parts.ledger.units_below(visitor.unit)]
    state: CorrectionState | None = "OPEN" if open_only else None
    found = [one for unit in units for one in parts.ledger.corrections(unit=unit, state=state)]
    return sorted(found, key=lambda one: -one.id)


def label_of(parts: Parts, asked: Correction) -> str:
    """The name that people know a field by; its own where the type of the paper has none."""
    known = parts.ledger.document_by_record(asked.record) if asked.record else None
    kind = parts.types.get(known.type) if known else None
    rule = kind.field(asked.field) if kind else None
    return rule.label if rule else asked.field


def answer(parts: Parts, visitor: Visitor, correction_id: int, text: str, *, corrected: bool) -> None:
    """Answer a citizen. Raises FormInvalid, and NotAllowed for a question that is none, another unit's, or answered."""
    try:
        asked = parts.ledger.correction(correction_id)
    except NoSuchRow:
        raise NotAllowed() from None
    if not parts.ledger.is_below(asked.unit, visitor.unit):
        raise NotAllowed()
    words = said(text, "answer")
    with parts.ledger.transaction() as tx:
        state: CorrectionState = "CORRECTED" if corrected else "ANSWERED"
        if not tx.answer_correction(correction_id, visitor.actor, words, state):
            raise NotAllowed()
        name = f"correction:{correction_id}"
        tx.audit(visitor.actor, "correction.answered", name, {"corrected": corrected}, record=asked.record or None)


def said(text: str, field: str) -> str:
    """A sentence that somebody wrote, with ID numbers masked. Raises FormInvalid for none or a too long one."""
    plain = mask_numbers(text.strip())
    if not plain or len(plain) > LONGEST:
        raise FormInvalid(field=field, reason=f"Cần ghi vài lời, nhiều nhất {LONGEST} ký tự.")
    return plain
