"""The index on a real Elasticsearch server: rebuilt under writers, after crashes, with another key, blocked, lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from schemas.errors import IndexAway, IndexUnusable, ServerFull, ServerReadOnly
from search import elastic
from search.elastic import ElasticIndex
from search.elastic_names import FRESH, READ, WRITE
from search.elastic_server import Server
from search.index import Entry
from search.keys import BlindIndex
from tests.services import Addresses
from tests.support.toxiproxy import proxied

pytestmark = pytest.mark.services
Opened = Callable[..., ElasticIndex]


def entry(record: str, text: str = "giấy tờ", revision: int = 1) -> Entry:
    return Entry(record=record, revision=revision, unit="U", type="t", type_name="T", access_level="public", text=text)


@pytest.fixture
def client(server: Server) -> Elasticsearch:
    return server.connect()


def in_use(client: Elasticsearch, index: ElasticIndex) -> str:
    [name] = client.indices.get_alias(name=index._names[WRITE])
    return name


def test_another_key_is_told_and_rebuilding_helps(opened: Opened) -> None:
    opened().put(entry("r"))
    other = opened(BlindIndex(b"o" * 32))
    for use in (other.count, lambda: other.put(entry("s")), lambda: other.find_number("x", None)):
        with pytest.raises(IndexUnusable, match="key"):
            use()
    with other.rebuilding() as fresh:
        fresh.put(entry("s"))
    assert list(other.records_and_revisions()) == [("s", 1)]


def test_the_first_index_is_made_once_by_many_at_once(opened: Opened) -> None:
    threads = [threading.Thread(target=opened().put, args=(entry(f"r{n}"),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert opened().count() == 4


def test_a_record_name_longer_than_the_server_takes(opened: Opened) -> None:
    long = "motlan:H48:" + "ệ" * 300
    assert opened().put(entry(long, revision=2))
    assert not opened().put(entry(long))
    assert list(opened().records_and_revisions()) == [(long, 2)]


def test_what_is_filled_in_bulk_refuses_older_revisions(opened: Opened) -> None:
    with opened().rebuilding() as fresh:
        fresh.put(entry("r", "bản hai", revision=2))
        fresh.put(entry("r", "bản một"))
        fresh.put(entry("s"))
    assert list(opened().records_and_revisions()) == [("r", 2), ("s", 1)]
    assert opened().find_words("một", None) == []


def test_filling_a_server_without_room_says_so_and_leaves_all_as_it_was(opened: Opened, client: Elasticsearch) -> None:
    index = opened()
    index.put(entry("r"))
    with pytest.raises(ServerFull), index.rebuilding() as fresh:
        block = {"index.blocks.read_only_allow_delete": True}
        client.indices.put_settings(index=index._names[FRESH], settings=block)
        fresh.put(entry("s"))
    assert list(index.records_and_revisions()) == [("r", 1)]


def test_all_records_are_told_page_by_page(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "_PAGE", 3)
    for n in range(9):
        opened().put(entry(f"r{n}", revision=n + 1))
    told = opened().records_and_revisions()
    first = next(told)
    opened().put(entry("r0", revision=50))  # what is told is as it was when it was asked for
    assert [first, *told] == [(f"r{n}", n + 1) for n in range(9)]


def test_a_list_whose_index_is_replaced_meanwhile_ends_as_away(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "_PAGE", 1)
    opened().put(entry("r"))
    opened().put(entry("s"))
    told = opened().records_and_revisions()
    next(told)
    opened().remove_all()
    with pytest.raises(IndexAway):
        list(told)


def test_rebuilding_under_a_writer_loses_nothing(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "_WHOLE", 3)
    index = opened()
    index.put(entry("kept", "luôn có ở đây"))
    done, missed = threading.Event(), []

    def write() -> None:
        mine = opened()
        for n in range(60):
            mine.put(entry(f"w{n}"))
            mine.put(entry("shared", revision=n + 1))
        done.set()

    def read() -> None:
        mine = opened()
        while not done.is_set():
            if not mine.find_words("luôn có", None):
                missed.append("a reader found nothing")

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    rounds = 0
    while not done.is_set() or rounds < 2:
        with index.rebuilding() as fresh:
            for record, revision in list(index.records_and_revisions()):
                fresh.put(entry(record, "luôn có ở đây", revision))
        rounds += 1
    for thread in threads:
        thread.join(60)
    assert missed == []
    assert dict(index.records_and_revisions()) == {f"w{n}": 1 for n in range(60)} | {"kept": 1, "shared": 60}


def test_a_rebuild_that_died_is_swept_by_the_next(opened: Opened, client: Elasticsearch) -> None:
    index = opened()
    index.put(entry("r"))
    child = os.fork()
    if child == 0:
        with opened().rebuilding() as fresh:
            fresh.put(entry("half"))
            os._exit(0)
    os.waitpid(child, 0)
    assert len(client.indices.get(index=f"{index._names[READ]}-*")) == 2
    with index.rebuilding() as fresh:
        fresh.put(entry("whole"))
    assert len(client.indices.get(index=f"{index._names[READ]}-*")) == 1
    assert list(index.records_and_revisions()) == [("whole", 1)]


def test_of_two_rebuilds_the_one_that_began_last_stands(opened: Opened) -> None:
    index = opened()
    index.put(entry("r"))
    with pytest.raises(IndexAway, match="another rebuild"), index.rebuilding(), opened().rebuilding() as later:
        later.put(entry("s"))
    assert list(index.records_and_revisions()) == [("s", 1)]


def test_a_put_waits_while_a_fresh_index_takes_the_place(
    opened: Opened, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened()
    index.put(entry("r"))
    old = in_use(client, index)
    client.indices.add_block(index=old, block="write")
    threading.Timer(0.5, lambda: index._names.release(client, [old])).start()
    assert index.put(entry("s"))
    client.indices.add_block(index=old, block="write")  # held by a rebuild that died
    monkeypatch.setattr(elastic, "_HELD_FOR", 0.2)
    with pytest.raises(IndexAway, match="held"):
        index.put(entry("t"))
    with index.rebuilding() as fresh:
        fresh.put(entry("u"))
    assert index.put(entry("t"))
    assert [record for record, _ in index.records_and_revisions()] == ["t", "u"]


def test_a_failed_switch_leaves_the_old_index_as_it_was(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened()
    index.put(entry("r"))

    def fail(*_: Any) -> None:
        raise IndexAway(detail="test")

    with pytest.raises(IndexAway), index.rebuilding() as fresh:
        fresh.put(entry("s"))
        monkeypatch.setattr(index._names, "use", fail)
    assert index.put(entry("t"))
    assert [record for record, _ in index.records_and_revisions()] == ["r", "t"]


def test_an_answer_lost_at_the_switch_does_not_lose_the_index(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened()
    index.put(entry("r"))
    real = index._names.use

    def lost(*given: Any) -> None:
        real(*given)
        raise IndexAway(detail="test")

    with pytest.raises(IndexAway), index.rebuilding() as fresh:
        fresh.put(entry("s"))
        monkeypatch.setattr(index._names, "use", lost)
    assert list(opened().records_and_revisions()) == [("s", 1)]


def test_a_lost_index_starts_empty(opened: Opened, client: Elasticsearch) -> None:
    index = opened()
    index.put(entry("r"))
    client.indices.delete(index=in_use(client, index))
    assert index.find_words("giấy tờ", None) == []
    assert index.put(entry("s"))
    assert index.count() == 1


def test_a_stranger_under_that_name_is_told_and_rebuilding_takes_its_place(
    opened: Opened, client: Elasticsearch
) -> None:
    index = opened()
    client.indices.create(index=index._names[READ])
    try:
        with pytest.raises(IndexUnusable):
            index.count()
        with index.rebuilding() as fresh:
            fresh.put(entry("s"))
        assert index.count() == 1
    finally:
        client.options(ignore_status=404).indices.delete(index=in_use(client, index))


@pytest.mark.parametrize(
    ("block", "error", "named"),
    [
        ("index.blocks.read_only_allow_delete", ServerFull, "flood"),
        ("index.blocks.read_only", ServerReadOnly, "block"),
    ],
)
def test_a_blocked_index_says_why(
    opened: Opened, client: Elasticsearch, block: str, error: type[Exception], named: str
) -> None:
    index = opened()
    index.put(entry("r"))
    name = in_use(client, index)
    client.indices.put_settings(index=name, settings={block: True})
    with pytest.raises(error, match=named):
        index.put(entry("s"))
    assert index.health().blocks == block
    client.indices.put_settings(index=name, settings={block: None})
    assert index.put(entry("s"))
    assert index.health().blocks == ""


def test_an_unknown_field_is_refused_by_the_mapping(opened: Opened, client: Elasticsearch) -> None:
    index = opened()
    index.put(entry("r"))
    answer = client.options(ignore_status=400).index(index=index._names[WRITE], document={"number": "x"})
    assert answer.meta.status == 400


def test_a_fork_uses_a_connection_of_its_own(opened: Opened) -> None:
    index = opened()
    index.put(entry("parent"))
    child = os.fork()
    if child == 0:
        index.put(entry("child"))
        os._exit(0 if index.count() == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert index.put(entry("parent", revision=2))


@pytest.mark.parametrize("trouble", ["silent", "cut"])
def test_a_server_that_does_not_answer_is_away_within_the_bound(
    services: Addresses, opened: Opened, trouble: str
) -> None:
    upstream = services["elasticsearch"]["url"].partition("://")[2]
    with proxied(services, upstream) as proxy:
        index = opened(at=Server((f"http://{proxy.address}",), timeout=4.0))
        index.put(entry("r"))
        proxy.poison("timeout", timeout=0) if trouble == "silent" else proxy.cut()
        for use in (lambda: index.put(entry("s")), lambda: index.find_words("giấy", None), index.count):
            with pytest.raises(IndexAway):
                use()
        proxy.heal() if trouble == "silent" else proxy.mend()
        assert index.put(entry("s"))
