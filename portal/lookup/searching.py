"""Searching the papers of the units in reach, searches that are kept, and opening one of the papers in a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from ledger import Unit
from portal.access import record_look
from portal.lookup.asking import LONGEST_CASE, LONGEST_PURPOSE, line
from portal.parts import Parts
from portal.rights import Role
from portal.visitor import Visitor
from schemas.errors import BadIdentifier, FormInvalid, NoSuchRow, NotAllowed, PortalKeyMissing
from schemas.identifiers import mask_numbers
from schemas.manifest import Manifest
from schemas.vietnamese import nfc
from search.index import Filters, Hit, Place

PAGE = 20  # hits on one page
LONGEST = 300  # characters of what is searched
MOST_SAVED = 50
LEVELS = ("public", "internal", "personal", "sensitive")
GRANT = timedelta(minutes=30)  # how long an opened paper's pictures can be fetched


@dataclass(frozen=True)
class Wanted:
    """A search as a person typed it."""

    words: str = ""
    named: str = ""
    type: str = ""
    level: str = ""
    code: str = ""
    dated_from: str = ""
    dated_to: str = ""
    unit: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, Any]) -> Wanted:
        """From a form or a saved search. Raises FormInvalid for what is too long or no day."""
        given = {name: nfc(str(texts.get(name) or "")).strip() for name in cls.__dataclass_fields__}
        for name, text in given.items():
            if len(text) > LONGEST:
                raise FormInvalid(field=name, reason=f"Dài quá {LONGEST} ký tự.")
        for name in ("dated_from", "dated_to"):
            _check_day(name, given[name])
        if given["level"] and given["level"] not in LEVELS:
            raise FormInvalid(field="level", reason="Không có mức này.")
        return cls(**given)

    @property
    def filters(self) -> Filters:
        return Filters(
            types=(self.type,) if self.type else (),
            access_levels=(self.level,) if self.level else (),
            code=self.code,
            named=self.named,
            dated_from=self.dated_from,
            dated_to=self.dated_to,
        )

    @property
    def has_number(self) -> bool:
        """Whether there is an ID number in it: the index knows none."""
        return any(mask_numbers(text) != text for text in (self.words, self.named))

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True)
class Found:
    """One page of hits; `after` is the place that the next page follows, "" at the end."""

    hits: list[Hit]
    after: str = ""


def reach(parts: Parts, visitor: Visitor) -> list[Unit]:
    """The units whose papers somebody may search: the own one; for those who oversee it also the ones below it."""
    if visitor.has(Role.ARCHIVIST, Role.ADMIN):
        return parts.ledger.units_below(visitor.unit)
    return [parts.ledger.unit(visitor.unit)]


def search(parts: Parts, visitor: Visitor, wanted: Wanted, after: str = "", limit: int | None = None) -> Found:
    """Papers of the units in the visitor's reach; that it was searched, and what was found, is written down first.
    Raises FormInvalid for a page that is none and for a unit out of reach."""
    place = Place.of(after) if after else None
    if after and place is None:
        raise FormInvalid(field="after", reason="Trang này không còn. Hãy tìm lại.")
    size = PAGE if limit is None else limit
    units = tuple(unit.code for unit in reach(parts, visitor) if wanted.unit in ("", unit.code))
    if not units:
        raise FormInvalid(field="unit", reason="Không có đơn vị này.")
    filters = replace(wanted.filters, units=units)
    hits = parts.index.find_words(wanted.words, None, size + 1, filters=filters, after=place)
    shown, more = hits[:size], len(hits) > size
    used = sorted(name for name, value in asdict(wanted).items() if value)
    with parts.ledger.transaction() as tx:
        detail = {"unit": visitor.unit, "by": used, "found": [hit.record for hit in shown]}
        tx.audit(visitor.actor, "access.search", "papers of the unit", detail)
    last = shown[-1].place if more else None
    return Found(shown, last.text() if last else "")


def marked(hit: Hit) -> list[tuple[str, bool]]:
    """The snippet in pieces, each with whether it was found."""
    pieces, end = [], 0
    for start, stop in hit.highlights:
        pieces += [(hit.snippet[end:start], False), (hit.snippet[start:stop], True)]
        end = stop
    return [(text, found) for text, found in [*pieces, (hit.snippet[end:], False)] if text]


def save(parts: Parts, visitor: Visitor, name: str, wanted: Wanted) -> int:
    """Keep a search for its person; ID numbers in it are masked. Raises FormInvalid."""
    name = line(name, "name", 80)
    if not wanted:
        raise FormInvalid(field="words", reason="Chưa có gì để lưu.")
    with parts.ledger.transaction() as tx:
        kept = tx.save_search(visitor.known.id, name, asdict(wanted), MOST_SAVED)
    if kept is None:
        raise FormInvalid(field="name", reason=f"Đã lưu {MOST_SAVED} tìm kiếm. Hãy bỏ bớt.")
    return kept


def saved(parts: Parts, visitor: Visitor, number: int) -> Wanted:
    """A saved search of this person. Raises NotAllowed."""
    try:
        return Wanted.of(parts.ledger.saved_search(number, visitor.known.id).query)
    except NoSuchRow:
        raise NotAllowed() from None


def drop(parts: Parts, visitor: Visitor, number: int) -> None:
    """Forget a saved search. Raises NotAllowed."""
    try:
        with parts.ledger.transaction() as tx:
            tx.drop_search(number, visitor.known.id)
    except NoSuchRow:
        raise NotAllowed() from None


def paper_of_unit(parts: Parts, visitor: Visitor, record: str) -> Manifest:
    """A paper that a unit in the visitor's reach keeps. Raises NotAllowed, written down where there is such a paper."""
    try:
        paper = parts.records.head(record)
    except BadIdentifier:
        paper = None
    if paper is None:
        raise NotAllowed()
    if paper.unit not in {unit.code for unit in reach(parts, visitor)} or paper.withdrawn is not None:
        record_look(parts, visitor, "open", paper, outcome="denied", why="OTHER_UNIT")
        raise NotAllowed()
    return paper


def open_paper(parts: Parts, visitor: Visitor, record: str, case: str, purpose: str) -> tuple[Manifest, str]:
    """A paper of the unit for a case and a purpose, with the sealed grant for its pictures; the look is written down
    first. Raises NotAllowed, FormInvalid."""
    paper = paper_of_unit(parts, visitor, record)
    case = mask_numbers(line(case, "case", LONGEST_CASE))
    purpose = mask_numbers(line(purpose, "purpose", LONGEST_PURPOSE))
    record_look(parts, visitor, "open", paper, case=case, purpose=purpose)
    until = (parts.clock() + GRANT).timestamp()
    return paper, parts.box.seal(json.dumps([visitor.known.id, record, paper.revision, case, purpose, until]))


def granted(parts: Parts, visitor: Visitor, grant: str, what: str) -> Manifest:
    """The paper of a grant of this visitor; looking at this part of it is written down. Raises NotAllowed."""
    try:
        account, record, revision, case, purpose, until = json.loads(parts.box.read(grant))
    except (PortalKeyMissing, ValueError):
        raise NotAllowed() from None
    if account != visitor.known.id or until < parts.clock().timestamp():
        raise NotAllowed()
    if paper_of_unit(parts, visitor, record).revision < revision:
        raise NotAllowed()
    paper = parts.records.get(record, revision)
    record_look(parts, visitor, "open", paper, case=case, purpose=purpose, what=what)
    return paper


def _check_day(name: str, text: str) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise FormInvalid(field=name, reason="Ngày chưa đúng, ví dụ 2026-10-03.") from None
    if text and len(text) != 10:
        raise FormInvalid(field=name, reason="Ngày chưa đúng, ví dụ 2026-10-03.")
