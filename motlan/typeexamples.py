"""Document types against examples: scans with a small file of what is true, understood and compared field by field."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.fields.kinds import normal
from ingest.understand import understand
from schemas.errors import BadSetting
from schemas.reading import PageReading
from schemas.types import DocumentType, TypeCatalogue
from schemas.vietnamese import nfc, tone_style

TRUTHS = ("truth.csv", "truth.toml")
_OWN_COLUMNS = ("file", "type")


@dataclass(frozen=True)
class Example:
    """A scan and what is true of it: its type, and the values that are to be compared."""

    path: Path
    type_id: str
    fields: dict[str, str]


@dataclass(frozen=True)
class FieldOutcome:
    """One field of one example, read and expected in the same form; `right` is None where nothing was expected."""

    name: str
    read: str | None
    expected: str | None
    accepted: bool
    doubts: tuple[str, ...]
    right: bool | None


@dataclass(frozen=True)
class Outcome:
    """What was made of an example. `papers` is not 1 where the file was taken for none or for several papers."""

    file: str
    expected: str
    named: str
    papers: int
    doubts: tuple[str, ...]
    fields: tuple[FieldOutcome, ...]

    @property
    def right(self) -> bool:
        """One paper of the right type, and no expected value read differently."""
        named = self.named == self.expected and self.papers == 1
        return named and all(field.right is not False for field in self.fields)


def load_examples(folder: Path) -> list[Example]:
    """The examples of a folder, from its truth.csv (columns file, type, then fields; an empty cell is not compared) or
    truth.toml ([[paper]] with file, type and a table of fields). Raises BadSetting."""
    path = next((folder / name for name in TRUTHS if (folder / name).is_file()), None)
    if path is None:
        raise BadSetting(name="--examples", detail=f"{folder}: no truth.csv or truth.toml")
    rows = _from_csv(path) if path.suffix == ".csv" else _from_toml(path)
    return [_example(row, folder, path.name, where) for where, row in rows]


def _from_csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = _text(path)
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    for number, row in enumerate(csv.DictReader(text.splitlines(), delimiter=delimiter), 2):
        cells = {str(name).strip(): (value or "").strip() for name, value in row.items() if isinstance(value, str)}
        fields = {name: value for name, value in cells.items() if name not in _OWN_COLUMNS and value}
        yield f"line {number}", {"file": cells.get("file"), "type": cells.get("type"), "fields": fields}


def _from_toml(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        raw = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(name=path.name, detail=str(error)) from error
    for number, paper in enumerate(raw.get("paper", []), 1):
        yield f"paper {number}", dict(paper)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSetting(name=path.name, detail="not UTF-8") from error


def _example(row: dict[str, Any], folder: Path, truth: str, where: str) -> Example:
    if not row.get("file") or not row.get("type"):
        raise BadSetting(name=truth, detail=f"{where}: file and type are needed")
    path = folder / str(row["file"])
    if not path.is_file():
        raise BadSetting(name=truth, detail=f"{where}: no file {row['file']}")
    fields = {str(name): str(value) for name, value in dict(row.get("fields") or {}).items()}
    return Example(path, str(row["type"]), fields)


def judged(example: Example, read: Callable[[Path], Sequence[PageReading]], types: TypeCatalogue) -> Outcome:
    """Read the example and compare. Raises BadSetting where it names a type or a field that there is not."""
    kind = types.get(example.type_id)
    if kind is None:
        raise BadSetting(name=example.path.name, detail=f"unknown type {example.type_id}")
    unknown = sorted(name for name in example.fields if kind.field(name) is None)
    if unknown:
        raise BadSetting(name=example.path.name, detail=f"{example.type_id} has no field {', '.join(unknown)}")
    found = understand(read(example.path), file_name=example.path.name, signatures=None, types=types).papers
    paper = found[0] if found else None
    fields = []
    for rule in kind.fields:
        reading = paper.fields.get(rule.name) if paper is not None and paper.type == kind.id else None
        expected = _expected(kind, rule.name, example)
        if reading is None and expected is None:
            continue
        value = reading.value if reading is not None else None
        right = None if expected is None else value is not None and _same(value, expected)
        accepted = reading is not None and reading.accepted
        fields.append(FieldOutcome(rule.name, value, expected, accepted, reading.doubts if reading else (), right))
    named = paper.type if paper is not None else "unknown"
    return Outcome(
        example.path.name, kind.id, named, len(found), paper.doubts if paper is not None else (), tuple(fields)
    )


def _expected(kind: DocumentType, name: str, example: Example) -> str | None:
    """As the field keeps it: people may write 05/02/2024 or 120,5 as it stands on the paper."""
    given, rule = example.fields.get(name), kind.field(name)
    return None if given is None or rule is None else normal(rule, given) or given


def _same(one: str, other: str) -> bool:
    return tone_style(nfc(one)) == tone_style(nfc(other))
