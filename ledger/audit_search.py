"""Searching the audit chain: what happened to the papers and by the people of a unit, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select

from ledger.administration import below
from ledger.people_tables import accounts
from ledger.reads import Reads
from ledger.rows import AuditEntry
from ledger.tables import audit, units


class AuditSearch(Reads):
    """Questions to the chain by a person who answers for a unit."""

    def audit_page(
        self,
        top: str,
        before: int | None = None,
        limit: int = 50,
        *,
        actor: str = "",
        action: str = "",
        record: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        denied_only: bool = False,
    ) -> list[AuditEntry]:
        """Entries of that unit and those below it, newest first, with a sequence number under `before`; `action` may
        be the beginning of one ("access."). An entry belongs to a unit by its record, its actor, or its object."""
        query = select(audit).where(_belongs(top))
        if before is not None:
            query = query.where(audit.c.seq < before)
        if actor:
            query = query.where(audit.c.actor == actor)
        if action:
            query = query.where(audit.c.action.startswith(action, autoescape=True))
        if record:
            query = query.where(audit.c.record == record)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if denied_only:
            query = query.where(audit.c.outcome != "ok")
        rows = self._all(query.order_by(audit.c.seq.desc()).limit(limit))
        return [AuditEntry(**row._asdict()) for row in rows]


def _belongs(top: str) -> ColumnElement[bool]:
    mine = below(top, accounts.c.unit)
    logins = select(accounts.c.login).where(mine)
    names = select(literal("account:") + cast(accounts.c.id, String)).where(mine)
    codes = select(units.c.code).where(below(top, units.c.code))
    unit_of_record: Any = func.substr(audit.c.record, 8)  # behind "motlan:", up to the next colon
    of_units = (
        select(literal(1))
        .where(below(top, units.c.code), unit_of_record.startswith(units.c.code + ":", autoescape=False))
        .exists()
    )
    return or_(
        of_units,
        audit.c.actor.in_(logins),
        audit.c.actor.in_(names),
        audit.c.object.in_(names),
        audit.c.object.in_(codes),
    )
