"""From page readings to papers: split, name, gather every witness of every field, decide. Nothing is guessed: what is
not proved waits for a person, and an unknown paper is called unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ingest.acceptance import Known, best_of, decide
from ingest.gathering import Context, gather
from ingest.naming import UNKNOWN, Name, name_paper
from ingest.secrecy import is_internal, is_secret, urgency_of
from ingest.sheet import Sheet, sheet_of
from ingest.splitting import split
from ingest.witnesses import SigningWitness, signing_witness
from schemas import doubts
from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, Paper, Subject, Understanding, Verdict
from schemas.identifiers import parse_any
from schemas.reading import PageReading
from schemas.types import DocumentType, SubjectRule, TypeCatalogue

UNKNOWN_NAME = "Chưa rõ loại"
IdKind = Literal["cccd", "cmnd", "mst", "passport"]


def understand(
    readings: Sequence[PageReading], *, file_name: str, signatures: Verdict | None, types: TypeCatalogue
) -> Understanding:
    """The papers of one dropped file. `readings` are all its pages in order, `file_name` is the shown name,
    `signatures` the verdict over an incoming signed file. A page with a secrecy stamp ends the work: nothing of the
    file is read."""
    sheets = [sheet_of(reading) for reading in readings]
    secret = next((sheet.page for sheet in sheets if is_secret(sheet)), None)
    if secret is not None:
        return Understanding(papers=(), secrecy_page=secret)
    signing = signing_witness(signatures)
    signed = signatures is not None and bool(signatures.signatures)
    parts = split(sheets, types, signed=signed)
    by_page = {sheet.page: sheet for sheet in sheets}
    papers, notices = [], list(parts.notices)
    for index, pages in enumerate(parts.papers, 1):
        written = [by_page[page] for page in pages if not by_page[page].reading.blank]
        name = file_name if len(parts.papers) == 1 else ""  # a bundle's name speaks for none of its papers
        papers.append(_paper(index, pages, written, name, signing, types))
        urgency = next((found for sheet in written[:1] if (found := urgency_of(sheet))), None)
        notices += [f"URGENCY {urgency}"] if urgency else []
    return Understanding(papers=tuple(papers), notices=tuple(notices))


def subjects_of(kind: DocumentType | None, fields: Mapping[str, FieldReading]) -> tuple[Subject, ...]:
    """The people and organisations a paper is about, from accepted fields only."""
    if kind is None:
        return ()
    subjects = [_subject(rule, fields) for rule in kind.subjects]
    return tuple(subject for subject in subjects if subject is not None)


def _paper(
    index: int,
    pages: tuple[int, ...],
    sheets: Sequence[Sheet],
    file_name: str,
    signing: SigningWitness,
    types: TypeCatalogue,
) -> Paper:
    name = name_paper(sheets, types) if sheets else Name(UNKNOWN, 0.0, doubted=True)
    kind = types.get(name.type_id)
    if kind is None:
        return Paper(
            index=index,
            pages=pages,
            type=UNKNOWN,
            type_name=UNKNOWN_NAME,
            type_confidence=0.0,
            doubts=(doubts.TYPE_UNKNOWN,),
        )
    fields = _fields(kind, Context(kind, tuple(sheets), name.title, file_name, signing))
    return Paper(
        index=index,
        pages=pages,
        type=kind.id,
        type_name=kind.name,
        type_confidence=name.confidence,
        type_version=kind.version,
        fields=fields,
        subjects=subjects_of(kind, fields) if not name.doubted else (),
        access_level=_access(kind, sheets),
        doubts=(doubts.TYPE_UNCERTAIN,) if name.doubted else (),
    )


def _fields(kind: DocumentType, context: Context) -> dict[str, FieldReading]:
    found = gather(context)
    best = {rule.name: best_of(rule, found[rule.name]).value for rule in kind.fields if found[rule.name]}
    known = Known({name: value for name, value in best.items() if value is not None}, context.signing.last_day)
    readings = ((rule.name, decide(rule, found.get(rule.name, ()), known)) for rule in kind.fields)
    return {name: reading for name, reading in readings if reading is not None}


def _access(kind: DocumentType, sheets: Sequence[Sheet]) -> Literal["public", "internal", "personal", "sensitive"]:
    if kind.access_level == "public" and any(is_internal(sheet) for sheet in sheets):
        return "internal"
    return kind.access_level


def _subject(rule: SubjectRule, fields: Mapping[str, FieldReading]) -> Subject | None:
    name, number = _accepted(rule.name, fields), _accepted(rule.number, fields)
    if name is None and number is None:
        return None
    kind = _id_kind(number) if number is not None else None
    return Subject(role=rule.role, name=name, id_kind=kind, number=number if kind is not None else None)


def _accepted(field: str | None, fields: Mapping[str, FieldReading]) -> str | None:
    reading = fields.get(field) if field is not None else None
    return reading.value if reading is not None and reading.accepted else None


def _id_kind(number: str) -> IdKind | None:
    try:
        kind = parse_any(number).kind
    except BadIdentifier:
        return None
    kinds: dict[str, IdKind] = {"cccd": "cccd", "cmnd": "cmnd", "mst": "mst", "passport": "passport"}
    return kinds.get(kind)
