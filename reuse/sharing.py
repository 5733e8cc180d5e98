"""A citizen shows an own paper by a link: for a purpose, so often, until then, and until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ledger import Share
from reuse.access import Access
from reuse.desk import CITIZEN, Desk, Subject
from schemas.errors import ConsentNotValid, LinkExpired, NoSuchRow, NotAllowed, PurposeMissing
from schemas.manifest import Manifest

LINK = "link"  # the actor of an event by whoever holds a link: nobody knows who that is


@dataclass(frozen=True)
class Opened:
    """A share that was opened: the paper as it was shared, and the entry of the audit chain committed before."""

    share: Share
    paper: Manifest
    event: int


class Sharing(Desk):
    """Giving, taking back and opening shares. Links are known here by the hash of their secret."""

    def share(
        self, subject: Subject, record: str, purpose: str, expires_at: datetime, uses: int, token_hash: str
    ) -> int:
        """Share an own paper's newest revision; returns the share's id. Raises NotAllowed for somebody else's paper,
        PurposeMissing, ConsentNotValid for one that could never be used."""
        access = Access.asked(CITIZEN, "reuse.share", object=record, purpose=purpose, record=record)
        who = self._subject(subject, access)
        paper = self._head(record)
        if paper is None or not self._is_subject(record, who):
            self._deny(replace(access, record=None if paper is None else record), "NOT_THE_SUBJECT", NotAllowed())
        access = replace(access, subject_token=who.token)
        if not access.purpose:
            self._deny(access, PurposeMissing.code, PurposeMissing())
        if expires_at <= self._clock() or uses < 1:
            self._deny(access, "EXPIRED", ConsentNotValid(consent="new", state="EXPIRED"))
        with self._ledger.transaction() as tx:
            given = tx.put_share(token_hash, record, paper.revision, who.token, access.purpose, uses, expires_at)
            access.write(tx, share=given, uses=uses, revision=paper.revision)
        return given

    def revoke_share(self, share: int, subject: Subject) -> bool:
        """Take a share back: nobody opens it after this, nor goes on reading. False when it was taken back before.
        Raises NotAllowed for somebody else's."""
        access = Access.asked(CITIZEN, "reuse.share_revoke", object=f"share:{share}")
        who = self._subject(subject, access)
        try:
            given = self._ledger.share(share)
        except NoSuchRow:
            self._deny(access, "NO_SUCH_SHARE", NotAllowed())
        access = replace(access, purpose=given.purpose, record=given.record)
        if given.subject_token != who.token:
            self._deny(access, "NOT_THE_SUBJECT", NotAllowed())
        with self._ledger.transaction() as tx:
            was_active = tx.revoke_share(share)
            replace(access, subject_token=who.token).write(tx, outcome="ok" if was_active else "denied", share=share)
        return was_active

    def open_share(self, token_hash: str) -> Opened:
        """Use a link once: the use is counted in the transaction that writes the event. Raises LinkExpired for one
        that is unknown, used up, taken back or past its time; RecordMissing, RecordDamaged, which cost no use."""
        given = self._ledger.share_by_token(token_hash)
        if given is None:
            raise LinkExpired()
        access = self._by_link(given, "reuse.share_open")
        paper = self._shared(given, access)
        with self._ledger.transaction() as tx:
            event = access.write(tx, share=given.id, revision=given.revision) if tx.use_share(given.id) else None
        if event is None:
            self._deny(access, self._why_closed(given), LinkExpired())
        return Opened(given, paper, event)

    def look_at_share(self, share: int, look: str, **detail: Any) -> Opened:
        """Go on reading what was opened, once the event `access.<look>` is written. Raises LinkExpired when the share
        was taken back or its time is over since."""
        try:
            given = self._ledger.share(share)
        except NoSuchRow:
            raise LinkExpired() from None
        access = self._by_link(given, f"access.{look}")
        paper = self._shared(given, access)
        if given.state != "ACTIVE" or given.expires_at <= self._clock():
            self._deny(access, self._why_closed(given), LinkExpired())
        with self._ledger.transaction() as tx:
            event = access.write(tx, share=given.id, revision=given.revision, **detail)
        return Opened(given, paper, event)

    def _by_link(self, given: Share, action: str) -> Access:
        access = Access.asked(LINK, action, object=f"share:{given.id}", purpose=given.purpose, record=given.record)
        return replace(access, subject_token=given.subject_token)

    def _shared(self, given: Share, access: Access) -> Manifest:
        if self._head(given.record) is None:  # withdrawn since
            self._deny(access, "NO_SUCH_PAPER", LinkExpired())
        return self._records.get(given.record, given.revision)

    def _why_closed(self, given: Share) -> str:
        if given.state == "REVOKED":
            return "REVOKED"
        return "EXPIRED" if given.expires_at <= self._clock() else "USED_UP"
