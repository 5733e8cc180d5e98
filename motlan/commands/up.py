"""`motlan up`: workers, reconciler and drop folder in one supervised process tree."""

from __future__ import annotations

from typing import Annotated

import typer

from motlan.commands.options import session_of
from motlan.output import Output


def up(
    context: typer.Context,
    drop: Annotated[bool, typer.Option("--drop/--no-drop", help="Theo dõi thư mục thả tệp.")] = True,
) -> None:
    """Chạy hệ thống; dừng gọn bằng Ctrl+C hoặc SIGTERM."""
    from motlan.processes import start, supervisor
    from worker.supervisor import until_signalled

    session = session_of(context)
    house = session.house
    tree = supervisor(house, drop_folder=drop)
    start(tree, house)
    try:
        Output.note(f"Đang chạy. Thả tệp vào: {house.settings.drop_folder}   (Ctrl+C để dừng)")
        for event in until_signalled(tree):
            Output.note(str(event))
    finally:
        tree.stop()
    Output.note("Đã dừng gọn.")
