"""What citizens do with their own papers: shares by a link, and words that something is wrong. Citizens are blind
tokens, links are hashes, and texts come with ID numbers masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, select, update

from ledger.people_tables import corrections, shares
from ledger.reads import Reads
from ledger.tables import documents, units
from ledger.writes import Writes
from schemas.identifiers import mask_numbers

ShareState = Literal["ACTIVE", "REVOKED"]
CorrectionState = Literal["OPEN", "CORRECTED", "ANSWERED"]
ABOUT_LOOK = "look:"  # the `field` of a question about a look: this and the event's number in the audit chain
_ID_LENGTH = 26  # letters of a record's own part (schemas.records)


@dataclass(frozen=True)
class Share:
    """A paper's revision that whoever has the link may open, so often and until then. `token` is the link's hash."""

    id: int
    token: str
    record: str
    revision: int
    subject_token: str
    purpose: str
    uses: int
    used: int
    expires_at: datetime
    state: ShareState
    created_at: datetime
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether the link can be used once more."""
        return self.state == "ACTIVE" and self.used < self.uses and now < self.expires_at


@dataclass(frozen=True)
class Correction:
    """A citizen says that a field (`field` empty: the paper) is wrong, or asks about a look (`look` is the event).
    `unit` answers; `record` is empty where the look was at no single paper."""

    id: int
    record: str
    revision: int
    unit: str
    field: str
    subject_token: str
    message: str
    state: CorrectionState
    answered_by: str | None
    answer: str | None
    created_at: datetime
    changed_at: datetime

    @property
    def look(self) -> int | None:
        return int(self.field.removeprefix(ABOUT_LOOK)) if self.field.startswith(ABOUT_LOOK) else None


class SharingReads(Reads):
    """Questions about shares and corrections."""

    def share(self, share_id: int) -> Share:
        """Raises NoSuchRow."""
        return Share(**self._one(select(shares).where(shares.c.id == share_id), "share", share_id)._asdict())

    def share_by_token(self, token: str) -> Share | None:
        """The share of a link's hash, whatever its state."""
        found = self._all(select(shares).where(shares.c.token == token))
        return Share(**found[0]._asdict()) if found else None

    def shares(self, subject_token: str) -> list[Share]:
        """All that a citizen gave, newest first."""
        query = select(shares).where(shares.c.subject_token == subject_token).order_by(shares.c.id.desc())
        return [Share(**row._asdict()) for row in self._all(query)]

    def correction(self, correction_id: int) -> Correction:
        """Raises NoSuchRow."""
        query = select(corrections).where(corrections.c.id == correction_id)
        return Correction(**self._one(query, "correction", correction_id)._asdict())

    def corrections(
        self,
        *,
        subject_token: str | None = None,
        unit: str | None = None,
        record: str | None = None,
        state: CorrectionState | None = None,
    ) -> list[Correction]:
        """Newest first."""
        query: Select[Any] = select(corrections).order_by(corrections.c.id.desc())
        wanted = {"subject_token": subject_token, "unit": unit, "record": record, "state": state}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(corrections.c[name] == value)
        return [Correction(**row._asdict()) for row in self._all(query)]

    def records_beginning(self, start: str) -> list[str]:
        """Records of any unit whose own part begins with these letters (a verification code carries no more)."""
        gap = _ID_LENGTH - len(start)
        own = "motlan:" + units.c.code + ":" + start
        # base32: no letter sorts before "2", none after "z"; one seek of the index a unit
        between = documents.c.record.between(own + "2" * gap, own + "z" * gap)
        query = select(documents.c.record).join(units, between).distinct().order_by(documents.c.record)
        return [row.record for row in self._all(query) if row.record.rpartition(":")[2].startswith(start)]


class SharingWrites(Writes):
    """The part of a transaction that deals with shares and corrections."""

    def put_share(
        self,
        token: str,
        record: str,
        revision: int,
        subject_token: str,
        purpose: str,
        uses: int,
        expires_at: datetime,
    ) -> int:
        """A new share under the hash of its link; returns its id."""
        return self._insert(
            shares,
            token=token,
            record=record,
            revision=revision,
            subject_token=subject_token,
            purpose=_clean(purpose),
            uses=uses,
            used=0,
            expires_at=expires_at,
            state="ACTIVE",
            created_at=self._now(),
        )

    def use_share(self, share_id: int) -> bool:
        """Count one use, if the share is active, not expired and not used up; whether it was."""
        valid = (
            shares.c.id == share_id,
            shares.c.state == "ACTIVE",
            shares.c.used < shares.c.uses,
            shares.c.expires_at > self._now(),
        )
        return self._do(update(shares).where(*valid).values(used=shares.c.used + 1)) == 1

    def revoke_share(self, share_id: int) -> bool:
        """End an active share; false when it was ended before."""
        active = (shares.c.id == share_id, shares.c.state == "ACTIVE")
        return self._do(update(shares).where(*active).values(state="REVOKED", revoked_at=self._now())) == 1

    def put_correction(
        self, record: str, revision: int, unit: str, field: str, subject_token: str, message: str
    ) -> int:
        """What a citizen says is wrong, or asks; returns its id."""
        now = self._now()
        return self._insert(
            corrections,
            record=record,
            revision=revision,
            unit=unit,
            field=field,
            subject_token=subject_token,
            message=_clean(message),
            state="OPEN",
            created_at=now,
            changed_at=now,
        )

    def answer_correction(
        self, correction_id: int, actor: str, answer: str, state: CorrectionState = "ANSWERED"
    ) -> bool:
        """Answer an open one, with CORRECTED where the record was put right; false when it was answered before."""
        is_open = (corrections.c.id == correction_id, corrections.c.state == "OPEN")
        told = {"state": state, "answered_by": actor, "answer": _clean(answer), "changed_at": self._now()}
        return self._do(update(corrections).where(*is_open).values(**told)) == 1


def _clean(text: str) -> str:
    """What a person wrote, ID numbers masked, without control characters (PostgreSQL takes no NUL)."""
    return mask_numbers("".join(char for char in text if char.isprintable() or char in "\n\t"))
