"""`motlan export | verify | verify-code | fixity | repair | rebuild`: what an archivist answers for."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from motlan.commands.options import Actor, Json, session_of
from motlan.output import EXIT_FINDINGS, EXIT_OK, Output
from schemas.errors import FileGone, RecordMissing

EXIT_INDETERMINATE = 7
_VERDICT_EXIT = {"VALID": EXIT_OK, "INVALID": EXIT_FINDINGS, "INDETERMINATE": EXIT_INDETERMINATE}


class Form(StrEnum):
    """Which representation to take out."""

    original = "original"
    archival = "archival"
    text = "text"
    data = "data"
    source = "source"


def export(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Địa chỉ hồ sơ (motlan:…).")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Ghi ra tệp này (không ghi đè).")],
    form: Annotated[Form, typer.Option("--as", help="Dạng cần lấy.")] = Form.archival,
    number: Annotated[int, typer.Option("--number", min=1, help="Tệp thứ mấy, khi giấy tờ gộp từ nhiều tệp.")] = 1,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Lấy một giấy tờ ra khỏi kho; mã băm được kiểm lại khi chép."""
    from storage.package import export as take_out

    house = session_of(context).house
    manifest = house.records.head(record)
    if manifest is None:
        raise RecordMissing()
    with house.ledger.transaction() as tx:
        tx.audit(actor or house.settings.actor, "access.export", record, {"as": str(form)}, record=record)
    take_out(house.archive, manifest, form, out, number)
    if as_json:
        Output.json({"record": record, "as": str(form), "file": str(out)})
    else:
        Output.console.print(f"Đã ghi {out}", markup=False)


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tệp PDF cần kiểm tra chữ ký.")],
    as_json: Json = False,
) -> None:
    """Kiểm tra chữ ký của một tệp: VALID, INVALID hoặc INDETERMINATE kèm lý do."""
    from signing.verify import verify as judge

    verdict = judge(file, session_of(context).house.key.roots)
    if as_json:
        Output.json(verdict.model_dump(mode="json"))
    else:
        Output.console.print(f"{verdict.verdict} ({verdict.sub})  – {verdict.policy}", markup=False)
        for s in verdict.signatures:
            Output.console.print(
                f"  {s.verdict:14}{s.sub}  {s.signer or '?'}  {s.signed_at or ''}  {s.level}", markup=False
            )
    raise typer.Exit(_VERDICT_EXIT[verdict.verdict])


def verify_code(
    code: Annotated[str, typer.Argument(help="Mã kiểm tra in trên giấy; dấu cách và gạch nối không quan trọng.")],
    file: Annotated[Path, typer.Argument(help="Tệp PDF có ký số cần so với mã.")],
    as_json: Json = False,
) -> None:
    """So một tệp với mã kiểm tra in trên giấy, không cần mạng và không cần kho; mã thoát 1 nếu không phải tệp đó."""
    from schemas.verification import VerificationCode

    known = VerificationCode.parse(code)
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileGone() from error
    same = known.is_of(found)
    if as_json:
        Output.json({"code": str(known), "record": known.record, "revision": known.revision, "same": same})
    else:
        told = "đúng là tệp của mã này, không bị sửa một byte nào" if same else "KHÔNG phải tệp của mã này"
        Output.console.print(f"{file.name}: {told}", markup=False)
    if not same:
        raise typer.Exit(EXIT_FINDINGS)


def fixity(context: typer.Context, as_json: Json = False) -> None:
    """Tính lại mã băm của mọi tệp trong kho; mã thoát 1 nếu có gì thay đổi hay thiếu."""
    from motlan.checking import check_everything

    house = session_of(context).house
    with Progress(console=Output.side, transient=True, disable=as_json) as bar:
        task = bar.add_task("Kiểm tra toàn vẹn", total=None)
        report = check_everything(house, lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        Output.json(report.as_json())
    else:
        Output.console.print(f"Đã kiểm {report.checked} tệp: " + ("toàn vẹn" if report.ok else "CÓ SAI LỆCH"))
        for item in report.wrong:
            Output.console.print(f"  ✗ {item}", markup=False)
    if not report.ok:
        raise typer.Exit(EXIT_FINDINGS)


def repair(
    context: typer.Context,
    replica: Annotated[
        Path, typer.Option("--from", help="Thư mục sao lưu, thư mục archive khác, hoặc tệp TOML nêu kho S3 có bản sao.")
    ],
    as_json: Json = False,
) -> None:
    """Đưa những gì mất hay hỏng trong kho trở lại từ một bản sao, rồi kiểm tra toàn vẹn lại."""
    from motlan.commands.backup import shown
    from motlan.repairing import mend, replica_of

    house = session_of(context).house
    with shown(as_json) as progress:
        mended = mend(house, replica_of(house, replica), progress)
    if as_json:
        Output.json(mended.as_json())
    else:
        done = mended.put_back
        size = f"{done.blobs} tệp ({done.bytes / 1e6:.1f} MB)"
        Output.console.print(f"Đã đưa lại {done.revisions} bản kê, {size}; kiểm tra lại: {len(mended.wrong)} sai lệch")
        for item in (*done.left, *mended.wrong):
            Output.console.print(f"  ✗ {item}", markup=False)
    if mended.wrong or mended.put_back.left:
        raise typer.Exit(EXIT_FINDINGS)


def rebuild(context: typer.Context, as_json: Json = False) -> None:
    """Dựng lại chỉ mục và đầu mục sổ cái từ các bản kê trong kho, rồi so khớp."""
    from motlan.rebuilding import rebuild as build

    house = session_of(context).house
    with Progress(console=Output.side, transient=True, disable=as_json) as bar:
        task = bar.add_task("Dựng lại", total=None)
        report = build(house, progress=lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        Output.json(report.as_json())
    else:
        Output.console.print(
            f"{report.records} hồ sơ, {report.indexed} trong chỉ mục, {report.adopted} đưa lại vào sổ cái"
        )
        for item in report.wrong:
            Output.console.print(f"  ✗ {item}", markup=False)
    if report.wrong:
        raise typer.Exit(EXIT_FINDINGS)
