"""`motlan init`: folders, keys, ledger and index of a data folder, and the first administrator's link;
repeating it harms nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from motlan.commands.options import Json, session_of
from motlan.joining import is_known
from motlan.output import Output
from motlan.probing_store import prepare_store
from motlan.settings import CONFIG_NAME, Settings, load
from motlan.wiring import House

_CONFIG = """\
# Cài đặt của kho này. Biến môi trường MOTLAN_TÊN thắng tệp này; danh sách đầy đủ: docs/settings.md
unit_code = "{code}"
unit_name = "{name}"
"""


def init(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Không hỏi gì, lấy giá trị mặc định.")] = False,
    unit_code: Annotated[str | None, typer.Option(help="Mã định danh cơ quan, ví dụ H48.12.")] = None,
    unit_name: Annotated[str | None, typer.Option(help="Tên cơ quan, như trên con dấu.")] = None,
    as_json: Json = False,
) -> None:
    """Khởi tạo thư mục dữ liệu: khóa ký thử nghiệm, sổ cái, chỉ mục, thư mục thả tệp."""
    from portal import accounts

    session = session_of(context)
    settings = session.settings
    known = (settings.data / CONFIG_NAME).is_file()
    if not known:
        code = unit_code or (settings.unit_code if yes else typer.prompt("Mã cơ quan", default=settings.unit_code))
        name = unit_name or (settings.unit_name if yes else typer.prompt("Tên cơ quan", default=settings.unit_name))
        settings = load(settings.data, unit_code=code, unit_name=name)
    link = accounts.first_admin(prepare(settings))
    if as_json:
        told = {"data": str(settings.data), "keys": str(settings.keys_folder), "created": not known}
        Output.json(told | ({"first_admin": link} if link else {}))
        return
    Output.console.print(("Đã có sẵn, không thay đổi gì: " if known else "Đã khởi tạo: ") + str(settings.data))
    Output.console.print(f"Khóa (giữ riêng, sao lưu riêng): {settings.keys_folder}")
    if link:
        Output.console.print("Người quản trị đầu tiên (tên: admin) đặt mật khẩu tại đây, một lần, trong ba ngày:")
        Output.console.print(link, markup=False, soft_wrap=True)


def _make_key(settings: Settings) -> None:
    """A soft key, made aside and moved in with its certificate last: a key without certificate has never signed, and is
    replaced when an earlier start was cut off in between."""
    from signing.keys import make_soft_key

    last = "signer.cert.pem"
    if (settings.keys_folder / last).exists():
        return
    with tempfile.TemporaryDirectory(dir=settings.keys_folder) as made:
        make_soft_key(Path(made), settings.unit_name, settings.unit_code)
        for file in sorted(Path(made).iterdir(), key=lambda path: path.name == last):
            file.replace(settings.keys_folder / file.name)


def prepare(settings: Settings) -> House:
    """Make what is missing, touch nothing that is there; returns the open house. Raises IndexKeyMissing for a known
    archive whose keys are gone: new keys would make its numbers unfindable in silence. Raises StorageUnsafe for an
    object store that does not keep what is put into it."""
    from search.keys import BlindIndex

    for folder in (
        settings.data,
        settings.run_folder,
        settings.logs_folder,
        settings.drop_folder,
        settings.staging_folder,
    ):
        folder.mkdir(parents=True, exist_ok=True)
    house = House(settings)
    prepare_store(house)
    settings.keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = (settings.data / CONFIG_NAME).is_file() or is_known(house)
    BlindIndex.load(settings.keys_folder) if known else BlindIndex.create(settings.keys_folder)
    _make_key(settings)
    _ = house.box  # the portal's key, while the keys folder may be written
    house.ledger.upgrade()
    config = settings.data / CONFIG_NAME
    if not config.is_file():
        if not known:
            with house.ledger.transaction() as tx:
                tx.ensure_unit(settings.unit_code, settings.unit_name)
                tx.audit("motlan", "archive.initialised", settings.unit_code, {"software": house.software})
        config.write_text(_CONFIG.format(code=settings.unit_code, name=settings.unit_name), encoding="utf-8")
    return house
