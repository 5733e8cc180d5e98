"""Once-only: a paper that is held is asked for, shown to its citizen, agreed to and handed over. Every look, also a
denied one, is committed to the audit chain before anything is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from ledger import Consent, Request
from reuse.access import Access, access_events
from reuse.desk import CITIZEN, Subject
from reuse.lookups import DAY, LookUps
from reuse.own import OwnPapers
from reuse.papers import archival_of, fields_of, is_about
from reuse.sharing import Sharing
from reuse.values import AccessEvent, Preview, Released
from schemas.errors import ConsentNotValid, NoSuchRow, NotAllowed, PurposeMissing, QuotaExceeded
from schemas.manifest import Manifest

How = Literal["citizen", "counter"]


class Reuse(LookUps, OwnPapers, Sharing):
    """The door of once-only. Citizens are known here by a blind token only."""

    # --- the officer

    def request(self, actor: str, unit: str, case: str, purpose: str, record: str) -> int:
        """Ask for a paper; its citizen decides. Raises PurposeMissing, NotAllowed."""
        access = Access.asked(actor, "reuse.request", unit=unit, case=case, purpose=purpose, record=record)
        if access.lacks_purpose:
            self._deny(access, "PURPOSE_MISSING", PurposeMissing())
        if not self._ledger.unit_exists(unit):
            self._deny(access, "UNKNOWN_UNIT", NotAllowed())
        paper = self._head(record)
        if paper is None or not self._may_see(actor, unit, paper):
            self._deny(replace(access, record=None if paper is None else record), "NO_SUCH_PAPER", NotAllowed())
        with self._ledger.transaction() as tx:
            request = tx.put_request(unit, actor, access.case, access.purpose, record)
            replace(access, object=f"request:{request}").write(tx)
        return request

    def consent_at_counter(self, request: int, actor: str, number: str) -> int:
        """Write down that the citizen, whose number is given in full, agreed at the counter: one use, for a short time.
        Only whoever asked may. Raises NotAllowed for another's request or number, ConsentNotValid, BadIdentifier,
        QuotaExceeded after as many refusals in a day as a person may look up."""
        access = Access.asked(actor, "reuse.consent", object=f"request:{request}")
        asked = self._asked(request, access)
        access = access.about(asked)
        if asked.actor != actor:
            self._deny(access, "OTHER_OFFICER", NotAllowed())
        since = self._clock() - DAY
        if self._ledger.audit_count(actor, access.action, since, "denied") >= self._checks_per_day:
            self._deny(access, QuotaExceeded.code, QuotaExceeded(limit=self._checks_per_day))
        until = self._clock() + self.procedures.counter_life
        return self.consent(request, number, until, how="counter", by=actor)

    def open_released(self, request: int, actor: str, what: str) -> tuple[Request, Manifest]:
        """The revision that was handed over, for whoever it was handed to, while the consent holds; written down first.
        `what` says in a word what is looked at. Raises NotAllowed for another's request, ConsentNotValid."""
        access = Access.asked(actor, "reuse.open", object=f"request:{request}")
        asked = self._asked(request, access)
        access = replace(access.about(asked), subject_token=asked.subject_token)
        if asked.actor != actor:
            self._deny(access, "OTHER_OFFICER", NotAllowed())
        with self._ledger.transaction() as tx:
            state = tx.request(request).state
            given = tx.consents(request_id=request)[-1:]
            holds = [c for c in given if c.state == "ACTIVE" and c.expires_at > self._clock() and state == "RELEASED"]
            more = {"revision": holds[0].revision} if holds else {"why": state if state != "RELEASED" else "EXPIRED"}
            access.write(tx, "ok" if holds else "denied", what=what, **more)
        if not holds:
            raise ConsentNotValid(consent=given[0].id if given else "none", state=more["why"])
        return asked, self._records.get(asked.record, holds[0].revision)

    def release(self, request: int, actor: str, case: str, purpose: str) -> Released:
        """Hand the paper over to the officer who asked, for the case and purpose that were agreed to. The consent is
        checked and its use counted in the transaction that writes the event, committed before the first byte can be
        read. Raises NotAllowed for a request that does not exist, ConsentNotValid, and BlobMissing, BlobDamaged and
        RecordMissing, which cost no use."""
        access = Access.asked(actor, "reuse.release", case=case, purpose=purpose, object=f"request:{request}")
        asked = self._asked(request, access)
        access = replace(access, unit=asked.unit, record=asked.record, subject_token=asked.subject_token)
        consent = self._consent_of(asked)
        if consent is None:
            self._deny(access, asked.state, ConsentNotValid(consent="none", state=asked.state))
        head = self._records.head(asked.record)
        if head is not None and head.withdrawn is not None:  # what was agreed to is no paper any more
            self._deny(access, "WITHDRAWN", ConsentNotValid(consent=consent.id, state="WITHDRAWN"))
        paper = self._records.get(asked.record, consent.revision)
        archival = archival_of(paper)
        pdf = self._blobs.open(archival.sha256, verify=True)
        try:
            event = self._use(asked, consent, access)
        except BaseException:
            pdf.close()
            raise
        return Released(
            request=request,
            consent=consent.id,
            event=event,
            record=asked.record,
            revision=paper.revision,
            type=paper.type,
            type_name=paper.type_name,
            sha256=archival.sha256,
            size=archival.size,
            fields=fields_of(paper),
            pdf=pdf,
        )

    # --- the citizen, known by the login or at the counter

    def preview(self, request: int, subject: Subject) -> Preview:
        """Exactly what would be handed over. Raises NotAllowed for somebody else's paper."""
        asked, paper, access = self._own(request, subject, "reuse.preview")
        with self._ledger.transaction() as tx:
            access.write(tx)
        archival = archival_of(paper)
        return Preview(
            request=request,
            unit=asked.unit,
            actor=asked.actor,
            case=asked.case,
            purpose=asked.purpose,
            record=paper.record,
            revision=paper.revision,
            type=paper.type,
            type_name=paper.type_name,
            pages=paper.pages,
            sha256=archival.sha256,
            size=archival.size,
            fields=fields_of(paper),
        )

    def consent(
        self,
        request: int,
        subject: Subject,
        expires_at: datetime,
        uses: int = 1,
        how: How = "citizen",
        revision: int | None = None,
        by: str = CITIZEN,
    ) -> int:
        """Agree to a request, for the revision that was previewed (else the newest); `by` is whoever writes it down.
        Raises NotAllowed for somebody else's paper, ConsentNotValid when the request was answered before or has ended,
        or the consent could never be used."""
        asked, paper, access = self._own(request, subject, "reuse.consent", by)
        if expires_at <= self._clock() or uses < 1 or self.has_ended(asked):
            self._deny(access, "EXPIRED", ConsentNotValid(consent="new", state="EXPIRED"))
        agreed = paper if revision is None else self._records.get(paper.record, revision)
        assert access.subject_token is not None
        with self._ledger.transaction() as tx:
            is_first = tx.set_request(request, "CONSENTED", ("REQUESTED",), access.subject_token)
            if is_first:
                given = tx.put_consent(request, access.subject_token, agreed.revision, how, uses, expires_at)
                access.write(tx, consent=given, uses=uses, how=how, revision=agreed.revision)
        if not is_first:
            self._deny(access, asked.state, ConsentNotValid(consent="new", state=asked.state))
        return given

    def refuse(self, request: int, subject: Subject) -> bool:
        """Say no to a request; false when it was answered before. Raises NotAllowed for somebody else's paper."""
        _, _, access = self._own(request, subject, "reuse.refuse")
        with self._ledger.transaction() as tx:
            is_first = tx.set_request(request, "REFUSED", ("REQUESTED",), access.subject_token)
            access.write(tx, outcome="ok" if is_first else "denied")
        return is_first

    def revoke(self, consent: int, subject: Subject) -> bool:
        """Take a consent back: no release after this. False when it was taken back before. Raises NotAllowed for
        somebody else's consent."""
        access = Access.asked(CITIZEN, "reuse.revoke", object=f"consent:{consent}")
        try:
            given = self._ledger.consent(consent)
        except NoSuchRow:
            self._deny(access, "NO_SUCH_CONSENT", NotAllowed())
        asked = self._ledger.request(given.request_id)
        access = access.about(asked)
        mine = self._subject(subject, access).token
        if mine != given.subject_token:
            self._deny(access, "NOT_THE_SUBJECT", NotAllowed())
        with self._ledger.transaction() as tx:
            was_active = tx.revoke_consent(consent)
            tx.set_request(asked.id, "REVOKED", ("CONSENTED", "RELEASED"))
            replace(access, subject_token=mine).write(tx, outcome="ok" if was_active else "denied")
        return was_active

    def who(self, subject: Subject | None = None, record: str | None = None, actor: str = CITIZEN) -> list[AccessEvent]:
        """Who looked, when, why and at what, denied attempts included: at anything about a person, or at one paper
        (with both: at that paper, if it is the person's). Asking is an event too, and not among those it returns."""
        access = Access.asked(actor, "reuse.who", object="access events", record=record)
        who = None if subject is None else self._subject(subject, access)
        if who is not None and record is not None and not self._is_subject(record, who):
            self._deny(access, "NOT_THE_SUBJECT", NotAllowed())
        tokens, records = [], [record] if record else []
        if who is not None and record is None:
            tokens = [who.token]
            records = [paper.record for paper in self._about(who)]
            access = replace(access, subject_token=tokens[0])
        events = access_events(self._ledger, tokens, records, None if who is None else who.token)
        with self._ledger.transaction() as tx:
            access.write(tx)
        return events

    # --- within

    def _use(self, asked: Request, consent: Consent, access: Access) -> int:
        with self._ledger.transaction() as tx:
            now = tx.consent(consent.id)
            why = self._why_not(asked, now, access)
            if why is None and tx.use_consent(consent.id):
                tx.set_request(asked.id, "RELEASED", ("CONSENTED",))
                return access.write(tx, consent=consent.id, revision=consent.revision)
            why = why or "NOT_VALID"
            access.write(tx, outcome="denied", why=why, consent=consent.id)
        raise ConsentNotValid(consent=consent.id, state=why)

    def _why_not(self, asked: Request, consent: Consent, access: Access) -> str | None:
        reasons = {
            "OTHER_OFFICER": access.actor != asked.actor,
            "OTHER_CASE": access.case != asked.case,
            "OTHER_PURPOSE": access.purpose != asked.purpose,
            "REVOKED": consent.state == "REVOKED",
            "EXPIRED": consent.expires_at <= self._clock(),
            "USED_UP": consent.used >= consent.uses,
        }
        return next((why for why, holds in reasons.items() if holds), None)

    def _own(self, request: int, subject: Subject, action: str, by: str = CITIZEN) -> tuple[Request, Manifest, Access]:
        """A request, the paper it is about and the access to be written, when the paper is the subject's own."""
        access = Access.asked(by, action, object=f"request:{request}")
        asked = self._asked(request, access)
        access = access.about(asked)
        who = self._subject(subject, access)
        paper = self._head(asked.record)
        if paper is None or not is_about(paper, who, self._token):
            # Whoever tried is not the subject: the event belongs to the paper, not to the number that was given.
            self._deny(access, "NOT_THE_SUBJECT", NotAllowed())
        return asked, paper, replace(access, subject_token=who.token)

    def _asked(self, request: int, access: Access) -> Request:
        try:
            return self._ledger.request(request)
        except NoSuchRow:
            self._deny(access, "NO_SUCH_REQUEST", NotAllowed())

    def _consent_of(self, asked: Request) -> Consent | None:
        given = self._ledger.consents(request_id=asked.id)
        return given[-1] if given else None
