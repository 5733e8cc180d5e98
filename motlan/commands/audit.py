"""`motlan audit verify`: recompute the whole audit chain."""

from __future__ import annotations

from dataclasses import asdict

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
    report = session_of(context).house.ledger.verify_audit()
    if as_json:
        wrong = [] if report.ok else [{"entry": report.first_broken, "reason": report.reason}]
        Output.json(asdict(report) | {"wrong": wrong})
    elif report.ok:
        Output.console.print(f"Chuỗi kiểm toán nguyên vẹn: {report.entries} mục.")
    else:
        Output.console.print(f"✗ Chuỗi bị đứt ở mục {report.first_broken}: {report.reason}", markup=False)
    if not report.ok:
        raise typer.Exit(EXIT_FINDINGS)
