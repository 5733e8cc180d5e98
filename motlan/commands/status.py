"""`motlan status [BATCH]`: counts of everything, what waits and what needs somebody; or whether one batch is whole."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ledger import Waiting
from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output
from motlan.wiring import House
from schemas.errors import ErrorKind, by_code

URGENT = 7  # the least priority that an urgency stamp gives


def status(
    context: typer.Context,
    batch: Annotated[int | None, typer.Argument(help="Số lô: đối chiếu lô này.")] = None,
    as_json: Json = False,
) -> None:
    """Đếm tệp, giấy tờ, việc đang chờ; với số lô: đối chiếu lô. Mã thoát 1 khi có gì cần người xem."""
    session = session_of(context)
    if batch is not None:
        _one_batch(session.house, batch, as_json)
        return
    from worker.supervisor import running

    house = session.house
    now = house.ledger.status()
    wrong: list[dict[str, Any]] = [{"what": "quarantined", **item} for item in now.quarantined]
    wrong += [{"what": "stuck", **item} for item in now.stuck]
    wrong += [{"what": "waiting", **item} for item in now.waiting if not _ends_by_itself(item)]
    told = {"running": running(session.settings.run_folder), **asdict(now), "urgent": _urgent(house), "wrong": wrong}
    if as_json:
        Output.json(told)
    else:
        table = Table(show_header=False, box=None)
        for kind, counts in now.counts.items():
            table.add_row(kind, "  ".join(f"{state} {count}" for state, count in sorted(counts.items())) or "–")
        table.add_row("chờ người xem", str(now.open_reviews))
        table.add_row("khẩn, đang xử lý", str(len(told["urgent"])))
        Output.console.print(table)
        for one in now.waiting:
            Output.console.print(f"  {'…' if _ends_by_itself(one) else '✗'} {_waits(one)}", markup=False)
        for item in wrong:
            if item["what"] != "waiting":
                Output.console.print(f"  ✗ {item}", markup=False)
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)


def _ends_by_itself(one: Waiting) -> bool:
    """Whether what is away is expected back; else somebody has to set something right."""
    return by_code(one["code"]).kind is ErrorKind.TRANSIENT


def _waits(one: Waiting) -> str:
    """`đang chờ 3 việc của 2 tệp: …; thử lại lúc 15:04:05 (STORAGE_AWAY: …)`, in this machine's time."""
    at = datetime.fromisoformat(one["next_try"]).astimezone()
    work = f"{one['steps']} việc của {one['files']} tệp"
    return f"đang chờ {work}: {one['message']} Thử lại lúc {at:%H:%M:%S} ({one['code']}: {one['hint']})"


def _urgent(house: House) -> list[dict[str, Any]]:
    """Files with an urgency stamp that are on their way, most urgent first."""
    moving = [file for state in ("READING", "UNDERSTOOD") for file in house.ledger.files(state=state)]
    urgent = sorted((file for file in moving if file.priority >= URGENT), key=lambda file: -file.priority)
    return [{"file": file.id, "name": file.name, "priority": file.priority} for file in urgent]


def _one_batch(house: House, batch: int, as_json: bool) -> None:
    from portal.reconciliation import reconcile

    told = reconcile(house, batch).as_json()
    if as_json:
        Output.json(told)
    else:
        _tell(told)
    if told["wrong"]:
        raise typer.Exit(EXIT_FINDINGS)


def _tell(told: dict[str, Any]) -> None:
    found = told["found"]
    table = Table("", "tệp", "giấy tờ", "trang", box=None, title=f"Lô {told['batch']}")
    for one in told["expected"]:
        numbers = [str(one[name]) if one[name] is not None else "–" for name in ("files", "papers", "pages")]
        table.add_row(f"phải có ({_SOURCES[one['source']]})", *numbers)
    table.add_row("đã quét (không kể phiếu)", str(found["files"]), "", str(found["pages"] - found["apart"]))
    table.add_row("đã tách", "", str(found["papers"]), "")
    table.add_row("đã đọc (kể cả phiếu)", "", "", str(found["read"]))
    table.add_row("đã lưu", "", str(found["stored"]), str(found["stored_pages"]))
    Output.console.print(table)
    for item in told["wrong"]:
        Output.console.print(f"  ✗ {item['file'] or 'cả lô'}: {item['message']}", markup=False)
    for one in told["files"]:
        for stamp in one["urgency"]:
            Output.console.print(f"  ! {one['file']}: {stamp}", markup=False)
    if not told["finished"]:
        Output.console.print("  … còn đang xử lý", markup=False)


_SOURCES = {"drop": "người nộp", "option": "người nộp", "header": "phiếu đầu lô", "register": "danh mục"}
