"""Who asked for a paper, who agreed, and how often that was used. Citizens are blind tokens here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from ledger.reads import Reads
from ledger.rows import Request, RequestState
from ledger.tables import consents, requests
from ledger.writes import Writes


class AskingReads(Reads):
    """Questions about requests."""

    def newest_requests(self, actor: str, before: int | None = None, limit: int = 50) -> list[Request]:
        """What somebody asked for, newest first, below that id of a request."""
        query = select(requests).where(requests.c.actor == actor)
        query = query if before is None else query.where(requests.c.id < before)
        return [Request(**row._asdict()) for row in self._all(query.order_by(requests.c.id.desc()).limit(limit))]


class AskingWrites(Writes):
    """The part of a transaction that deals with requests and consents."""

    def put_request(self, unit: str, actor: str, case: str, purpose: str, record: str) -> int:
        """Write down that an officer asks for a record; returns the request's id."""
        now = self._now()
        return self._insert(
            requests,
            unit=unit,
            actor=actor,
            case=case,
            purpose=purpose,
            record=record,
            state="REQUESTED",
            created_at=now,
            changed_at=now,
        )

    def set_request(
        self,
        request_id: int,
        state: RequestState,
        expected: tuple[RequestState, ...],
        subject_token: str | None = None,
    ) -> bool:
        """Move a request to a state if it is in one of the expected ones; whether it was."""
        change = update(requests).where(requests.c.id == request_id, requests.c.state.in_(expected))
        if subject_token is not None:
            change = change.values(subject_token=subject_token)
        return self._do(change.values(state=state, changed_at=self._now())) == 1

    def put_consent(
        self, request_id: int, subject_token: str, revision: int, how: str, uses: int, expires_at: datetime
    ) -> int:
        """Write down a citizen's yes; returns the consent's id."""
        return self._insert(
            consents,
            request_id=request_id,
            subject_token=subject_token,
            revision=revision,
            how=how,
            uses=uses,
            used=0,
            expires_at=expires_at,
            state="ACTIVE",
            created_at=self._now(),
        )

    def use_consent(self, consent_id: int) -> bool:
        """Count one use, if the consent is active, not expired and not used up; whether it was."""
        valid = (
            consents.c.id == consent_id,
            consents.c.state == "ACTIVE",
            consents.c.used < consents.c.uses,
            consents.c.expires_at > self._now(),
        )
        return self._do(update(consents).where(*valid).values(used=consents.c.used + 1)) == 1

    def revoke_consent(self, consent_id: int) -> bool:
        """End an active consent; false when it was ended before."""
        active = (consents.c.id == consent_id, consents.c.state == "ACTIVE")
        return self._do(update(consents).where(*active).values(state="REVOKED", revoked_at=self._now())) == 1
