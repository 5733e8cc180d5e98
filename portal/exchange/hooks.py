"""Hooks: where a system is told of its unit's records. A delivery names the record, never what it says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from ledger import Hook
from portal.exchange.addresses import check_url
from portal.exchange.caller import Caller, Key, Listening, once
from portal.exchange.records import After, Limit
from portal.exchange.shapes import DeliveryOut, DeliveryPage, HookIn, HookList, HookMade, HookOut, Id, ResentOut
from portal.rights import Role, may
from portal.secrets import fresh_token
from schemas.errors import HookRefused, NoSuchRow, NotAllowed

router = APIRouter(prefix="/api/v1/exchange", tags=["exchange"])
MOST = 20  # hooks of one system

Number = Annotated[Id, Path()]


@router.post(
    "/hooks",
    name="exchange_hook_add",
    summary="Add a hook",
    status_code=201,
    dependencies=[may(Role.CLIENT)],
)
def add(request: Request, caller: Listening, body: HookIn, key: Key = None) -> HookMade:
    """Tell this address of every record that the unit stores or revises from now on. Deliveries are POSTs signed with
    `secret`; docs/api.md says how to check them."""
    check_url(body.url, loopback=not caller.parts.portal.secure)

    def do() -> dict[str, int]:
        with caller.parts.ledger.transaction() as tx:
            if len(tx.hooks(caller.client.account_id)) >= MOST:
                raise HookRefused(reason=f"đã có {MOST} địa chỉ")
            secret = caller.parts.box.seal(fresh_token())
            made = tx.add_hook(caller.client.account_id, caller.unit, body.url, secret)
            tx.audit(caller.actor, "hook.added", f"hook:{made}", {"unit": caller.unit})
        return {"hook": made}

    hook = _mine(caller, once(caller, request, key, body, do)["hook"])
    return HookMade(**_told(hook).model_dump(), secret=caller.parts.box.read(hook.secret))


@router.get("/hooks", name="exchange_hooks", summary="Hooks of this system", dependencies=[may(Role.CLIENT)])
def hooks(caller: Listening) -> HookList:
    """The hooks of this system."""
    return HookList(hooks=[_told(hook) for hook in caller.parts.ledger.hooks(caller.client.account_id)])


@router.delete(
    "/hooks/{number}",
    name="exchange_hook_close",
    summary="Close a hook",
    status_code=204,
    dependencies=[may(Role.CLIENT)],
)
def close(caller: Listening, number: Number) -> Response:
    """Tell that address nothing more; what was not sent yet is cancelled."""
    hook = _mine(caller, number)
    with caller.parts.ledger.transaction() as tx:
        tx.close_hook(hook.id)
        tx.audit(caller.actor, "hook.closed", f"hook:{hook.id}", {"unit": caller.unit})
    return Response(status_code=204)


@router.get(
    "/hooks/{number}/deliveries",
    name="exchange_deliveries",
    summary="What a hook was and will be told",
    dependencies=[may(Role.CLIENT)],
)
def deliveries(caller: Listening, number: Number, after: After = 0, limit: Limit = 100) -> DeliveryPage:
    """Deliveries in order. One record's are sent one after the other; a failed one is tried again for three days."""
    found = caller.parts.ledger.hook_deliveries(_mine(caller, number).id, after, limit)
    rows = [DeliveryOut.of(row) for row in found]
    return DeliveryPage(deliveries=rows, next=found[-1].id if len(found) == limit else None)


@router.post(
    "/hooks/{number}/resend",
    name="exchange_resend",
    summary="Send again what was given up",
    dependencies=[may(Role.CLIENT)],
)
def resend(request: Request, caller: Listening, number: Number, key: Key = None) -> ResentOut:
    """Send what was given up once more."""
    hook = _mine(caller, number)

    def do() -> dict[str, int]:
        with caller.parts.ledger.transaction() as tx:
            again = tx.deliver_again(hook.id)
            tx.audit(caller.actor, "hook.resent", f"hook:{hook.id}", {"deliveries": again})
        return {"resent": again}

    return ResentOut(**once(caller, request, key, None, do))


def _mine(caller: Caller, number: int) -> Hook:
    try:
        hook = caller.parts.ledger.hook(number)
    except NoSuchRow:
        raise NotAllowed() from None
    if hook.account_id != caller.client.account_id or hook.state != "ACTIVE":
        raise NotAllowed()
    return hook


def _told(hook: Hook) -> HookOut:
    return HookOut(hook=hook.id, url=hook.url, created_at=hook.created_at)
