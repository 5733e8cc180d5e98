"""What crosses the door of reuse: papers held, previews, releases and access events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Literal

Validity = Literal["valid", "expired", "unknown"]
NeedState = Literal["held", "unclear", "expired", "missing", "new"]


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
class Quality:
    """How good a held paper is as data, each from 0 to 1: đúng, đủ, sạch, sống."""

    correct: float
    complete: float
    clean: float
    living: float


@dataclass(frozen=True)
class Found:
    """A held paper with its scores and when its newest revision was stored (ISO 8601); `superseded` by a newer paper of
    its kind."""

    held: Held
    quality: Quality
    stored_at: str
    superseded: bool


@dataclass(frozen=True)
class Need:
    """Something a procedure needs proved, the types of paper that prove it (none: made anew for every case), and how
    many months old a paper may be."""

    name: str
    types: tuple[str, ...]
    months: int | None


@dataclass(frozen=True)
class Answer:
    """A need, whether it is met, and the papers that could meet it, the best first."""

    need: Need
    state: NeedState
    papers: tuple[Found, ...]


@dataclass(frozen=True)
class LookUp:
    """What of a procedure's needs a person has handed in already."""

    procedure: str
    name: str
    answers: tuple[Answer, ...]

    @property
    def spared(self) -> int:
        """How many papers need not be handed in again."""
        return sum(answer.state == "held" for answer in self.answers)


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
    """One look at a person's papers, or an attempt: who, when, why, at what, and how it ended (`ok` or `denied`).
    `mine`: by the very person who asks."""

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
    mine: bool = False
