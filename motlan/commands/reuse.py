"""`motlan reuse`: once-only from the terminal. The officer checks, asks and receives; the citizen previews, agrees,
takes back, and sees who looked."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from motlan.commands.options import Actor, Json, session_of
from motlan.output import Output
from schemas.errors import OutputExists

app = typer.Typer(help="Dùng lại giấy tờ đã nộp: tra, xin, đồng ý, trao, và ai đã xem.", no_args_is_help=True)

ACTIONS = {
    "access.find_by_number": "tìm theo số",
    "access.show": "mở xem",
    "access.open": "mở xem",
    "access.export": "lấy bản sao",
    "reuse.check": "tra giấy đã nộp",
    "reuse.request": "xin dùng lại",
    "reuse.preview": "xem trước",
    "reuse.consent": "đồng ý",
    "reuse.refuse": "từ chối",
    "reuse.release": "trao giấy",
    "reuse.open": "mở bản đã trao",
    "reuse.revoke": "rút lại đồng ý",
    "reuse.who": "xem ai đã xem",
}

Case = Annotated[str, typer.Option("--case", help="Mã hồ sơ đang giải quyết.")]
Purpose = Annotated[str, typer.Option("--purpose", help="Mục đích; ghi vào chuỗi kiểm toán và cho người dân thấy.")]
Number = Annotated[str, typer.Option("--id", help="Số định danh đầy đủ; dấu - để đọc từ đầu vào chuẩn.")]


def _number(text: str) -> str:
    return sys.stdin.readline().strip() if text == "-" else text


def _answer(value: dict[str, Any], as_json: bool, sentence: str) -> None:
    if as_json:
        Output.json(value)
    else:
        Output.console.print(sentence, markup=False)


@app.command("check")
def check(
    context: typer.Context,
    number: Number,
    case: Case = "",
    purpose: Purpose = "",
    wanted: Annotated[str, typer.Option("--wanted", help="Loại giấy tờ hoặc yêu cầu cần chứng minh.")] = "identity",
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Người dân này đã nộp giấy gì dùng được cho việc này?"""
    house = session_of(context).house
    held = house.reuse.check(actor or house.settings.actor, house.unit_code, case, purpose, wanted, _number(number))
    for paper in held:
        row = {key: str(value) if value is not None else None for key, value in asdict(paper).items()}
        _answer(row, as_json, f"{paper.record}  {paper.type_name}  cấp {paper.issued_date or '?'}  {paper.validity}")
    if not held and not as_json:
        Output.note("Không có giấy tờ nào dùng được.")


@app.command("request")
def request(
    context: typer.Context,
    record: str,
    case: Case = "",
    purpose: Purpose = "",
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Xin dùng lại một giấy tờ; người dân quyết định."""
    house = session_of(context).house
    number = house.reuse.request(actor or house.settings.actor, house.unit_code, case, purpose, record)
    _answer({"request": number, "record": record}, as_json, f"Đã gửi yêu cầu số {number}, chờ người dân đồng ý.")


@app.command("preview")
def preview(context: typer.Context, request: int, number: Number, as_json: Json = False) -> None:
    """Người dân xem trước đúng những gì sẽ được trao."""
    shown = session_of(context).house.reuse.preview(request, _number(number))
    if as_json:
        Output.json(asdict(shown))
        return
    Output.console.print(f"{shown.actor} ({shown.unit}) xin dùng: {shown.type_name}, {shown.pages} trang", markup=False)
    Output.console.print(f"  hồ sơ {shown.case} – {shown.purpose}", markup=False)
    for field in shown.fields:
        Output.console.print(f"  {field.name:20}{field.value or '–'}", markup=False)


@app.command("consent")
def consent(
    context: typer.Context,
    request: int,
    number: Number,
    days: Annotated[int, typer.Option(min=1, max=365, help="Đồng ý trong bao nhiêu ngày.")] = 7,
    uses: Annotated[int, typer.Option(min=1, max=100, help="Dùng được mấy lần.")] = 1,
    as_json: Json = False,
) -> None:
    """Người dân đồng ý: cho đúng hồ sơ và mục đích đó, có hạn, thu hồi được."""
    house = session_of(context).house
    expires: datetime = house.clock() + timedelta(days=days)
    given = house.reuse.consent(request, _number(number), expires, uses)
    _answer(
        {"consent": given, "request": request, "expires_at": expires.isoformat(timespec="seconds"), "uses": uses},
        as_json,
        f"Đã đồng ý (số {given}), dùng {uses} lần, đến {expires:%d/%m/%Y}.",
    )


@app.command("refuse")
def refuse(context: typer.Context, request: int, number: Number, as_json: Json = False) -> None:
    """Người dân không đồng ý."""
    first = session_of(context).house.reuse.refuse(request, _number(number))
    _answer({"request": request, "refused": first}, as_json, "Đã từ chối." if first else "Yêu cầu này đã được trả lời.")


@app.command("release")
def release(
    context: typer.Context,
    request: int,
    case: Case = "",
    purpose: Purpose = "",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Ghi bản PDF có ký số ra tệp này.")] = None,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Trao giấy tờ đã được đồng ý vào hồ sơ đang giải quyết."""
    house = session_of(context).house
    if out is not None and out.exists():
        raise OutputExists()
    given = house.reuse.release(request, actor or house.settings.actor, case, purpose)
    with given.pdf as pdf:
        if out is not None:
            with out.open("xb") as target:
                shutil.copyfileobj(pdf, target)
    told = {
        "request": given.request,
        "consent": given.consent,
        "event": given.event,
        "record": given.record,
        "revision": given.revision,
        "type": given.type,
        "sha256": given.sha256,
        "fields": {field.name: {"value": field.value, "accepted": field.accepted} for field in given.fields},
        "file": str(out) if out else None,
    }
    _answer(told, as_json, f"Đã trao {given.type_name} ({given.size} byte), sự kiện số {given.event}.")


@app.command("revoke")
def revoke(context: typer.Context, consent: int, number: Number, as_json: Json = False) -> None:
    """Người dân rút lại sự đồng ý."""
    first = session_of(context).house.reuse.revoke(consent, _number(number))
    _answer(
        {"consent": consent, "revoked": first}, as_json, "Đã rút lại." if first else "Sự đồng ý này đã rút trước đó."
    )


@app.command("who")
def who(
    context: typer.Context,
    number: Annotated[
        str | None, typer.Option("--id", help="Số định danh của người dân; dấu - để đọc từ đầu vào chuẩn.")
    ] = None,
    record: Annotated[str | None, typer.Option("--record", help="Chỉ một giấy tờ.")] = None,
    as_json: Json = False,
) -> None:
    """Ai đã xem giấy tờ của tôi, khi nào, để làm gì."""
    house = session_of(context).house
    for event in house.reuse.who(_number(number) if number else None, record):
        row = asdict(event) | {"at": event.at.isoformat(timespec="seconds")}
        what = ACTIONS.get(event.action, event.action)
        told = f"{event.at.astimezone():%d/%m/%Y %H:%M}  {event.actor:16}{what:18}{event.case or '':22}"
        _answer(row, as_json, f"{told}{event.purpose or '':28}{event.outcome}")
