"""What crosses the API's edge: bodies and answers as pydantic models, with examples for the document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ledger import Consent, Delivery, Request
from reuse import Held
from schemas.evidence import FieldReading
from schemas.manifest import Manifest

RECORD = "motlan:H41.16:abcdefghijklmnopqrstuvwxyz"
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


def _as_text(value: object) -> object:
    if not isinstance(value, str | date):
        raise ValueError("YYYY-MM-DD")  # pydantic would take a number for seconds
    return value


Day = Annotated[date, BeforeValidator(_as_text)]

# Decree 30/2020, appendix VI: the edge's name, and the fields of ours that say it (the first accepted one is taken).
DECREE_30 = {
    "CodeNumber": ("number",),
    "CodeNotation": ("notation",),
    "IssuedDate": ("issued_date", "registration_date"),
    "OrganName": ("agency",),
    "Subject": ("subject",),
    "SignerInfo": ("signer_name",),
}


class Body(BaseModel):
    """A request body: unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Every error: a stable code, a Vietnamese sentence for the person, a hint for the operator."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "ROLE_MISSING", "message": "…", "hint": "…"}]})

    code: str
    message: str
    hint: str


class Token(BaseModel):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds.", examples=[3600])
    scope: str = Field(examples=["hooks records reuse"])


class TokenProblem(Problem):
    """RFC 6749, 5.2, with our code beside it."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


class Source(BaseModel):
    """Where a value was read: which kind of witness, on which page (from 1), where in fractions of the page."""

    source: str = Field(examples=["ocr"])
    confidence: float
    page: int | None
    box: tuple[float, float, float, float] | None


class FieldOut(BaseModel):
    """A field: `value` is normalised; `accepted` says that evidence or a person stands behind it."""

    value: str | None
    accepted: bool
    confidence: float
    doubts: tuple[str, ...]
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, field: FieldReading) -> FieldOut:
        sources = tuple(
            Source(
                source=w.source,
                confidence=w.confidence,
                page=w.page,
                box=(w.box.x0, w.box.y0, w.box.x1, w.box.y1) if w.box else None,
            )
            for w in field.evidence
        )
        return cls(
            value=field.value,
            accepted=field.accepted,
            confidence=field.confidence,
            doubts=field.doubts,
            sources=sources,
        )


class RecordRow(BaseModel):
    """A record in a list: nothing of what it says."""

    record: str = Field(examples=[RECORD])
    revision: int
    type: str = Field(examples=["birth_certificate"])
    access_level: str
    changed_at: datetime


class RecordPage(BaseModel):
    """Some records, in order; `next` is what `after` takes for the page behind it, null at the end."""

    records: list[RecordRow]
    next: int | None


class SealOut(BaseModel):
    """What verification said when the record was sealed."""

    verdict: str
    sub: str
    level: str


class RecordOut(BaseModel):
    """A record's newest revision. `document` bears the names of Decree 30/2020, appendix VI, with accepted values only;
    `fields` are all of them."""

    record: str = Field(examples=[RECORD])
    revision: int
    unit: str
    type: str
    access_level: str
    created_at: datetime
    document: dict[str, str | int | None]
    fields: dict[str, FieldOut]
    seal: SealOut | None
    sha256: str | None = Field(description="SHA-256 of the sealed PDF, hex.")
    size: int | None = Field(description="Bytes of the sealed PDF.")

    @classmethod
    def of(cls, manifest: Manifest) -> RecordOut:
        pdf, seal = manifest.representation("archival"), manifest.seal
        level = seal.signatures[-1].level if seal and seal.signatures else ""
        return cls(
            record=manifest.record,
            revision=manifest.revision,
            unit=manifest.unit,
            type=manifest.type,
            access_level=manifest.access_level,
            created_at=datetime.fromisoformat(manifest.created_at),
            document=document_of(manifest),
            fields={name: FieldOut.of(field) for name, field in manifest.fields.items()},
            seal=SealOut(verdict=seal.verdict, sub=seal.sub, level=level) if seal else None,
            sha256=pdf.sha256 if pdf else None,
            size=pdf.size if pdf else None,
        )


def document_of(manifest: Manifest) -> dict[str, str | int | None]:
    """A record under the names of Decree 30/2020, appendix VI."""
    known: dict[str, str | int | None] = {
        "FileCode": manifest.dossier,
        "TypeName": manifest.type_name,
        "Language": "Tiếng Việt",
        "PageAmount": manifest.pages,
    }
    for edge, ours in DECREE_30.items():
        said = (manifest.fields[name] for name in ours if name in manifest.fields)
        known[edge] = next((field.value for field in said if field.accepted), None)
    return known


class CheckIn(Body):
    """Does this person hold something that proves it? `wanted` is a requirement or a type of paper."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"case": "H41.16-261003-0001", "wanted": "identity", "id_number": "001090000018"}]
        },
    )

    case: Line
    wanted: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        description="In full. It is never logged; the same empty answer for nobody, nothing and not allowed."
    )


class HeldOut(BaseModel):
    """A paper that is held: enough to ask for it."""

    record: str = Field(examples=[RECORD])
    type: str
    type_name: str
    issued_date: date | None
    valid_until: date | None
    validity: Literal["valid", "expired", "unknown"]

    @classmethod
    def of(cls, held: Held) -> HeldOut:
        names = ("record", "type", "type_name", "issued_date", "valid_until", "validity")
        return cls(**{name: getattr(held, name) for name in names})


class CheckOut(BaseModel):
    held: list[HeldOut]


class RequestIn(Body):
    """Ask for a paper in a case; its citizen decides."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"record": RECORD, "case": "H41.16-261003-0001"}]}
    )

    record: Annotated[str, StringConstraints(max_length=64)]
    case: Line


class ConsentOut(BaseModel):
    consent: int
    state: Literal["ACTIVE", "REVOKED"]
    revision: int
    uses: int
    used: int
    expires_at: datetime


class RequestOut(BaseModel):
    """A request of this system and, once there is one, the citizen's consent. EXPIRED: nobody answered in time."""

    request: int
    record: str
    case: str
    purpose: str
    state: Literal["REQUESTED", "CONSENTED", "REFUSED", "RELEASED", "REVOKED", "EXPIRED"]
    consent: ConsentOut | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, asked: Request, given: Consent | None, *, ended: bool) -> RequestOut:
        consent = given and ConsentOut(
            consent=given.id,
            state=given.state,
            revision=given.revision,
            uses=given.uses,
            used=given.used,
            expires_at=given.expires_at,
        )
        state = "EXPIRED" if ended else asked.state
        told: dict[str, Any] = {"request": asked.id, "consent": consent, "state": state}
        names = ("record", "case", "purpose", "created_at", "changed_at")
        return cls(**told, **{name: getattr(asked, name) for name in names})


class RequestPage(BaseModel):
    """Requests of this system, in order; `next` as for records."""

    requests: list[RequestOut]
    next: int | None


class ReleaseIn(Body):
    """The case must be the one that was agreed to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"case": "H41.16-261003-0001"}]})

    case: Line


class PullIn(ReleaseIn):
    """Pull by record URI, with the consent that allows it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case": "H41.16-261003-0001", "consent": 7}]}
    )

    consent: Id


class PrefillIn(ReleaseIn):
    """Which fields a form needs; nothing else leaves."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"case": "H41.16-261003-0001", "fields": ["full_name", "birth_date"]}]},
    )

    fields: list[Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]] = Field(
        min_length=1, max_length=100
    )


class ReleaseOut(BaseModel):
    """A paper handed over. The sealed PDF lies at `file` for a quarter of an hour, for this system alone."""

    event: int = Field(description="The entry of the audit chain that was committed before.")
    record: str
    revision: int
    type: str
    document: dict[str, str | int | None]
    fields: dict[str, FieldOut]
    sha256: str
    size: int
    file: str = Field(examples=["/api/v1/exchange/releases/812/file"])


class PrefillOut(BaseModel):
    """The wanted fields that the paper has."""

    event: int
    record: str
    revision: int
    fields: dict[str, FieldOut]


class HookIn(Body):
    """Where to tell of the unit's records: an https URL of the system itself."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://mot-cua.example/motlan"}]}
    )

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000)]


class HookOut(BaseModel):
    hook: int
    url: str
    created_at: datetime


class HookMade(HookOut):
    """`secret` signs every delivery and is shown this once."""

    secret: str


class HookList(BaseModel):
    hooks: list[HookOut]


class DeliveryOut(BaseModel):
    """One event for a hook. FAILED: given up after three days of tries; `error` is the last reason."""

    delivery: int
    event: Literal["record.stored", "record.revised"]
    record: str
    revision: int
    state: Literal["PENDING", "DELIVERED", "FAILED", "CANCELLED"]
    attempts: int
    due_at: datetime
    error: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Delivery) -> DeliveryOut:
        names = ("event", "record", "revision", "state", "attempts", "due_at", "error", "created_at")
        return cls(delivery=row.id, **{name: getattr(row, name) for name in names})


class DeliveryPage(BaseModel):
    deliveries: list[DeliveryOut]
    next: int | None


class ResentOut(BaseModel):
    resent: int
