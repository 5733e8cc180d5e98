"""`motlan account`: who may come into the portal, for the operator at the machine itself."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ledger import Account
from motlan.commands.options import Json, session_of
from motlan.output import Output
from motlan.wiring import House
from schemas.errors import FormInvalid

app = typer.Typer(help="Tài khoản vào cổng.", no_args_is_help=True)
BY = "motlan"
Login = Annotated[str, typer.Argument(help="Tên đăng nhập.")]


@app.command("add")
def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="Họ tên.")],
    role: Annotated[list[str], typer.Option(help="clerk, officer, archivist hoặc admin; ghi nhiều lần được.")],
    unit: Annotated[str | None, typer.Option(help="Mã đơn vị; không ghi: đơn vị của kho.")] = None,
    as_json: Json = False,
) -> None:
    """Thêm cán bộ và in đường dẫn dùng một lần để đặt mật khẩu."""
    from portal import accounts
    from portal.keeping.people import roles_of

    house = session_of(context).house
    where = unit or house.unit_code
    if not house.ledger.unit_exists(where):
        raise FormInvalid(field="unit", reason="Không có đơn vị này.")
    made = accounts.add_account(house, login, name, where, roles_of(role), by=BY)
    _tell(login, accounts.invite(house, made, by=BY), as_json)


@app.command("invite")
def invite(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """In đường dẫn dùng một lần mới; đường dẫn trước hết hiệu lực."""
    from portal import accounts

    house = session_of(context).house
    _tell(login, accounts.invite(house, _account(house, login).id, by=BY), as_json)


@app.command("close")
def close(context: typer.Context, login: Login) -> None:
    """Đóng tài khoản và mọi phiên đang mở của nó."""
    from portal.keeping.people import set_state

    house = session_of(context).house
    set_state(house, BY, _account(house, login).id, "CLOSED")
    Output.console.print(f"Đã đóng {login}", markup=False)


@app.command("unlock")
def unlock(
    context: typer.Context,
    login: Login,
    second: Annotated[bool, typer.Option("--remove-code", help="Bỏ cả mã xác nhận (mất điện thoại).")] = False,
) -> None:
    """Mở khóa, mở lại tài khoản đã đóng; với --remove-code bỏ cả mã xác nhận."""
    from portal.keeping.people import forget_tries, set_state
    from portal.login.second_factor import turn_off

    house = session_of(context).house
    account = _account(house, login)
    if account.state != "ACTIVE":
        set_state(house, BY, account.id, "ACTIVE")
    forget_tries(house, BY, account.id)
    if second and account.totp:
        turn_off(house, account, by=BY)
    Output.console.print(f"Đã mở {login}", markup=False)


@app.command("list")
def list_accounts(context: typer.Context, as_json: Json = False) -> None:
    """Mọi tài khoản; người dân hiện bằng mã ẩn."""
    found = session_of(context).house.ledger.accounts()
    if as_json:
        for account in found:
            Output.json(_as_json(account))
        return
    table = Table("tên đăng nhập", "họ tên", "đơn vị", "vai trò", "tình trạng", box=None)
    for account in found:
        state = "đóng" if account.state == "CLOSED" else "có mật khẩu" if account.password else "chưa có mật khẩu"
        table.add_row(_shown(account), account.name, account.unit or "–", " ".join(account.roles), state)
    Output.console.print(table)


def _account(house: House, login: str) -> Account:
    account = house.ledger.account_by_login(login.strip().casefold())
    if account is None:
        raise FormInvalid(field="login", reason="Không có tài khoản này.")
    return account


def _tell(login: str, link: str, as_json: bool) -> None:
    if as_json:
        Output.json({"login": login, "link": link})
    else:
        Output.console.print(f"Đường dẫn dùng một lần cho {login} (3 ngày):\n{link}", markup=False, soft_wrap=True)


def _shown(account: Account) -> str:
    """A citizen's login is a blind token, of which the beginning tells people apart."""
    return account.login[:20] + "…" if account.login.startswith("subject:") else account.login


def _as_json(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "login": _shown(account),
        "name": account.name,
        "unit": account.unit,
        "roles": list(account.roles),
        "state": account.state,
        "password": account.password is not None,
        "second_factor": account.totp is not None,
    }
