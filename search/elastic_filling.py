"""Many entries at a time into one index."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch, helpers

from schemas.errors import IndexAway, IndexUnusable
from search.elastic_query import document, id_of
from search.elastic_server import told
from search.index import Entry

_MOST_ENTRIES = 1000
_MOST_CHARS = 4_000_000  # of text, gathered before they are sent
_MOST_BYTES = 8_000_000  # of one request
_CONFLICT = 409  # a newer revision is there: as wanted


class ElasticFilling:
    """What is put is gathered and sent in bulk; `finish` sends the rest."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._waiting: list[dict[str, Any]] = []
        self._chars = 0

    def put(self, entry: Entry) -> None:
        self._waiting.append(
            {
                "_index": self._alias,
                "_id": id_of(entry.record),
                "require_alias": True,
                "version": entry.revision,
                "version_type": "external_gte",
                "_source": document(entry),
            }
        )
        self._chars += len(entry.text)
        if len(self._waiting) >= _MOST_ENTRIES or self._chars >= _MOST_CHARS:
            self.finish()

    def finish(self) -> None:
        """Send what is still waiting. Raises IndexAway, IndexUnusable when the server did not take an entry."""
        waiting, self._waiting, self._chars = self._waiting, [], 0
        with told():
            sent = helpers.streaming_bulk(
                self._client.options(request_timeout=60),
                waiting,
                chunk_size=_MOST_ENTRIES,
                max_chunk_bytes=_MOST_BYTES,
                raise_on_error=False,
                max_retries=5,
                initial_backoff=0.5,
            )
            for taken, answer in sent:
                [outcome] = answer.values()
                if not taken and outcome["status"] != _CONFLICT:
                    _refuse(outcome)


def _refuse(outcome: dict[str, Any]) -> None:
    """By type alone: the reason may quote the entry."""
    error = outcome.get("error", {})
    detail = f"{outcome['status']} {error.get('type', '')}"
    raise IndexAway(detail=detail) if outcome["status"] in (404, 429, 503) else IndexUnusable(detail=detail)
