"""What crosses the API's edge for a citizen: bodies and answers, with examples for the document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from ledger import Correction, Request
from portal.mine.asking import DAYS, MOST_DAYS, MOST_USES, Given
from portal.mine.looks import LONGEST, Look
from portal.mine.papers import code_of
from portal.mine.shares import LONGEST_PURPOSE, Listed, Made
from portal.mine.shares import MOST_DAYS as MOST_SHARE_DAYS
from portal.mine.shares import MOST_USES as MOST_SHARE_USES
from reuse import OwnPaper, Preview
from schemas.evidence import FieldReading

RECORD = "motlan:H41.16:abcdefghijklmnopqrstuvwxyz"
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Body(BaseModel):
    """A request body: unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


class PaperRow(BaseModel):
    """A paper about the citizen."""

    record: str = Field(examples=[RECORD])
    revision: int
    type: str = Field(examples=["marriage_certificate"])
    type_name: str = Field(examples=["Giấy chứng nhận kết hôn"])
    unit: str = Field(examples=["H41.16"])
    role: str = Field(description="As whom the paper names the citizen.", examples=["wife"])
    issued_date: date | None
    valid_until: date | None
    validity: Literal["valid", "expired", "unknown"]
    pages: int
    sensitive: bool

    @classmethod
    def of(cls, own: OwnPaper) -> Self:
        held, paper = own.held, own.manifest
        return cls(
            record=paper.record,
            revision=paper.revision,
            type=paper.type,
            type_name=paper.type_name,
            unit=paper.unit,
            role=own.person.role,
            issued_date=held.issued_date,
            valid_until=held.valid_until,
            validity=held.validity,
            pages=len(paper.source.pages),
            sensitive=paper.access_level == "sensitive",
        )


class PaperField(BaseModel):
    """A value the paper says; `accepted`: evidence or a person stands behind it."""

    value: str | None
    accepted: bool

    @classmethod
    def of(cls, field: FieldReading) -> Self:
        return cls(value=field.value, accepted=field.accepted)


class PaperOut(PaperRow):
    """All a paper says, and the code that is printed with it."""

    fields: dict[str, PaperField]
    sealed_by: str | None
    sealed_at: str | None
    verification_code: str

    @classmethod
    def of(cls, own: OwnPaper) -> Self:
        seal = own.manifest.seal.signatures[-1] if own.manifest.seal and own.manifest.seal.signatures else None
        return cls(
            **PaperRow.of(own).model_dump(),
            fields={name: PaperField.of(field) for name, field in own.manifest.fields.items()},
            sealed_by=seal.signer if seal else None,
            sealed_at=seal.signed_at if seal else None,
            verification_code=str(code_of(own.manifest)),
        )


class RequestOut(BaseModel):
    """Somebody asks to use a paper again."""

    id: int
    unit: str
    case: str
    purpose: str
    record: str = Field(examples=[RECORD])
    state: str = Field(examples=["REQUESTED"])
    created_at: datetime

    @classmethod
    def of(cls, asked: Request) -> Self:
        return cls(**{name: getattr(asked, name) for name in cls.model_fields})


class PreviewOut(RequestOut):
    """Exactly what would be handed over; send `revision` back with the consent."""

    revision: int
    type_name: str
    pages: int
    sha256: str
    size: int
    fields: dict[str, PaperField]

    @classmethod
    def seen(cls, asked: Request, shown: Preview) -> Self:
        return cls(
            **RequestOut.of(asked).model_dump(),
            revision=shown.revision,
            type_name=shown.type_name,
            pages=shown.pages,
            sha256=shown.sha256,
            size=shown.size,
            fields={field.name: PaperField(value=field.value, accepted=field.accepted) for field in shown.fields},
        )


class ConsentIn(Body):
    """A yes: for the revision that was shown, so often, for so many days."""

    revision: Id
    days: int = Field(default=DAYS, ge=1, le=MOST_DAYS)
    uses: int = Field(default=1, ge=1, le=MOST_USES)


class ConsentOut(BaseModel):
    """A consent that was given; `open`: it can still be used."""

    id: int
    request: int
    record: str = Field(examples=[RECORD])
    unit: str
    purpose: str
    uses: int
    used: int
    expires_at: datetime
    open: bool

    @classmethod
    def of(cls, given: Given) -> Self:
        consent, asked = given.consent, given.request
        return cls(
            id=consent.id,
            request=asked.id,
            record=asked.record,
            unit=asked.unit,
            purpose=asked.purpose,
            uses=consent.uses,
            used=consent.used,
            expires_at=consent.expires_at,
            open=given.open,
        )


class Done(BaseModel):
    """Whether this call did it; false where it had been done before."""

    done: bool


class ConsentMade(BaseModel):
    """The new consent."""

    consent: int


class ShareIn(Body):
    """A share to be made."""

    record: str = Field(max_length=64, examples=[RECORD])
    purpose: str = Field(min_length=1, max_length=LONGEST_PURPOSE, examples=["Nộp hồ sơ xin việc"])
    days: int = Field(default=7, ge=1, le=MOST_SHARE_DAYS)
    uses: int = Field(default=1, ge=1, le=MOST_SHARE_USES)


class ShareOut(BaseModel):
    """A share: how often it may be used, and how often it was."""

    id: int
    record: str = Field(examples=[RECORD])
    revision: int
    purpose: str
    uses: int
    used: int
    expires_at: datetime
    state: Literal["open", "revoked", "expired", "used"]

    @classmethod
    def of(cls, listed: Listed) -> Self:
        share = listed.share
        return cls(
            id=share.id,
            record=share.record,
            revision=share.revision,
            purpose=share.purpose,
            uses=share.uses,
            used=share.used,
            expires_at=share.expires_at,
            state=listed.state,
        )


class ShareMade(ShareOut):
    """The new share with its link, which is told this once."""

    link: str = Field(examples=["https://giayto.tinh.gov.vn/s/…"])

    @classmethod
    def made(cls, made: Made) -> Self:
        return cls(**ShareOut.of(Listed(made.share, "", "open")).model_dump(), link=made.address)


class LookOut(BaseModel):
    """Who looked, when and why; looks of one kind within a day are told once."""

    event: int
    at: datetime
    who: str
    officer: str
    what: str
    record: str | None
    purpose: str
    case: str
    count: int
    denied: bool
    mine: bool

    @classmethod
    def of(cls, look: Look) -> Self:
        told = {name: getattr(look, name) for name in cls.model_fields if name != "count"}
        return cls(**told, count=len(look.events))


class CorrectionIn(Body):
    """What is wrong with a field of a paper (empty: with the paper), or a question about a look (`look`: its event)."""

    record: str = Field(default="", max_length=64, examples=[RECORD])
    field: str = Field(default="", max_length=64, examples=["full_name"])
    look: int | None = Field(default=None, ge=1, le=2**53)
    message: str = Field(min_length=1, max_length=LONGEST, examples=["Chữ đệm của tôi là Thị"])


class CorrectionOut(BaseModel):
    """What was asked, and the answer once there is one."""

    id: int
    record: str
    field: str
    look: int | None
    unit: str
    message: str
    state: Literal["OPEN", "CORRECTED", "ANSWERED"]
    answer: str | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, correction: Correction) -> Self:
        told = {name: getattr(correction, name) for name in cls.model_fields}
        return cls(**told | ({"field": ""} if correction.look is not None else {}))
