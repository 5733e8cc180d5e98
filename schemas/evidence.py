"""Fields with evidence: every value keeps all its witnesses, and is accepted only when they and the rules agree."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Attribute

from schemas.reading import Box

WitnessSource = Literal[
    "ocr",
    "second_ocr",
    "text_layer",
    "file_name",
    "signature_stamp",
    "signature_time",
    "qr",
    "mrz",
    "register",
    "person",
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Witness(_Value):
    """One source's word for a value: what it says, where on which page (box in page fractions), how sure (0..1), and
    which engine and configuration version said it."""

    source: WitnessSource
    value: str
    confidence: float
    page: int | None = None
    box: Box | None = None
    engine: str = ""
    config: str = ""


class FieldReading(_Value):
    """A field of a paper. `value` is normalised (NFC; dates as YYYY-MM-DD, numbers without separators). `accepted` is
    true only when evidence and rules agree; otherwise `doubts` holds the stable codes of why a person must look."""

    value: str | None
    confidence: float
    accepted: bool
    evidence: tuple[Witness, ...] = ()
    doubts: tuple[str, ...] = ()


class Subject(_Value):
    """A person or organisation a paper is about. `number` is an accepted ID number only, never a guess."""

    role: str
    name: str | None = None
    id_kind: Literal["cccd", "cmnd", "mst", "passport"] | None = None
    number: str | None = None


class SignatureFacts(_Value):
    """What verification found of one signature in a file."""

    field: str
    verdict: Literal["VALID", "INVALID", "INDETERMINATE"]
    sub: str
    signer: str | None = None
    signed_at: str | None = None  # ISO 8601 with zone, as claimed or timestamped
    time_source: Literal["timestamp", "claimed", "none"] = "none"
    level: str = ""  # "B-B", "B-T", … as found
    covers_whole_file: bool = False
    stamp_text: str | None = None  # text of the visible appearance, NFC
    stamp_page: int | None = None


class Verdict(_Value):
    """The judgement of a whole file: three verdicts, a sub-code, and the policy that decided."""

    verdict: Literal["VALID", "INVALID", "INDETERMINATE"]
    sub: str
    policy: str
    signatures: tuple[SignatureFacts, ...] = ()


class Paper(_Value):
    """One paper found in a dropped file: the pages it has (from 1, in order, blanks included), its type (the id of a
    data file in schemas/document_types, or "unknown"), its fields by name, the people it is about, the dossier that a
    separator sheet named, and the urgency stamped on it (HỎA TỐC, THƯỢNG KHẨN, KHẨN)."""

    index: int
    pages: tuple[int, ...]
    type: str
    type_name: str
    type_confidence: float
    type_version: int = 1
    fields: dict[str, FieldReading] = Attribute(default_factory=dict)
    subjects: tuple[Subject, ...] = ()
    access_level: Literal["public", "internal", "personal", "sensitive"] = "personal"
    doubts: tuple[str, ...] = ()
    dossier: str | None = None
    urgency: str | None = None

    @property
    def needs_review(self) -> bool:
        """A person must look: the type, or a field with a value, is in doubt."""
        return bool(self.doubts) or any(not f.accepted for f in self.fields.values())


class Understanding(_Value):
    """All papers of one dropped file, in page order."""

    papers: tuple[Paper, ...]
    secrecy_page: int | None = None  # a page with a MẬT stamp: the file must be quarantined, nothing of it kept
    notices: tuple[str, ...] = ()
