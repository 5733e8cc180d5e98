"""`motlan backup | restore`: everything but the keys into one folder, the keys into another, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from motlan.commands.options import Json, session_of
from motlan.output import EXIT_FINDINGS, Output

if TYPE_CHECKING:
    from motlan.backup import Progress


@contextmanager
def shown(as_json: bool) -> Iterator[Progress]:
    """A line that says what is being done and how far it is."""
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"))
    with Bar(*columns, console=Output.side, transient=True, disable=as_json) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done: bar.update(task, description=what, completed=done)


def backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Thư mục sao lưu; nhiều lần sao lưu dùng chung một thư mục.")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="Thư mục sao lưu khóa, ở nơi khác hẳn; không có thì khóa không được sao lưu."),
    ] = None,
    archive: Annotated[
        bool,
        typer.Option("--archive/--without-archive", help="Chép cả kho (chỉ phần chưa có), hoặc để kho S3 tự nhân bản."),
    ] = True,
    as_json: Json = False,
) -> None:
    """Sao lưu sổ cái, cài đặt và kho trong lúc hệ thống vẫn chạy; khóa để riêng."""
    from motlan.backup import back_up

    with shown(as_json) as progress:
        taken = back_up(session_of(context).house, folder, keys, archive, progress)
    if as_json:
        Output.json(taken.as_json())
    else:
        copied = taken.copied
        new = f"mới: {copied.new_revisions} bản kê, {copied.new_blobs} tệp, {copied.new_bytes / 1e6:.1f} MB"
        Output.console.print(f"Đã sao lưu {taken.name}: {copied.records} hồ sơ ({new})", markup=False)
        if not archive:
            Output.console.print("Kho giấy tờ KHÔNG nằm trong bản này: chỉ dùng khi kho đã có bản sao riêng.")
        told = (
            f"Khóa: {keys}" if keys else "Khóa KHÔNG nằm trong bản này; không có khóa thì không khôi phục được: --keys"
        )
        Output.console.print(told, markup=False)
        for item in taken.copied.wrong:
            Output.console.print(f"  ✗ không chép được: {item}", markup=False)
    if taken.copied.wrong:
        raise typer.Exit(EXIT_FINDINGS)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Thư mục sao lưu.")],
    at: Annotated[str | None, typer.Option("--at", help="Tên bản sao lưu; không nêu thì lấy bản mới nhất.")] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="Thư mục sao lưu khóa.")] = None,
    as_json: Json = False,
) -> None:
    """Khôi phục vào thư mục dữ liệu trống, rồi kiểm tra lại toàn bộ."""
    from motlan.restoring import restore as bring_back

    with shown(as_json) as progress:
        restored = bring_back(session_of(context).data, folder, at, keys, progress)
    if as_json:
        Output.json(restored.as_json())
    else:
        Output.console.print(f"Đã khôi phục {restored.backup}: {restored.records} hồ sơ.", markup=False)
        Output.console.print(
            f"Chuỗi kiểm toán {'nguyên vẹn' if restored.audit_ok else 'BỊ ĐỨT'}, hở sau mục {restored.gap_after}; "
            f"{restored.adopted} hồ sơ mới hơn bản sao lưu được đưa lại vào sổ cái từ kho; "
            f"{restored.consents} đồng ý đã kết thúc, phải hỏi lại."
        )
        for name in restored.unfinished:
            Output.console.print(f"  ● bản {name} bị dừng giữa chừng, không dùng", markup=False)
        for item in restored.wrong:
            Output.console.print(f"  ✗ {item}", markup=False)
    if restored.wrong or not restored.audit_ok:
        raise typer.Exit(EXIT_FINDINGS)
