"""What the one-machine broker does beyond the contract: forks, a removed file, a start after a kill."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brokers import LEASE, Broker, killed_while_holding, queue_of, sqlite
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


def test_higher_priority_leaves_first_and_equals_leave_in_order(broker: Broker) -> None:
    for step, priority in enumerate([0, 5, 9, 5, 0, 9]):
        broker.put({"step": step}, priority=priority)
    consumer = broker.consumer()
    order = []
    for _ in range(6):
        message = consumer.get()
        order.append(message.payload["step"])
        message.ack()
    assert order == [2, 5, 1, 3, 0, 4]


def test_a_priority_out_of_range_is_taken_as_the_nearest(broker: Broker) -> None:
    for step, priority in enumerate([9, 99, -3, 0]):
        broker.put({"step": step}, priority=priority)
    consumer = broker.consumer()
    assert [consumer.get().payload["step"] for _ in range(4)] == [0, 1, 2, 3]


def test_clean_shutdowns_do_not_wear_a_message_out(broker: Broker) -> None:
    broker.put({"step": 1})
    for _ in range(6):  # twice max_deliveries
        consumer = broker.consumer()
        consumer.get()
        consumer.close()
    assert broker.parked() == []


def test_a_message_delivered_too_often_is_parked_and_listed(broker: Broker) -> None:
    broker.put({"step": 13}, queue="repair")
    broker.put({"step": 14}, queue="repair")
    consumer = broker.consumer("repair")
    for _ in range(3):
        message = consumer.get()
        assert message.payload == {"step": 13}
        message.reject(requeue=True)
    assert consumer.get().payload == {"step": 14}
    ((queue, because, body),) = broker.parked()
    assert (queue, because) == ("repair", "deliveries")
    assert "13" in body
    assert broker.counts() == {"repair": 1}


def test_a_held_message_is_not_delivered_again_before_its_lease_ends(broker: Broker) -> None:
    broker.put({"step": 1})
    started = time.time()
    broker.consumer(lease_seconds=1.5).get()
    second = broker.consumer()
    assert second.poll(0.7) is None
    assert second.get().payload == {"step": 1}
    assert time.time() - started >= 1.5


def test_a_consumer_that_lives_keeps_its_message_beyond_one_lease(broker: Broker) -> None:
    broker.put({"step": 1})
    first = broker.consumer(prefetch=1)
    held = first.get()
    second = broker.consumer()
    end = time.monotonic() + LEASE * 3
    while time.monotonic() < end:
        assert first.poll(0.02) is None  # the first one's loop goes on turning, as a worker's does
        assert second.poll(0.02) is None
    held.ack()
    assert broker.counts() == {}


def test_a_late_ack_does_not_remove_what_another_consumer_holds(broker: Broker) -> None:
    broker.put({"step": 1})
    slow = broker.consumer().get()
    other = broker.consumer(lease_seconds=3600).get()  # comes when the first lease has ended
    slow.ack()
    assert broker.counts() == {"batch": 1}
    other.ack()
    assert broker.counts() == {}


def test_size_and_purge_leave_held_messages_alone(broker: Broker) -> None:
    for step in range(3):
        broker.put({"step": step})
    consumer = broker.consumer(prefetch=1, lease_seconds=3600)
    held = consumer.get()
    channel = broker.connect().channel()
    assert queue_of("batch")(channel).queue_declare(passive=True).message_count == 2
    assert queue_of("batch")(channel).purge() == 2
    assert broker.counts() == {"batch": 1}
    held.ack()


def test_only_json_is_carried(broker: Broker) -> None:
    with pytest.raises(Exception, match="JSON only"):
        broker.put({"step": 1}, serializer="yaml")
    assert broker.counts() == {}


def test_a_refused_message_is_parked_not_dropped(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.consumer().get().reject(requeue=False)
    assert [because for _, because, _ in broker.parked()] == ["refused"]
