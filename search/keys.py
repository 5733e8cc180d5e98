"""The blind index: an ID number is found by a keyed hash of the whole number, never by the number itself."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from schemas.errors import BadIdentifier, IndexKeyMissing
from schemas.identifiers import PERSON_KINDS

_KEY_BYTES = 32
_NAME = re.compile(r"blind-index\.v(?P<version>[1-9][0-9]*)\.key")


class BlindIndex:
    """Tokens of ID numbers: HMAC-SHA-256 under a key that lives outside data and backups (a leaked key is broken in
    minutes: the numbers are few). The newest version in the folder makes the tokens; a new key means `rebuild`."""

    def __init__(self, key: bytes, version: int = 1) -> None:
        if len(key) != _KEY_BYTES:
            raise IndexKeyMissing()
        self._key = key
        self.version = version

    @classmethod
    def create(cls, folder: Path) -> BlindIndex:
        """The key of the folder, made if there is none. Never replaces one; file mode 0600."""
        if not _key_files(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(folder / "blind-index.v1.key", secrets.token_hex(_KEY_BYTES).encode())
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> BlindIndex:
        """The newest key of the folder. Raises IndexKeyMissing when there is none or it cannot be used."""
        files = _key_files(folder)
        if not files:
            raise IndexKeyMissing()
        version = max(files)
        try:
            return cls(bytes.fromhex(files[version].read_text("ascii")), version)
        except (OSError, ValueError):
            raise IndexKeyMissing() from None

    def token(self, kind: str, number: str) -> str:
        """`v1.<hex>` for a whole number of that kind (cccd, cmnd, mst, passport). Separators and case do not matter.

        Raises BadIdentifier for another kind or a malformed number, without telling the number.
        """
        if kind not in PERSON_KINDS:
            raise BadIdentifier(detail="CCCD, CMND, MST, hộ chiếu")
        normal = PERSON_KINDS[kind].parse(number).number
        return f"v{self.version}.{self._hash(f'{kind}|{normal}')}"

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without telling either; kept in the index."""
        return f"v{self.version}.{self._hash('fingerprint')[:16]}"

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, f"motlan.blind/1|{text}".encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return f"BlindIndex(v{self.version})"


def _key_files(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    named = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return {int(match["version"]): path for match, path in named if match}


def _write_once(path: Path, content: bytes) -> None:
    """Whole or not at all, and by the first of two who try: a full file is linked into place, never over another."""
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
