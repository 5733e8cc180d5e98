"""The index on an Elasticsearch server: one index behind two aliases, rebuilt beside and switched in one step."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from schemas.errors import IndexAway, IndexUnusable, MotlanError
from search.elastic_filling import ElasticFilling
from search.elastic_names import FRESH, READ, WRITE, Names
from search.elastic_query import document, id_of, narrowing, near_query, number_query, words_query
from search.elastic_server import Held, Server, check_version, told
from search.index import NO_FILTERS, Entry, Filling, Filters, Hit, Match, Place
from search.keys import BlindIndex
from search.near import near_words
from search.query import parse
from search.stored import entry_from, hit_of

_LOOK_AGAIN = 10.0  # seconds after which aliases and key are looked at again
_HELD_FOR = 30.0  # seconds a put waits for a fresh index to take this one's place
_MOST_HITS = 10_000  # Elasticsearch's index.max_result_window
_PAGE = 5000  # records of one request when all are told
_WHOLE = 200  # entries with their texts of one request
_KEEP = "2m"  # how long a point in time is kept between two pages
_RANKED = [{"_score": "desc"}, {"record": "asc"}]
_NEWEST = [{"dated": "desc"}, {"record": "asc"}]
T = TypeVar("T")


@dataclass(frozen=True)
class Health:
    """`status` is Elasticsearch's green, yellow or red; `blocks` names what keeps it from writing; `seconds` it took to
    answer two requests."""

    version: str
    records: int
    status: str
    blocks: str
    seconds: float


class ElasticIndex:
    """The Index port over a server. The blind index is only compared with the one the index was filled with."""

    def __init__(self, server: Server, name: str, blind: BlindIndex) -> None:
        self._server = server
        self._names = Names(name, blind.fingerprint)
        self._lock = threading.Lock()
        self._connected: Elasticsearch | None = None
        self._process = os.getpid()
        self._looked = float("-inf")

    # --- the port

    def put(self, entry: Entry) -> bool:
        body, until = document(entry), time.monotonic() + _HELD_FOR
        while True:
            try:
                return self._do(lambda client: self._put(client, entry, body))
            except Held:
                if time.monotonic() > until:
                    raise IndexAway(detail="held by a rebuild that has not ended") from None
                time.sleep(0.1)

    def _put(self, client: Elasticsearch, entry: Entry, body: dict[str, Any]) -> bool:
        try:  # external_gte: the same revision again writes the same again and is no conflict
            client.index(
                index=self._names[WRITE],
                id=id_of(entry.record),
                document=body,
                version=entry.revision,
                version_type="external_gte",
                require_alias=True,
            )
        except ConflictError:
            return False
        return True

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
        terms, named = parse(query), parse(filters.named)
        if limit < 1 or not (terms or filters):
            return []
        narrow = narrowing(unit, filters, named)
        if not terms and not named:
            return self._list(narrow, limit, after)
        words = [word for term in terms for word in term.folded]
        shown = frozenset(words) | {word for term in named for word in term.folded}
        if after is None or after.order == "words":
            ranked = words_query(terms or named, narrow, prefix and bool(terms))
            if found := self._search(ranked, _RANKED, limit, after):
                unfinished = words[-1] if prefix and words else None
                return [_hit(row, _accents(row), shown, unfinished, order="words") for row in found]
        if not terms or (after is not None and after.order != "near"):
            return []
        found = self._search(near_query(words, narrow), _RANKED, limit, after)
        return [_hit(row, "near", _misread(words, row), order="near") for row in found]

    def _list(self, narrow: list[dict[str, Any]], limit: int, after: Place | None) -> list[Hit]:
        if after is not None and after.order != "dated":
            return []
        found = self._search(words_query([], narrow, False), _NEWEST, limit, after)
        return [_hit(row, "exact", frozenset(), order="dated") for row in found]

    def find_number(self, token: str, unit: str | None, limit: int = 100) -> list[Hit]:
        return [_hit(row, "number", frozenset()) for row in self._search(number_query(token, unit), _NEWEST, limit)]

    def count(self) -> int:
        def counted(client: Elasticsearch) -> int:
            client.indices.refresh(index=self._names[READ])
            return int(client.count(index=self._names[READ])["count"])

        return self._do(counted)

    def records_and_revisions(self) -> Iterator[tuple[str, int]]:
        self._do(lambda client: client.indices.refresh(index=self._names[READ]))
        rows = self._all(self._names[READ], {"match_all": {}}, _PAGE, _source=False, docvalue_fields=["revision"])
        return ((row["sort"][0], int(row["fields"]["revision"][0])) for row in rows)

    def remove_all(self) -> None:
        with self._building(carry=False):
            pass

    @contextmanager
    def rebuilding(self) -> Iterator[Filling]:
        with self._building(carry=True) as fresh:
            yield fresh

    def health(self) -> Health:
        """What the server says of itself and of the index; writes nothing into it. Raises what the port raises."""
        begin = time.monotonic()
        version, records = self._told(check_version), self.count()
        seconds = time.monotonic() - begin
        status = self._do(lambda client: str(client.cluster.health(index=self._names[READ])["status"]))
        return Health(version, records, status, self._do(self._names.blocks), seconds)

    # --- the index in use

    def _do(self, work: Callable[[Elasticsearch], T]) -> T:
        """Work on the index once it is known to be usable; looked at again when an alias has gone meanwhile."""

        def looked(client: Elasticsearch) -> T:
            self._look(client)
            try:
                return work(client)
            except NotFoundError:
                self._looked = float("-inf")
                self._look(client)
                return work(client)

        return self._told(looked)

    def _told(self, work: Callable[[Elasticsearch], T]) -> T:
        with told():
            return work(self._client())

    def _client(self) -> Elasticsearch:
        """This process's own: connections must not be shared across a fork."""
        with self._lock:
            if self._connected is None or self._process != os.getpid():
                self._connected, self._process = self._server.connect(), os.getpid()
                self._looked = float("-inf")
            return self._connected

    def _look(self, client: Elasticsearch) -> None:
        if time.monotonic() - self._looked < _LOOK_AGAIN:
            return
        if self._looked == float("-inf"):
            check_version(client)
        self._names.check(client)
        self._looked = time.monotonic()

    def _search(
        self, query: dict[str, Any], sort: list[dict[str, str]], limit: int, after: Place | None = None
    ) -> list[dict[str, Any]]:
        if limit < 1:
            return []

        def searched(client: Elasticsearch) -> list[dict[str, Any]]:
            answer = client.search(
                index=self._names[READ],
                query=query,
                sort=sort,
                size=min(limit, _MOST_HITS),
                search_after=[after.value, after.record] if after else None,
                track_scores=True,
                track_total_hits=False,
                source_includes=["entry"],
                timeout=f"{self._server.timeout:g}s",
                allow_partial_search_results=False,
            )
            if answer["timed_out"]:
                raise IndexAway(detail="the search took too long")
            return list(answer["hits"]["hits"])

        return self._do(searched)

    def _all(self, index: str, query: dict[str, Any], page_size: int, **given: Any) -> Iterator[dict[str, Any]]:
        """Every hit in order of record, as they were when asked first."""
        opened = self._told(lambda client: client.open_point_in_time(index=index, keep_alive=_KEEP))
        pit, after = opened["id"], None
        try:
            while True:
                page = self._told(
                    lambda client: client.search(
                        pit={"id": pit, "keep_alive": _KEEP},  # noqa: B023 (called at once)
                        query=query,
                        sort=[{"record": "asc"}],
                        size=page_size,
                        search_after=after,  # noqa: B023
                        track_total_hits=False,
                        **given,
                    )
                )
                rows = page["hits"]["hits"]
                yield from rows
                if len(rows) < page_size:
                    return
                pit, after = page["pit_id"], rows[-1]["sort"]
        finally:
            self._told(lambda client: client.options(ignore_status=404).close_point_in_time(id=pit))

    # --- the fresh one

    @contextmanager
    def _building(self, carry: bool) -> Iterator[Filling]:
        before = self._state() if carry else None
        fresh = self._told(self._names.create_fresh)
        try:
            filling = ElasticFilling(self._client(), self._names[FRESH])
            yield filling
            filling.finish()
            self._switch(fresh, before, filling)
        except BaseException:
            with suppress(MotlanError):
                self._told(lambda client: self._names.discard(client, fresh))
            raise

    def _state(self) -> tuple[str, int] | None:
        """The index in use and its last change; None when it is unusable, and nothing of it can be carried over."""
        try:
            return self._do(self._names.last_change)
        except IndexUnusable:
            return None

    def _switch(self, fresh: str, before: tuple[str, int] | None, filling: ElasticFilling) -> None:
        """Hold puts, carry over what was put since, name the fresh index: only the last step changes what is found."""
        self._told(lambda client: self._names.still_fresh(client, fresh))
        old = self._told(self._names.used)
        try:
            self._told(lambda client: self._names.hold(client, old))
            for entry in self._changed(*before) if before else ():
                filling.put(entry)
            filling.finish()
            self._told(lambda client: self._names.use(client, fresh, old))
        except BaseException:
            with suppress(MotlanError):
                self._told(lambda client: self._names.release(client, old))
            raise
        self._looked = float("-inf")

    def _changed(self, index: str, since: int) -> Iterator[Entry]:
        self._told(lambda client: client.indices.refresh(index=index))
        rows = self._all(index, {"range": {"_seq_no": {"gt": since}}}, _WHOLE, source_includes=["entry"])
        return (_entry(row) for row in rows)


def _entry(row: dict[str, Any]) -> Entry:
    kept = row["_source"]["entry"]
    return entry_from(kept, kept["text"])


def _hit(
    row: dict[str, Any],
    match: Match,
    words: frozenset[str],
    unfinished: str | None = None,
    order: Literal["words", "near", "dated"] | None = None,
) -> Hit:
    place = Place(order, row["sort"][0], row["sort"][1]) if order else None
    return hit_of(_entry(row), match, float(row["_score"] or 0.0), words, unfinished, place)


def _accents(row: dict[str, Any]) -> Match:
    return "exact" if "exact" in row.get("matched_queries", ()) else "folded"


def _misread(words: list[str], row: dict[str, Any]) -> frozenset[str]:
    """The words of a found paper that a misreading could have made of those asked for."""
    source = document(_entry(row))
    there = set(source["head_folded"].split()) | set(source["body_folded"].split())
    alike = (
        near_words(word, lambda first, long: [(w, 1) for w in there if w[0] == first and len(w) in long])
        for word in words
    )
    return frozenset(found for group in alike for found in group)
