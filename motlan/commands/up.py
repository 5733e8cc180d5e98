"""`motlan up`: workers, reconciler, portal and drop folder in one supervised process tree."""

from __future__ import annotations

from typing import Annotated

import typer

from motlan.commands.options import session_of


def up(
    context: typer.Context,
    drop: Annotated[bool, typer.Option("--drop/--no-drop", help="Theo dõi thư mục thả tệp.")] = True,
) -> None:
    """Chạy hệ thống; dừng gọn bằng Ctrl+C hoặc SIGTERM."""
    from motlan.processes import run

    house = session_of(context).house
    run(house, drop_folder=drop, portal=house.settings.portal)
