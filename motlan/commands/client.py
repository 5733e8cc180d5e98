"""`motlan client`: the systems that use the API. A secret is shown once, when it is made."""

from __future__ import annotations

from typing import Annotated

import typer

from motlan.commands.options import Actor, Json, session_of
from motlan.output import Output
from portal.exchange import clients

app = typer.Typer(help="Các hệ thống dùng API: thêm, xem, đổi khóa, đóng.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Mã của hệ thống (client_id): chữ thường, số, dấu -.")],
    purpose: Annotated[str, typer.Option("--purpose", help="Mục đích duy nhất; người dân thấy khi có lượt xem.")],
    scope: Annotated[list[str], typer.Option("--scope", help=f"Được làm gì: {', '.join(clients.SCOPES)}.")],
    title: Annotated[str, typer.Option("--title", help="Tên để hiển thị.")] = "",
    unit: Annotated[str | None, typer.Option("--unit", help="Đơn vị của hệ thống.", show_default="đơn vị này")] = None,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Thêm một hệ thống; khóa bí mật chỉ hiện một lần."""
    house = session_of(context).house
    by = actor or house.settings.actor
    secret = clients.add_client(house, name, title or name, unit or house.unit_code, purpose, scope, by=by)
    _tell_secret(name, secret, as_json)


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Các hệ thống đã đăng ký."""
    house = session_of(context).house
    for account in clients.clients(house):
        known = house.ledger.client(account.id)
        row = {
            "client_id": account.login,
            "title": account.name,
            "unit": account.unit,
            "purpose": known.purpose,
            "scopes": list(known.scopes),
            "state": account.state,
        }
        if as_json:
            Output.json(row)
        else:
            told = (
                f"{account.login:24}{account.unit or '–':10}{account.state:8}{' '.join(known.scopes)}  {known.purpose}"
            )
            Output.console.print(told, markup=False)


@app.command("secret")
def secret(context: typer.Context, name: str, actor: Actor = None, as_json: Json = False) -> None:
    """Đổi khóa bí mật; khóa cũ và mọi mã truy cập hết hiệu lực ngay."""
    house = session_of(context).house
    _tell_secret(name, clients.renew_secret(house, name, by=actor or house.settings.actor), as_json)


@app.command("close")
def close(context: typer.Context, name: str, actor: Actor = None) -> None:
    """Đóng một hệ thống: không vào được nữa, không được báo nữa."""
    house = session_of(context).house
    clients.close_client(house, name, by=actor or house.settings.actor)
    Output.note(f"Đã đóng {name}.")


def _tell_secret(name: str, made: str, as_json: bool) -> None:
    if as_json:
        Output.json({"client_id": name, "client_secret": made})
        return
    Output.console.print(f"client_id      {name}\nclient_secret  {made}", markup=False)
    Output.note("Khóa bí mật chỉ hiện lần này. Hãy chép vào nơi an toàn của hệ thống đó.")
