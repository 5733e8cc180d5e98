"""What a citizen's pages say of a paper: how the person is called, fields in plain words, the code of a print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from starlette.responses import StreamingResponse

from portal.pages import day, grouped
from portal.parts import Parts
from portal.visitor import Visitor
from reuse import OwnPaper
from reuse.papers import archival_of
from schemas.identifiers import Cccd
from schemas.manifest import Manifest, Representation
from schemas.types import FieldRule
from schemas.verification import VerificationCode

CHUNK = 1 << 16
_NUMBERS = ("cccd", "person_id")


@dataclass(frozen=True)
class Person:
    """How the pages call somebody: the given name, and `she`, `he` or `you` where the number does not say."""

    name: str
    you: str


@dataclass(frozen=True)
class FieldLine:
    """A field as the paper's own citizen sees it. `spot`: whether there is a picture of its place."""

    name: str
    label: str
    value: str
    accepted: bool
    spot: bool


def person_of(visitor: Visitor, papers: Iterable[OwnPaper]) -> Person:
    """The papers know the name and, by the number, whether it is a woman or a man; else the account's name stands."""
    for person in (own.person for own in papers):
        if person.name and person.id_kind == "cccd" and person.number and Cccd.is_valid(person.number):
            return Person(person.name.split()[-1], "she" if Cccd(person.number).sex == "female" else "he")
    return Person(visitor.known.name, "you")


def field_lines(parts: Parts, paper: Manifest) -> list[FieldLine]:
    """The fields with a value, in the order of the paper's type."""
    rules = {rule.name: rule for rule in known.fields} if (known := parts.types.get(paper.type)) else {}
    names = [name for name in rules if name in paper.fields] + [name for name in paper.fields if name not in rules]
    return [
        FieldLine(
            name=name,
            label=rules[name].label if name in rules else name,
            value=_plain(field.value, rules.get(name)),
            accepted=field.accepted,
            spot=any(witness.page and witness.box for witness in field.evidence),
        )
        for name in names
        if (field := paper.fields[name]).value
    ]


def _plain(value: str | None, rule: FieldRule | None) -> str:
    if rule is not None and rule.kind == "date":
        return day(value)
    return grouped(value) if rule is not None and rule.kind in _NUMBERS else (value or "")


def number_of(paper: Manifest) -> str:
    """The paper's own number, where it has one that was accepted; ID numbers are none."""
    field = next((paper.fields[name] for name in ("number", "serial_number", "notation") if name in paper.fields), None)
    return field.value if field is not None and field.accepted and field.value else ""


def code_of(paper: Manifest) -> VerificationCode:
    """The verification code of this revision. Raises RecordMissing for a paper without a sealed PDF."""
    return VerificationCode.of(paper.record, paper.revision, archival_of(paper).sha256)


def code_address(parts: Parts, code: VerificationCode) -> str:
    """What the QR beside a code says."""
    return f"{parts.portal.public_url}/kiem-tra/{code}"


def file_name(paper: Manifest) -> str:
    """What a download is called: the type and the last letters of the record, nothing of a person."""
    return f"{paper.type}-{paper.record[-6:]}.pdf"


def sealed_pdf(parts: Parts, paper: Manifest) -> tuple[Representation, BinaryIO]:
    """The sealed PDF, hashed before it is handed on. Raises RecordMissing, BlobMissing, BlobDamaged."""
    archival = archival_of(paper)
    return archival, parts.archive.open(archival.sha256, verify=True)


def streamed(archival: Representation, pdf: BinaryIO, name: str) -> StreamingResponse:
    """The answer with an open PDF, closed at its end; the event was written before."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(archival.size)}
    return StreamingResponse(_pieces(pdf), media_type="application/pdf", headers=headers)


def _pieces(pdf: BinaryIO) -> Iterator[bytes]:
    with pdf:
        while piece := pdf.read(CHUNK):
            yield piece
