"""Accounts of citizens, at a counter: whoever shows the card gets one. They belong to no unit, and no address names
them: each act takes the ID number anew."""

from __future__ import annotations

from typing import Literal

from ledger import Account
from portal import accounts
from portal.keeping import people
from portal.parts import Parts
from portal.rights import Role
from portal.visitor import Visitor
from schemas.errors import FormInvalid, NotAllowed
from schemas.identifiers import parse_any

Act = Literal["open", "link", "unlock", "close"]


def act(parts: Parts, visitor: Visitor, number: str, name: str, act: Act) -> str | None:
    """Open an account (or open it again), give a fresh link, unlock or close it; the one-time link where there is one.
    The citizen sees it among the looks at the own papers. Raises BadIdentifier, FormInvalid, NotAllowed."""
    parse_any(number)  # the reason why it is none
    account = _account(parts, number)
    if act == "open":
        if account is None:
            made = accounts.add_account(parts, number, people.name_of(name), None, [Role.CITIZEN], by=visitor.actor)
            account = parts.ledger.account(made)
        elif account.state != "ACTIVE":
            people.set_state(parts, visitor.actor, account.id, "ACTIVE")
    if account is None:
        raise NotAllowed()
    if act == "unlock":
        people.forget_tries(parts, visitor.actor, account.id)
    elif act == "close":
        people.set_state(parts, visitor.actor, account.id, "CLOSED")
    elif act == "link" and account.state != "ACTIVE":
        raise FormInvalid(field="number", reason="Tài khoản này đang đóng.")
    with parts.ledger.transaction() as tx:
        told = {"unit": visitor.known.unit, "act": act}
        tx.audit(visitor.actor, "access.account", "account", told, subject_token=account.subject_token)
    return accounts.invite(parts, account.id, by=visitor.actor) if act in ("open", "link") else None


def _account(parts: Parts, number: str) -> Account | None:
    login = accounts.login_of(parts, number)
    if not login.startswith("subject:"):
        raise FormInvalid(field="number", reason="Cần số định danh cá nhân của người dân.")
    return parts.ledger.account_by_login(login)
