"""File names: which are never papers, and how a name is shown."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

from schemas.errors import NameNormalised, NameTooLong

MAX_NAME = 255
MARKERS = (".done", ".ready")
_PARTIAL = (".partial", ".tmp", ".part", ".crdownload", ".filepart", ".download", "~")
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


def is_ignored(name: str) -> bool:
    """Names that are never a dropped paper: hidden files, markers, half-written copies, litter of other systems."""
    lower = name.lower()
    return name.startswith((".", "~$")) or lower.endswith((*_PARTIAL, *MARKERS)) or lower in _LITTER


def shown_name(name: str) -> tuple[str, tuple[str, ...]]:
    """The name as it is shown (NFC, no control characters, ≤ 255 characters) and what had to be done for that."""
    readable = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = unicodedata.normalize("NFC", readable)
    shown = "".join("�" if unicodedata.category(c) in ("Cc", "Cs") else c for c in shown)
    notices: tuple[str, ...] = (NameNormalised.code,) if shown != name else ()
    if len(shown) > MAX_NAME:
        suffix = PurePath(shown).suffix[-16:]
        shown = shown[: MAX_NAME - 1 - len(suffix)] + "…" + suffix
        notices += (NameTooLong.code,)
    return shown, notices
