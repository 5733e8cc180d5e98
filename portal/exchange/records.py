"""Records out: a system reads the papers of its own unit, one event a look."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, Query
from starlette.responses import StreamingResponse

from portal.access import record_look
from portal.exchange.caller import Caller, Reading
from portal.exchange.shapes import RecordOut, RecordPage, RecordRow
from portal.rights import Role, may
from schemas.errors import BadIdentifier, RecordMissing
from schemas.manifest import Manifest, Representation

router = APIRouter(prefix="/api/v1/exchange", tags=["exchange"])
CHUNK = 1 << 16

Record = Annotated[str, Path(max_length=64, examples=["motlan:H41.16:abcdefghijklmnopqrstuvwxyz"])]
After = Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before; 0: from the beginning.")]
Limit = Annotated[int, Query(ge=1, le=500)]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/records",
    name="exchange_records",
    summary="Records of the unit, in the order they were stored",
    dependencies=[may(Role.CLIENT)],
)
def records(caller: Reading, after: After = 0, limit: Limit = 100) -> RecordPage:
    """Records of the client's unit, oldest first; the same question later tells what came since. Revisions of records
    that were told before come by hooks."""
    found = caller.parts.ledger.unit_documents(caller.unit, after, limit)
    rows = [
        RecordRow(
            record=row.record,
            revision=row.revision or 1,
            type=row.type,
            access_level=row.access_level,
            changed_at=row.changed_at,
        )
        for row in found
        if row.access_level != "sensitive" or caller.may("sensitive")
    ]
    return RecordPage(records=rows, next=found[-1].id if len(found) == limit else None)


@router.get(
    "/records/{record}",
    name="exchange_record",
    summary="One record's data",
    dependencies=[may(Role.CLIENT)],
)
def record(caller: Reading, record: Record) -> RecordOut:
    """The newest revision of a record of the client's unit, under the names of Decree 30/2020 where it has them."""
    manifest = own_record(caller, record)
    record_look(caller.parts, caller.visitor, "record", manifest, purpose=caller.purpose)
    return RecordOut.of(manifest)


@router.get(
    "/records/{record}/file",
    name="exchange_record_file",
    summary="One record's sealed PDF",
    dependencies=[may(Role.CLIENT)],
    response_class=StreamingResponse,
    responses=PDF,
)
def record_file(caller: Reading, record: Record) -> StreamingResponse:
    """The sealed PDF of the newest revision. `Repr-Digest` (RFC 9530) carries its SHA-256."""
    manifest = own_record(caller, record)
    archival = sealed_pdf(manifest)
    pdf = caller.parts.archive.open(archival.sha256, verify=True)
    try:
        record_look(caller.parts, caller.visitor, "file", manifest, purpose=caller.purpose)
    except BaseException:
        pdf.close()
        raise
    return stream(pdf, manifest.record, archival)


def own_record(caller: Caller, record: str) -> Manifest:
    """A record of the caller's unit. Raises RecordMissing, the same for none and not allowed."""
    try:
        manifest = caller.parts.records.head(record)
    except BadIdentifier:
        raise RecordMissing() from None
    if manifest is None or manifest.unit != caller.unit or manifest.withdrawn:
        raise RecordMissing()
    if manifest.access_level == "sensitive" and not caller.may("sensitive"):
        raise RecordMissing()
    return manifest


def sealed_pdf(manifest: Manifest) -> Representation:
    """Raises RecordMissing for a record without one."""
    found = manifest.representation("archival")
    if found is None:
        raise RecordMissing()
    return found


def stream(pdf: BinaryIO, record: str, archival: Representation) -> StreamingResponse:
    """A sealed PDF as an answer; the stream is closed at its end."""
    coded = base64.b64encode(bytes.fromhex(archival.sha256)).decode()
    headers = {
        "Content-Length": str(archival.size),
        "Content-Disposition": f'attachment; filename="{record.rpartition(":")[2]}.pdf"',
        "Repr-Digest": f"sha-256=:{coded}:",
        "Content-Encoding": "identity",
    }
    return StreamingResponse(_chunks(pdf), headers=headers, media_type="application/pdf")


def _chunks(pdf: BinaryIO) -> Iterator[bytes]:
    with pdf:
        while chunk := pdf.read(CHUNK):
            yield chunk
