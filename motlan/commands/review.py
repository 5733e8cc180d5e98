"""`motlan review`: what a person must look at; list it, see the spot, decide it in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from motlan.commands.options import Actor, Json, session_of
from motlan.output import Output
from motlan.wiring import House
from schemas.errors import BadSetting, FormInvalid, RecordMissing, ReviewDecided
from schemas.evidence import Witness

if TYPE_CHECKING:
    from ledger import ReviewOutcome

_DONE = "Đã ghi. Bản mới của hồ sơ được lập khi hệ thống chạy (motlan up)."
_WAITS = "Đã giữ phần sửa. Số định danh đã sửa phải có người thứ hai xác nhận: motlan review confirm."
_ANSWERS: dict[str, ReviewOutcome] = {"": "accepted", "x": "cannot_read"}

app = typer.Typer(help="Những chỗ cần người xem.", no_args_is_help=False, invoke_without_command=True)


@app.callback()
def _walk(context: typer.Context, actor: Actor = None) -> None:
    """Không có lệnh con: đi qua từng chỗ đang chờ và quyết định ngay trên màn hình."""
    if context.invoked_subcommand is not None:
        return
    house = session_of(context).house
    for item in _items(house, None):
        Output.console.print(
            f"\n[bold]#{item['review']}[/bold] {item['type_name']} · {item['field'] or 'cả tờ'} · {item['record']}"
        )
        Output.console.print(f"  Đọc được: {item['value'] or '–'}   vì sao hỏi: {'; '.join(item['why'])}", markup=False)
        for witness in item["evidence"]:
            Output.console.print(
                f"    {witness['source']:16}{witness['value']}  ({witness['confidence']:.0%})", markup=False
            )
        answer = typer.prompt(
            "  [Enter] đúng · gõ giá trị đúng · x không đọc được · s để sau · q thoát", default="", show_default=False
        )
        if answer == "q":
            return
        if answer == "s" or (answer and item["field"] is None):  # a whole paper is right, or waits
            continue
        outcome = _ANSWERS.get(answer, "corrected")
        try:
            value = answer if outcome == "corrected" else None
            waits = _decide(house, item["review"], actor or house.settings.actor, outcome, value)
        except (FormInvalid, ReviewDecided) as error:
            Output.console.print(f"  {error.vi_text}", markup=False)
            continue
        if waits:
            Output.console.print("  " + _WAITS)


@app.command("list")
def list_(
    context: typer.Context,
    record: Annotated[str | None, typer.Option(help="Chỉ của hồ sơ này.")] = None,
    as_json: Json = False,
) -> None:
    """Liệt kê những chỗ đang chờ."""
    count = 0
    for item in _items(session_of(context).house, record):
        count += 1
        if as_json:
            Output.json(item)
        else:
            why = "; ".join(item["why"])
            told = f"#{item['review']:<5}{item['type_name']:32}{item['field'] or '':20}{item['value'] or '–'}  ({why})"
            Output.console.print(told, markup=False)
    if not count and not as_json:
        Output.note("Không có gì phải xem.")


@app.command("picture")
def picture(
    context: typer.Context,
    review: int,
    out: Annotated[Path, typer.Option("-o", "--out", help="Ghi ảnh PNG của chỗ đó ra tệp này.")],
) -> None:
    """Cắt đúng chỗ trên ảnh trang mà giá trị được đọc."""
    from portal.pictures import spot_picture

    house = session_of(context).house
    row = house.ledger.review(review)
    if row is None:
        raise RecordMissing()
    spot_picture(house, row, out)
    Output.console.print(f"Đã ghi {out}", markup=False)


@app.command("decide")
def decide(
    context: typer.Context,
    review: int,
    accept: Annotated[bool, typer.Option("--accept", help="Giá trị đọc được là đúng.")] = False,
    value: Annotated[str | None, typer.Option("--value", help="Giá trị đúng.")] = None,
    cannot_read: Annotated[bool, typer.Option("--cannot-read", help="Không đọc được.")] = False,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Quyết định một chỗ; hồ sơ có bản mới ghi ai đã quyết định."""
    given: dict[ReviewOutcome, bool] = {"accepted": accept, "corrected": value is not None, "cannot_read": cannot_read}
    chosen = [outcome for outcome, on in given.items() if on]
    if len(chosen) != 1:
        raise BadSetting(name="review decide", detail="exactly one of --accept, --value, --cannot-read")
    house = session_of(context).house
    waits = _decide(house, review, actor or house.settings.actor, chosen[0], value)
    if as_json:
        Output.json({"review": review, "outcome": chosen[0], "waits": waits})
    elif waits:
        Output.console.print(_WAITS)
    else:
        Output.console.print(_DONE)


@app.command("confirm")
def confirm(
    context: typer.Context,
    review: int,
    agree: Annotated[bool | None, typer.Option("--agree/--refuse", help="Số đã sửa đúng, hoặc không đúng.")] = None,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Xác nhận số định danh mà người khác đã sửa; không có lựa chọn thì chỉ cho xem."""
    from worker.outcome import publish
    from worker.reviewing import confirm as record_answer
    from worker.reviewing import proposed

    house = session_of(context).house
    value = proposed(house, review)
    if value is None:
        raise ReviewDecided()
    by = house.ledger.queued_review(review).corrected_by
    if agree is not None:
        publish(house, record_answer(house, review, actor or house.settings.actor, agree).hints)
    if as_json:
        Output.json({"review": review, "by": by, "value": value, "agreed": agree})
    elif agree is None:
        Output.console.print(
            f"#{review}: {by} đã sửa thành {value}. Đúng thì --agree, không thì --refuse.", markup=False
        )
    else:
        Output.console.print(_DONE if agree else "Đã từ chối; chỗ này trở lại hàng chờ.")


def _decide(house: House, review: int, actor: str, outcome: ReviewOutcome, value: str | None) -> bool:
    """Whether a second person must confirm it first."""
    from worker.outcome import publish
    from worker.reviewing import decide as record_decision

    decision = record_decision(house, review, actor, outcome, value)
    publish(house, decision.hints)
    return decision.waits


def _items(house: House, record: str | None) -> Iterator[dict[str, Any]]:
    from schemas.doubts import doubt_text

    for row in house.ledger.reviews():
        document = house.ledger.document(row.document_id)
        if record is not None and document.record != record:
            continue
        manifest = house.records.head(document.record)
        if manifest is None:
            continue
        field = manifest.fields.get(row.field) if row.field else None
        yield {
            "review": row.id,
            "record": document.record,
            "type": manifest.type,
            "type_name": manifest.type_name,
            "field": row.field,
            "value": field.value if field else None,
            "doubts": list(row.doubts),
            "why": [doubt_text(code) for code in row.doubts],
            "evidence": [_witness(w) for w in field.evidence] if field else [],
        }


def _witness(witness: Witness) -> dict[str, Any]:
    return witness.model_dump(mode="json")
