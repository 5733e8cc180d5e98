"""The port of finding: what an index takes in (Entry), what it gives back (Hit), and what every back end must do."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from schemas.vietnamese import fold

Match = Literal["exact", "folded", "near", "number"]


@dataclass(frozen=True)
class Entry:
    """What is findable of a record's revision. No ID number in clear: texts come masked, `tokens` are blind tokens.
    `code` is the document's own number (15/QĐ-UBND); dates are YYYY-MM-DD, the paper's own first; `fields` is the
    summary shown with a hit."""

    record: str
    revision: int
    unit: str
    type: str
    type_name: str
    access_level: str
    agency: str = ""
    title: str = ""
    code: str = ""
    names: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    text: str = ""
    tokens: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Filters:
    """What a paper must be besides having the words; what is empty does not matter. `code` is how the document's own
    number begins, `named` are words of what names it (title, number, agency, people, dates), both without regard to
    accents; `dated_from` and `dated_to` (YYYY-MM-DD, both inclusive) hold its own day; `units` are codes."""

    types: tuple[str, ...] = ()
    access_levels: tuple[str, ...] = ()
    code: str = ""
    named: str = ""
    dated_from: str = ""
    dated_to: str = ""
    units: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != NO_FILTERS


NO_FILTERS = Filters()


def code_key(code: str) -> str:
    """The form of a document's number that is compared: no accents, no spaces."""
    return fold(code).replace(" ", "")


@dataclass(frozen=True)
class Place:
    """Where a hit stands among all hits of one search; the next page begins after the last one's place. `value` is its
    score, or its day where papers are listed by day."""

    order: Literal["words", "near", "dated"]
    value: float | str
    record: str

    def text(self) -> str:
        """For carrying it through a form; `of` reads it again."""
        return base64.urlsafe_b64encode(json.dumps([self.order, self.value, self.record]).encode()).decode()

    @classmethod
    def of(cls, text: str) -> Place | None:
        """None for what is no place."""
        try:
            order, value, record = json.loads(base64.urlsafe_b64decode(text.encode()))
        except (ValueError, TypeError, binascii.Error):
            return None
        kind = str if order == "dated" else float
        fit = order in ("words", "near", "dated") and isinstance(value, kind) and isinstance(record, str)
        return cls(order, value, record) if fit else None


@dataclass(frozen=True)
class Hit:
    """A record found. A higher `score` is a better match within one search; `match` says how: with the accents asked
    for, without regard to accents, only nearly (a letter misread), or by ID number. `highlights` are (start, end)
    positions in `snippet`; `dated` is the paper's own day, "" where it has none."""

    record: str
    revision: int
    type: str
    type_name: str
    score: float
    snippet: str
    match: Match
    access_level: str
    highlights: tuple[tuple[int, int], ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    agency: str = ""
    code: str = ""
    dated: str = ""
    place: Place | None = None


class Filling(Protocol):
    """What an index takes in while it is filled, many at a time."""

    def put(self, entry: Entry) -> None:
        """Write or replace the record's entry unless a newer revision is there; done by the end of the block."""
        ...


class Index(Protocol):
    """An index over record heads: never the only copy of a fact, rebuilt from manifests at any time.

    Safe to use from several processes at once. Queries are never logged. What was put is found within two seconds;
    `count` and `records_and_revisions` know of it at once. Every method raises IndexAway when the back end does not
    answer in time and IndexUnusable when only `rebuilding` helps (damaged, another version, another key); on a server
    also what every server may raise: ServerLoginRefused, ServerUntrusted, ServerTooOld, ServerReadOnly, ServerFull.
    """

    def put(self, entry: Entry) -> bool:
        """Write or replace the record's entry; False, and nothing changed, when a newer revision is there already."""
        ...

    def find_words(
        self,
        query: str,
        unit: str | None,
        limit: int = 20,
        *,
        prefix: bool = False,
        filters: Filters = NO_FILTERS,
        after: Place | None = None,
    ) -> list[Hit]:
        """Records with all the words, best first; those with the accents as asked come before others. "Quotes" hold a
        phrase; `prefix` lets the last word be unfinished. Without any such record, records with nearly these words.
        `unit` None looks into all units. Any text is a valid query; one without words finds nothing, or with `filters`
        all that they let through, newest paper first. `after` is the place of the hit that the next page follows: no
        page costs more than the first; of very many papers the last pages may be missing."""
        ...

    def find_number(self, token: str, unit: str | None, limit: int = 100) -> list[Hit]:
        """Records whose accepted subject has the number of that blind token, newest paper first."""
        ...

    def count(self) -> int:
        """How many records are in the index."""
        ...

    def records_and_revisions(self) -> Iterator[tuple[str, int]]:
        """Every record with the revision that is indexed, in order of record."""
        ...

    def remove_all(self) -> None:
        """Empty the index."""
        ...

    def rebuilding(self) -> AbstractContextManager[Filling]:
        """A fresh, empty index to fill; it takes this one's place at the end of the block, at once, and not at all when
        the block raises. Meanwhile readers go on with this one, and what is put into this one is carried over."""
        ...
