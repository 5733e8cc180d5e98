"""`motlan status`: counts of everything, and what needs somebody."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.table import Table

from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output


def status(context: typer.Context, as_json: Json = False) -> None:
    """Đếm tệp, giấy tờ, việc đang chờ; mã thoát 1 khi có gì cần người xem."""
    from worker.supervisor import running

    session = session_of(context)
    house = session.house
    now = house.ledger.status()
    wrong = [{"what": "quarantined", **item} for item in now.quarantined] + [
        {"what": "stuck", **item} for item in now.stuck
    ]
    told = {"running": running(session.settings.run_folder), **asdict(now), "wrong": wrong}
    if as_json:
        Output.json(told)
    else:
        table = Table(show_header=False, box=None)
        for kind, counts in now.counts.items():
            table.add_row(kind, "  ".join(f"{state} {count}" for state, count in sorted(counts.items())) or "–")
        table.add_row("chờ người xem", str(now.open_reviews))
        Output.console.print(table)
        for item in wrong:
            Output.console.print(f"  ✗ {item}", markup=False)
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)
