"""From a manifest to what is findable of it, and whether the index still says what the archive says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from schemas.evidence import FieldReading
from schemas.identifiers import MASK, PERSON_KINDS, mask_numbers
from schemas.manifest import Manifest
from schemas.vietnamese import nfc
from search.fulltext import findable
from search.index import Entry, Index
from search.keys import BlindIndex

_LEAST_SECRET = 6  # characters: a shorter reading of a number would hide ordinary numbers of the text


@dataclass(frozen=True)
class ParityReport:
    """Records the index lacks, has though the archive does not, and has in another revision than the head."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not (self.missing or self.extra or self.stale)


def entry_of(manifest: Manifest, pages: Iterable[str], blind: BlindIndex) -> Entry:
    """What the index takes in of a record's head; `pages` are those of its text representation.

    Every text is masked: whatever looks like a person's number, and besides every reading of one in this manifest, for
    a misread number gives most of itself away. Only accepted numbers of subjects become tokens.
    """
    if manifest.withdrawn is not None:  # known to be there, and found by nothing
        return Entry(manifest.record, manifest.revision, "", "", "", "")
    hide = _Masking(manifest)
    values = {name: hide(reading.value) for name, reading in manifest.fields.items() if reading.value}
    accepted = {name: value for name, value in values.items() if manifest.fields[name].accepted}
    subjects = [hide(subject.name) for subject in manifest.subjects if subject.name]
    return Entry(
        record=manifest.record,
        revision=manifest.revision,
        unit=manifest.unit,
        type=manifest.type,
        type_name=manifest.type_name,
        access_level=manifest.access_level,
        agency=_first(values, "agency"),
        title=_first(values, "title"),
        code=_first(values, "code"),
        names=tuple(dict.fromkeys([*subjects, *_all(values, "names")])),
        dates=_dates(values),
        text=findable(map(hide, pages)),  # hiding takes many times a text's memory: page by page
        tokens=tuple(dict.fromkeys(_tokens(manifest, blind))),
        fields=accepted,
    )


def parity(index: Index, heads: Iterable[tuple[str, int]]) -> ParityReport:
    """Compare the index with the archive's heads, (record, revision) each."""
    indexed, wanted = dict(index.records_and_revisions()), dict(heads)
    return ParityReport(
        missing=tuple(sorted(wanted.keys() - indexed.keys())),
        extra=tuple(sorted(indexed.keys() - wanted.keys())),
        stale=tuple(sorted(r for r in wanted.keys() & indexed.keys() if wanted[r] != indexed[r])),
    )


def _tokens(manifest: Manifest, blind: BlindIndex) -> Iterator[str]:
    for subject in manifest.subjects:
        if subject.id_kind is None or subject.number is None:
            continue
        if PERSON_KINDS[subject.id_kind].is_valid(subject.number):  # nobody can ask for a malformed one
            yield blind.token(subject.id_kind, subject.number)


class _Masking:
    """Hides the numbers of people in texts of one manifest."""

    def __init__(self, manifest: Manifest) -> None:
        readings = [r for name, r in manifest.fields.items() if plays(name, "personal_numbers")]
        numbers = {s.number for s in manifest.subjects if s.number and s.id_kind != "mst"}
        numbers.update(value for reading in readings for value in _readings(reading))
        longest_first = sorted(filter(None, map(_loose_pattern, numbers)), key=len, reverse=True)
        self._known = re.compile("|".join(longest_first), re.IGNORECASE) if longest_first else None

    def __call__(self, text: str) -> str:
        plain = nfc(text)
        by_shape = mask_numbers(plain)
        if self._known is None:
            return by_shape
        known = self._known.sub(lambda match: MASK * len(match[0]), plain)
        # Both judge the whole text: once a known number is cut out of a longer run, the rest looks like another thing.
        return "".join(MASK if MASK in pair else pair[0] for pair in zip(by_shape, known, strict=True))


def _readings(reading: FieldReading) -> Iterator[str]:
    if reading.value:
        yield reading.value
    yield from (witness.value for witness in reading.evidence)


def _loose_pattern(number: str) -> str:
    """The characters of the number with up to two separators between them; empty for what is too short to be one."""
    characters = re.findall("[0-9A-Za-z]", nfc(number))
    if len(characters) < _LEAST_SECRET or not any(c.isdigit() for c in characters):
        return ""
    return r"[\s.\-]{0,2}".join(characters)


def _dates(values: dict[str, str]) -> tuple[str, ...]:
    """Whole dates, the paper's own first."""
    days = [_first(values, "issued"), *sorted(_all(values, "dates"))]
    return tuple(dict.fromkeys(day for day in days if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day)))


def _first(values: dict[str, str], role: str) -> str:
    return next((values[name] for name in _roles()[role] if name in values), "")


def _all(values: dict[str, str], role: str) -> list[str]:
    return [value for name, value in values.items() if plays(name, role) and not plays(name, f"not_{role}")]


def plays(name: str, role: str) -> bool:
    """Whether a field of that name has the role in field_roles.toml."""
    return any(fnmatchcase(name, pattern) for pattern in _roles().get(role, ()))


@cache
def _roles() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "field_roles.toml").read_text("utf-8"))
