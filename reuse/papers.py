"""A paper as reuse shows it: what may be said before a consent, and what exactly would be handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone

from reuse.ports import Token
from reuse.requirements import Requirements
from reuse.values import BlindSubject, GivenField, Held, Validity
from schemas.errors import BadIdentifier, RecordMissing
from schemas.identifiers import PERSON_KINDS, Cccd, Cmnd, DossierCode, Mst, Passport, parse_any
from schemas.manifest import Manifest, Representation

SubjectNumber = Cccd | Cmnd | Mst | Passport
MaySee = Callable[[str, str, Manifest], bool]
VIETNAM = timezone(timedelta(hours=7))  # a paper's last day ends at midnight here


def subject_number(text: str) -> SubjectNumber:
    """The number of a person or organisation; raises BadIdentifier for anything else."""
    found = parse_any(text.strip())
    if isinstance(found, DossierCode):
        raise BadIdentifier(detail="số của người hoặc tổ chức")
    return found


def is_about(manifest: Manifest, who: BlindSubject, token: Token) -> bool:
    """Whether the paper is about the person or organisation behind that token."""
    return any(
        token(subject.id_kind, subject.number) == who.token
        for subject in manifest.subjects
        if subject.id_kind and subject.number and PERSON_KINDS[subject.id_kind].is_valid(subject.number)
    )


def default_may_see(actor: str, unit: str, manifest: Manifest) -> bool:  # noqa: ARG001 - the port's signature
    """Every unit may know of ordinary papers; of sensitive ones only the unit that keeps them."""
    return manifest.access_level != "sensitive" or manifest.unit == unit


def archival_of(manifest: Manifest) -> Representation:
    """The sealed PDF; a record without one has nothing that can be handed over."""
    found = manifest.representation("archival")
    if found is None:
        raise RecordMissing()
    return found


def fields_of(manifest: Manifest) -> tuple[GivenField, ...]:
    """The fields that go along with the PDF."""
    return tuple(GivenField(name, field.value, field.accepted) for name, field in manifest.fields.items())


def held(manifest: Manifest, requirements: Requirements, months: int | None, now: datetime) -> Held:
    """What may be said of a paper before anybody agreed to anything. `months` is how long its type is valid."""
    issued = _first_date(manifest, requirements.issued_fields)
    until = _first_date(manifest, requirements.expires_fields)
    if until is None and issued is not None and months is not None:
        until = months_later(issued, months)
    return Held(
        record=manifest.record,
        type=manifest.type,
        type_name=manifest.type_name,
        issued_date=issued,
        valid_until=until,
        validity=validity(until, months is not None or _is_doubtful(manifest, requirements), now),
    )


def validity(until: date | None, ends: bool, now: datetime) -> Validity:
    """Whether a paper with that last day holds; one that `ends` on a day nobody knows is unknown."""
    if until is not None:
        return "valid" if now.astimezone(VIETNAM).date() <= until else "expired"
    return "unknown" if ends else "valid"


def _is_doubtful(manifest: Manifest, requirements: Requirements) -> bool:
    """Whether the paper names a last day that nobody has accepted yet."""
    fields = [manifest.fields[name] for name in requirements.expires_fields if name in manifest.fields]
    return any(not field.accepted for field in fields)


def _first_date(manifest: Manifest, names: Sequence[str]) -> date | None:
    for name in names:
        field = manifest.fields.get(name)
        if field is not None and field.accepted and field.value:
            try:
                return date.fromisoformat(field.value)
            except ValueError:
                continue  # a date that is only a year says nothing about a day
    return None


def months_later(day: date, months: int) -> date:
    """The same day that many months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_after - timedelta(days=1)).day))
