"""Accounts and sessions: who may come in, and who is in. Passwords and tokens are hashes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, select, update

from ledger.people_tables import accounts, invitations, sessions
from ledger.reads import Reads
from ledger.writes import Writes
from schemas.errors import NoSuchRow

AccountState = Literal["ACTIVE", "CLOSED"]


@dataclass(frozen=True)
class Account:
    """A person, or a system, that may come in. `login` of a citizen is `subject:` and the blind token; `password` is a
    hash or None (nobody set one yet, or the login is another's); `totp` is sealed."""

    id: int
    login: str
    name: str
    unit: str | None
    roles: tuple[str, ...]
    password: str | None
    totp: str | None
    subject_token: str | None
    failed: int
    locked_until: datetime | None
    state: AccountState
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class LoginSession:
    """An open door: `token` is the hash of what the browser holds; not `complete` until the second factor was given."""

    id: int
    token: str
    account_id: int
    csrf: str
    complete: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Invitation:
    """A one-time link to set the first password."""

    id: int
    token: str
    account_id: int
    expires_at: datetime
    used_at: datetime | None
    created_at: datetime


class AccountReads(Reads):
    """Questions about accounts and sessions."""

    def account(self, account_id: int) -> Account:
        """Raises NoSuchRow."""
        return _account(self._one(select(accounts).where(accounts.c.id == account_id), "account", account_id))

    def account_by_login(self, login: str) -> Account | None:
        found = self._all(select(accounts).where(accounts.c.login == login))
        return _account(found[0]) if found else None

    def accounts(self, unit: str | None = None) -> list[Account]:
        """All accounts, of one unit where it is given, in order of login."""
        query = select(accounts).order_by(accounts.c.login)
        return [_account(row) for row in self._all(query if unit is None else query.where(accounts.c.unit == unit))]

    def session(self, token: str) -> LoginSession | None:
        """The session of a token's hash that has not ended."""
        query = select(sessions).where(sessions.c.token == token, sessions.c.expires_at > self._now())
        found = self._all(query)
        return LoginSession(**found[0]._asdict()) if found else None

    def invitation(self, token: str) -> Invitation | None:
        """The invitation of a token's hash that can still be used."""
        query = select(invitations).where(
            invitations.c.token == token, invitations.c.used_at.is_(None), invitations.c.expires_at > self._now()
        )
        found = self._all(query)
        return Invitation(**found[0]._asdict()) if found else None


class AccountWrites(Writes):
    """The part of a transaction that deals with accounts and sessions."""

    def add_account(
        self,
        login: str,
        name: str,
        unit: str | None,
        roles: Sequence[str],
        *,
        password: str | None = None,
        subject_token: str | None = None,
    ) -> int | None:
        """A new account; None when the login is taken."""
        now = self._now()
        return self._insert_new(
            accounts,
            [accounts.c.login],
            login=login,
            name=name,
            unit=unit,
            roles=sorted(roles),
            password=password,
            subject_token=subject_token,
            failed=0,
            state="ACTIVE",
            created_at=now,
            changed_at=now,
        )

    def set_account(self, account_id: int, **values: Any) -> None:
        """Change name, unit, roles, password, totp, failed, locked_until or state. Raises NoSuchRow."""
        change = update(accounts).where(accounts.c.id == account_id)
        if not self._do(change.values(**values, changed_at=self._now())):
            raise NoSuchRow(what="account", id=account_id)

    def open_session(self, account_id: int, token: str, csrf: str, complete: bool, expires_at: datetime) -> int:
        now = self._now()
        return self._insert(
            sessions,
            token=token,
            account_id=account_id,
            csrf=csrf,
            complete=complete,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )

    def touch_session(self, session_id: int, expires_at: datetime) -> None:
        """It was used just now, and lasts until then."""
        values = {"seen_at": self._now(), "expires_at": expires_at}
        self._do(update(sessions).where(sessions.c.id == session_id).values(**values))

    def end_sessions(self, account_id: int, but: str | None = None) -> int:
        """End every session of an account, but the one with that token's hash; returns how many."""
        which = [sessions.c.account_id == account_id] + ([] if but is None else [sessions.c.token != but])
        return self._do(delete(sessions).where(*which))

    def end_session(self, token: str) -> None:
        self._do(delete(sessions).where(sessions.c.token == token))

    def sweep_sessions(self) -> int:
        """Remove what has ended; returns how many."""
        return self._do(delete(sessions).where(sessions.c.expires_at <= self._now()))

    def invite(self, account_id: int, token: str, expires_at: datetime) -> int:
        """A one-time link; earlier ones of the account end."""
        self._do(
            update(invitations)
            .where(invitations.c.account_id == account_id, invitations.c.used_at.is_(None))
            .values(used_at=self._now())
        )
        return self._insert(
            invitations, token=token, account_id=account_id, expires_at=expires_at, created_at=self._now()
        )

    def use_invitation(self, invitation_id: int) -> bool:
        """Whether it had not been used before."""
        unused = (invitations.c.id == invitation_id, invitations.c.used_at.is_(None))
        return self._do(update(invitations).where(*unused).values(used_at=self._now())) == 1


def _account(row: Row[Any]) -> Account:
    return Account(**{**row._asdict(), "roles": tuple(row.roles)})
