"""Administrative procedures: what each needs proved, and which of it a person has handed in already."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from reuse.papers import VIETNAM, months_later, validity
from reuse.requirements import Requirements
from reuse.values import Answer, Found, Held, LookUp, Need, NeedState

SHIPPED = Path(__file__).with_name("procedures.toml")
_ORDER: dict[str, NeedState] = {"valid": "held", "unknown": "unclear", "expired": "expired"}


@dataclass(frozen=True)
class Procedure:
    """A procedure (thủ tục hành chính) by its national code."""

    code: str
    name: str
    needs: tuple[Need, ...]

    @property
    def types(self) -> frozenset[str]:
        """Every type of paper that one of its needs can be proved by."""
        return frozenset(kind for need in self.needs for kind in need.types)


@dataclass(frozen=True)
class Procedures:
    """All procedures by code, in the order of the file, and how long a request and an agreement at the counter last."""

    by_code: Mapping[str, Procedure]
    request_life: timedelta
    counter_life: timedelta

    @classmethod
    def load(cls, requirements: Requirements, path: Path = SHIPPED) -> Self:
        """Read a TOML file; raises KeyError or tomllib.TOMLDecodeError for one that is not of this form."""
        data = tomllib.loads(path.read_text("utf-8"))
        found = {
            code: Procedure(code, row["name"], tuple(_need(need, requirements) for need in row["needs"]))
            for code, row in data["procedures"].items()
        }
        terms = data["terms"]
        return cls(found, timedelta(days=terms["request_days"]), timedelta(hours=terms["counter_hours"]))

    def get(self, code: str) -> Procedure | None:
        """The procedure of that code, or None."""
        return self.by_code.get(code.strip())


def look_up(procedure: Procedure, papers: Sequence[Found], now: datetime) -> LookUp:
    """What of the procedure is proved by these papers. `unclear`: held, but nobody can say whether it still holds."""
    return LookUp(procedure.code, procedure.name, tuple(_answer(need, papers, now) for need in procedure.needs))


def _need(row: Mapping[str, str | int], requirements: Requirements) -> Need:
    if "requirement" not in row:
        return Need(str(row["name"]), (), None)
    wanted, months = str(row["requirement"]), row.get("months")
    known = requirements.by_id.get(wanted)
    name = str(row.get("name", known.name if known else wanted))
    return Need(name, requirements.types(wanted), None if months is None else int(months))


def _answer(need: Need, papers: Iterable[Found], now: datetime) -> Answer:
    if not need.types:
        return Answer(need, "new", ())
    fit = [replace(p, held=_tightened(p.held, need.months, now)) for p in papers if p.held.type in need.types]
    states = list(_ORDER)
    fit.sort(key=lambda p: p.held.issued_date or datetime.min.date(), reverse=True)
    fit.sort(key=lambda p: (states.index(p.held.validity), p.superseded))
    return Answer(need, _ORDER[fit[0].held.validity] if fit else "missing", tuple(fit))


def _tightened(held: Held, months: int | None, now: datetime) -> Held:
    """The paper as this need sees it: no older than so many months."""
    if months is None or held.validity == "expired":
        return held
    if held.issued_date is None:
        return replace(held, validity="unknown")
    last = months_later(held.issued_date, months)
    until = min(last, held.valid_until) if held.valid_until else last
    known = held.validity != "unknown" or now.astimezone(VIETNAM).date() > until
    return replace(held, valid_until=until, validity=validity(until, True, now) if known else "unknown")
