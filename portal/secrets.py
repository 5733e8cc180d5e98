"""Secrets of the portal: tokens that only their hashes are kept of, and a box for what must be read again."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from schemas.errors import PortalKeyMissing

KEY_FILE = "portal.key"


def fresh_token() -> str:
    """A new secret of 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the ledger keeps of a token: SHA-256, hex. Tokens are random, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class SecretBox:
    """Seals short texts (second factors, secrets of hooks) with the key in the keys folder."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._key = key

    @classmethod
    def open(cls, folder: Path) -> SecretBox:
        """The box of a keys folder; its key is made at first use (file mode 0600)."""
        path = folder / KEY_FILE
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(Fernet.generate_key())
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            pass
        except OSError:
            raise PortalKeyMissing() from None
        try:
            return cls(path.read_bytes().strip())
        except (OSError, ValueError):
            raise PortalKeyMissing() from None

    def digest(self, data: bytes) -> str:
        """A keyed digest (HMAC-SHA-256, hex): what is compared later, and cannot be guessed from outside."""
        return hmac.digest(self._key, b"digest|" + data, "sha256").hex()

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def read(self, sealed: str) -> str:
        """Raises PortalKeyMissing for what another key sealed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise PortalKeyMissing() from None
