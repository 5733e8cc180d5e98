"""What crosses the door of reuse: papers held, previews, releases and access events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Literal

Validity = Literal["valid", "expired", "unknown"]


@dataclass(frozen=True)
class BlindSubject:
    """A person or organisation known by the blind token of its number alone, as a login is. Whoever makes one has seen
    to it that the person is who the token says."""

    token: str


@dataclass(frozen=True)
class Held:
    """A paper the archive holds: enough to ask for it, nothing of what it says. `record` is opaque."""

    record: str
    type: str
    type_name: str
    issued_date: date | None
    valid_until: date | None
    validity: Validity


@dataclass(frozen=True)
class GivenField:
    """One value that is handed over; `accepted`: evidence or a person stands behind it."""

    name: str
    value: str | None
    accepted: bool


@dataclass(frozen=True)
class Preview:
    """Exactly what would be handed over, to whom and for what: the sealed PDF with this digest, and these fields."""

    request: int
    unit: str
    actor: str
    case: str
    purpose: str
    record: str
    revision: int
    type: str
    type_name: str
    pages: int
    sha256: str
    size: int
    fields: tuple[GivenField, ...]


@dataclass(frozen=True)
class Released:
    """A paper handed over: the sealed archival PDF as an open stream (the caller closes it) and its fields. `event` is
    the entry of the audit chain that was committed before."""

    request: int
    consent: int
    event: int
    record: str
    revision: int
    type: str
    type_name: str
    sha256: str
    size: int
    fields: tuple[GivenField, ...]
    pdf: BinaryIO


@dataclass(frozen=True)
class AccessEvent:
    """One look at a person's papers, or an attempt: who, when, why, at what, and how it ended (`ok` or `denied`)."""

    event: int
    at: datetime
    actor: str
    action: str
    unit: str | None
    case: str | None
    purpose: str | None
    record: str | None
    outcome: str
    why: str | None
