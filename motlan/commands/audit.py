"""`motlan audit verify`: recompute the whole audit chain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output

app = typer.Typer(help="Chuỗi kiểm toán.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Chuỗi kiểm toán: mọi lần nhận, xem, ký, dùng lại."""


@app.command("verify")
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Tính lại toàn bộ chuỗi; nêu mục đầu tiên bị sửa, xóa hay chèn."""
    from worker.chainsealing import fault_of_pieces

    house = session_of(context).house
    report = house.ledger.verify_audit()
    wrong: list[dict[str, Any]] = [] if report.ok else [{"entry": report.first_broken, "reason": report.reason}]
    if fault := fault_of_pieces(house):
        wrong.append({"entry": None, "reason": fault})
    if as_json:
        Output.json(asdict(report) | {"wrong": wrong})
    elif not wrong:
        Output.console.print(f"Chuỗi kiểm toán nguyên vẹn: {report.entries} mục.")
    elif not report.ok:
        Output.console.print(f"✗ Chuỗi bị đứt ở mục {report.first_broken}: {report.reason}", markup=False)
    if fault and not as_json:
        Output.console.print(f"✗ Chuỗi không khớp phần đã niêm phong trong kho: {fault}", markup=False)
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)
