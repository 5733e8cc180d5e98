"""The manifest of a record's revision: the archive's own account of what it keeps. Its put is the commit."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Attribute

from schemas.evidence import FieldReading, Subject, Verdict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Role = Literal["original", "archival", "text", "data", "source"]


class Representation(_Value):
    """One stored form of the paper. `sha256` (hex) names its blob. Roles: `original` is the dropped file byte for byte;
    `archival` the sealed PDF/A; `text` plain UTF-8, pages separated by form feeds; `data` the page readings. Where the
    original was joined from several dropped files, each of these is a `source`, byte for byte."""

    role: Role
    sha256: str
    size: int
    media_type: str
    file_name: str | None = None


class PageNotice(_Value):
    """Something about one page (from 1 within the paper) that a person should know: a stable code of schemas.errors."""

    page: int
    code: str


class SourceFile(_Value):
    """A dropped file (its name, NFC, and digest) and which of its pages (from 1) are pages of the paper."""

    file_name: str
    sha256: str
    pages: tuple[int, ...]


class Source(SourceFile):
    """Where the paper came from. Of an original that was joined from several dropped files, `files` names these, in the
    order of the paper's pages."""

    batch: str
    files: tuple[SourceFile, ...] = ()


class Conversion(_Value):
    """Law 20/2023 Art. 12: who converted the paper, when, and with what."""

    by: str
    at: str
    software: str
    reading_config: str


class Withdrawal(_Value):
    """Why a record says nothing any more: its pages went into other records (a person laid the papers out anew). What
    it said before stays in its earlier revisions."""

    by: str
    at: str
    into: tuple[str, ...]


class Manifest(_Value):
    """A record's revision. `previous` is the SHA-256 of the previous revision's bytes (None for revision 1); `dossier`
    the code on the separator sheet it lay behind, `urgency` the stamp on it (HỎA TỐC, THƯỢNG KHẨN, KHẨN)."""

    schema_id: Literal["motlan.manifest/1"] = Attribute(default="motlan.manifest/1", alias="schema")
    record: str
    revision: int
    previous: str | None = None
    unit: str
    created_at: str
    type: str
    type_name: str
    type_version: int = 1
    pages: int
    blank_pages: tuple[int, ...] = ()
    source: Source
    conversion: Conversion
    fields: dict[str, FieldReading] = Attribute(default_factory=dict)
    subjects: tuple[Subject, ...] = ()
    access_level: Literal["public", "internal", "personal", "sensitive"] = "personal"
    dossier: str | None = None
    urgency: str | None = None
    doubts: tuple[str, ...] = ()
    notices: tuple[PageNotice, ...] = ()
    representations: tuple[Representation, ...]
    seal: Verdict | None = None
    incoming_signatures: Verdict | None = None
    withdrawn: Withdrawal | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_bytes(self) -> bytes:
        """Canonical JSON: UTF-8, sorted keys, no spaces. Same content, same bytes, same digest. What came to be later
        than the first archives (`withdrawn`, the source's `files`) is left out where it says nothing, so that their
        bytes stay the same."""
        unsaid: dict[str, Any] = {"withdrawn": True} if self.withdrawn is None else {}
        unsaid |= {} if self.source.files else {"source": {"files"}}
        return canonical_json(self.model_dump(mode="json", by_alias=True, exclude=unsaid))

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Parse and validate; raises pydantic.ValidationError on anything that is not a manifest."""
        return cls.model_validate_json(data)

    def representation(self, role: str) -> Representation | None:
        """The stored form of that role, or None."""
        return next((r for r in self.representations if r.role == role), None)


def canonical_json(value: Any) -> bytes:
    """Deterministic JSON bytes (UTF-8, sorted keys, compact)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()
