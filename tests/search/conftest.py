"""An index on the real Elasticsearch server, under a name of its own, removed afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from search.elastic import ElasticIndex
from search.elastic_server import Server
from search.keys import BlindIndex
from tests.services import Addresses

BLIND = BlindIndex(b"k" * 32)


class Prompt(ElasticIndex):
    """Finds at once what was put, as tests want it; the server does so within a second."""

    def _search(self, *given: Any) -> list[dict[str, Any]]:
        self.count()
        return super()._search(*given)


@pytest.fixture(scope="session")
def server(services: Addresses) -> Server:
    return Server((services["elasticsearch"]["url"],))


@contextmanager
def _named(server: Server) -> Iterator[Callable[..., ElasticIndex]]:
    name = f"test-{secrets.token_hex(6)}"

    def open_index(blind: BlindIndex = BLIND, at: Server = server) -> ElasticIndex:
        return Prompt(at, name, blind)

    yield open_index
    with Elasticsearch(list(server.urls)) as client:
        for index in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=index)


@pytest.fixture
def opened(server: Server) -> Iterator[Callable[..., ElasticIndex]]:
    """Opens an index of this test's own; the same one again when called again."""
    with _named(server) as open_index:
        yield open_index


@pytest.fixture
def elastic(opened: Callable[..., ElasticIndex]) -> ElasticIndex:
    return opened()


@pytest.fixture(scope="module")
def elastic_library(server: Server) -> Iterator[ElasticIndex]:
    with _named(server) as open_index:
        yield open_index()
