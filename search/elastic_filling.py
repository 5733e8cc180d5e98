"""Many entries at a time into one index."""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch, helpers

from search.elastic_query import document, id_of
from search.elastic_server import meaning, told
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
        """Send what is still waiting. Raises what the port raises when the server did not take an entry."""
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
                    error = outcome.get("error", {})
                    raise meaning(outcome["status"], str(error.get("type")), str(error.get("reason")))
