"""Systems that use the API: registered for one purpose each, known by a secret, let in by a token for an hour."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from ledger import Account
from portal.parts import Parts
from portal.secrets import fresh_token, token_hash
from schemas.errors import ClientRefused, FormInvalid, NoSuchRow
from schemas.identifiers import mask_numbers

TOKEN_SECONDS = 3600
SCOPES = {
    "batches": "gửi lô giấy tờ vào",
    "records": "lấy giấy tờ của đơn vị mình",
    "sensitive": "lấy cả giấy tờ nhạy cảm của đơn vị mình",
    "reuse": "tra, xin và nhận giấy tờ đã được người dân đồng ý",
    "hooks": "được báo khi có giấy tờ mới",
}
ROLE = "client"
_NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")
_MARK = "sha256:"  # a secret of ours is random: a fast hash is enough, and no password form takes it


def add_client(parts: Parts, name: str, title: str, unit: str, purpose: str, scopes: Sequence[str], *, by: str) -> str:
    """Register a system; returns its secret, which is never shown again. `purpose` is what every look of it is told
    for. Raises FormInvalid, NoSuchRow for a unit that does not exist."""
    if not _NAME.fullmatch(name):
        raise FormInvalid(field="name", reason="3–40 ký tự: chữ thường, chữ số, dấu -.")
    purpose = mask_numbers(" ".join(purpose.split()))
    if not 5 <= len(purpose) <= 300:
        raise FormInvalid(field="purpose", reason="Cần một mục đích, 5–300 ký tự.")
    if not scopes or set(scopes) - set(SCOPES):
        raise FormInvalid(field="scopes", reason=f"Chọn trong: {', '.join(SCOPES)}.")
    secret = fresh_token()
    with parts.ledger.transaction() as tx:
        tx.unit(unit)
        made = tx.add_account(name, mask_numbers(title.strip()) or name, unit, [ROLE], password=_hashed(secret))
        if made is not None:
            tx.add_client(made, purpose, scopes)
            detail = {"unit": unit, "purpose": purpose, "scopes": sorted(scopes)}
            tx.audit(by, "client.added", f"account:{made}", detail)
    if made is None:
        raise FormInvalid(field="name", reason="Tên này đã có người dùng.")
    return secret


def renew_secret(parts: Parts, name: str, *, by: str) -> str:
    """A new secret; the old one and all tokens end. Raises NoSuchRow."""
    account, secret = find_client(parts, name), fresh_token()
    with parts.ledger.transaction() as tx:
        tx.set_account(account.id, password=_hashed(secret))
        tx.end_sessions(account.id)
        tx.audit(by, "client.secret_renewed", f"account:{account.id}", {})
    return secret


def close_client(parts: Parts, name: str, *, by: str) -> None:
    """Let the system in no more; its tokens end and its hooks are told nothing. Raises NoSuchRow."""
    account = find_client(parts, name)
    with parts.ledger.transaction() as tx:
        tx.set_account(account.id, state="CLOSED")
        tx.end_sessions(account.id)
        for hook in tx.hooks(account.id):
            tx.close_hook(hook.id)
        tx.audit(by, "client.closed", f"account:{account.id}", {})


def clients(parts: Parts) -> list[Account]:
    """Every system, closed ones too."""
    return [account for account in parts.ledger.accounts() if ROLE in account.roles]


def find_client(parts: Parts, name: str) -> Account:
    """Raises NoSuchRow."""
    account = parts.ledger.account_by_login(name)
    if account is None or ROLE not in account.roles:
        raise NoSuchRow(what="client", id=name)
    return account


def authenticate(parts: Parts, name: str, secret: str) -> Account:
    """The system with that secret. Raises ClientRefused, the same for every cause."""
    account = parts.ledger.account_by_login(name)
    fits = account is not None and ROLE in account.roles and account.state == "ACTIVE"
    known = account.password if account is not None and fits and account.password else _hashed(fresh_token())
    if not secrets.compare_digest(known, _hashed(secret)) or account is None:
        raise ClientRefused()
    return account


def issue_token(parts: Parts, account: Account) -> str:
    """A bearer token for TOKEN_SECONDS; the ledger keeps its hash."""
    token = fresh_token()
    with parts.ledger.transaction() as tx:
        until = parts.clock() + timedelta(seconds=TOKEN_SECONDS)
        tx.open_session(account.id, token_hash(token), fresh_token(), True, until)
        tx.sweep_sessions()
        tx.audit(account.login, "client.token", f"account:{account.id}", {})
    return token


def _hashed(secret: str) -> str:
    return _MARK + token_hash(secret)
