"""What the one-machine broker does beyond the contract: forks, a removed file, a start after a kill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brokers import Broker, killed_while_holding, sqlite
from worker.sqlite_broker import counts, parked, release_all


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = sqlite(tmp_path)
    yield made
    made.close()


def test_a_new_start_may_release_what_a_killed_one_held(broker: Broker) -> None:
    broker.put({"step": 1})
    with killed_while_holding(broker, lease=3600):
        assert broker.consumer().poll() is None
        assert broker.release_all() == 1
        assert broker.consumer().get(within=5).payload == {"step": 1}


def test_a_fork_shares_no_connection_and_both_sides_go_on(broker: Broker) -> None:
    broker.put({"step": 1})
    assert broker.counts() == {"batch": 1}  # this process has the file open
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the child
        try:
            broker.put({"step": 2})
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    broker.put({"step": 3})
    assert broker.counts() == {"batch": 3}


def test_a_removed_file_is_noticed_by_a_running_consumer(broker: Broker) -> None:
    broker.put({"step": 1})
    consumer = broker.consumer()
    consumer.get().ack()
    for part in broker.path.parent.iterdir():
        part.unlink()
    assert consumer.poll() is None
    broker.put({"step": 2})
    assert consumer.get().payload == {"step": 2}


def test_an_absent_file_has_no_messages_and_is_not_made_by_asking(tmp_path: Path) -> None:
    absent = tmp_path / "none.sqlite"
    assert (counts(absent), parked(absent), release_all(absent)) == ({}, [], 0)
    assert not absent.exists()
