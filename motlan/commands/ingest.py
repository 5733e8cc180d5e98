"""`motlan ingest`: drop files, wait for them if asked, tell what became of each paper."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from motlan.commands.options import Actor, Json, session_of
from motlan.output import EXIT_FINDINGS, Output
from motlan.wiring import House

if TYPE_CHECKING:
    from ledger import Progress as BatchProgress
    from worker.intake import Receipt

POLL_SECONDS = 0.2


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Tệp hoặc thư mục (PDF, TIFF, JPEG, PNG, HEIC, ZIP; danh mục CSV).")
    ],
    expect_papers: Annotated[
        int | None, typer.Option("--expect-papers", min=0, help="Lô có bao nhiêu giấy tờ.")
    ] = None,
    expect_pages: Annotated[
        int | None, typer.Option("--expect-pages", min=0, help="Lô có bao nhiêu trang, không kể phiếu ngăn cách.")
    ] = None,
    due: Annotated[
        datetime | None, typer.Option("--due", formats=["%Y-%m-%d"], help="Ngày hẹn trả; việc hẹn sớm làm trước.")
    ] = None,
    counter: Annotated[bool, typer.Option("--counter", help="Người dân đang đợi tại quầy.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Đợi đến khi mọi giấy tờ đã lưu xong.")] = False,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Nhận một lô quét. Không có `motlan up` đang chạy thì tự chạy cho đến khi xong (với --wait)."""
    house = session_of(context).house
    batch, receipts = drop(
        house,
        paths,
        actor or house.settings.actor,
        papers=expect_papers,
        pages=expect_pages,
        due=due.astimezone() if due else None,
        queue="counter" if counter else "batch",
    )
    refused = any(receipt.reason is not None for receipt in receipts)
    if wait:
        wait_for(house, batch, quiet=as_json and not Output.side.is_terminal)
    rows = [*_listed(receipts), *_rows(house, batch)]
    for row in rows:
        if as_json:
            Output.json(row)
        else:
            _tell(row)
    if not as_json:
        Output.note(f"Lô {batch}: đối chiếu bằng motlan status {batch}")
    if refused or any(row["state"] in ("QUARANTINED", "REFUSED") for row in rows):
        raise typer.Exit(EXIT_FINDINGS)


def _rows(house: House, batch: int) -> Iterator[dict[str, Any]]:
    from portal.telling import rows_of_batch

    return rows_of_batch(house, batch)


def _listed(receipts: list[Receipt]) -> Iterator[dict[str, Any]]:
    """A row for each register that came along."""
    for receipt in receipts:
        if receipt.register is not None:
            bare: dict[str, Any] = {
                "record": None,
                "state": "REGISTER",
                "type": None,
                "pages": 0,
                "fields": {},
                "seal": None,
            }
            yield {"file": receipt.name, **bare, "reasons": [bad.as_reason() for bad in receipt.register.wrong]}


def drop(
    house: House,
    paths: list[Path],
    actor: str,
    *,
    papers: int | None = None,
    pages: int | None = None,
    due: datetime | None = None,
    queue: str = "batch",
) -> tuple[int, list[Receipt]]:
    """Receive every file of one batch; returns the batch and what became of each at the door. `papers` and `pages` are
    what the batch should hold, where the clerk said so."""
    from ingest.intake import walk
    from ingest.register import is_register
    from worker.intake import open_batch, receive

    batch = open_batch(house, "ingest", actor, papers=papers, pages=pages, due=due)
    receipts: list[Receipt] = []
    for path in sorted(paths, key=lambda path: not is_register(path.name)):
        receipts += receive(house, batch, walk([path]), actor, below=path if path.is_dir() else None, queue=queue)
    return batch, receipts


def wait_for(house: House, batch: int, quiet: bool = False) -> BatchProgress:
    """Wait until nothing of the batch can move by itself, running workers for as long as nobody else does."""
    with _bar(quiet) as bar, _workers(house) as keep_up:
        task = bar.add_task("Đang xử lý", total=None)
        while True:
            progress = house.ledger.batch_progress(batch)
            total, done = _steps(progress)
            bar.update(task, total=total or None, completed=done, description=_describe(progress))
            if progress.finished:
                return progress
            keep_up()
            time.sleep(POLL_SECONDS)


def _steps(p: BatchProgress) -> tuple[int, int]:
    """Pages to read and papers to seal and index, against those that are: the bar's length and place."""
    return p.pages_total + 2 * max(
        p.documents, p.files - p.quarantined - p.duplicates
    ), p.pages_read + p.stored + p.indexed


def _describe(p: BatchProgress) -> str:
    waits = f" · {p.waiting} việc phải chờ, xem: motlan status" if p.waiting else ""
    return f"Đọc {p.pages_read}/{p.pages_total} trang · lưu {p.stored}/{p.documents or '…'} giấy tờ{waits}"


def _bar(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Output.side, disable=quiet, transient=True)


@contextmanager
def _workers(house: House) -> Iterator[Any]:
    """Bring workers up unless this folder's are running; if those stop while we wait, bring up our own."""
    from motlan.processes import start, supervisor
    from worker.supervisor import AlreadyRunning, Supervisor, running

    own: Supervisor | None = None

    def keep_up() -> None:
        nonlocal own
        if own is not None:
            own.poll()
        elif not running(house.settings.run_folder):
            tree = supervisor(house, drop_folder=False)
            try:
                start(tree, house)
            except AlreadyRunning:
                return
            own = tree

    try:
        yield keep_up
    finally:
        if own is not None:
            own.stop()


def _tell(row: dict[str, Any]) -> None:
    mark = {"DONE": "[green]✓[/green]", "REVIEW": "[yellow]●[/yellow]", "DUPLICATE": "[blue]=[/blue]"}.get(
        row["state"], "[red]✗[/red]"
    )
    Output.console.print(
        f"{mark} {row['file']}  {row.get('type_name') or row['state']}  [dim]{row['record'] or ''}[/dim]"
    )
    seen: set[str] = set()
    for reason in row["reasons"]:
        where = f"{reason['field']}: " if reason.get("field") else ""
        line = f"    {where}{reason['message']}"
        if line not in seen:
            seen.add(line)
            Output.console.print(line, markup=False, style="dim")
