"""Accounts: making one, its first password by a one-time link, the check of login and password with its lock-out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger import Account
from portal.parts import Parts
from portal.secrets import fresh_token, token_hash
from schemas.errors import BadIdentifier, FormInvalid, LinkExpired, LoginLocked, LoginRefused
from schemas.identifiers import DossierCode, parse_any

HASHER = PasswordHasher()  # argon2id, the library's defaults (RFC 9106, low memory)
# An unknown login takes as long as a wrong password: the hash, by the same parameters, of one that nobody knows.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$uFvLLbQ92Eu2EO8Zltcy4w$RR/ShzGVyz0eRUxB9u2P1wqe/cxZqR0jzN+UDj9DLZ8"
LEAST_PASSWORD = 10  # characters; NIST SP 800-63B asks for eight at least
TRIES = 5  # wrong passwords in a row that lock
LOCK_MINUTES = 15
INVITATION = timedelta(days=3)
FIRST, FIRST_NAME = "admin", "Quản trị viên đầu tiên"


def login_of(parts: Parts, text: str) -> str:
    """The ledger's login of what a person typed: an ID number becomes `subject:` and its blind token."""
    text = text.strip()
    try:
        number = parse_any(text)
    except BadIdentifier:
        return text.casefold()
    if isinstance(number, DossierCode):
        return text.casefold()
    return "subject:" + parts.blind.token(number.kind, number.number)


def add_account(
    parts: Parts, login: str, name: str, unit: str | None, roles: Sequence[str], *, by: str, password: str | None = None
) -> int:
    """A new account; `login` of a citizen is the ID number. Raises FormInvalid for a login that is taken or unfit."""
    known = login_of(parts, login)
    token = known.removeprefix("subject:") if known.startswith("subject:") else None
    if not known or (token is None) == ("citizen" in roles) or len(known) > 100:
        raise FormInvalid(field="login", reason="Người dân dùng số định danh, cán bộ dùng tên riêng.")
    hashed = None if password is None else hash_password(password)
    with parts.ledger.transaction() as tx:
        made = tx.add_account(known, name.strip(), unit, roles, password=hashed, subject_token=token)
        if made is not None:
            tx.audit(by, "account.added", f"account:{made}", {"roles": sorted(roles), "unit": unit})
    if made is None:
        raise FormInvalid(field="login", reason="Tên này đã có người dùng.")
    return made


def hash_password(password: str) -> str:
    """Argon2id. Raises FormInvalid for one that is too short or too long to be typed by hand."""
    if not LEAST_PASSWORD <= len(password) <= 1000:
        raise FormInvalid(field="password", reason=f"Cần ít nhất {LEAST_PASSWORD} ký tự.")
    return HASHER.hash(password)


def invite(parts: Parts, account: int, *, by: str) -> str:
    """The address of a one-time link to set a password; earlier ones end."""
    token = fresh_token()
    with parts.ledger.transaction() as tx:
        tx.invite(account, token_hash(token), parts.clock() + INVITATION)
        tx.audit(by, "account.invited", f"account:{account}", {})
    return f"{parts.portal.public_url}/bat-dau/{token}"


def invited(parts: Parts, token: str) -> Account:
    """Whose link that is. Raises LinkExpired."""
    found = parts.ledger.invitation(token_hash(token))
    if found is None:
        raise LinkExpired()
    return parts.ledger.account(found.account_id)


def accept_invitation(parts: Parts, token: str, password: str) -> Account:
    """Set the password; the link is used up, and every session of the account ends. Raises LinkExpired, FormInvalid."""
    hashed = hash_password(password)
    found = parts.ledger.invitation(token_hash(token))
    if found is None:
        raise LinkExpired()
    with parts.ledger.transaction() as tx:
        first = tx.use_invitation(found.id)
        if first:
            tx.set_account(found.account_id, password=hashed, failed=0, locked_until=None)
            tx.end_sessions(found.account_id)
            tx.audit(f"account:{found.account_id}", "account.password_set", f"account:{found.account_id}", {})
    if not first:
        raise LinkExpired()
    return parts.ledger.account(found.account_id)


def first_admin(parts: Parts) -> str | None:
    """The one-time link of the first administrator (login `admin`) of an archive that nobody can administer yet; a
    fresh one until it is used. None once somebody has an account."""
    known = parts.ledger.account_by_login(FIRST)
    if known is None and parts.ledger.account_count() == 0:
        add_account(parts, FIRST, FIRST_NAME, parts.unit_code, ["admin"], by="motlan")
        known = parts.ledger.account_by_login(FIRST)
    if known is None or known.password is not None or parts.ledger.account_count() > 1:
        return None
    return invite(parts, known.id, by="motlan")


def check_password(parts: Parts, login: str, password: str) -> Account:
    """The account of that login and password. Wrong tries are counted; after some in a row nobody gets in for a while.
    Raises LoginRefused, LoginLocked."""
    account = parts.ledger.account_by_login(login_of(parts, login))
    if account is None or account.password is None or account.state != "ACTIVE":
        _matches(NOBODY, password)
        raise LoginRefused()
    refuse_locked(parts, account)
    if not _matches(account.password, password):
        raise count_wrong_try(parts, account) or LoginRefused()
    with parts.ledger.transaction() as tx:
        fresh: dict[str, Any] = (
            {"password": HASHER.hash(password)} if HASHER.check_needs_rehash(account.password) else {}
        )
        if account.failed and not account.totp:  # else a password would buy new tries at the second factor
            fresh |= {"failed": 0, "locked_until": None}
        if fresh:
            tx.set_account(account.id, **fresh)
        tx.audit(f"account:{account.id}", "login", f"account:{account.id}", {"second": bool(account.totp)})
    return account


def confirm_password(parts: Parts, account: Account, password: str) -> None:
    """Whoever sits there knows the password. Raises FormInvalid, LoginLocked."""
    refuse_locked(parts, account)
    if account.password is None or not _matches(account.password, password):
        raise count_wrong_try(parts, account) or FormInvalid(field="password", reason="Mật khẩu hiện tại không đúng.")


def change_password(parts: Parts, account: Account, old: str, new: str, session: str) -> None:
    """Set another password; other sessions than the one with that token's hash end. Raises FormInvalid, LoginLocked."""
    hashed = hash_password(new)
    confirm_password(parts, account, old)
    with parts.ledger.transaction() as tx:
        tx.set_account(account.id, password=hashed)
        tx.end_sessions(account.id, but=session)
        tx.audit(f"account:{account.id}", "account.password_set", f"account:{account.id}", {})


def refuse_locked(parts: Parts, account: Account) -> None:
    """Raises LoginLocked for an account with too many wrong tries."""
    if account.locked_until and account.locked_until > parts.clock():
        raise LoginLocked(minutes=LOCK_MINUTES)


def count_wrong_try(parts: Parts, account: Account) -> LoginLocked | None:
    """Write a wrong password or code down; the error to raise when that was one too many."""
    name = f"account:{account.id}"
    with parts.ledger.transaction() as tx:
        failed = tx.account(account.id).failed + 1
        locked = parts.clock() + timedelta(minutes=LOCK_MINUTES) if failed >= TRIES else None
        tx.set_account(account.id, failed=0 if locked else failed, locked_until=locked)
        tx.audit(name, "login", name, {"locked": locked is not None}, outcome="denied")
    return LoginLocked(minutes=LOCK_MINUTES) if locked else None


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
