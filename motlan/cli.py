"""The command line: `motlan --data DIR COMMAND`. Every command speaks Vietnamese to people and JSON to scripts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from motlan.commands import (
    account,
    archive,
    audit,
    backup,
    client,
    doctor,
    find,
    ingest,
    init,
    migrate,
    node,
    reuse,
    review,
    sheets,
    status,
    types,
    up,
)
from motlan.output import Output, report_error
from motlan.session import Session
from schemas.errors import MotlanError

app = typer.Typer(
    name="motlan",
    help="Một Lần: giấy tờ nộp một lần, lưu có ký số, tìm lại và dùng lại được.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _root(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option("--data", envvar="MOTLAN_DATA", help="Thư mục dữ liệu (data folder).", show_default="data"),
    ] = None,
) -> None:
    context.obj = Session(data)


app.command("init")(init.init)
app.command("up")(up.up)
app.command("work")(node.work)
app.command("keep")(node.keep)
app.command("serve")(node.serve)
app.command("ingest")(ingest.ingest)
app.command("sheets")(sheets.sheets)
app.command("status")(status.status)
app.command("find")(find.find)
app.command("show")(find.show)
app.command("export")(archive.export)
app.command("verify")(archive.verify)
app.command("verify-code")(archive.verify_code)
app.command("fixity")(archive.fixity)
app.command("repair")(archive.repair)
app.command("rebuild")(archive.rebuild)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.add_typer(account.app, name="account")
app.add_typer(review.app, name="review")
app.add_typer(reuse.app, name="reuse")
app.add_typer(audit.app, name="audit")
app.add_typer(client.app, name="client")
app.add_typer(types.app, name="types")


def main() -> None:
    """Run; every known error becomes its sentence and its exit code, every unknown one a line in the log."""
    try:
        app()
    except MotlanError as error:
        sys.exit(report_error(error, json="--json" in sys.argv))
    except KeyboardInterrupt:
        Output.note("Đã dừng. Những gì đã nhận vẫn an toàn.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        from motlan.output import log_unexpected

        sys.exit(log_unexpected(error))


if __name__ == "__main__":
    main()
