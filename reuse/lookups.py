"""The officer's look-ups: what of a requirement, or of a whole procedure, a person has handed in already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from reuse.access import Access
from reuse.desk import Desk, Subject
from reuse.papers import VIETNAM
from reuse.procedures import look_up
from reuse.quality import is_superseded, quality
from reuse.values import Found, Held, LookUp
from schemas.errors import FormInvalid, PurposeMissing, QuotaExceeded
from schemas.manifest import Manifest

DAY = timedelta(hours=24)


class LookUps(Desk):
    """The same answer when there is nothing and when it may not be known; so many looks a day."""

    def check(self, actor: str, unit: str, case: str, purpose: str, wanted: str, number: Subject) -> tuple[Held, ...]:
        """What is held about a person that satisfies a requirement (or is of a type). The same empty answer when there
        is nothing and when it may not be known. Raises PurposeMissing, BadIdentifier, QuotaExceeded."""
        access = Access.asked(actor, "reuse.check", unit=unit, case=case, purpose=purpose, object=wanted)
        return tuple(self.held(paper) for paper in self._look(access, self._requirements.types(wanted), number))

    def look_up(
        self, actor: str, unit: str, case: str, procedure: str, number: Subject, purpose: str | None = None
    ) -> LookUp:
        """What of a procedure's needs a person has handed in already, as one look; the procedure's name is the purpose
        unless another is given. Raises FormInvalid for an unknown procedure, PurposeMissing, BadIdentifier,
        QuotaExceeded."""
        known = self.procedures.get(procedure)
        if known is None:
            raise FormInvalid(field="thủ tục", reason="Không có thủ tục mang mã này trong danh mục.")
        why = known.name if purpose is None else purpose
        access = Access.asked(actor, "reuse.check", unit=unit, case=case, purpose=why, object=f"procedure:{known.code}")
        papers = self._look(access, known.types, number)
        every = [self.held(paper) for paper in papers]
        return look_up(known, [self._found(p, h, every) for p, h in zip(papers, every, strict=True)], self._clock())

    def _look(self, access: Access, types: Collection[str], number: Subject) -> list[Manifest]:
        """Papers of these types about a person that the officer may know of; the look is written down first."""
        if access.lacks_purpose:
            self._deny(access, "PURPOSE_MISSING", PurposeMissing())
        who = self._subject(number, access)
        access = replace(access, subject_token=who.token)
        unit = access.unit or ""
        papers = [p for p in self._about(who) if p.type in types and self._may_see(access.actor, unit, p)]
        papers = papers if self._ledger.unit_exists(unit) else []
        with self._ledger.transaction() as tx:
            spent = tx.audit_count(access.actor, access.action, since=self._clock() - DAY)
            if spent < self._checks_per_day:
                access.write(tx, found=[paper.record for paper in papers])
        if spent >= self._checks_per_day:
            self._deny(access, QuotaExceeded.code, QuotaExceeded(limit=self._checks_per_day))
        return papers

    def _found(self, paper: Manifest, of: Held, others: Sequence[Held]) -> Found:
        superseded = is_superseded(of, others)
        today = self._clock().astimezone(VIETNAM).date()
        scores = quality(paper, self._types.get(paper.type), of, superseded, today)
        return Found(of, scores, paper.created_at, superseded)
