"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), or a recovery code for whoever lost the
telephone; each good for one use."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass

import pyotp
import zxingcpp

from ledger import Account
from portal import accounts
from portal.parts import Parts
from schemas.errors import LoginRefused, PortalKeyMissing, SecondFactorWrong

ISSUER = "Một Lần"
RECOVERY_CODES, RECOVERY_LENGTH = 10, 12  # 60 bits each
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
AROUND = (-1, 0, 1)  # steps of half a minute that a telephone's clock may be off


@dataclass(frozen=True)
class Offer:
    """A secret that is not in use yet: as text for typing, as a picture for scanning (a data URL of SVG), and sealed
    for the form, so that nothing is kept of one that is never taken."""

    secret: str
    picture: str
    sealed: str


def offer(parts: Parts, account: Account, login: str) -> Offer:
    """A fresh secret; `login` is what the app shows beside it."""
    secret = pyotp.random_base32()
    return _offer(secret, login, parts.box.seal(json.dumps({"account": account.id, "secret": secret})))


def offered(parts: Parts, account: Account, login: str, sealed: str) -> Offer:
    """The same offer again, from its sealed form. Raises SecondFactorWrong for what was not offered to this account."""
    try:
        told = json.loads(parts.box.read(sealed))
    except PortalKeyMissing:
        raise SecondFactorWrong() from None
    if told.get("account") != account.id:
        raise SecondFactorWrong()
    return _offer(told["secret"], login, sealed)


def turn_on(parts: Parts, account: Account, offer: Offer, code: str) -> list[str]:
    """From now on a login asks for a code; the app has proved that it knows the secret. Returns the first recovery
    codes. Raises SecondFactorWrong."""
    step = _step_of(parts, offer.secret, code)
    if step is None:
        raise SecondFactorWrong()
    with parts.ledger.transaction() as tx:
        if not tx.swap_totp(account.id, account.totp, _sealed(parts, offer.secret, step)):
            raise SecondFactorWrong()
        tx.set_account(account.id, failed=0, locked_until=None)
        tx.audit(f"account:{account.id}", "account.second_factor_on", f"account:{account.id}", {})
    return new_recovery_codes(parts, account)


def new_recovery_codes(parts: Parts, account: Account) -> list[str]:
    """Ten codes, told this once; those of before end."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    name = f"account:{account.id}"
    with parts.ledger.transaction() as tx:
        tx.put_recovery_codes(account.id, [_recovery_digest(parts, account, code) for code in made])
        tx.audit(name, "account.recovery_codes_made", name, {"codes": len(made)})
    return made


def turn_off(parts: Parts, account: Account, *, by: str) -> None:
    """A login asks for the password alone."""
    with parts.ledger.transaction() as tx:
        tx.set_account(account.id, totp=None)
        tx.put_recovery_codes(account.id, ())
        tx.audit(by, "account.second_factor_off", f"account:{account.id}", {})


def check(parts: Parts, account: Account, code: str) -> None:
    """Take a code of the app, or a recovery code; wrong ones are counted with wrong passwords. Raises
    SecondFactorWrong, LoginLocked, LoginRefused."""
    if account.state != "ACTIVE" or account.totp is None:
        raise LoginRefused()
    accounts.refuse_locked(parts, account)
    kept = json.loads(parts.box.read(account.totp))
    step = _step_of(parts, kept["secret"], code)
    if step is not None and step > kept["last"]:
        with parts.ledger.transaction() as tx:
            first = tx.swap_totp(account.id, account.totp, _sealed(parts, kept["secret"], step))
            if first:
                tx.set_account(account.id, failed=0, locked_until=None)
                tx.audit(f"account:{account.id}", "login.second_factor", f"account:{account.id}", {})
        if first:
            return
    elif _use_recovery_code(parts, account, code):
        return
    raise accounts.count_wrong_try(parts, account) or SecondFactorWrong()


def _use_recovery_code(parts: Parts, account: Account, code: str) -> bool:
    name = f"account:{account.id}"
    with parts.ledger.transaction() as tx:
        if not tx.use_recovery_code(account.id, _recovery_digest(parts, account, code)):
            return False
        tx.set_account(account.id, failed=0, locked_until=None)
        tx.audit(name, "login.recovery_code", name, {"left": tx.recovery_codes_left(account.id)})
    return True


def _recovery_digest(parts: Parts, account: Account, code: str) -> str:
    plain = "".join(char for char in code.casefold() if char.isalnum())
    return parts.box.digest(f"recovery|{account.id}|{plain}".encode())


def _sealed(parts: Parts, secret: str, last: int) -> str:
    return parts.box.seal(json.dumps({"secret": secret, "last": last}))


def _step_of(parts: Parts, secret: str, code: str) -> int | None:
    """The time step that a code belongs to."""
    totp, given = pyotp.TOTP(secret), "".join(code.split()).encode()
    now = totp.timecode(parts.clock())
    fits = (now + off for off in AROUND if hmac.compare_digest(given, totp.generate_otp(now + off).encode()))
    return next(fits, None)


def _offer(secret: str, login: str, sealed: str) -> Offer:
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    made = zxingcpp.create_barcode(uri, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = zxingcpp.write_barcode_to_svg(made, add_quiet_zones=True)
    return Offer(secret, "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode(), sealed)
