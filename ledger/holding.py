"""Holds: a record under hold is not destroyed, whatever its retention says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from ledger.administration import below
from ledger.people_tables import holds
from ledger.reads import Reads
from ledger.writes import Writes
from schemas.identifiers import mask_numbers


@dataclass(frozen=True)
class Hold:
    """Why a record must stay, and who said so; `lifted_at` None while it holds."""

    id: int
    record: str
    unit: str
    reason: str
    actor: str
    created_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class HoldReads(Reads):
    """Questions about holds."""

    def holds(self, top: str | None = None, record: str | None = None, active_only: bool = True) -> list[Hold]:
        """Holds in a unit and those below it, newest first."""
        query = select(holds).where(below(top, holds.c.unit))
        if record is not None:
            query = query.where(holds.c.record == record)
        if active_only:
            query = query.where(holds.c.lifted_at.is_(None))
        return [Hold(**row._asdict()) for row in self._all(query.order_by(holds.c.id.desc()))]

    def hold(self, hold_id: int) -> Hold:
        """Raises NoSuchRow."""
        return Hold(**self._one(select(holds).where(holds.c.id == hold_id), "hold", hold_id)._asdict())


class HoldWrites(Writes):
    """The part of a transaction that deals with holds."""

    def put_hold(self, record: str, unit: str, reason: str, actor: str) -> int:
        """Hold a record; ID numbers in the reason are masked."""
        values = {"record": record, "unit": unit, "reason": mask_numbers(reason), "actor": actor}
        return self._insert(holds, **values, created_at=self._now())

    def lift_hold(self, hold_id: int, actor: str) -> bool:
        """Whether it was still holding."""
        active = (holds.c.id == hold_id, holds.c.lifted_at.is_(None))
        return self._do(update(holds).where(*active).values(lifted_by=actor, lifted_at=self._now())) == 1
