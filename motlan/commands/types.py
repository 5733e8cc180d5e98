"""`motlan types`: the document types there are, and a test of a type's file, alone and against examples."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output
from schemas.doubts import doubt_text
from schemas.errors import BadSetting
from schemas.typechecks import Remark, check_file
from schemas.types import BUILT_IN, DocumentType, TypeCatalogue, load_type
from search.typeroles import role_remarks

if TYPE_CHECKING:
    from motlan.session import Session
    from motlan.typeexamples import Outcome
    from schemas.reading import PageReading

_MARKS = {"error": "[red]✗[/red]", "warning": "[yellow]●[/yellow]", "note": "·"}

app = typer.Typer(help="Loại giấy tờ: liệt kê, và thử một tệp loại giấy tờ.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Liệt kê các loại giấy tờ máy nhận ra, có sẵn và của đơn vị."""
    folder = session_of(context).settings.types_folder
    built_in = TypeCatalogue.load()
    own = {kind.id for kind in TypeCatalogue.load(folder) if kind != built_in.get(kind.id)}
    table = Table("Mã", "Tên", "Bản", "Trường", "Nguồn", box=None)
    for kind in sorted(TypeCatalogue.load(folder), key=lambda kind: kind.id):
        source = "unit" if kind.id in own else "built-in"
        told = {"id": kind.id, "name": kind.name, "version": kind.version, "fields": len(kind.fields), "source": source}
        if as_json:
            Output.json(told)
        name = {"unit": "của đơn vị", "built-in": "có sẵn"}[source]
        table.add_row(kind.id, kind.name, str(kind.version), str(len(kind.fields)), name)
    if not as_json:
        Output.console.print(table)


@app.command("check")
def check(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Tệp .toml cần thử; không nêu: mọi tệp đang dùng.")] = None,
    examples: Annotated[
        Path | None, typer.Option("--examples", help="Thư mục có bản quét và truth.csv (hoặc truth.toml).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Thử tệp loại giấy tờ: lỗi, chỗ dễ nhầm, và đọc thử các tờ mẫu; mã thoát 1 khi có lỗi hoặc đọc sai."""
    session = session_of(context)
    used, wrong = _in_use(session), False
    for path in [file] if file is not None else list(_files(session)):
        others = TypeCatalogue.of(kind for place, kind in used.items() if place != path.resolve())
        kind, remarks = checked(path, others)
        wrong |= any(remark.level == "error" for remark in remarks)
        _tell(path, kind, remarks, as_json)
        if kind is not None:
            used[path.resolve()] = kind
    if examples is not None and not wrong:
        wrong |= not _try(session, examples, TypeCatalogue.of(used.values()), as_json)
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)


def checked(path: Path, others: TypeCatalogue) -> tuple[DocumentType | None, list[Remark]]:
    """The type of a file and all remarks on it, in the order of its lines; `others` are the types beside it."""
    if not path.is_file():
        raise typer.BadParameter(f"không có tệp {path}")
    kind, remarks = check_file(path, others)
    if kind is not None:
        remarks += role_remarks(kind, path.read_text("utf-8"))
    return kind, sorted(remarks, key=lambda remark: (remark.line or 0, remark.code))


def _in_use(session: Session) -> dict[Path, DocumentType]:
    """The types of all files; one of the unit's own that is faulty is left out."""
    kinds: dict[Path, DocumentType] = {}
    for path in _files(session):
        with contextlib.suppress(BadSetting):
            kinds[path.resolve()] = load_type(path)
    return kinds


def _files(session: Session) -> list[Path]:
    return [*sorted(BUILT_IN.glob("*.toml")), *sorted(session.settings.types_folder.glob("*.toml"))]


def _tell(path: Path, kind: DocumentType | None, remarks: Sequence[Remark], as_json: bool) -> None:
    if as_json:
        Output.json(
            {"file": path.name, "id": kind.id if kind else None, "remarks": [asdict(remark) for remark in remarks]}
        )
        return
    told = f"{kind.name} ({kind.id}), {len(kind.fields)} trường" if kind else "không dùng được"
    Output.console.print(
        f"{_MARKS['error'] if kind is None else '[green]✓[/green]'} {path.name}: {told}", soft_wrap=True
    )
    for remark in remarks:
        where = f"dòng {remark.line}: " if remark.line else ""
        Output.console.print(f"  {_MARKS[remark.level]} ", end="")
        Output.console.print(f"{where}{remark.text}\n      → {remark.hint}", markup=False, soft_wrap=True)


def _try(session: Session, folder: Path, types: TypeCatalogue, as_json: bool) -> bool:
    """Whether every example was named and read rightly."""
    from motlan.typeexamples import judged, load_examples

    read, right = _reader(session, types), True
    for example in load_examples(folder):
        outcome = judged(example, read, types)
        right &= outcome.right
        if as_json:
            Output.json(asdict(outcome) | {"right": outcome.right})
        else:
            _show(outcome, types)
    return right


def _reader(session: Session, types: TypeCatalogue) -> Callable[[Path], list[PageReading]]:
    """Reads a whole file with the readers of this installation, looking for fields of these types."""
    from ingest.kinds import HEAD_BYTES, sniff
    from ingest.pages import inspect
    from ingest.read import read_page
    from motlan.wiring import House
    from schemas.errors import UnsupportedKind

    house = House(session.settings)
    readers = replace(house.readers, types=types)

    def read(path: Path) -> list[PageReading]:
        with path.open("rb") as source:
            kind = sniff(source.read(HEAD_BYTES))
        if kind is None:
            raise UnsupportedKind(found=path.suffix)
        pages = inspect(path, kind, house.limits).pages
        return [read_page(path, kind, page, readers) for page in range(1, pages + 1)]

    return read


def _show(outcome: Outcome, types: TypeCatalogue) -> None:
    """One table an example."""
    named = types.get(outcome.named)
    mark = "[green]✓[/green]" if outcome.named == outcome.expected and outcome.papers == 1 else "[red]✗[/red]"
    Output.console.print(f"\n{mark} [bold]{outcome.file}[/bold]: {named.name if named else 'chưa rõ loại'}")
    for code in outcome.doubts:
        Output.console.print(f"    {doubt_text(code)}", markup=False)
    if outcome.papers != 1:
        Output.console.print(f"    Tệp bị tách thành {outcome.papers} giấy tờ.", markup=False)
    table = Table("", "Trường", "Đọc được", "Đúng ra", "Nhận", "Còn ngờ", box=None)
    for field in outcome.fields:
        state = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: " "}[field.right]
        doubts = "; ".join(doubt_text(code).partition("→")[0].strip(" .") for code in field.doubts)
        row = (field.name, field.read or "–", field.expected or "", "có" if field.accepted else "hỏi", doubts)
        table.add_row(state, *(cell.replace("[", "\\[") for cell in row))
    Output.console.print(table)
