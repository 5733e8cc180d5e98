"""An entry as a back end keeps it, and the hit that is made of it again: the same for every index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search.index import Entry, Hit, Match, Place
from search.query import searchable
from search.snippet import snippet


def head_of(entry: Entry) -> str:
    """What names the paper, one thing a line; dates in both common forms."""
    dates = [f"{day}  {'/'.join(reversed(day.split('-')))}" for day in entry.dates]
    return "\n".join(filter(None, [entry.title, entry.type_name, entry.code, entry.agency, *entry.names, *dates]))


def summary_of(entry: Entry) -> dict[str, Any]:
    """Everything of the entry but its text, JSON-ready."""
    return vars(entry) | {"text": "", "fields": dict(entry.fields)}


def entry_from(summary: Mapping[str, Any], text: str) -> Entry:
    """The entry that summary and text were made from."""
    lists = {name: tuple(summary[name]) for name in ("names", "dates", "tokens")}
    return Entry(**({**summary} | lists | {"text": text}))


def dated_of(entry: Entry) -> str:
    """The paper's own day, or ""."""
    return entry.dates[0] if entry.dates else ""


def hit_of(
    entry: Entry,
    match: Match,
    score: float,
    words: frozenset[str],
    unfinished: str | None = None,
    place: Place | None = None,
) -> Hit:
    """A hit for these folded words (the last of them perhaps `unfinished`); the entry's text in the index's form."""
    head = searchable(head_of(entry))
    shown = snippet(entry.text, words, unfinished)
    if not shown.highlights and (in_head := snippet(head, words, unfinished)).highlights:
        shown = in_head
    if not shown.text:
        shown = snippet(head, words, unfinished)
    return Hit(
        record=entry.record,
        revision=entry.revision,
        type=entry.type,
        type_name=entry.type_name,
        score=score,
        snippet=shown.text,
        highlights=shown.highlights,
        match=match,
        access_level=entry.access_level,
        fields=entry.fields,
        agency=entry.agency,
        code=entry.code,
        dated=dated_of(entry),
        place=place,
    )
