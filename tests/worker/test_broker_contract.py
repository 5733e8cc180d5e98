"""What every broker must do for us, whichever stands behind the URL: the same tests, against the real servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services import Addresses
from tests.support.brokers import (
    DEADLINE,
    Broker,
    killed_while_holding,
    rabbitmq,
    redis_server,
    run_child,
    sqlite,
)
from tests.support.trees import wait_for
from worker.brokers import QUEUES, version_of

SERVERS: dict[str, Callable[[Addresses], Broker]] = {"rabbitmq": rabbitmq, "redis": redis_server}


@pytest.fixture(params=["sqlite", *(pytest.param(name, marks=pytest.mark.services) for name in sorted(SERVERS))])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    on_server = SERVERS.get(request.param)
    made = sqlite(tmp_path) if on_server is None else on_server(request.getfixturevalue("services"))
    made.clear()
    yield made
    made.clear()


def test_a_message_arrives_as_it_was_put(broker: Broker) -> None:
    broker.put({"step": 7})
    message = broker.consumer().get()
    assert message.payload == {"step": 7}
    assert not message.delivery_info.get("redelivered")


def test_an_ack_removes_the_message_for_good(broker: Broker) -> None:
    broker.put({"step": 1})
    consumer = broker.consumer()
    consumer.get().ack()
    consumer.close()
    assert broker.consumer().poll(1.0) is None
    broker.nothing_left()


def test_prefetch_holds_further_messages_back_until_an_ack(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.put({"step": 2})
    consumer = broker.consumer(prefetch=1)
    first = consumer.get()
    assert consumer.poll() is None
    first.ack()
    assert consumer.get().payload == {"step": 2}


def test_a_requeued_message_comes_back_and_says_so(broker: Broker) -> None:
    broker.put({"step": 1})
    broker.put({"step": 2})
    consumer = broker.consumer()
    consumer.get().reject(requeue=True)
    came = [consumer.get(), consumer.get()]
    assert sorted(message.payload["step"] for message in came) == [1, 2]
    [again] = [message for message in came if message.payload["step"] == 1]
    assert again.delivery_info["redelivered"]


def test_closing_a_consumer_gives_its_messages_back_at_once(broker: Broker) -> None:
    broker.put({"step": 1})
    consumer = broker.consumer(lease_seconds=3600, visibility_timeout=3600)
    consumer.get()
    consumer.close()
    assert broker.consumer().get(within=10).payload == {"step": 1}


def test_messages_survive_reopening(broker: Broker) -> None:
    for step in range(3):
        broker.put({"step": step})
    broker.close()
    consumer = broker.consumer()
    assert [consumer.get().payload["step"] for _ in range(3)] == [0, 1, 2]


def test_a_killed_consumers_message_comes_back(broker: Broker) -> None:
    broker.put({"step": 1})
    with killed_while_holding(broker, lease=1.0) as taken_at:
        again = broker.consumer().get()
    assert again.payload == {"step": 1}
    assert again.delivery_info["redelivered"], "it was in flight at the kill"
    again.ack()
    broker.nothing_left()
    if broker.family != "amqp":  # RabbitMQ sees the connection end; the others wait for a lease to end
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
    broker.nothing_left()


def test_a_backlog_does_not_keep_the_counter_waiting_and_no_queue_starves(broker: Broker) -> None:
    for queue in ("repair", "batch", "counter"):
        for step in range(30):
            broker.put({"step": step, "from": queue}, queue=queue)
    consumer = broker.consumer("counter", "batch", "repair", prefetch=1)
    came = []
    for _ in range(30):
        message = consumer.get()
        came.append(message.payload["from"])
        message.ack()
    assert "counter" in came[:4], "a backlog elsewhere does not keep the counter waiting"
    assert came.count("counter") >= 8
    assert came.count("batch") >= 2
    assert came.count("repair") >= 2


def test_what_waits_can_be_counted_and_a_queue_that_is_not_there_is_empty(broker: Broker) -> None:
    assert [broker.waiting(queue) for queue in QUEUES] == [0, 0, 0]
    for step in range(3):
        broker.put({"step": step})
    wait_for(lambda: broker.waiting("batch") == 3, within=10)
    broker.consumer(prefetch=1, lease_seconds=3600, visibility_timeout=3600).get()
    wait_for(lambda: broker.waiting("batch") == 2, within=10)
    assert broker.waiting("counter") == 0


def test_a_refused_message_is_set_aside_for_a_person(broker: Broker) -> None:
    if broker.family == "redis":
        pytest.skip("Redis keeps no dead letters; the ledger holds what the message was about")
    broker.put({"step": 1})
    broker.consumer().get().reject(requeue=False)
    wait_for(lambda: broker.set_aside() == 1, within=10)
    broker.nothing_left()


def test_a_message_that_always_comes_back_is_set_aside_and_the_others_go_on(broker: Broker) -> None:
    if broker.family == "redis":
        pytest.skip("Redis counts no deliveries; the ledger's three strikes end the step")
    broker.put({"step": 13})
    broker.put({"step": 14})
    consumer = broker.consumer()
    came = []
    while broker.set_aside() == 0:
        message = consumer.get()
        came.append(message.payload["step"])
        if message.payload["step"] == 13:
            message.reject(requeue=True)
        else:
            message.ack()
    assert came.count(14) == 1 and 3 <= came.count(13) <= 12
    broker.nothing_left()


def test_the_server_tells_its_version(broker: Broker) -> None:
    with broker.connect() as connection:
        assert version_of(connection)[0].isdigit()
