"""Units and accounts in an administrator's care: those of the own unit and of every unit below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ledger import Account, AccountLine, Unit
from portal import accounts
from portal.login import second_factor
from portal.parts import Parts
from portal.rights import STAFF, Role
from portal.visitor import Visitor
from schemas.errors import FormInvalid, LastAdmin, NoSuchRow, NotAllowed
from schemas.identifiers import mask_numbers

UNIT_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9.]{0,18}[A-Z0-9])?")
LONGEST_NAME = 200


def unit_in_care(parts: Parts, visitor: Visitor, code: str) -> Unit:
    """Raises NotAllowed for a unit that is none or another's."""
    if not parts.ledger.is_below(code, visitor.unit):
        raise NotAllowed()
    return parts.ledger.unit(code)


def account_in_care(parts: Parts, visitor: Visitor, account_id: int) -> AccountLine:
    """Raises NotAllowed for an account that is none, another unit's or a citizen's."""
    try:
        line = parts.ledger.account_line(account_id)
    except NoSuchRow:
        raise NotAllowed() from None
    if line.account.unit is None or not parts.ledger.is_below(line.account.unit, visitor.unit):
        raise NotAllowed()
    return line


def add_unit(parts: Parts, visitor: Visitor, code: str, name: str, parent: str) -> Unit:
    """A new unit below one in care. Raises FormInvalid, NotAllowed."""
    unit_in_care(parts, visitor, parent)
    code = code.strip().upper()
    if not UNIT_CODE.fullmatch(code):
        raise FormInvalid(field="code", reason="Mã gồm chữ A–Z, số và dấu chấm, nhiều nhất 20 ký tự.")
    named = name_of(name)
    with parts.ledger.transaction() as tx:
        made = tx.add_unit(code, named, parent)
        if made:
            tx.audit(visitor.actor, "unit.added", code, {"parent": parent})
    if not made:
        raise FormInvalid(field="code", reason="Mã này đã có đơn vị dùng.")
    return parts.ledger.unit(code)


def rename_unit(parts: Parts, visitor: Visitor, code: str, name: str) -> None:
    """Papers sealed before keep the name they carry. Raises FormInvalid, NotAllowed."""
    unit_in_care(parts, visitor, code)
    named = name_of(name)
    with parts.ledger.transaction() as tx:
        tx.rename_unit(code, named)
        tx.audit(visitor.actor, "unit.renamed", code, {})


def add_account(parts: Parts, visitor: Visitor, login: str, name: str, unit: str, roles: Sequence[str]) -> int:
    """A new account of staff, without a password yet. Raises FormInvalid, NotAllowed."""
    unit_in_care(parts, visitor, unit)
    if not re.fullmatch(r"[^\s/:]{2,60}", login.strip()):
        raise FormInvalid(field="login", reason="Tên đăng nhập từ 2 đến 60 ký tự, không có khoảng trắng.")
    if accounts.login_of(parts, login).startswith("subject:"):
        raise FormInvalid(field="login", reason="Cán bộ không dùng số định danh làm tên đăng nhập.")
    return accounts.add_account(parts, login, name_of(name), unit, roles_of(roles), by=visitor.actor)


def change_account(
    parts: Parts, visitor: Visitor, account_id: int, *, name: str, unit: str, roles: Sequence[str]
) -> None:
    """Another name, unit or other roles; a system keeps its role. Raises FormInvalid, LastAdmin, NotAllowed."""
    account = account_in_care(parts, visitor, account_id).account
    unit_in_care(parts, visitor, unit)
    chosen = list(account.roles) if Role.CLIENT in account.roles else roles_of(roles)
    leaves = Role.ADMIN not in chosen or unit != account.unit
    if leaves:
        refuse_last_admin(parts, visitor, account)
    values: dict[str, Any] = {"name": name_of(name), "unit": unit, "roles": sorted(chosen)}
    with parts.ledger.transaction() as tx:
        tx.set_account(account_id, **values)
        detail = {"roles": values["roles"], "unit": unit}
        tx.audit(visitor.actor, "account.changed", f"account:{account_id}", detail)


def close_account(parts: Parts, visitor: Visitor, account_id: int) -> None:
    """Nobody comes in with it, and who is in is out. Raises LastAdmin, NotAllowed."""
    account = account_in_care(parts, visitor, account_id).account
    refuse_last_admin(parts, visitor, account)
    set_state(parts, visitor.actor, account_id, "CLOSED")


def open_account(parts: Parts, visitor: Visitor, account_id: int) -> None:
    """Let it in again. Raises NotAllowed."""
    account_in_care(parts, visitor, account_id)
    set_state(parts, visitor.actor, account_id, "ACTIVE")


def unlock(parts: Parts, visitor: Visitor, account_id: int) -> None:
    """Wrong tries are forgotten. Raises NotAllowed."""
    account_in_care(parts, visitor, account_id)
    forget_tries(parts, visitor.actor, account_id)


def end_sessions(parts: Parts, visitor: Visitor, account_id: int) -> None:
    """Whoever is in with this account is out; the own session stays. Raises NotAllowed."""
    account_in_care(parts, visitor, account_id)
    own = visitor.session.token if visitor.session else None
    with parts.ledger.transaction() as tx:
        ended = tx.end_sessions(account_id, but=own)
        tx.audit(visitor.actor, "account.sessions_ended", f"account:{account_id}", {"sessions": ended})


def remove_second_factor(parts: Parts, visitor: Visitor, account_id: int) -> None:
    """For who lost the telephone. Raises NotAllowed."""
    account_in_care(parts, visitor, account_id)
    second_factor.turn_off(parts, parts.ledger.account(account_id), by=visitor.actor)


def invite(parts: Parts, visitor: Visitor, account_id: int) -> str:
    """The one-time link by which that person sets a password. Raises FormInvalid, NotAllowed."""
    account = account_in_care(parts, visitor, account_id).account
    if account.state != "ACTIVE" or Role.CLIENT in account.roles:
        raise FormInvalid(field="account", reason="Tài khoản đã đóng, hoặc là của một hệ thống, không đặt mật khẩu.")
    return accounts.invite(parts, account_id, by=visitor.actor)


def set_state(parts: Parts, actor: str, account_id: int, state: str) -> None:
    """Close an account, with its sessions, or open it again."""
    with parts.ledger.transaction() as tx:
        tx.set_account(account_id, state=state)
        if state == "CLOSED":
            tx.end_sessions(account_id)
        action = "account.closed" if state == "CLOSED" else "account.opened"
        tx.audit(actor, action, f"account:{account_id}", {})


def forget_tries(parts: Parts, actor: str, account_id: int) -> None:
    """An account that wrong passwords locked opens again."""
    with parts.ledger.transaction() as tx:
        tx.set_account(account_id, failed=0, locked_until=None)
        tx.audit(actor, "account.unlocked", f"account:{account_id}", {})


def refuse_last_admin(parts: Parts, visitor: Visitor, account: Account) -> None:
    """Raises LastAdmin when somebody would lock the own unit up from within."""
    own = account.id == visitor.known.id and Role.ADMIN in account.roles
    if own and account.unit and parts.ledger.active_admins(account.unit) <= 1:
        raise LastAdmin()


def roles_of(roles: Sequence[str]) -> list[str]:
    """Roles of staff. Raises FormInvalid for none or others."""
    if not roles or not set(roles) <= {role.value for role in STAFF}:
        raise FormInvalid(field="roles", reason="Chọn ít nhất một vai trò của cán bộ.")
    return sorted(set(roles))


def name_of(name: str) -> str:
    """A name on one line. Raises FormInvalid for an empty or too long one."""
    plain = mask_numbers(" ".join(name.split()))
    if not plain or len(plain) > LONGEST_NAME:
        raise FormInvalid(field="name", reason=f"Tên cần có, nhiều nhất {LONGEST_NAME} ký tự.")
    return plain
