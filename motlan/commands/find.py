"""`motlan find` and `motlan show`: find a paper by words or by ID number; show what is kept of one."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from motlan.commands.options import Actor, Json, session_of
from motlan.output import Output
from motlan.wiring import House
from schemas.errors import BadIdentifier, RecordMissing


def find(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Từ cần tìm, có dấu hay không dấu.")] = None,
    number: Annotated[
        str | None, typer.Option("--id", help="Số định danh đầy đủ; dấu - để đọc từ đầu vào chuẩn.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Tìm giấy tờ theo từ hoặc theo số định danh (chỉ tìm đúng số, không tìm một phần)."""
    house = session_of(context).house
    who = actor or house.settings.actor
    if number is not None:
        hits = by_number(house, sys.stdin.readline() if number == "-" else number, who)
    elif words:
        hits = [_told(hit) for hit in house.index.find_words(" ".join(words), house.unit_code, limit)]
    else:
        raise BadIdentifier(detail="nothing to look for")
    for hit in hits:
        if as_json:
            Output.json(hit)
        else:
            Output.console.print(f"{hit['record']}  {hit['type_name']}", markup=False)
            Output.console.print(f"    {hit['snippet']}", markup=False, style="dim")
    if not hits and not as_json:
        Output.note("Không tìm thấy giấy tờ nào.")


def by_number(house: House, text: str, actor: str) -> list[dict[str, Any]]:
    """Hits of one full ID number. The look is written to the audit chain, by blind token, before anything is told."""
    from schemas.identifiers import parse_any

    identifier = parse_any(text.strip())
    token = house.blind.token(identifier.kind, identifier.number)
    hits = house.index.find_number(token, house.unit_code)
    with house.ledger.transaction() as tx:
        tx.audit(actor, "access.find_by_number", "index", {"hits": len(hits)}, subject_token=token)
    return [_told(hit) for hit in hits]


def _told(hit: Any) -> dict[str, Any]:
    return {
        "record": hit.record,
        "revision": hit.revision,
        "type": hit.type,
        "type_name": hit.type_name,
        "fields": dict(hit.fields),
        "snippet": hit.snippet,
        "score": hit.score,
    }


def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Địa chỉ hồ sơ (motlan:…).")],
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Cho xem một giấy tờ đã lưu: trường, bằng chứng, chữ ký, lịch sử."""
    from portal.telling import told

    house = session_of(context).house
    manifest = house.records.head(record)
    if manifest is None:
        raise RecordMissing()
    with house.ledger.transaction() as tx:
        tx.audit(actor or house.settings.actor, "access.show", record, {"revision": manifest.revision}, record=record)
    shown = told(manifest) | {
        "source": manifest.source.model_dump(mode="json"),
        "conversion": manifest.conversion.model_dump(mode="json"),
        "history": house.records.revisions(record),
        "representations": [r.model_dump(mode="json") for r in manifest.representations],
    }
    if as_json:
        Output.json(shown)
        return
    Output.console.print(f"[bold]{manifest.type_name}[/bold]  {manifest.record}  (bản {manifest.revision})")
    table = Table(box=None, show_header=False)
    for name, field in manifest.fields.items():
        mark = "[green]✓[/green]" if field.accepted else "[yellow]?[/yellow]"
        table.add_row(mark, name, field.value or "–", f"{field.confidence:.0%}", " ".join(field.doubts))
    Output.console.print(table)
    if manifest.seal:
        Output.console.print(f"Dấu niêm: {manifest.seal.verdict} ({manifest.seal.sub})", markup=False)
