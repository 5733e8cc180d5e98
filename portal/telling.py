"""How a paper is told: one JSON object per paper, the shape that scripts rely on (docs/cli.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger import DocumentRow, FileRow
from portal.parts import Parts
from schemas.doubts import doubt_text
from schemas.errors import MotlanError, by_code
from schemas.evidence import FieldReading
from schemas.manifest import Manifest


def rows_of_batch(parts: Parts, batch: int) -> Iterator[dict[str, Any]]:
    """One row per paper of every file of the batch; a file without a paper yields one row that says why."""
    for file in parts.ledger.files(batch_id=batch):
        for row in rows_of_file(parts, file):
            yield row | {"batch": batch}


def rows_of_file(parts: Parts, file: FileRow) -> Iterator[dict[str, Any]]:
    """Rows of one dropped file. A duplicate tells the papers of the file it was linked to."""
    first = parts.ledger.file(file.duplicate_of) if file.duplicate_of else file
    documents = [d for d in parts.ledger.documents(file_id=first.id) if d.state != "CANCELLED"]
    extra = [_reason(code) for code in file.notices]
    if file.duplicate_of:
        extra.append(by_code("DUPLICATE")(first=file.duplicate_of).as_reason())
    if file.reason:
        extra.append(file.reason)
    for document in documents:
        yield _row(parts, file, document, extra)
    if not documents:
        yield _bare(file, extra)


def _bare(file: FileRow, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "file": file.path_shown or file.name,
        "record": None,
        "state": file.state,
        "type": None,
        "pages": file.pages or 0,
        "fields": {},
        "seal": None,
        "reasons": reasons,
    }


def _row(parts: Parts, file: FileRow, document: DocumentRow, extra: list[dict[str, Any]]) -> dict[str, Any]:
    manifest = parts.records.head(document.record) if document.revision else None
    if manifest is None:
        return _bare(file, extra) | {"record": document.record, "state": document.state, "type": document.type}
    asks = document.state != "DAMAGED" and needs_review(manifest)
    state = "DUPLICATE" if file.duplicate_of else ("REVIEW" if asks else document.state)
    return (
        {"file": file.path_shown or file.name, "state": state}
        | told(manifest)
        | {"reasons": [*extra, *reasons_of(manifest)]}
    )


def needs_review(manifest: Manifest) -> bool:
    """A person has something to look at in this record."""
    return bool(manifest.doubts or manifest.notices) or any(
        f.doubts and not f.accepted for f in manifest.fields.values()
    )


def told(manifest: Manifest) -> dict[str, Any]:
    """A record in the shape of a row, without where it came from."""
    seal = manifest.seal
    return {
        "record": manifest.record,
        "revision": manifest.revision,
        "type": manifest.type,
        "type_name": manifest.type_name,
        "pages": manifest.pages,
        "dossier": manifest.dossier,
        "urgency": manifest.urgency,
        "fields": {name: told_field(field) for name, field in manifest.fields.items()},
        "seal": {
            "verdict": seal.verdict,
            "sub": seal.sub,
            "policy": seal.policy,
            "level": seal.signatures[-1].level if seal.signatures else "",
            "signer": seal.signatures[-1].signer if seal.signatures else None,
        }
        if seal
        else None,
        "incoming_signatures": manifest.incoming_signatures.model_dump(mode="json")
        if manifest.incoming_signatures
        else None,
        "reasons": reasons_of(manifest),
    }


def told_field(field: FieldReading) -> dict[str, Any]:
    """A field: value, confidence, accepted, evidence, and why it is doubted."""
    return field.model_dump(mode="json")


def reasons_of(manifest: Manifest) -> list[dict[str, Any]]:
    """Why a person must look at this record: the paper's doubts, then each field's."""
    paper = [by_code(notice.code)(page=notice.page).as_reason() for notice in manifest.notices]
    paper += [_reason(code) for code in manifest.doubts]
    fields = [
        _reason(code) | {"field": name}
        for name, field in manifest.fields.items()
        if not field.accepted
        for code in field.doubts
    ]
    return paper + fields


def _reason(code: str) -> dict[str, Any]:
    """A stable code with its sentence, whether an error's or a doubt's."""
    known = by_code(code)
    if known is not MotlanError:
        return known().as_reason()
    return {"code": code, "message": doubt_text(code), "hint": ""}
