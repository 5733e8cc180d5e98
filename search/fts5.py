"""The index of one machine: SQLite FTS5, one connection per process, rebuilt beside and switched in one step."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar

from schemas.errors import IndexAway, IndexUnusable
from search.fts5_file import SCHEMA_VERSION, UPGRADABLE, Fts5File, Narrowing
from search.generations import Generations
from search.index import NO_FILTERS, Entry, Filling, Filters, Hit, Match, Place
from search.keys import BlindIndex
from search.near import near_words
from search.query import Term, fts_string, parse
from search.stored import dated_of, entry_from, hit_of

_ORIG, _FOLDED = "{head body}", "{head_folded body_folded}"
_AWAY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL")
_TIER = 1000.0  # above any bm25
_TOGETHER = 1000  # entries in one transaction while a fresh file is filled
T = TypeVar("T")


class Fts5Index:
    """The Index port over a file. The blind index is only compared with the one the file was filled with: numbers and
    keys stay outside."""

    def __init__(self, path: Path, blind: BlindIndex) -> None:
        self._generations = Generations(Path(path))
        self._fingerprint = blind.fingerprint
        self._lock = threading.RLock()
        self._file: Fts5File | None = None
        self._process = os.getpid()
        self._inherited: list[Fts5File | None] = []  # SQLite forbids even closing a connection made before a fork

    # --- the port

    def put(self, entry: Entry) -> bool:
        with self._lock, self._generations.writing():
            return self._do(lambda file: file.put(entry))

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
        terms, named, narrow = parse(query), parse(filters.named), Narrowing.of(unit, filters)
        if limit < 1 or not (terms or filters):
            return []
        if not terms and not named:
            return self._list(narrow, limit, after)
        found: list[tuple[sqlite3.Row, Match]] = []
        if after is None or after.order == "words":
            tiers = _tiers(terms, prefix, named)
            found = self._do(lambda file: _by_tiers(file, tiers, narrow, limit, after))
        if not found and terms and (after is None or after.order == "near"):
            return self._find_near(terms, named, narrow, limit, after)
        words = frozenset(word for term in [*terms, *named] for word in term.folded)
        unfinished = terms[-1].folded[-1] if prefix and terms else None
        return [_hit(row, match, words, unfinished, order="words") for row, match in found]

    def _list(self, narrow: Narrowing, limit: int, after: Place | None) -> list[Hit]:
        if after is not None and after.order != "dated":
            return []
        found = self._do(lambda file: file.by_day(narrow, limit, after))
        return [_hit(row, "exact", frozenset(), order="dated") for row in found]

    def find_number(self, token: str, unit: str | None, limit: int = 100) -> list[Hit]:
        found = self._do(lambda file: file.with_token(token, unit, limit))
        return [_hit(row, "number", frozenset()) for row in found]

    def count(self) -> int:
        return self._do(Fts5File.count)

    def records_and_revisions(self) -> Iterator[tuple[str, int]]:
        return iter(self._do(Fts5File.records_and_revisions))

    def remove_all(self) -> None:
        with self._lock, self._generations.writing():
            self._do(Fts5File.remove_all)

    @contextmanager
    def rebuilding(self) -> Iterator[Filling]:
        self._make_first()
        with self._generations.building():
            before = self._last_change()
            with _told():
                fresh = Fts5File.create(self._generations.next(), self._fingerprint)
            try:
                filling = _Filling(fresh)
                yield filling
                filling.finish()
                self._switch(fresh, before)
            except BaseException:
                fresh.close()
                self._generations.discard(fresh.path)
                raise

    # --- the file in use

    def _do(self, work: Callable[[Fts5File], T]) -> T:
        with self._lock, _told():
            return work(self._open())

    def _open(self) -> Fts5File:
        """This process's connection to the generation in use."""
        if self._process != os.getpid():
            self._inherited.append(self._file)
            self._file, self._process = None, os.getpid()
        current = self._generations.current() or self._first()
        if self._file is not None and self._file.path == current:
            return self._file
        self._close()
        file = self._connect(current)
        try:
            self._check(file)
        except BaseException:
            file.close()
            raise
        self._file = file
        return file

    def _connect(self, current: Path) -> Fts5File:
        """Open it; when it was replaced and removed since its name was read, the one that replaced it."""
        try:
            return Fts5File(current)
        except sqlite3.OperationalError:
            newer = self._generations.current()
            if newer is not None and newer != current:
                return self._connect(newer)
            if current.exists():
                raise
            raise IndexUnusable(detail="its file is lost") from None

    def close(self) -> None:
        """Let go of the file; it is opened again when needed."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _check(self, file: Fts5File) -> None:
        meta = file.meta()
        if meta.get("schema") not in (SCHEMA_VERSION, *UPGRADABLE):
            raise IndexUnusable(detail="made by another version")
        if meta.get("key") != self._fingerprint:
            raise IndexUnusable(detail="made with another blind-index key")
        if meta["schema"] in UPGRADABLE:
            file.upgrade()

    def _make_first(self) -> None:
        """Before building: whoever looks or puts meanwhile must not wait for the end of it to make the first file."""
        with suppress(IndexUnusable):
            _ = self._generations.current() or self._first()

    def _first(self) -> Path:
        with self._generations.building():
            current = self._generations.current()
            if current is None:
                current = self._generations.next()
                Fts5File.create(current, self._fingerprint).settle()
                self._generations.use(current)
            return current

    def _last_change(self) -> int | None:
        """Of the file in use; None when that is unusable, and nothing of it can be carried over."""
        try:
            return self._do(Fts5File.last_change)
        except IndexUnusable:
            return None

    def _carried(self, before: int | None) -> list[Entry]:
        """What was put into the file in use since."""
        if before is None:
            return []
        try:
            return self._do(lambda file: list(file.changed_after(before)))
        except IndexUnusable:
            return []

    def _switch(self, fresh: Fts5File, before: int | None) -> None:
        with self._lock, self._generations.switching(), _told():
            for entry in self._carried(before):
                fresh.put(entry)
            fresh.settle()
            self._generations.use(fresh.path)

    # --- nearly

    def _find_near(
        self, terms: list[Term], named: list[Term], narrow: Narrowing, limit: int, after: Place | None
    ) -> list[Hit]:
        """Misread letters: each word, or one of the words of the index that differ from it by a letter or two."""
        alternatives = [self._near(word) for term in terms for word in term.folded]
        if not all(alternatives):
            return []
        either = ("(" + " OR ".join(fts_string([word]) for word in words) + ")" for words in alternatives)
        match = _both(f"{_FOLDED} : ({' AND '.join(either)})", named)
        found = self._do(lambda file: file.search(match, narrow, limit, after=after))
        words = frozenset(word for group in alternatives for word in group)
        return [_hit(row, "near", words, order="near") for row in found]

    def _near(self, word: str) -> list[str]:
        return self._do(lambda file: near_words(word, file.words_from))


class _Filling:
    """A file being filled: many entries in one transaction, failures told as errors of this house."""

    def __init__(self, file: Fts5File) -> None:
        self._file = file
        self._open = 0

    def put(self, entry: Entry) -> None:
        with _told():
            if not self._open:
                self._file.begin()
            self._file.write(entry)
            self._open += 1
            if self._open == _TOGETHER:
                self.finish()

    def finish(self) -> None:
        """Commit what is still open."""
        with _told():
            if self._open:
                self._file.commit()
            self._open = 0


@contextmanager
def _told() -> Iterator[None]:
    """SQLite's failures as errors of this house, by symbolic name alone: SQLite's own text may quote the query."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        if name.startswith(_AWAY):
            raise IndexAway(detail=name) from None
        raise IndexUnusable(detail=name) from None


def _tiers(terms: list[Term], prefix: bool, named: list[Term]) -> list[tuple[str, Match]]:
    """What is looked for first, second, …: the last finds all, the others those that come before."""
    if not terms:
        return [(_both("", named), "folded")]
    exact, together = _exact(terms, prefix), _together(terms, prefix)
    tiers: list[tuple[str, Match]] = [(f"({exact}) AND ({together})", "exact")] if exact and together else []
    tiers += [(exact, "exact")] if exact else []
    tiers += [(together, "folded")] if together else []
    return [(_both(query, named), match) for query, match in [*tiers, (_loose(terms, prefix), "folded")]]


def _both(query: str, named: list[Term]) -> str:
    """The query, and the words that must stand in what names the paper."""
    head = [f"{{head_folded}} : {fts_string(term.folded)}" for term in named]
    return " AND ".join([f"({query})" if head else query] * bool(query) + head)


def _by_tiers(
    file: Fts5File, tiers: list[tuple[str, Match]], narrow: Narrowing, limit: int, after: Place | None
) -> list[tuple[sqlite3.Row, Match]]:
    """At most `limit` rows that follow `after`, those of an earlier tier first, whose scores lie above the later ones';
    later tiers are asked only when there is room."""
    found: dict[str, tuple[sqlite3.Row, Match]] = {}
    first = len(tiers) - 1 if after is None else int(float(after.value) // _TIER)
    passed: list[str] = []
    for left, (query, match) in zip(reversed(range(len(tiers))), tiers, strict=True):
        if left <= first:
            start = after if left == first else None
            # What pages before have shown of earlier tiers is not in `found`.
            but = " OR ".join(f"({earlier})" for earlier in passed) if after and passed else None
            for row in file.search(query, narrow, limit, above=_TIER * left, after=start, but=but):
                if len(found) < limit:  # as many as there is room for are new, or there are no more
                    found.setdefault(row["record"], (row, match))
        passed.append(query)
        if len(found) == limit:
            break
    return list(found.values())


def _loose(terms: list[Term], prefix: bool) -> str:
    """Every term, as typed or folded."""
    parts = []
    for term in terms:
        open_end = prefix and term is terms[-1]
        orig, folded = fts_string(term.words, open_end), fts_string(term.folded, open_end)
        parts.append(f"({_ORIG} : {orig} OR {_FOLDED} : {folded})")
    return " AND ".join(parts)


def _exact(terms: list[Term], prefix: bool) -> str:
    """Every term with the accents that were typed; empty when none were, for then accents do not matter."""
    if not any(term.marked for term in terms):
        return ""
    return " AND ".join(_strict(term, prefix and term is terms[-1]) for term in terms)


def _together(terms: list[Term], prefix: bool) -> str:
    """All words in their order, side by side, accents or not: a whole name, not its syllables here and there."""
    words = [word for term in terms for word in term.folded]
    return f"{_FOLDED} : {fts_string(words, prefix)}" if len(terms) > 1 else ""


def _strict(term: Term, open_end: bool) -> str:
    if term.marked:
        return f"{_ORIG} : {fts_string(term.words, open_end)}"
    return f"{_FOLDED} : {fts_string(term.folded, open_end)}"


def _hit(
    row: sqlite3.Row,
    match: Match,
    words: frozenset[str],
    unfinished: str | None = None,
    order: Literal["words", "near", "dated"] | None = None,
) -> Hit:
    entry = entry_from(json.loads(row["summary"]), row["body"])
    value = dated_of(entry) if order == "dated" else row["score"]
    place = Place(order, value, entry.record) if order else None
    return hit_of(entry, match, row["score"], words, unfinished, place)
