"""What crosses the API's edge at the officer's desk: bodies and answers, with examples for the document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from portal.exchange.shapes import RECORD, Body, Day, Line
from portal.lookup.asking import LONGEST_CASE, MOST_TOGETHER, Mine
from portal.lookup.searching import LEVELS, LONGEST, Wanted
from portal.lookup.shown import FieldShown
from portal.texts import Texts
from reuse import LookUp, Procedure
from search.index import Hit

CASE = "H41.16-261003-0001"
Case = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CASE)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Words = Annotated[str, StringConstraints(max_length=LONGEST)]
Level = Literal["public", "internal", "personal", "sensitive"]
assert get_args(Level) == LEVELS


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class NeedOut(BaseModel):
    """Something a procedure needs proved. No types: made anew for every case."""

    name: str
    types: tuple[str, ...]
    months: int | None = Field(description="How many months old a paper may be.")


class ProcedureOut(BaseModel):
    code: str = Field(examples=["1.000894"])
    name: str = Field(examples=["Đăng ký kết hôn"])
    needs: list[NeedOut]

    @classmethod
    def of(cls, procedure: Procedure) -> ProcedureOut:
        return cls(code=procedure.code, name=procedure.name, needs=[NeedOut(**vars(n)) for n in procedure.needs])


class ProceduresOut(BaseModel):
    procedures: list[ProcedureOut]


class LookUpIn(Body):
    """Whom, in which case, for which procedure."""

    model_config = _example(id_number="001090000018", case=CASE, procedure="1.000894")

    id_number: Number = Field(description="In full. It is never logged.")
    case: Case
    procedure: Code


class QualityOut(BaseModel):
    """đúng, đủ, sạch, sống; each from 0 to 1."""

    correct: float
    complete: float
    clean: float
    living: float


class FoundOut(BaseModel):
    """A held paper: enough to ask for it, nothing of what it says."""

    record: str = Field(examples=[RECORD])
    type: str
    type_name: str
    issued_date: date | None
    valid_until: date | None
    validity: Literal["valid", "expired", "unknown"]
    superseded: bool
    stored_at: datetime
    quality: QualityOut


class AnswerOut(BaseModel):
    """A need and whether it is met. `unclear`: held, but nobody can say whether it still holds; `new`: made anew for
    every case."""

    need: NeedOut
    state: Literal["held", "unclear", "expired", "missing", "new"]
    papers: list[FoundOut]


class LookUpOut(BaseModel):
    """The same answer when nothing is held and when it may not be known."""

    procedure: str
    name: str
    spared: int = Field(description="How many papers need not be handed in again.")
    answers: list[AnswerOut]

    @classmethod
    def of(cls, found: LookUp) -> LookUpOut:
        answers = [
            AnswerOut(
                need=NeedOut(**vars(answer.need)),
                state=answer.state,
                papers=[
                    FoundOut(
                        **vars(paper.held),
                        superseded=paper.superseded,
                        stored_at=datetime.fromisoformat(paper.stored_at),
                        quality=QualityOut(**vars(paper.quality)),
                    )
                    for paper in answer.papers
                ],
            )
            for answer in found.answers
        ]
        return cls(procedure=found.procedure, name=found.name, spared=found.spared, answers=answers)


class AskIn(Body):
    """Ask for papers in a case; their citizen decides."""

    model_config = _example(case=CASE, procedure="1.000894", records=[RECORD])

    case: Case
    procedure: Code
    records: list[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        min_length=1, max_length=MOST_TOGETHER
    )


class RequestOut(BaseModel):
    """A request of this officer. `until`: how long it can be answered, used, or what was handed over be seen."""

    request: int
    record: str = Field(examples=[RECORD])
    type_name: str
    case: str
    purpose: str
    state: Literal["waiting", "agreed", "received", "refused", "revoked", "expired"]
    how: Literal["citizen", "counter"] | None
    until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Mine) -> RequestOut:
        asked = row.asked
        return cls(
            request=asked.id,
            record=asked.record,
            type_name=row.type_name,
            case=asked.case,
            purpose=asked.purpose,
            state=row.state,
            how="counter" if row.how == "counter" else "citizen" if row.how else None,
            until=row.until,
            created_at=asked.created_at,
        )


class RequestsOut(BaseModel):
    """Requests, newest first; `next` is what `before` takes for the page behind it, null at the end."""

    requests: list[RequestOut]
    next: int | None


class CounterIn(Body):
    """That the citizen agreed at the counter: the number in full, and `agreed`."""

    model_config = _example(id_number="001090000018", agreed=True)

    id_number: Number
    agreed: Literal[True]


class FieldOut(BaseModel):
    """A value that was handed over; `sources`: which kinds of source say it; `page`: where it stands, if known."""

    name: str
    label: str
    value: str
    accepted: bool
    doubts: tuple[str, ...]
    sources: tuple[str, ...]
    page: int | None

    @classmethod
    def of(cls, field: FieldShown) -> FieldOut:
        return cls(**vars(field) | {"doubts": tuple(map(Texts("vi").code, field.doubts))})


class ReceivedOut(BaseModel):
    """A paper taken into the case; the sealed PDF lies at `file` while the consent stands."""

    request: int
    record: str
    revision: int
    type: str
    fields: list[FieldOut]
    file: str = Field(examples=["/api/v1/requests/12/file"])


class SearchIn(Body):
    """Words, filters, or both. `after` is the `next` of the page before."""

    model_config = _example(words="công nhận xã", type="administrative_document", dated_from="2026-01-01")

    words: Words = ""
    named: Words = Field(default="", description="Words of what names a paper: title, number, agency, people.")
    type: Annotated[str, StringConstraints(max_length=64)] = ""
    level: Level | Literal[""] = ""
    code: Words = Field(default="", description="How the document's own number begins.")
    dated_from: Day | None = None
    dated_to: Day | None = None
    unit: Annotated[str, StringConstraints(max_length=20)] = Field(
        default="", description="One of the own unit and, for those who oversee it, those below it; else all of them."
    )
    after: Annotated[str, StringConstraints(max_length=1000)] = ""
    limit: int = Field(default=20, ge=1, le=100)

    @property
    def wanted(self) -> Wanted:
        return Wanted.of(self.model_dump(mode="json"))


class HitOut(BaseModel):
    """A paper found. `highlights` are (start, end) positions in `snippet`; ID numbers are masked."""

    record: str = Field(examples=[RECORD])
    type: str
    type_name: str
    code: str
    agency: str
    dated: str
    access_level: str
    match: Literal["exact", "folded", "near", "number"]
    snippet: str
    highlights: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        return cls(**{name: getattr(hit, name) for name in cls.model_fields})


class SearchOut(BaseModel):
    hits: list[HitOut]
    next: str | None


class SaveIn(SearchIn):
    """A search with the name to keep it under; ID numbers in both are masked."""

    model_config = _example(name="Quyết định năm nay", words="quyết định", dated_from="2026-01-01")

    name: Line


class SavedOut(BaseModel):
    search: int
    name: str


class SavedList(BaseModel):
    searches: list[SavedOut]
