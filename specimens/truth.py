"""What is true about a made-up paper: its fields, the way they are printed, its lines, its people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from PIL import Image

from specimens.press import PrintedWord


@dataclass
class Facts:
    """Gathered while a form is being printed. `printed` holds, per field, the pieces of text that stand on the page;
    none for what is true but not printed (a công văn has no type name)."""

    fields: dict[str, str] = field(default_factory=dict)
    printed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)

    def put(self, name: str, value: str | date, *printed: str) -> str:
        """Record a field; returns its first printed form (the value itself unless said otherwise)."""
        text = value.isoformat() if isinstance(value, date) else value
        self.fields[name] = text
        self.printed[name] = printed or (text,)
        return self.printed[name][0]

    def unprinted(self, name: str, value: str) -> None:
        """Record what is true though the page does not say it."""
        self.fields[name] = value
        self.printed[name] = ()


@dataclass(frozen=True)
class Specimen:
    """A made-up paper in memory. `lines` are per page, in reading order; `people` are the names on it. `words` are per
    page where the press set them, before any damage turned or leant the picture."""

    type_id: str
    layout: str
    seed: int
    dpi: int
    pages: tuple[Image.Image, ...]
    fields: dict[str, str]
    printed: dict[str, tuple[str, ...]]
    lines: tuple[tuple[str, ...], ...]
    people: tuple[str, ...]
    by_hand: tuple[str, ...] = ()
    jpeg_quality: int = 88
    words: tuple[tuple[PrintedWord, ...], ...] = ()

    @property
    def text(self) -> str:
        """All lines of all pages."""
        return "\n".join(line for page in self.lines for line in page)


@dataclass(frozen=True)
class SpecimenPaper:
    """One paper inside a dropped file: `file` is relative to the batch folder, `member` a name inside that ZIP, `pages`
    are 1-based page numbers of the file (or member)."""

    type_id: str
    layout: str
    seed: int
    file: str
    member: str | None
    pages: tuple[int, ...]
    dossier: str
    fields: dict[str, str]
    printed: dict[str, tuple[str, ...]]
    lines: tuple[tuple[str, ...], ...]
    people: tuple[str, ...]
    by_hand: tuple[str, ...] = ()


def write_truth(path: Path, papers: Sequence[SpecimenPaper]) -> None:
    """One JSON list, UTF-8, sorted keys."""
    text = json.dumps([asdict(paper) for paper in papers], ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_truth(path: Path) -> list[SpecimenPaper]:
    """The papers of a truth file."""
    return [_paper(row) for row in json.loads(path.read_text(encoding="utf-8"))]


def _paper(row: dict[str, object]) -> SpecimenPaper:
    values = dict(row)
    printed, lines = values["printed"], values["lines"]
    assert isinstance(printed, dict) and isinstance(lines, list)
    values["printed"] = {name: tuple(pieces) for name, pieces in printed.items()}
    values["lines"] = tuple(tuple(page) for page in lines)
    for name in ("pages", "people", "by_hand"):
        pieces = values[name]
        assert isinstance(pieces, list)
        values[name] = tuple(pieces)
    return SpecimenPaper(**values)  # type: ignore[arg-type]  # the keys and shapes were written by write_truth
