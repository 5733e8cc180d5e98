"""`motlan doctor`: probe what the configured parts really do, in one table."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.table import Table

from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Thử từng bộ phận thật sự làm được gì; mã thoát 1 khi có bộ phận hỏng."""
    from motlan.probes import probe_all

    findings = list(probe_all(session_of(context).house))
    if as_json:
        Output.json(
            {"findings": [asdict(f) for f in findings], "wrong": [f.part for f in findings if f.state == "bad"]}
        )
    else:
        table = Table("", "Bộ phận", "Thấy gì", "Làm gì", box=None)
        for finding in findings:
            mark = {"good": "[green]✓[/green]", "note": "[yellow]●[/yellow]", "bad": "[red]✗[/red]"}[finding.state]
            table.add_row(mark, finding.part, finding.seen, finding.advice)
        Output.console.print(table)
    if any(f.state == "bad" for f in findings):
        raise typer.Exit(EXIT_FINDINGS)
