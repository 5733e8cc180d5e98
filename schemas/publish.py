"""Writes what others may build on: JSON Schemas of the stored documents and the list of errors.

`python -m schemas.publish docs/schemas` writes docs/schemas/*.json and docs/errors.md; a test holds them up to date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas.errors import MotlanError
from schemas.evidence import Paper, Verdict
from schemas.manifest import Manifest
from schemas.reading import PageReading

PUBLISHED: dict[str, type[BaseModel]] = {
    "manifest": Manifest,
    "page-reading": PageReading,
    "paper": Paper,
    "verdict": Verdict,
}

_ERRORS_HEAD = """\
# Errors

Every failure has a stable code, which scripts may rely on. `{…}` is filled in when it happens. Kinds: **input** (the
thing handed in is bad: no retry), **transient** (tried again), **operator** (set-up is wrong), **refused** (a rule says
no).

Written by `python -m schemas.publish docs/schemas`; change `schemas/errors.py` instead.

| code | kind | câu báo cho người dùng | hint for the operator |
|---|---|---|---|
"""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what this version accepts and writes under that name."""
    body = PUBLISHED[name].model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:motlan:schema:{name}:1",
    } | body


def error_classes() -> list[type[MotlanError]]:
    """Every error with a code of its own, by code."""

    def below(cls: type[MotlanError]) -> list[type[MotlanError]]:
        return [cls, *(found for sub in cls.__subclasses__() for found in below(sub))]

    own = {cls for cls in below(MotlanError) if "code" in vars(cls) and cls.__module__ == MotlanError.__module__}
    return sorted(own, key=lambda cls: cls.code)


def errors_table() -> str:
    """docs/errors.md."""
    rows = ((f"`{cls.code}`", str(cls.kind), cls.vi, cls.hint) for cls in error_classes())
    return _ERRORS_HEAD + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(text: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "{…}", text).replace("|", "\\|")


def files(folder: Path) -> dict[Path, str]:
    """What is published, by path; `folder` holds the schemas, the error list stands above it."""
    made = {folder / f"{name}.schema.json": _json(schema(name)) for name in PUBLISHED}
    return made | {folder.parent / "errors.md": errors_table()}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def main(folder: Path) -> None:
    for path, content in files(folder).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m schemas.publish docs/schemas")
    main(Path(sys.argv[1]))
