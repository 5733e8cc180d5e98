"""`motlan migrate`: an archive moves to other parts, and readers notice nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from motlan.commands.backup import shown
from motlan.commands.options import Json, session_of
from motlan.output import Output

if TYPE_CHECKING:
    from motlan.moving import Moved


def migrate(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="Tệp TOML nêu cài đặt của nơi mới (database_url, store_url…).")],
    switch: Annotated[bool, typer.Option("--switch", help="Chép nốt phần mới, đóng sổ cái cũ, đổi cài đặt.")] = False,
    as_json: Json = False,
) -> None:
    """Chuyển kho sang các bộ phận khác; trong lúc chép vẫn tra cứu như thường. Chạy lại thì chép tiếp."""
    from motlan.moving import Move

    move = Move.planned(session_of(context).house, to)
    with shown(as_json) as progress:
        moved = move.switch(progress) if switch else move.copy(progress)
    if as_json:
        Output.json(moved.as_json())
        return
    _tell(moved)
    if moved.switched:
        Output.console.print(f"Đã chuyển. Cài đặt mới nằm ở {moved.data}; khởi động lại chương trình.", markup=False)
        for name in moved.overriding:
            Output.console.print(f"  ● biến môi trường {name} vẫn đè lên cài đặt mới: hãy sửa hoặc bỏ", markup=False)
    else:
        Output.console.print("Nơi cũ vẫn đang dùng. Khi sẵn sàng, chạy lại với --switch để chép nốt và chuyển hẳn.")


def _tell(moved: Moved) -> None:
    copied = moved.copied
    if moved.tables:
        table = Table("sổ cái", "số dòng, nơi cũ = nơi mới", "SHA-256, nơi cũ = nơi mới", box=None)
        for each in moved.tables:
            table.add_row(each.name, str(each.rows), each.sha256[:16])
        Output.console.print(table)
    if "store" in moved.parts:
        size = f"{copied.new_blobs} tệp ({copied.new_bytes / 1e6:.1f} MB)"
        told = f"kho: {copied.records} hồ sơ, {copied.revisions} bản kê khớp; mới chép {copied.new_revisions}, {size}"
        Output.console.print(told)
    if "index" in moved.parts:
        Output.console.print(f"chỉ mục: {moved.indexed} hồ sơ")
    for item in copied.wrong:
        Output.console.print(f"  ✗ không chép được: {item}", markup=False)
