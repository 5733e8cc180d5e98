"""`motlan work`, `keep`, `serve`: the one-machine process tree in parts, for machines that share an archive."""

from __future__ import annotations

from typing import Annotated

import typer

from motlan.commands.options import session_of


def work(context: typer.Context) -> None:
    """Chỉ chạy các tiến trình xử lý của máy này (cỡ nhiều máy); dừng bằng SIGTERM."""
    _run(context, keeper=False, drop_folder=False)


def keep(
    context: typer.Context,
    drop: Annotated[bool, typer.Option("--drop/--no-drop", help="Theo dõi thư mục thả tệp.")] = True,
) -> None:
    """Chỉ chạy tiến trình trông coi: gửi lại việc bị mất, dọn dẹp, nhận tệp từ thư mục thả (cỡ nhiều máy)."""
    _run(context, workers=False, drop_folder=drop)


def serve(context: typer.Context) -> None:
    """Chỉ chạy cổng (cỡ nhiều máy), ở địa chỉ mà portal_host và portal_port ghi; dừng bằng SIGTERM."""
    _run(context, workers=False, keeper=False, drop_folder=False, portal=True)


def _run(context: typer.Context, **parts: bool) -> None:
    from motlan.joining import join
    from motlan.processes import run

    session = session_of(context)
    join(session.settings)
    run(session.house, **parts)
