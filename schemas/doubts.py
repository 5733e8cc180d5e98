"""The stable codes of doubts and the Vietnamese sentence of each (doubts.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LOW_CONFIDENCE = "LOW_CONFIDENCE"
HANDWRITTEN_SUSPECTED = "HANDWRITTEN_SUSPECTED"
WITNESSES_DISAGREE = "WITNESSES_DISAGREE"
RULE_CONTRADICTS = "RULE_CONTRADICTS"
NOT_CONFIRMED = "NOT_CONFIRMED"
MISSING_REQUIRED = "MISSING_REQUIRED"
MALFORMED = "MALFORMED"
NOT_IN_LIST = "NOT_IN_LIST"
DATE_IMPLAUSIBLE = "DATE_IMPLAUSIBLE"
TYPE_UNKNOWN = "TYPE_UNKNOWN"
TYPE_UNCERTAIN = "TYPE_UNCERTAIN"


@cache
def doubts() -> Mapping[str, str]:
    """All codes with their sentences."""
    return MappingProxyType(tomllib.loads((Path(__file__).parent / "doubts.toml").read_text("utf-8")))


def doubt_text(code: str) -> str:
    """The sentence of a code; the code itself for one this version does not know."""
    return doubts().get(code, code)
