"""A register: the CSV list that a clerk drops along with the files, one row a paper. What it says of a field is a
witness beside the paper itself, never more.

UTF-8 with or without BOM, letters composed or decomposed, `,` `;` or tab between values, Vietnamese headings with or
without marks. `tệp` names the file, as dropped (its last part is enough where that is unique); `trang` is the paper's
first page, needed only where a file has several rows; `số trang` how many pages it has; `loại` its type. Every other
heading is a field as the type's data file labels it ("Trích yếu", "Họ và tên", …), or by its name there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from schemas.errors import MotlanError, RegisterRowBad, RegisterUnreadable
from schemas.types import DocumentType, TypeCatalogue
from schemas.vietnamese import fold, nfc

MAX_BYTES = 8 << 20
_FILE = ("tep", "ten tep", "tep tin", "file", "ten file")
_FIRST_PAGE = ("trang", "tu trang", "trang dau")
_PAGES = ("so trang",)
_TYPE = ("loai", "loai giay to", "loai van ban", "ten loai")
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "so": ("number", "code"),
    "so hieu": ("number", "code"),
    "so ky hieu": ("code", "number"),
    "so va ky hieu": ("code", "number"),
    "ky hieu": ("notation",),
    "ngay": ("issued_date", "date", "registration_date"),
    "ngay thang": ("issued_date", "date", "registration_date"),
    "ngay ban hanh": ("issued_date", "date"),
    "trich yeu": ("subject",),
    "nguoi ky": ("signer_name",),
    "co quan": ("agency",),
    "co quan ban hanh": ("agency",),
    "loai": ("type_name",),
    "ten loai": ("type_name",),
    "loai van ban": ("type_name",),
    "ho ten": ("full_name",),
    "ho va ten": ("full_name",),
    "so dinh danh": ("personal_id",),
    "cccd": ("personal_id",),
}
"""Headings that registers commonly have, and the fields they stand for: the first that the paper's type knows."""


@dataclass(frozen=True)
class Row:
    """One paper as the register tells it: `number` counts the register's lines from 1 (the headings are line 1), `told`
    is what stands under the other headings (folded), as it was typed, NFC."""

    number: int
    file: str
    first_page: int | None = None
    pages: int | None = None
    type: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)

    def fields(self, kind: DocumentType) -> dict[str, str]:
        """The row's values by field name, for a paper of that type."""
        names = {rule.name for rule in kind.fields}
        labels = {_heading(rule.label): rule.name for rule in reversed(kind.fields)}
        found: dict[str, str] = {}
        for heading, value in self.told.items():
            aliased = next((name for name in _ALIASES.get(heading, ()) if name in names), None)
            own = heading.replace(" ", "_")
            name = labels.get(heading) or aliased or (own if own in names else None)
            if name is not None:
                found.setdefault(name, value)
        return found

    def type_id(self, types: TypeCatalogue) -> str | None:
        """The document type the row names, by id, name, title or the abbreviation of a letter's type."""
        if self.type is None:
            return None
        wanted = fold(self.type)
        for kind in types:
            known = [kind.id, kind.name, *kind.all_titles, *(name.abbreviation for name in kind.type_names)]
            if wanted in map(fold, known):
                return kind.id
        return None


@dataclass(frozen=True)
class Register:
    """The rows that can be used, and what is wrong with the others."""

    rows: tuple[Row, ...]
    wrong: tuple[MotlanError, ...] = ()

    def by_file(self, mask: Callable[[str], str] = str) -> dict[str, list[Row]]:
        """The rows by the file they name, after `mask`, as `file_key` writes it."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(file_key(mask(row.file)), []).append(row)
        return found


def is_register(name: str) -> bool:
    """Whether a dropped file is a register, by its name: a CSV has no other mark."""
    return name.lower().endswith(".csv")


def read_register(data: bytes) -> Register:
    """The register in a file's bytes. Raises RegisterUnreadable where it is no UTF-8 text, too large, or has no column
    for the file; a single bad row is told and left out."""
    if len(data) > MAX_BYTES:
        raise RegisterUnreadable(detail="too large")
    try:
        text = nfc(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RegisterUnreadable(detail="not UTF-8") from None
    lines = list(_lines(text))
    if not lines:
        raise RegisterUnreadable(detail="empty")
    headings = [_heading(cell) for cell in lines[0][1]]
    if not any(heading in _FILE for heading in headings):
        raise RegisterUnreadable(detail="no column for the file")
    rows, wrong = [], []
    for number, cells in lines[1:]:
        try:
            rows.append(_row(number, headings, cells))
        except RegisterRowBad as error:
            wrong.append(error)
    twice = _twice(rows)
    wrong += [RegisterRowBad(row=row.number, detail="two rows for one paper") for row in twice]
    return Register(tuple(row for row in rows if row not in twice), tuple(wrong))


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    """The lines with something in them, with their numbers; the separator is what the first line has most of."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [" ".join(cell.split()) for cell in cells]
    except csv.Error as error:
        raise RegisterUnreadable(detail="not a table") from error


def _row(number: int, headings: list[str], cells: list[str]) -> Row:
    if len(cells) > len(headings) and any(cells[len(headings) :]):
        raise RegisterRowBad(row=number, detail="more values than headings")
    told = {heading: cell for heading, cell in zip(headings, cells, strict=False) if cell}
    file = _first(told, _FILE)
    if file is None:
        raise RegisterRowBad(row=number, detail="no file")
    return Row(
        number=number,
        file=file,
        first_page=_count(number, _first(told, _FIRST_PAGE)),
        pages=_count(number, _first(told, _PAGES)),
        type=_first(told, _TYPE),
        told={heading: cell for heading, cell in told.items() if heading not in (*_FILE, *_FIRST_PAGE, *_PAGES)},
    )


def _twice(rows: list[Row]) -> list[Row]:
    """Rows about the same paper: which of them is right, nobody can know."""
    places: dict[tuple[str, int | None], list[Row]] = {}
    for row in rows:
        places.setdefault((file_key(row.file), row.first_page), []).append(row)
    return [row for same in places.values() if len(same) > 1 for row in same]


def _first(told: Mapping[str, str], headings: Iterable[str]) -> str | None:
    return next((told[heading] for heading in headings if heading in told), None)


def _count(number: int, text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,5}", text) or int(text) == 0:
        raise RegisterRowBad(row=number, detail="a page number that is none")
    return int(text)


def _heading(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text)).replace("_", " ").split())


def file_key(name: str) -> str:
    """A file's name for comparing: composed, forward slashes, case aside (Windows does not tell it)."""
    return nfc(name).replace("\\", "/").removeprefix("./").casefold()
