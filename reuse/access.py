"""Access events: what is written to the audit chain about a look at a paper, and how it is read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from ledger import AuditEntry, Ledger, Request, Tx
from reuse.values import AccessEvent
from schemas.identifiers import DossierCode, mask_numbers

PREFIXES = ("reuse.", "access.")
PAGE = 1000
CITIZEN = "citizen"  # the actor of whatever a citizen does: the number never stands there


@dataclass(frozen=True)
class Access:
    """A look that is about to happen. Case and purpose come from people: ID numbers in them are masked."""

    actor: str
    action: str
    object: str
    unit: str | None = None
    case: str = ""
    purpose: str = ""
    record: str | None = None
    subject_token: str | None = None

    @classmethod
    def asked(
        cls,
        actor: str,
        action: str,
        *,
        object: str = "",
        unit: str | None = None,
        case: str = "",
        purpose: str = "",
        record: str | None = None,
    ) -> Self:
        """An access as somebody asks for it."""
        return cls(actor, action, mask_numbers(object) or "paper", unit, cleaned(case), cleaned(purpose), record)

    def about(self, asked: Request) -> Self:
        """The same access, told with the case and purpose of the request it concerns."""
        return replace(self, unit=asked.unit, case=asked.case, purpose=asked.purpose, record=asked.record)

    @property
    def lacks_purpose(self) -> bool:
        """Whether nobody could say later why this look was needed."""
        return not (self.case and self.purpose)

    def write(self, tx: Tx, outcome: str = "ok", **more: Any) -> int:
        """Append the event to the audit chain, in this transaction."""
        said = {"unit": self.unit, "case": self.case or None, "purpose": self.purpose or None, **more}
        return tx.audit(
            self.actor,
            self.action,
            self.object,
            {name: value for name, value in said.items() if value is not None},
            record=self.record,
            subject_token=self.subject_token,
            outcome=outcome,
        )


def access_events(
    ledger: Ledger, tokens: Iterable[str], records: Iterable[str], asking: str | None = None
) -> list[AccessEvent]:
    """Every look at these people or papers, oldest first, each once; `asking` is the token of the person who asks."""
    entries = [entry for token in tokens for entry in _all(ledger, subject_token=token)]
    entries += [entry for record in records for entry in _all(ledger, record=record)]
    looks = {entry.seq: entry for entry in entries if entry.action.startswith(PREFIXES)}
    return [_event(looks[seq], asking) for seq in sorted(looks)]


def _all(ledger: Ledger, **wanted: str) -> Iterable[AuditEntry]:
    after = 0
    while page := ledger.audit_entries(after, PAGE, **wanted):
        yield from page
        after = page[-1].seq


def _event(entry: AuditEntry, asking: str | None) -> AccessEvent:
    return AccessEvent(
        event=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        unit=entry.detail.get("unit"),
        case=entry.detail.get("case"),
        purpose=entry.detail.get("purpose"),
        record=entry.record,
        outcome=entry.outcome,
        why=entry.detail.get("why"),
        mine=asking is not None and entry.actor == CITIZEN and entry.subject_token == asking,
    )


def cleaned(text: str) -> str:
    """A case or a purpose as it is written down: one form of dossier codes, ID numbers masked."""
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return DossierCode.parse(text).number if DossierCode.is_valid(text) else mask_numbers(text)
