"""What every broker must do for us, whichever stands behind the URL. RabbitMQ and Redis join by a line in BROKERS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.brokers import DEADLINE, LEASE, Broker, killed_while_holding, queue_of, run_child, sqlite

BROKERS: dict[str, Callable[[Path], Broker]] = {"sqlite": sqlite}


@pytest.fixture(params=sorted(BROKERS))
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    made = BROKERS[request.param](tmp_path)
    yield made
    made.close()


def test_a_message_arrives_as_it_was_put(broker: Broker) -> None:
    broker.put({"step": 7})
    message = broker.consumer().get()
    assert message.payload == {"step": 7}
    assert not message.delivery_info["redelivered"]


def test_an_ack_removes_the_message_for_good(broker: Broker) -> None:
    broker.put({"step": 1})
    consumer = broker.consumer()
    consumer.get().ack()
    consumer.close()
    assert broker.consumer().poll(LEASE * 3) is None
    assert broker.counts() == {}


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


def test_prefetch_holds_further_messages_back_until_an_ack(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.put({"step": 2})
    consumer = broker.consumer(prefetch=1)
    first = consumer.get()
    assert consumer.poll() is None
    first.ack()
    assert consumer.get().payload == {"step": 2}


def test_a_requeued_message_comes_back_at_its_place_and_says_so(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.put({"step": 2})
    consumer = broker.consumer()
    consumer.get().reject(requeue=True)
    again = consumer.get()
    assert again.payload == {"step": 1}
    assert again.delivery_info["redelivered"]


def test_closing_a_consumer_gives_its_messages_back_at_once(broker: Broker) -> None:
    broker.put({"step": 1})
    consumer = broker.consumer(lease_seconds=3600)
    consumer.get()
    consumer.close()
    assert broker.consumer().get(within=5).payload == {"step": 1}


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


def test_a_refused_message_is_parked_not_dropped(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.consumer().get().reject(requeue=False)
    assert [because for _, because, _ in broker.parked()] == ["refused"]


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


def test_messages_survive_reopening(broker: Broker) -> None:
    for step in range(3):
        broker.put({"step": step})
    broker.close()
    consumer = broker.consumer()
    assert [consumer.get().payload["step"] for _ in range(3)] == [0, 1, 2]


def test_a_killed_consumers_message_comes_back_after_its_lease(broker: Broker) -> None:
    broker.put({"step": 1})
    with killed_while_holding(broker, lease=1.0) as taken_at:
        again = broker.consumer().get()
    assert again.payload == {"step": 1}
    assert again.delivery_info["redelivered"]
    assert time.time() - taken_at >= 0.9


def test_two_consumers_never_get_the_same_message(broker: Broker) -> None:
    for step in range(200):
        broker.put({"step": step})
    racers = [run_child(broker, "race", lease=60) for _ in range(2)]
    assert [racer.stdout.readline() for racer in racers if racer.stdout] == ["ready\n"] * 2
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=DEADLINE)[0].split() for racer in racers]
    assert sorted(int(step) for steps in told for step in steps) == list(range(200))
    assert all(told), "one consumer took everything: nothing was raced"
    assert broker.counts() == {}


def test_the_counter_goes_first_and_the_lower_queues_do_not_starve(broker: Broker) -> None:
    for queue in ("repair", "batch", "counter"):
        for step in range(30):
            broker.put({"step": step, "from": queue}, queue=queue)
    consumer = broker.consumer("counter", "batch", "repair")
    came = []
    for _ in range(30):
        message = consumer.get()
        came.append(message.payload["from"])
        message.ack()
    assert came[0] == "counter"
    assert came.count("counter") >= 20
    assert came.count("batch") >= 2
    assert came.count("repair") >= 2


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
