"""Units, accounts, the dashboard, the audit log, holds and corrections for scripts; the same functions as the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from portal.exchange.shapes import Id
from portal.keeping import citizens, people, records
from portal.keeping.board import board
from portal.keeping.pages import surveys_of
from portal.keeping.shapes import (
    AccountChange,
    AccountIn,
    AccountOut,
    AccountsOut,
    AnswerIn,
    BoardOut,
    ChainOut,
    CitizenIn,
    CorrectionOut,
    CorrectionsOut,
    EntriesOut,
    EntryOut,
    FixityOut,
    HoldIn,
    HoldOut,
    HoldsOut,
    LinkOut,
    NameIn,
    StateIn,
    UnitIn,
    UnitOut,
    UnitsOut,
)
from portal.rights import Role, may
from portal.visitor import Visitor, Who, parts_of

router = APIRouter(prefix="/api/v1", tags=["keeping"])
ADMIN = may(Role.ADMIN)
KEEPER = may(Role.ADMIN, Role.ARCHIVIST)
ARCHIVIST = may(Role.ARCHIVIST)
Number = Annotated[Id, Path()]
Record = Annotated[str, Path(max_length=60)]
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


@router.get("/units", name="api_units", summary="Đơn vị trong phạm vi quản lý", dependencies=[ADMIN])
def units(request: Request, visitor: Who) -> UnitsOut:
    """The own unit and every unit below it."""
    found = parts_of(request).ledger.units_below(visitor.unit)
    return UnitsOut(units=[UnitOut(**asdict(unit)) for unit in found])


@router.post("/units", name="api_unit_add", summary="Thêm đơn vị", status_code=201, dependencies=[ADMIN])
def add_unit(request: Request, visitor: Who, body: UnitIn) -> UnitOut:
    """A new unit below one in care; its code never changes."""
    return UnitOut(**asdict(people.add_unit(parts_of(request), visitor, body.code, body.name, body.parent)))


@router.put("/units/{code}/name", name="api_unit_rename", summary="Đổi tên đơn vị", dependencies=[ADMIN])
def rename_unit(request: Request, visitor: Who, code: Annotated[str, Path(max_length=20)], body: NameIn) -> UnitOut:
    """Papers sealed before keep the name they carry."""
    people.rename_unit(parts_of(request), visitor, code, body.name)
    return UnitOut(**asdict(parts_of(request).ledger.unit(code)))


@router.get("/accounts", name="api_accounts", summary="Tài khoản cán bộ và hệ thống", dependencies=[ADMIN])
def accounts(request: Request, visitor: Who, like: Text = "", after: Text = "", limit: Limit = 50) -> AccountsOut:
    """By login; `like` is a part of login or name."""
    lines = parts_of(request).ledger.accounts_below(visitor.unit, like, after, limit + 1)
    more = lines[limit - 1].account.login if len(lines) > limit else None
    return AccountsOut(accounts=[AccountOut.of(line) for line in lines[:limit]], after=more)


@router.post("/accounts", name="api_account_add", summary="Thêm cán bộ", status_code=201, dependencies=[ADMIN])
def add_account(request: Request, visitor: Who, body: AccountIn) -> LinkOut:
    """A new account without a password, and the one-time link to set it."""
    parts = parts_of(request)
    made = people.add_account(parts, visitor, body.login, body.name, body.unit, body.roles)
    return LinkOut(account=made, link=people.invite(parts, visitor, made))


@router.get("/accounts/{account}", name="api_account", summary="Một tài khoản", dependencies=[ADMIN])
def account(request: Request, visitor: Who, account: Number) -> AccountOut:
    return _account(request, visitor, account)


@router.put("/accounts/{account}", name="api_account_change", summary="Đổi tên, đơn vị, vai trò", dependencies=[ADMIN])
def change_account(request: Request, visitor: Who, account: Number, body: AccountChange) -> AccountOut:
    """The rights hold from that account's next request on."""
    parts = parts_of(request)
    people.change_account(parts, visitor, account, name=body.name, unit=body.unit, roles=body.roles)
    return _account(request, visitor, account)


@router.put("/accounts/{account}/state", name="api_account_state", summary="Đóng hoặc mở lại", dependencies=[ADMIN])
def set_state(request: Request, visitor: Who, account: Number, body: StateIn) -> AccountOut:
    """Closing ends the account's sessions."""
    change = people.close_account if body.state == "CLOSED" else people.open_account
    change(parts_of(request), visitor, account)
    return _account(request, visitor, account)


@router.post("/accounts/{account}/invitation", name="api_invite", summary="Cấp đường dẫn mới", dependencies=[ADMIN])
def invite(request: Request, visitor: Who, account: Number) -> LinkOut:
    """A fresh one-time link; earlier ones end."""
    return LinkOut(account=account, link=people.invite(parts_of(request), visitor, account))


@router.post("/accounts/{account}/unlock", name="api_unlock", summary="Mở khóa", dependencies=[ADMIN])
def unlock(request: Request, visitor: Who, account: Number) -> AccountOut:
    """Wrong tries are forgotten."""
    people.unlock(parts_of(request), visitor, account)
    return _account(request, visitor, account)


@router.delete(
    "/accounts/{account}/sessions", name="api_end_sessions", summary="Đăng xuất mọi nơi", dependencies=[ADMIN]
)
def end_sessions(request: Request, visitor: Who, account: Number) -> AccountOut:
    """Everybody who is in with this account is out; the own session stays."""
    people.end_sessions(parts_of(request), visitor, account)
    return _account(request, visitor, account)


@router.delete(
    "/accounts/{account}/second-factor", name="api_second_off", summary="Bỏ mã xác nhận", dependencies=[ADMIN]
)
def remove_second_factor(request: Request, visitor: Who, account: Number) -> AccountOut:
    """For who lost the telephone."""
    people.remove_second_factor(parts_of(request), visitor, account)
    return _account(request, visitor, account)


@router.post("/citizen-accounts", name="api_citizen", summary="Tài khoản người dân tại quầy", dependencies=[ADMIN])
def citizen(request: Request, visitor: Who, body: CitizenIn) -> LinkOut:
    """Open, unlock or close, or a fresh link; the citizen sees that it was done."""
    link = citizens.act(parts_of(request), visitor, body.id_number, body.name, body.act)
    return LinkOut(account=None, link=link)


@router.get("/board", name="api_board", summary="Bảng điều khiển", dependencies=[KEEPER])
def dashboard(request: Request, visitor: Who) -> BoardOut:
    """How the work of the unit and those below it stands."""
    return BoardOut.of(board(parts_of(request), surveys_of(request), visitor.unit))


@router.get("/audit", name="api_audit", summary="Nhật ký kiểm toán", dependencies=[KEEPER])
def audit(
    request: Request,
    visitor: Who,
    actor: Text = "",
    action: Text = "",
    record: Text = "",
    denied: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Limit = 50,
) -> EntriesOut:
    """Entries of the unit and those below it; `action` may be the beginning of one."""
    ledger = parts_of(request).ledger
    found = ledger.audit_page(
        visitor.unit, before, limit + 1, actor=actor, action=action, record=record, denied_only=denied
    )
    more = found[limit - 1].seq if len(found) > limit else None
    return EntriesOut(entries=[EntryOut.of(entry) for entry in found[:limit]], before=more)


@router.post("/audit/verification", name="api_audit_verify", summary="Kiểm tra cả chuỗi", dependencies=[KEEPER])
def verify(request: Request, visitor: Who) -> ChainOut:
    """Recompute every entry, and compare with the pieces sealed into the archive."""
    found = asdict(records.verify_chain(parts_of(request), visitor))
    return ChainOut(**{name: found[name] for name in ChainOut.model_fields})


@router.post("/records/{record}/fixity", name="api_fixity", summary="Kiểm tra toàn vẹn", dependencies=[KEEPER])
def fixity(request: Request, visitor: Who, record: Record) -> FixityOut:
    """Read back every revision and every stored form now."""
    found = records.fixity(parts_of(request), visitor, record)
    return FixityOut(**{name: getattr(found, name) for name in FixityOut.model_fields})


@router.get("/holds", name="api_holds", summary="Giấy tờ đang giữ", dependencies=[KEEPER])
def holds(request: Request, visitor: Who) -> HoldsOut:
    """What holds now, newest first."""
    return HoldsOut(holds=[HoldOut.of(hold) for hold in parts_of(request).ledger.holds(visitor.unit)])


@router.post("/holds", name="api_hold", summary="Giữ một giấy tờ", status_code=201, dependencies=[ARCHIVIST])
def put_hold(request: Request, visitor: Who, body: HoldIn) -> HoldOut:
    """Nothing of the record is destroyed while this holds."""
    parts = parts_of(request)
    return HoldOut.of(parts.ledger.hold(records.hold(parts, visitor, body.record, body.reason)))


@router.delete("/holds/{hold}", name="api_hold_lift", summary="Bỏ lệnh giữ", status_code=204, dependencies=[ARCHIVIST])
def lift_hold(request: Request, visitor: Who, hold: Number) -> None:
    records.lift(parts_of(request), visitor, hold)


@router.get("/corrections", name="api_corrections", summary="Người dân hỏi hoặc báo sai", dependencies=[KEEPER])
def corrections(request: Request, visitor: Who, all: bool = False) -> CorrectionsOut:
    """Those that wait for an answer, or all."""
    found = records.corrections(parts_of(request), visitor, open_only=not all)
    return CorrectionsOut(corrections=[CorrectionOut.of(one) for one in found])


@router.post(
    "/corrections/{correction}/answer", name="api_correction_answer", summary="Trả lời", status_code=204,
    dependencies=[ARCHIVIST],
)  # fmt: skip
def answer(request: Request, visitor: Who, correction: Number, body: AnswerIn) -> None:
    """The citizen reads it at once."""
    records.answer(parts_of(request), visitor, correction, body.answer, corrected=body.corrected)


def _account(request: Request, visitor: Visitor, account: int) -> AccountOut:
    return AccountOut.of(people.account_in_care(parts_of(request), visitor, account))
