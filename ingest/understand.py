"""From page readings to papers: split, name, gather every witness of every field, decide. Nothing is guessed: what is
not proved waits for a person, and an unknown paper is called unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from ingest.acceptance import Known, best_of, decide
from ingest.gathering import Context, gather
from ingest.naming import UNKNOWN, Name, name_paper, title_of
from ingest.register import Row
from ingest.secrecy import is_internal
from ingest.sheet import Sheet, sheet_of
from ingest.splitting import Part, split
from ingest.witnesses import SigningWitness, signing_witness
from schemas import doubts
from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, Paper, Subject, Understanding, Verdict
from schemas.identifiers import parse_any
from schemas.reading import PageReading
from schemas.types import DocumentType, SubjectRule, TypeCatalogue

UNKNOWN_NAME = "Chưa rõ loại"
_FIRST, _MARKED, _LAST = 12, 6, 6  # pages of a long paper that are searched
_TOLD = 0.5  # confidence of a type that only the separator tells
IdKind = Literal["cccd", "cmnd", "mst", "passport"]


def understand(
    readings: Sequence[PageReading],
    *,
    file_name: str,
    signatures: Verdict | None,
    types: TypeCatalogue,
    register: Mapping[str, str] | None = None,
) -> Understanding:
    """The papers of one dropped file, all at once; see `Survey` for the parts of this that hold no more than a paper.

    `readings` are all its pages in order, `file_name` is the shown name, `signatures` the verdict over an incoming
    signed file, `register` what a register says of its one paper (field name to value). A page with a secrecy stamp
    ends the work: nothing of the file is read."""
    survey = Survey(readings, signatures, types)
    if survey.split.secrecy_page is not None:
        return Understanding(papers=(), secrecy_page=survey.split.secrecy_page)
    row = Row(0, file_name, told=register) if register and len(survey.split.papers) == 1 else None
    papers = tuple(survey.paper(index, file_name, row) for index in range(1, len(survey.split.papers) + 1))
    urgent = [f"URGENCY {paper.urgency}" for paper in papers if paper.urgency]
    return Understanding(papers=papers, notices=(*survey.split.notices, *urgent))


class Survey:
    """A file split into papers, which are then understood one by one. It holds the sheets of two dozen pages at most:
    a page's words take a megabyte, and a file may have two thousand pages."""

    def __init__(self, readings: Sequence[PageReading], signatures: Verdict | None, types: TypeCatalogue) -> None:
        self._sheet = lru_cache(_FIRST + _MARKED + _LAST)(lambda page: sheet_of(readings[page - 1]))
        self._signing, self._types = signing_witness(signatures), types
        signed = signatures is not None and bool(signatures.signatures)
        self.split = split((self._sheet(page) for page in range(1, len(readings) + 1)), types, signed=signed)

    def paper(self, index: int, file_name: str, row: Row | None) -> Paper:
        """The paper at that place of the file (from 1). `row` is what a register says of it."""
        part = self.split.papers[index - 1]
        sheets = [self._sheet(page) for page in _telling(part)]
        name = file_name if len(self.split.papers) == 1 else ""  # a bundle's name speaks for none of its papers
        return _paper(index, part, sheets, name, self._signing, self._types, row)


def paper_as_told(
    index: int,
    readings: Sequence[PageReading],
    *,
    type_id: str | None,
    file_name: str,
    signatures: Verdict | None,
    types: TypeCatalogue,
    row: Row | None = None,
) -> Paper:
    """The paper that a person said these pages are, in that order; `type_id` None leaves its name to the program.
    Raises BadIdentifier for a type that is not known."""
    sheets, part = [sheet_of(reading) for reading in readings], Part()
    for sheet in sheets:
        part.take(sheet)
    if type_id is not None and types.get(type_id) is None:
        raise BadIdentifier(detail="document type")
    told = Name(type_id, 1.0, title_of(sheets[0], types)) if type_id is not None else None
    by_page = {sheet.page: sheet for sheet in sheets}
    telling = [by_page[page] for page in _telling(part)]
    return _paper(index, part, telling, file_name, signing_witness(signatures), types, row, told)


def _telling(part: Part) -> list[int]:
    """The pages of a paper that are searched: all of a usual one. Of a long one its beginning, its end, and between
    them the first pages with a seal or a code, for a signature may stand before the annexes."""
    if len(part.written) <= _FIRST + _MARKED + _LAST:
        return part.written
    ends = {*part.written[:_FIRST], *part.written[-_LAST:]}
    between = [page for page in part.marked if page not in ends]
    return sorted({*ends, *between[:_MARKED]})


def subjects_of(kind: DocumentType | None, fields: Mapping[str, FieldReading]) -> tuple[Subject, ...]:
    """The people and organisations a paper is about, from accepted fields only."""
    if kind is None:
        return ()
    subjects = [_subject(rule, fields) for rule in kind.subjects]
    return tuple(subject for subject in subjects if subject is not None)


def _paper(
    index: int,
    part: Part,
    sheets: Sequence[Sheet],
    file_name: str,
    signing: SigningWitness,
    types: TypeCatalogue,
    row: Row | None,
    name: Name | None = None,
) -> Paper:
    if name is None:
        read = name_paper(sheets, types) if sheets else Name(UNKNOWN, 0.0, doubted=True)
        name = _named(read, _types_told(part, row, types))
    kind = types.get(name.type_id)
    pages = tuple(part.pages)
    dossier = part.separator.dossier if part.separator is not None else None
    if kind is None:
        return Paper(
            index=index,
            pages=pages,
            type=UNKNOWN,
            type_name=UNKNOWN_NAME,
            type_confidence=0.0,
            doubts=(doubts.TYPE_UNKNOWN,),
            dossier=dossier,
            urgency=part.urgency,
        )
    fields = _fields(
        kind, Context(kind, tuple(sheets), name.title, file_name, signing, row.fields(kind) if row else {})
    )
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
        dossier=dossier,
        urgency=part.urgency,
    )


def _types_told(part: Part, row: Row | None, types: TypeCatalogue) -> set[str]:
    """The types that the separator right before the paper and the register name; empty where they are silent."""
    sheet = part.separator.type if part.separator is not None and part.follows_separator else None
    listed = row.type_id(types) if row is not None else None
    return {told for told in (sheet, listed) if told is not None and types.get(told) is not None}


def _named(name: Name, told: set[str]) -> Name:
    """The name beside the word of others: a second witness where they agree, a doubt where they do not, and a guess for
    a person to confirm where the paper itself says nothing."""
    if not told:
        return name
    if name.type_id == UNKNOWN and len(told) == 1:
        return Name(next(iter(told)), _TOLD, doubted=True)
    return replace(name, doubted=told != {name.type_id})


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
