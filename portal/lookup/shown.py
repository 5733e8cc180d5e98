"""A paper as a page shows it: its fields beside the picture they were read from, and the way to its sealed PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from portal.pages import day, grouped
from portal.parts import Parts
from portal.pictures import WHOLE, page_jpeg, spot_of
from portal.pictures import Spot as Place
from reuse.papers import archival_of
from schemas.evidence import FieldReading
from schemas.manifest import Manifest, Representation
from schemas.reading import Box
from schemas.types import FieldRule

WIDTH = 1200  # pixels of a page's picture
AROUND = 0.004  # of the page, so that the frame around a value does not cut it
_NUMBERS = ("cccd", "person_id")


@dataclass(frozen=True)
class Spot:
    """A field's place on its page, in hundredths of the page."""

    field: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class FieldShown:
    """A field in plain words; `page` (from 1) where its place is known, `doubts`: codes that nobody has settled yet."""

    name: str
    label: str
    value: str
    accepted: bool
    doubts: tuple[str, ...]
    sources: tuple[str, ...]
    page: int | None


@dataclass(frozen=True)
class PageShown:
    """A page (from 1) with the places of the fields that were read from it."""

    number: int
    spots: tuple[Spot, ...]


def fields_shown(parts: Parts, paper: Manifest) -> list[FieldShown]:
    """The fields with a value, in the order of the paper's type."""
    kind = parts.types.get(paper.type)
    rules = {rule.name: rule for rule in kind.fields} if kind else {}
    names = sorted(paper.fields, key=lambda name: list(rules).index(name) if name in rules else len(rules))
    return [_field(paper, name, rules.get(name)) for name in names if paper.fields[name].value]


def pages_shown(paper: Manifest) -> list[PageShown]:
    """Every page of the paper."""
    placed = [(name, spot_of(paper, field)) for name, field in paper.fields.items() if field.value]
    return [
        PageShown(number, tuple(_spot(name, spot.box) for name, spot in placed if spot.page == number and _known(spot)))
        for number in range(1, paper.pages + 1)
    ]


def labels_of(parts: Parts, paper_type: str) -> list[str]:
    """What a paper of that type says, without saying it: the labels of its fields."""
    kind = parts.types.get(paper_type)
    return [rule.label for rule in kind.fields] if kind else []


def picture(parts: Parts, paper: Manifest, page: int) -> bytes:
    """A page as JPEG. Raises RecordMissing. Who looks is written down first."""
    return page_jpeg(parts, paper, page, WIDTH)


def sealed_pdf(parts: Parts, paper: Manifest) -> tuple[BinaryIO, Representation]:
    """The sealed PDF, hashed before the first byte. Raises RecordMissing, BlobMissing, BlobDamaged."""
    archival = archival_of(paper)
    return parts.archive.open(archival.sha256, verify=True), archival


def _field(paper: Manifest, name: str, rule: FieldRule | None) -> FieldShown:
    field = paper.fields[name]
    spot = spot_of(paper, field)
    return FieldShown(
        name=name,
        label=rule.label if rule else name,
        value=_plain(field.value or "", rule),
        accepted=field.accepted,
        doubts=() if field.accepted else field.doubts,
        sources=_sources(field),
        page=spot.page if _known(spot) else None,
    )


def _sources(field: FieldReading) -> tuple[str, ...]:
    """Which kinds of source say it, each once."""
    return tuple(dict.fromkeys(w.source for w in field.evidence if w.value == field.value))


def _plain(value: str, rule: FieldRule | None) -> str:
    if rule is not None and rule.kind == "date":
        return day(value)
    return grouped(value) if rule is not None and rule.kind in _NUMBERS else value


def _known(place: Place) -> bool:
    return place.box != WHOLE


def _spot(name: str, box: Box) -> Spot:
    x, y = box.x0 - AROUND, box.y0 - AROUND
    sides = (x, y, box.x1 + AROUND - x, box.y1 + AROUND - y)
    return Spot(name, *(round(100 * side, 2) for side in sides))
