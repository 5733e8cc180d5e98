"""What crosses the API's edge of keeping: bodies and answers, with examples for the document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from ledger import Account, AccountLine, AuditEntry, Correction, Hold
from portal.exchange.shapes import RECORD, Body, Line
from portal.keeping.board import Board
from portal.keeping.citizens import Act

Role = Literal["clerk", "officer", "archivist", "admin"]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9.]{1,20}$")]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


class UnitOut(BaseModel):
    code: str = Field(examples=["H41.16"])
    name: str
    parent: str | None


class UnitsOut(BaseModel):
    """The own unit and every unit below it."""

    units: list[UnitOut]


class UnitIn(Body):
    code: UnitCode
    name: Line
    parent: UnitCode


class NameIn(Body):
    name: Line


class AccountOut(BaseModel):
    """An account of staff or of a system; `sessions` are those that have not ended."""

    id: int
    login: str
    name: str
    unit: str | None
    roles: list[str]
    state: Literal["ACTIVE", "CLOSED"]
    locked_until: datetime | None
    second_factor: bool
    sessions: int
    seen_at: datetime | None
    invited: bool

    @classmethod
    def of(cls, line: AccountLine) -> Self:
        known: Account = line.account
        return cls(
            id=known.id,
            login=known.login,
            name=known.name,
            unit=known.unit,
            roles=list(known.roles),
            state=known.state,
            locked_until=known.locked_until,
            second_factor=known.totp is not None,
            sessions=line.sessions,
            seen_at=line.seen_at,
            invited=line.invited,
        )


class AccountsOut(BaseModel):
    """A page of accounts; `after` is where the next one begins, null at the end."""

    accounts: list[AccountOut]
    after: str | None


class AccountChange(Body):
    name: Line
    unit: UnitCode
    roles: list[Role] = Field(min_length=1, max_length=4)


class AccountIn(AccountChange):
    login: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,59}$")]


class LinkOut(BaseModel):
    """A one-time link to set a password, told here and never again."""

    account: int | None
    link: str | None = Field(examples=["https://giayto.example/bat-dau/…"])


class StateIn(Body):
    state: Literal["ACTIVE", "CLOSED"]


class CitizenIn(Body):
    """What to do with the account of whoever has this ID number; `name` for a new one."""

    id_number: Annotated[str, StringConstraints(min_length=9, max_length=20)]
    act: Act
    name: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class IndicatorOut(BaseModel):
    code: str
    name: str
    percent: float | None = Field(description="Null where our data cannot tell; `note` says why.")
    points: float | None
    max: float
    note: str


class BoardOut(BaseModel):
    """How the work stands; counts by state, outcome or code. What comes of the survey is null while the
    first one is made."""

    at: datetime
    files: dict[str, int]
    papers: dict[str, int]
    faults: dict[str, int]
    oldest_step_at: datetime | None
    reviews_open: int
    review_oldest_at: datetime | None
    decided: dict[str, int]
    deliveries: dict[str, int]
    fields_read: int | None
    fields_accepted: int | None
    seals: dict[str, int] | None
    key_expires: datetime | None
    fixity_at: datetime | None
    bytes_free: int
    indicators: list[IndicatorOut]

    @classmethod
    def of(cls, made: Board) -> Self:
        survey = made.survey
        found = [
            IndicatorOut(
                code=each.rule.code,
                name=each.rule.name,
                percent=each.percent,
                points=each.points,
                max=each.rule.max,
                note=each.rule.note,
            )
            for each in made.indicators
        ]
        return cls(
            at=made.at,
            files=made.intake.files,
            papers=made.papers,
            faults=made.faults,
            oldest_step_at=made.oldest,
            reviews_open=made.backlog.open,
            review_oldest_at=made.backlog.oldest,
            decided=made.outcomes,
            deliveries=made.deliveries,
            fields_read=survey.totals.fields if survey else None,
            fields_accepted=survey.totals.accepted if survey else None,
            seals=dict(survey.totals.levels) if survey else None,
            key_expires=made.key.expires if made.key else None,
            fixity_at=made.fixity.at if made.fixity else None,
            bytes_free=made.free,
            indicators=found,
        )


class EntryOut(BaseModel):
    """One link of the audit chain."""

    seq: int
    at: datetime
    actor: str
    action: str = Field(examples=["access.page"])
    object: str
    record: str | None
    outcome: str
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        names = cls.model_fields
        return cls(**{name: getattr(entry, name) for name in names})


class EntriesOut(BaseModel):
    """Newest first; `before` is where the next page begins, null at the end."""

    entries: list[EntryOut]
    before: int | None


class ChainOut(BaseModel):
    """The chain recomputed, and compared with what of it is sealed into the archive."""

    entries: int
    ok: bool
    first_broken: int | None
    pieces_ok: bool
    sealed: int


class FixityOut(BaseModel):
    """One record read back: revisions, stored forms and their bytes, and what is wrong (fault, place)."""

    revisions: int
    checked: int
    bytes: int
    ok: bool
    wrong: list[tuple[str, str]] = Field(examples=[[["changed", "archival"]]])


class HoldIn(Body):
    record: Annotated[str, Field(max_length=60, examples=[RECORD])]
    reason: Said


class HoldOut(BaseModel):
    id: int
    record: str
    unit: str
    reason: str
    actor: str
    created_at: datetime

    @classmethod
    def of(cls, hold: Hold) -> Self:
        return cls(**{name: getattr(hold, name) for name in cls.model_fields})


class HoldsOut(BaseModel):
    holds: list[HoldOut]


class CorrectionOut(BaseModel):
    """What a citizen says is wrong, or asks about a look."""

    id: int
    record: str
    field: str
    message: str
    state: str
    answer: str | None
    created_at: datetime

    @classmethod
    def of(cls, correction: Correction) -> Self:
        return cls(**{name: getattr(correction, name) for name in cls.model_fields})


class CorrectionsOut(BaseModel):
    corrections: list[CorrectionOut]


class AnswerIn(Body):
    answer: Said
    corrected: bool = False
