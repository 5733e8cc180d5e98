"""What is told of an Elasticsearch server that refuses, is of another kind, or cannot be trusted (stand-ins: no test
cluster has logins or certificates)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from motlan.probing_index import check_index, probe_index
from motlan.wiring import House
from schemas.errors import (
    BadSetting,
    IndexAway,
    IndexUnusable,
    MotlanError,
    ServerLoginRefused,
    ServerTooOld,
    ServerUntrusted,
)
from search.elastic import ElasticIndex
from search.elastic_server import Server
from search.index import Entry
from search.keys import BlindIndex
from tests.support.standin_http import answering, make_certificate

BLIND = BlindIndex(b"k" * 32)
SECRET = "tênriêng"


def refused(url: str, error: type[MotlanError], ca: Path | None = None, timeout: float = 5.0) -> MotlanError:
    """The error that looking and putting raise; neither quotes what was asked or put."""
    index = ElasticIndex(Server((url,), "motlan", "pass-word", ca, timeout), "motlan", BLIND)
    one = Entry("r", 1, "U", "t", "T", "public", text=SECRET)
    raised = []
    for use in (lambda: index.find_words(SECRET, None), lambda: index.put(one), index.count):
        with pytest.raises(error) as caught:
            use()
        told = f"{caught.value} {caught.value.vi_text} {caught.value.details}"
        assert SECRET not in told and "pass-word" not in told
        raised.append(caught.value)
    return raised[0]


def error_body(kind: str) -> dict[str, object]:
    return {"error": {"type": kind, "reason": f"near {SECRET}", "root_cause": []}, "status": 0}


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_password_names_its_settings(status: int) -> None:
    with answering(status, error_body("security_exception")) as url:
        assert "MOTLAN_INDEX_PASSWORD" in refused(url, ServerLoginRefused).vi_text


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (503, "master_not_discovered_exception", IndexAway),
        (429, "es_rejected_execution_exception", IndexAway),
        (500, "boom", IndexAway),
        (400, "illegal_argument_exception", IndexUnusable),
    ],
)
def test_a_failure_is_told_by_its_type_alone(status: int, kind: str, error: type[MotlanError]) -> None:
    with answering(status, error_body(kind)) as url:
        assert kind in str(refused(url, error))


def test_an_older_server_is_told_with_both_versions() -> None:
    with answering(200, {"version": {"number": "7.17.9"}}) as url:
        told = refused(url, ServerTooOld).vi_text
    assert "7.17.9" in told and "8" in told


def test_an_expired_certificate_is_told_as_such(tmp_path: Path) -> None:
    expired = make_certificate(tmp_path / "expired.pem", timedelta(days=1))
    with answering(200, {}, expired) as url:
        assert "expired" in refused(url, ServerUntrusted, expired).hint_text


def test_a_certificate_of_somebody_unknown_is_not_trusted_until_named(tmp_path: Path) -> None:
    own = make_certificate(tmp_path / "own.pem", timedelta(days=30))
    with answering(200, {"version": {"number": "7.17.9"}}, own) as url:
        assert "MOTLAN_INDEX_CA" in refused(url, ServerUntrusted).hint_text
        refused(url, ServerTooOld, own)  # with the CA named the connection itself is trusted
    with pytest.raises(ServerUntrusted):
        ElasticIndex(Server((url,), ca=tmp_path / "gone.pem"), "motlan", BLIND).count()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_silent_server_is_away_within_the_bound(nobody: str) -> None:
    begin = time.monotonic()
    refused(nobody, IndexAway, timeout=0.3)
    assert time.monotonic() - begin < 30


def test_nobody_at_that_address_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused(f"http://127.0.0.1:{port}", IndexAway)


@pytest.mark.parametrize("url", ["", "localhost:9200", "ftp://localhost:9200", "http://:x"])
def test_what_is_no_address_names_its_setting(url: str) -> None:
    with pytest.raises(BadSetting, match="MOTLAN_INDEX_URL"):
        ElasticIndex(Server((url,)), "motlan", BLIND).count()


def test_a_start_stops_only_for_what_an_operator_must_mend(archive: Callable[..., House]) -> None:
    with answering(401, error_body("security_exception")) as url, pytest.raises(ServerLoginRefused):
        check_index(archive(index_url=url))
    with answering(503, error_body("master_not_discovered_exception")) as url:
        house = archive(index_url=url)
        check_index(house)
        with pytest.raises(IndexAway):
            probe_index(house)


@pytest.mark.services
def test_doctor_says_which_server_and_what_keeps_it_from_writing(
    archive: Callable[..., House], server: Server, elastic: ElasticIndex
) -> None:
    name = elastic._names["read"]
    house = archive(index_url=f"{server.urls[0]}/, {server.urls[0]}", index_name=name)
    found = probe_index(house)
    assert (found.state, "Elasticsearch 8" in found.seen, name in found.seen) == ("good", True, True)
    client = server.connect()
    client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
    blocked = probe_index(house)
    assert (blocked.state, "read_only_allow_delete" in blocked.seen) == ("bad", True)
    client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
