"""`./run demo`: specimen dossiers walk the whole way, one paper is found and reused; then the portal serves."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from motlan.commands.find import by_number
from motlan.commands.ingest import drop, wait_for
from motlan.commands.init import prepare
from motlan.commands.reuse import ACTIONS
from motlan.processes import start, supervisor
from motlan.settings import CONFIG_NAME, load
from motlan.wiring import House
from portal import accounts
from portal.rights import Role
from portal.telling import rows_of_batch
from schemas.identifiers import Cccd
from specimens.batch import write_batch
from specimens.truth import SpecimenPaper, read_truth
from storage.package import export
from worker.supervisor import Supervisor, until_signalled

SEED = 2026
CASE, PURPOSE = "H99.01-261122-0001", "Đăng ký thường trú"
OFFICER = "can-bo-1-cua"
console = Console(highlight=False)


def main() -> None:
    """Run in ./demo (or --folder); a second run is quick and says what is already there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo"))
    parser.add_argument("--dossiers", type=int, default=3)
    given = parser.parse_args()
    began = time.monotonic()
    console.print(Panel("Một Lần – chạy thử với giấy tờ [bold]MẪU[/bold] của những người không có thật", expand=False))
    house = _open(given.folder)
    papers = _specimens(given.folder, given.dossiers)
    rows = _drop(house, given.folder / "lo-quet")
    _stored(house, rows, given.folder / "luu-tru")
    person = _search(house, papers)
    if person is not None:
        _reuse(house, person, given.folder)
    _where(given.folder, house, time.monotonic() - began)
    _portal(house, papers, stay=sys.stdout.isatty())


def _heading(number: int, text: str) -> None:
    console.print(f"\n[bold blue]{number}[/bold blue] [bold]{text}[/bold]")


def _open(folder: Path) -> House:
    settings = load(folder / "data", unit_code="H99.01", unit_name="ỦY BAN NHÂN DÂN XÃ MẪU")
    known = (settings.data / CONFIG_NAME).exists()
    _heading(1, "Kho dữ liệu")
    house = prepare(settings)
    console.print(
        "  đã có sẵn" if known else "  mới khởi tạo: sổ cái, chỉ mục, khóa ký thử nghiệm (không đủ điều kiện pháp lý)"
    )
    return house


def _specimens(folder: Path, dossiers: int) -> list[SpecimenPaper]:
    _heading(2, "Lô quét gồm các hồ sơ mẫu")
    truth = folder / "su-that.json"
    if truth.exists():
        papers = read_truth(truth)
        console.print(f"  đã có sẵn {len(papers)} giấy tờ trong {folder / 'lo-quet'}")
        return papers
    with console.status("  đang vẽ giấy tờ mẫu…"):
        papers = write_batch(folder / "lo-quet", truth, seed=SEED, dossiers=dossiers)
    console.print(f"  {len(papers)} giấy tờ của {dossiers} người, đã nghiêng, nhiễu, đóng dấu đỏ: {folder / 'lo-quet'}")
    return papers


def _drop(house: House, batch_folder: Path) -> list[dict[str, Any]]:
    _heading(3, "Thả lô quét: đọc, hiểu, ký, lưu, lập chỉ mục")
    batch, _ = drop(house, [batch_folder], "can-bo-quet")
    progress = wait_for(house, batch)
    fresh = progress.files - progress.duplicates
    console.print(
        f"  {progress.files} tệp: {fresh} mới, {progress.duplicates} đã có từ trước (được nối, không lưu thêm)"
    )
    return list(rows_of_batch(house, batch))


def _stored(house: House, rows: list[dict[str, Any]], out: Path) -> None:
    _heading(4, "Đã lưu")
    out.mkdir(parents=True, exist_ok=True)
    for row in rows:
        seal = row["seal"]
        verdict = f"niêm {seal['verdict']} · {seal['level']}" if seal else "chưa lưu"
        console.print(
            f"\n  [bold]{row['file']}[/bold]  →  {row.get('type_name') or row['state']}  [dim]({verdict})[/dim]"
        )
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 4))
        for name, field in row["fields"].items():
            mark = "[green]✓[/green]" if field["accepted"] else "[yellow]? chờ người xem[/yellow]"
            table.add_row(name, field["value"] or "–", f"{field['confidence']:.0%}", mark)
        console.print(table)
        for reason in row["reasons"]:
            if reason["code"] != "DUPLICATE" and "field" not in reason:
                console.print(f"    [dim]{reason['message']}[/dim]")
        if row["record"] and seal:
            _take_out(house, row["record"], out)


def _take_out(house: House, record: str, out: Path) -> None:
    manifest = house.records.head(record)
    target = out / f"{record.rsplit(':', 1)[-1]}.pdf"
    if manifest is not None and not target.exists():
        export(house.archive, manifest, "archival", target)


def _search(house: House, papers: list[SpecimenPaper]) -> SpecimenPaper | None:
    _heading(5, "Tìm theo số định danh")
    for paper in papers:
        number = paper.fields.get("personal_id")
        if (paper.type_id != "marital_status" and paper.type_id != "birth_certificate") or not number:
            continue
        hits = by_number(house, number, OFFICER)
        if any(hit["type"] == paper.type_id for hit in hits):
            console.print(f"  {Cccd.parse(number).masked} (người mẫu): {len(hits)} giấy tờ")
            for hit in hits:
                console.print(f"    {hit['type_name']}  [dim]{hit['record']}[/dim]")
            return paper
    console.print("  chưa có số định danh nào được chấp nhận; xem: motlan review")
    return None


def _reuse(house: House, paper: SpecimenPaper, folder: Path) -> None:
    from datetime import timedelta

    _heading(6, "Dùng lại: không nộp lần thứ hai")
    number = paper.fields["personal_id"]
    events = house.reuse.who(number)
    if any(event.action == "reuse.release" and event.outcome == "ok" for event in events):
        console.print("  giấy này đã được dùng lại ở lần chạy trước")
    else:
        held = house.reuse.check(OFFICER, house.unit_code, CASE, PURPOSE, paper.type_id, number)
        console.print(f"  cán bộ tra cho hồ sơ {CASE} ({PURPOSE}): đã có {len(held)} giấy phù hợp")
        request = house.reuse.request(OFFICER, house.unit_code, CASE, PURPOSE, held[0].record)
        shown = house.reuse.preview(request, number)
        console.print(f"  người dân xem trước: {shown.type_name}, {shown.pages} trang, {len(shown.fields)} trường")
        consent = house.reuse.consent(request, number, house.clock() + timedelta(days=7))
        given = house.reuse.release(request, OFFICER, CASE, PURPOSE)
        with given.pdf as pdf:
            (folder / "giay-duoc-dung-lai.pdf").write_bytes(pdf.read())
        console.print(f"  đồng ý số {consent}, dùng một lần → đã trao bản PDF có ký số vào hồ sơ")
        events = house.reuse.who(number)
    table = Table("khi nào", "ai", "việc", "hồ sơ", "mục đích", "kết quả", title="Ai đã xem giấy tờ của tôi", box=None)
    for event in events:
        table.add_row(
            f"{event.at.astimezone():%H:%M:%S}",
            event.actor,
            ACTIONS.get(event.action, event.action),
            event.case or "",
            event.purpose or "",
            event.outcome,
        )
    console.print(table)


def _where(folder: Path, house: House, seconds: float) -> None:
    _heading(7, "Để lại cho bạn xem")
    console.print(f"  bản PDF/A có ký số: {folder / 'luu-tru'}")
    console.print(f"  giấy vừa được dùng lại: {folder / 'giay-duoc-dung-lai.pdf'}")
    console.print(f"  kho dữ liệu: {house.data}")
    console.print(f'  thử tiếp: ./run motlan --data {folder / "data"} review   ·   find "khai sinh"   ·   doctor')
    console.print(f"  [dim]{seconds:.0f} giây[/dim]")


PASSWORD = "mat-khau-MAU-2026"
STAFF = {
    "quet-mau": ("Cán bộ quét MẪU", Role.CLERK, "thả lô quét, xem lại chỗ máy chưa chắc"),
    "quet-mau-2": ("Cán bộ quét hai MẪU", Role.CLERK, "người thứ hai xác nhận số định danh đã sửa"),
    "mot-cua-mau": ("Cán bộ một cửa MẪU", Role.OFFICER, "tra cứu, xin dùng lại, tìm kiếm"),
    "luu-tru-mau": ("Lưu trữ viên MẪU", Role.ARCHIVIST, "nhật ký, bảng điều khiển, giữ hồ sơ"),
    "quan-tri-mau": ("Quản trị MẪU", Role.ADMIN, "đơn vị, tài khoản, vai trò"),
}


def _portal(house: House, papers: list[SpecimenPaper], *, stay: bool) -> None:
    """Serve the portal with specimen logins: until Ctrl+C at a terminal, else only to see that it answers."""
    _heading(8, "Cổng: bốn người, một tờ giấy")
    citizen = next(paper.fields["personal_id"] for paper in papers if paper.fields.get("personal_id"))
    for login, (name, role, _) in STAFF.items():
        _account(house, login, name, house.unit_code, role)
    _account(house, citizen, "Người dân MẪU", None, Role.CITIZEN)
    os.environ["MOTLAN_PORTAL_PORT"] = str(_free_port(house.settings.portal_port))
    house = House(load(house.data))
    tree = supervisor(house, drop_folder=True, portal=True)
    start(tree, house)
    try:
        _wait_for_portal(house.settings.public_url, tree)
        table = Table("đăng nhập", "là ai", "làm gì", box=None, padding=(0, 2, 0, 2))
        for login, (name, _, does) in STAFF.items():
            table.add_row(login, name, does)
        table.add_row(citizen, "Người dân MẪU", "giấy tờ của tôi, đồng ý, chia sẻ, ai đã xem")
        console.print(table)
        console.print(f"  mật khẩu của tất cả: [bold]{PASSWORD}[/bold]   ·   kiểm tra không cần đăng nhập: /kiem-tra")
        console.print(f"  địa chỉ: [bold]{house.settings.public_url}[/bold]")
        if stay:
            console.print("  [dim]Ctrl+C để dừng[/dim]")
            for event in until_signalled(tree):
                console.print(f"  {event}")
        else:
            console.print(f"  mở lại bất cứ lúc nào: ./run motlan --data {house.data} up")
    finally:
        tree.stop()


def _account(house: House, login: str, name: str, unit: str | None, role: Role) -> None:
    if house.ledger.account_by_login(accounts.login_of(house, login)) is None:
        accounts.add_account(house, login, name, unit, [role], by="demo", password=PASSWORD)


def _free_port(wanted: int) -> int:
    """That port, or any that is free where it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
            except OSError:
                continue
    return wanted


def _wait_for_portal(address: str, tree: Supervisor) -> None:
    """Until it answers, for a minute at most; a child that dies is started again meanwhile."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        tree.poll()
        try:
            with urllib.request.urlopen(f"{address}/suc-khoe", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Cổng chưa trả lời; xem logs/portal.log trong thư mục dữ liệu.")


if __name__ == "__main__":
    main()
