"""What a probe of `motlan doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`good` works; `note` works, but know this; `bad` does not, and `advice` says what to do."""

    part: str
    state: Literal["good", "note", "bad"]
    seen: str
    advice: str = ""
