"""Once-only for systems: is it held, ask for it, hand it over once its citizen has agreed."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import StreamingResponse

from ledger import Request as Asked
from portal.access import record_look
from portal.exchange.caller import Caller, Key, Reusing, once
from portal.exchange.records import PDF, After, Limit, Record, sealed_pdf, stream
from portal.exchange.shapes import (
    CheckIn,
    CheckOut,
    FieldOut,
    HeldOut,
    Id,
    PrefillIn,
    PrefillOut,
    PullIn,
    ReleaseIn,
    ReleaseOut,
    RequestIn,
    RequestOut,
    RequestPage,
    document_of,
)
from portal.rights import Role, may
from schemas.errors import ConsentNotValid, NoSuchRow, NotAllowed
from schemas.manifest import Manifest

router = APIRouter(prefix="/api/v1/exchange", tags=["exchange"])
OPEN_FOR = timedelta(minutes=15)  # how long a released file may be fetched

Number = Annotated[Id, Path()]


@router.post(
    "/checks",
    name="exchange_check",
    summary="Does this person hold something that proves it?",
    dependencies=[may(Role.CLIENT)],
)
def check(request: Request, caller: Reusing, body: CheckIn, key: Key = None) -> CheckOut:
    """What is held that satisfies a requirement. Every check is an event that the citizen sees, with the client's
    registered purpose; there is a quota a day. The same call again with its key is no second check."""
    parts = caller.parts

    def do() -> dict[str, Any]:
        held = parts.reuse.check(caller.actor, caller.unit, body.case, caller.purpose, body.wanted, body.id_number)
        told = CheckOut(held=[HeldOut.of(paper) for paper in held])
        return {"sealed": parts.box.seal(told.model_dump_json())}

    return CheckOut.model_validate_json(parts.box.read(once(caller, request, key, body, do)["sealed"]))


@router.post(
    "/requests",
    name="exchange_request",
    summary="Ask for a paper; its citizen decides",
    status_code=201,
    dependencies=[may(Role.CLIENT)],
)
def ask(request: Request, caller: Reusing, body: RequestIn, key: Key = None) -> RequestOut:
    """Ask for a paper in a case, for the client's registered purpose."""

    def do() -> dict[str, Any]:
        reuse = caller.parts.reuse
        return {"request": reuse.request(caller.actor, caller.unit, body.case, caller.purpose, body.record)}

    return _told(caller, once(caller, request, key, body, do)["request"])


@router.get(
    "/requests",
    name="exchange_requests",
    summary="Requests of this system",
    dependencies=[may(Role.CLIENT)],
)
def requests(caller: Reusing, after: After = 0, limit: Limit = 100) -> RequestPage:
    """Requests in order, each with the state of its consent."""
    found = caller.parts.ledger.requests_of(caller.actor, after, limit)
    rows = [_told(caller, asked.id) for asked in found]
    return RequestPage(requests=rows, next=found[-1].id if len(found) == limit else None)


@router.get(
    "/requests/{number}",
    name="exchange_request_state",
    summary="A request and its citizen's consent",
    dependencies=[may(Role.CLIENT)],
)
def request_state(caller: Reusing, number: Number) -> RequestOut:
    """Whether the citizen has agreed, for how often and until when."""
    return _told(caller, number)


@router.post(
    "/requests/{number}/release",
    name="exchange_release",
    summary="Receive a paper that was agreed to",
    dependencies=[may(Role.CLIENT)],
)
def release(request: Request, caller: Reusing, number: Number, body: ReleaseIn, key: Key = None) -> ReleaseOut:
    """Count one use of the consent and hand over the fields; the PDF follows at `file`."""
    asked = _mine(caller, number)
    return _released(caller, once(caller, request, key, body, lambda: _release(caller, asked, body.case))["event"])


@router.post(
    "/requests/{number}/prefill",
    name="exchange_prefill",
    summary="Fill a form from a paper that was agreed to",
    dependencies=[may(Role.CLIENT)],
)
def prefill(request: Request, caller: Reusing, number: Number, body: PrefillIn, key: Key = None) -> PrefillOut:
    """Count one use of the consent and hand over the wanted fields alone, with source and confidence."""
    asked = _mine(caller, number)
    event = once(caller, request, key, body, lambda: _release(caller, asked, body.case))["event"]
    manifest = _open_release(caller, event)
    fields = {name: FieldOut.of(manifest.fields[name]) for name in body.fields if name in manifest.fields}
    return PrefillOut(event=event, record=manifest.record, revision=manifest.revision, fields=fields)


@router.post(
    "/records/{record}/pull",
    name="exchange_pull",
    summary="Pull a paper by its URI, with a consent",
    dependencies=[may(Role.CLIENT)],
)
def pull(request: Request, caller: Reusing, record: Record, body: PullIn, key: Key = None) -> ReleaseOut:
    """As a release, by record URI and consent: the way of a document wallet."""
    try:
        consent = caller.parts.ledger.consent(body.consent)
    except NoSuchRow:
        raise NotAllowed() from None
    asked = _mine(caller, consent.request_id)
    if asked.record != record:
        raise NotAllowed()
    return _released(caller, once(caller, request, key, body, lambda: _release(caller, asked, body.case))["event"])


@router.get(
    "/releases/{event}/file",
    name="exchange_release_file",
    summary="The sealed PDF of that release",
    dependencies=[may(Role.CLIENT)],
    response_class=StreamingResponse,
    responses=PDF,
)
def release_file(caller: Reusing, event: Number) -> StreamingResponse:
    """The sealed PDF of a release of this client, for a quarter of an hour and while the consent stands."""
    manifest = _open_release(caller, event)
    archival = sealed_pdf(manifest)
    pdf = caller.parts.archive.open(archival.sha256, verify=True)
    try:
        record_look(caller.parts, caller.visitor, "release_file", manifest, purpose=caller.purpose)
    except BaseException:
        pdf.close()
        raise
    return stream(pdf, manifest.record, archival)


def _mine(caller: Caller, number: int) -> Asked:
    """A request of this caller. Raises NotAllowed, the same for none and another's."""
    try:
        asked = caller.parts.ledger.request(number)
    except NoSuchRow:
        raise NotAllowed() from None
    if asked.actor != caller.actor or asked.unit != caller.unit:
        raise NotAllowed()
    return asked


def _told(caller: Caller, number: int) -> RequestOut:
    asked = _mine(caller, number)
    given = caller.parts.ledger.consents(request_id=asked.id)
    return RequestOut.of(asked, given[-1] if given else None, ended=caller.parts.reuse.has_ended(asked))


def _release(caller: Caller, asked: Asked, case: str) -> dict[str, Any]:
    given = caller.parts.reuse.release(asked.id, caller.actor, case, caller.purpose)
    given.pdf.close()  # fetched on its own, where it can be streamed
    return {"event": given.event}


def _released(caller: Caller, event: int) -> ReleaseOut:
    manifest = _open_release(caller, event)
    archival = sealed_pdf(manifest)
    return ReleaseOut(
        event=event,
        record=manifest.record,
        revision=manifest.revision,
        type=manifest.type,
        document=document_of(manifest),
        fields={name: FieldOut.of(field) for name, field in manifest.fields.items()},
        sha256=archival.sha256,
        size=archival.size,
        file=f"/api/v1/exchange/releases/{event}/file",
    )


def _open_release(caller: Caller, event: int) -> Manifest:
    """The revision that a release of this caller handed over a moment ago. Raises NotAllowed, ConsentNotValid."""
    ledger, now = caller.parts.ledger, caller.parts.clock()
    found = ledger.audit_entries(event - 1, 1, actor=caller.actor, action="reuse.release")
    entry = found[0] if found and found[0].seq == event else None
    if entry is None or entry.record is None or entry.outcome != "ok" or entry.at < now - OPEN_FOR:
        raise NotAllowed()
    consent = ledger.consent(entry.detail["consent"])
    if consent.state != "ACTIVE":
        raise ConsentNotValid(consent=consent.id, state=consent.state)
    return caller.parts.records.get(entry.record, consent.revision)
