"""Which papers satisfy what a procedure needs proved; read from a data file that an administrator may replace."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SHIPPED = Path(__file__).with_name("requirements.toml")


@dataclass(frozen=True)
class Requirement:
    """Something to be proved, and the types of paper that prove it."""

    id: str
    name: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Requirements:
    """All requirements by id, and the names of the fields that date a paper."""

    by_id: Mapping[str, Requirement]
    issued_fields: tuple[str, ...]
    expires_fields: tuple[str, ...]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read a TOML file; raises KeyError or tomllib.TOMLDecodeError for one that is not of this form."""
        data = tomllib.loads(path.read_text("utf-8"))
        found = {
            name: Requirement(name, row["name"], tuple(row["types"])) for name, row in data["requirements"].items()
        }
        return cls(found, tuple(data["dates"]["issued"]), tuple(data["dates"]["expires"]))

    def types(self, wanted: str) -> tuple[str, ...]:
        """The types that satisfy a requirement; a word that is no requirement is taken for a type itself."""
        known = self.by_id.get(wanted)
        return known.types if known else (wanted,)
