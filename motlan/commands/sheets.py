"""`motlan sheets`: print the sheets that are laid between papers before they are scanned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.separators import BatchHeader, Separator
from motlan.commands.options import Json, session_of
from motlan.output import Output
from schemas.errors import BadSetting
from schemas.types import TypeCatalogue


def sheets(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", help="Ghi ra tệp PDF này (không ghi đè).")],
    batch: Annotated[str | None, typer.Option("--batch", help="Mã lô: in thêm phiếu đầu lô.")] = None,
    papers: Annotated[int | None, typer.Option("--papers", help="Số giấy tờ trong lô.")] = None,
    pages: Annotated[int | None, typer.Option("--pages", help="Số trang trong lô, không kể các phiếu.")] = None,
    dossier: Annotated[
        list[str] | None,
        typer.Option("--dossier", help="Phiếu ngăn cách: MÃ, MÃ:SỐ_TRANG hoặc MÃ:SỐ_TRANG:LOẠI (lặp lại được)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """In phiếu đầu lô và phiếu ngăn cách (A4, mã QR) để đặt giữa các giấy tờ khi quét."""
    from motlan.sheets import write_sheets

    settings = session_of(context).settings
    types = TypeCatalogue.load()
    made: list[BatchHeader | Separator] = []
    if batch is not None:
        made.append(BatchHeader(settings.unit_code, batch, papers, pages))
    elif papers is not None or pages is not None:
        raise BadSetting(name="--batch", detail="--papers and --pages stand on the batch's header sheet")
    made += [_separator(text, types) for text in dossier or []]
    if not made:
        raise BadSetting(name="--batch or --dossier", detail="nothing to print")
    count = write_sheets(made, types, out)
    if as_json:
        Output.json({"file": str(out), "sheets": count, "codes": [sheet.text for sheet in made]})
    else:
        Output.console.print(f"Đã ghi {count} phiếu vào {out}", markup=False)


def _separator(text: str, types: TypeCatalogue) -> Separator:
    """`HS-1`, `HS-1:3`, `HS-1::birth_certificate`, `HS-1:3:birth_certificate`."""
    code, pages, kind, *rest = [*text.split(":"), "", ""]
    if any(rest) or (pages and not pages.isdecimal()):
        raise BadSetting(name="--dossier", detail="CODE[:PAGES[:TYPE]]")
    if kind and types.get(kind) is None:
        raise BadSetting(name="--dossier", detail=f"there is no document type {kind!r}")
    return Separator(code, int(pages) if pages else None, kind or None)
