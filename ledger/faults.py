"""What the database's errors mean: away for a moment, or set up so that it cannot work."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from schemas.errors import (
    LedgerAway,
    LedgerMoved,
    MotlanError,
    ServerFull,
    ServerLoginRefused,
    ServerReadOnly,
    ServerUntrusted,
)

PART = "sổ cái (PostgreSQL)"
_SQLITE = "sổ cái (SQLite)"
SETTING = "MOTLAN_DATABASE_URL"
MOVED = "the ledger has moved elsewhere"  # what a closed ledger says (`ledger.closing`)

# https://www.postgresql.org/docs/15/errcodes-appendix.html; a class is named by its first two characters.
_AWAY = ("08", "40", "53", "55P03", "57", "58")
_FULL = ("53100",)
_READ_ONLY = ("25006",)
_LOGIN = ("28", "3D000", "42501")

# A connection that fails has no SQLSTATE, only the server's (or libpq's) words.
_WORDS: tuple[tuple[type[MotlanError], str], ...] = (
    (ServerUntrusted, r"certificate|SSL|TLS"),
    (ServerLoginRefused, r"password|authentication|no pg_hba.conf entry|role .* (does not exist|not permitted)"),
    (ServerLoginRefused, r"database .* does not exist|permission denied for database"),
    (ServerFull, r"No space left on device|could not extend file"),
)


def fault_of(error: DBAPIError | PoolTimeout) -> MotlanError | None:
    """The stable error behind a database error; None for one that is a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return LedgerAway(detail="every connection of this process is in use")
    if MOVED in str(error.orig):
        return LedgerMoved()
    if isinstance(error, IntegrityError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _of_state(state)
    return _of_words(str(error.orig)) if error.connection_invalidated or _is_away(error.orig) else None


def _of_state(state: str) -> MotlanError | None:
    where = {"part": PART, "setting": SETTING, "detail": f"SQLSTATE {state}"}
    for states, kind in ((_FULL, ServerFull), (_READ_ONLY, ServerReadOnly), (_LOGIN, ServerLoginRefused)):
        if state.startswith(states):
            return kind(**where)
    return LedgerAway(detail=f"SQLSTATE {state}") if state.startswith(_AWAY) else None


def _of_words(words: str) -> MotlanError:
    for kind, pattern in _WORDS:
        if re.search(pattern, words, re.IGNORECASE):
            return kind(part=PART, setting=SETTING, detail=_short(words))
    return LedgerAway(detail=_short(words))


def _is_away(error: Any) -> bool:
    return type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout", "AdminShutdown")


def _of_sqlite(error: sqlite3.Error) -> MotlanError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return LedgerAway(detail=str(error))
    where = {"part": _SQLITE, "setting": "MOTLAN_DATA", "detail": str(error)}
    kinds: dict[int, type[MotlanError]] = {sqlite3.SQLITE_FULL: ServerFull, sqlite3.SQLITE_READONLY: ServerReadOnly}
    return kinds[code](**where) if code in kinds else None


def _short(words: str) -> str:
    """One line, without what else libpq tells (it never tells the password)."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"
