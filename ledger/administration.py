"""Units and accounts as an administrator sees them: those of a unit and of every unit below it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, true, update

from ledger.accounts import Account, _account
from ledger.people_tables import accounts, invitations, sessions
from ledger.reads import Reads
from ledger.rows import Unit
from ledger.tables import units
from ledger.writes import Writes


@dataclass(frozen=True)
class AccountLine:
    """An account in a list; `seen_at` is the last use of a session that has not ended, `invited` whether a one-time
    link of it can still be used."""

    account: Account
    sessions: int
    seen_at: datetime | None
    invited: bool


def below(top: str | None, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column names that unit or one below it; None is the whole ledger."""
    if top is None:
        return true()
    tree = select(units.c.code).where(units.c.code == top).cte(recursive=True)
    tree = tree.union(select(units.c.code).join(tree, units.c.parent == tree.c.code))  # a circle ends too
    return column.in_(select(tree.c.code))


class AdministrationReads(Reads):
    """Questions about the units and accounts in somebody's care."""

    def units_below(self, top: str) -> list[Unit]:
        """That unit and every unit below it, in order of code."""
        query = select(units.c.code, units.c.name, units.c.parent).where(below(top, units.c.code))
        return [Unit(**row._asdict()) for row in self._all(query.order_by(units.c.code))]

    def is_below(self, code: str, top: str) -> bool:
        """Whether a unit is that one or below it."""
        query = select(func.count()).select_from(units).where(units.c.code == code, below(top, units.c.code))
        return self._count(query) > 0

    def accounts_below(self, top: str, like: str = "", after: str = "", limit: int = 50) -> list[AccountLine]:
        """Accounts of that unit and those below, by login; `like` is a part of login or name, `after` the last login
        of the page before."""
        query = select(accounts).where(below(top, accounts.c.unit), accounts.c.login > after)
        if like:
            small, name = like.lower(), accounts.c.name  # SQLite's lower() knows no Vietnamese letters
            ways = ((accounts.c.login, small), (func.lower(name), small), (name, like))
            query = query.where(or_(*(column.contains(text, autoescape=True) for column, text in ways)))
        found = [_account(row) for row in self._all(query.order_by(accounts.c.login).limit(limit))]
        known = self._open_doors([account.id for account in found])
        return [AccountLine(account, *known.get(account.id, (0, None, False))) for account in found]

    def account_line(self, account_id: int) -> AccountLine:
        """Raises NoSuchRow."""
        found = _account(self._one(select(accounts).where(accounts.c.id == account_id), "account", account_id))
        return AccountLine(found, *self._open_doors([account_id]).get(account_id, (0, None, False)))

    def account_count(self) -> int:
        """How many accounts there are at all."""
        return self._count(select(func.count()).select_from(accounts))

    def active_admins(self, unit: str) -> int:
        """How many accounts of that unit may administer it."""
        query = select(accounts.c.roles).where(accounts.c.unit == unit, accounts.c.state == "ACTIVE")
        return sum("admin" in row.roles for row in self._all(query))

    def _open_doors(self, ids: list[int]) -> dict[int, tuple[int, datetime | None, bool]]:
        """Sessions, last use and a usable invitation by account."""
        now = self._now()
        alive = (sessions.c.account_id.in_(ids), sessions.c.expires_at > now)
        seen = select(sessions.c.account_id, func.count().label("n"), func.max(sessions.c.seen_at).label("at"))
        usable = (
            invitations.c.account_id.in_(ids),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        waiting = {row.account_id for row in self._all(select(invitations.c.account_id).where(*usable))}
        doors = {
            row.account_id: (row.n, row.at) for row in self._all(seen.where(*alive).group_by(sessions.c.account_id))
        }
        return {id: (*doors.get(id, (0, None)), id in waiting) for id in ids}


class AdministrationWrites(Writes):
    """The part of a transaction that deals with units and second factors."""

    def add_unit(self, code: str, name: str, parent: str) -> bool:
        """A new unit below another; false when the code is taken."""
        if self.unit_exists(code):
            return False
        self._do(insert(units).values(code=code, name=name, parent=parent, created_at=self._now()))
        return True

    def rename_unit(self, code: str, name: str) -> None:
        self._do(update(units).where(units.c.code == code).values(name=name))

    def swap_totp(self, account_id: int, known: str | None, new: str | None) -> bool:
        """Put another sealed second factor in the place of the known one; false when it is another by now. The
        comparison makes a code good for one use, also when it is sent twice at once."""
        same = accounts.c.totp.is_(None) if known is None else accounts.c.totp == known
        change = update(accounts).where(accounts.c.id == account_id, same)
        return self._do(change.values(totp=new, changed_at=self._now())) == 1
