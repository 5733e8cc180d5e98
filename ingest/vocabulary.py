"""The word lists of understanding (data/words.toml), with their folded forms ready."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from schemas.vietnamese import fold


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "words.toml").read_text("utf-8"))


@cache
def words(name: str) -> tuple[str, ...]:
    """A list as written."""
    return tuple(_raw()[name])


@cache
def folded(name: str) -> tuple[str, ...]:
    """A list, every entry folded."""
    return tuple(fold(entry) for entry in words(name))


@cache
def table(name: str) -> dict[str, Any]:
    """A table as written."""
    return dict(_raw()[name])
