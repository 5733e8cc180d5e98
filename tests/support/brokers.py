"""A broker under test: connections that close themselves, a consumer that takes one message at a time, and consumers in
processes of their own that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from kombu import Connection, Exchange, Producer, Queue
from kombu.message import Message

from tests.services import Addresses
from tests.support.trees import wait_for
from worker import brokers
from worker.sqlite_broker import broker_url, counts, parked, release_all

LEASE = 0.5
DEADLINE = 60.0  # a bound against hanging, not a measurement
DATABASE = 9  # of Redis, for these tests alone


@dataclass
class Broker:
    """One broker under test: connections that are closed after the test, and what the contract asks of it."""

    url: str
    options: dict[str, Any]
    path: Path = Path()  # of the SQLite broker
    opened: list[Connection] = field(default_factory=list)

    @property
    def family(self) -> brokers.Family:
        return brokers.family_of(self.url)

    def connect(self, **options: Any) -> Connection:
        connection = Connection(self.url, transport_options=self.options | options)
        self.opened.append(connection)
        return connection

    def waiting(self, queue: str = "batch") -> int:
        """Messages that nobody holds."""
        with Connection(self.url, transport_options=self.options) as connection:
            return brokers.waiting(connection, queue)

    def counts(self) -> dict[str, int]:
        """Messages by queue, waiting and in flight (SQLite)."""
        return counts(self.path)

    def parked(self) -> list[tuple[str, str, str]]:
        """(queue, why, body) of what was set aside (SQLite)."""
        return [(message.queue, message.because, message.body) for message in parked(self.path)]

    def set_aside(self) -> int:
        """How many messages a person should look at."""
        with Connection(self.url, transport_options=self.options) as connection:
            return brokers.set_aside(connection)

    def release_all(self) -> int:
        return release_all(self.path)

    def close(self) -> None:
        for connection in self.opened:
            connection.close()

    def nothing_left(self) -> None:
        """Every consumer is closed, and no message comes back."""
        self.close()
        wait_for(lambda: sum(self.waiting(queue) for queue in brokers.QUEUES) == 0, within=10)

    def clear(self) -> None:
        """Take everything away that these tests may have left on a server."""
        self.close()
        if self.family == "redis":
            redis.Redis.from_url(self.url).flushdb()
        if self.family == "amqp":
            with Connection(self.url) as connection:
                for name in (*brokers.QUEUES, brokers.DEAD):
                    Queue(name)(connection.channel()).delete()

    def put(self, body: Any, queue: str = "batch", priority: int | None = None, serializer: str = "json") -> None:
        with self.connect() as connection:
            Producer(connection).publish(
                body,
                exchange=brokers.EXCHANGE,
                routing_key=queue,
                priority=priority,
                declare=[brokers.queue_of(queue, self.url)],
                serializer=serializer,
            )

    def consumer(self, *queues: str, prefetch: int = 0, **options: Any) -> Consumer:
        return Consumer(self, self.connect(**options), queues or ("batch",), prefetch)


class Consumer:
    """Takes messages one at a time, as a worker does."""

    def __init__(self, broker: Broker, connection: Connection, queues: tuple[str, ...], prefetch: int) -> None:
        self.connection = connection
        self.inbox: list[Message] = []
        names = [brokers.queue_of(name, broker.url) for name in queues]
        consumer = connection.Consumer(names, on_message=self.inbox.append, prefetch_count=prefetch)
        consumer.consume()
        self.consumer = consumer

    def get(self, within: float = DEADLINE) -> Message:
        end = time.monotonic() + within
        while (message := self.poll(0.2)) is None:  # Redis looks for lost messages at every tenth poll
            assert time.monotonic() < end, "no message came"
        return message

    def poll(self, within: float = 0.05) -> Message | None:
        if not self.inbox:
            try:
                self.connection.drain_events(timeout=within)
            except TimeoutError:
                return None
        return self.inbox.pop(0) if self.inbox else None

    def close(self) -> None:
        self.connection.close()


def queue_of(name: str) -> Queue:
    return Queue(name, Exchange(brokers.EXCHANGE, type="direct"), routing_key=name)


def sqlite(folder: Path) -> Broker:
    path = folder / "hàng đợi" / "broker.sqlite"
    return Broker(broker_url(path), {"lease_seconds": LEASE, "max_deliveries": 3}, path)


def rabbitmq(services: Addresses) -> Broker:
    url = services["rabbitmq"]["url"]
    return Broker(url, brokers.options_of(url, 60, 60))


def redis_server(services: Addresses) -> Broker:
    url = services["redis"]["url"].rpartition("/")[0] + f"/{DATABASE}"
    return Broker(url, brokers.options_of(url, 60, 60) | {"visibility_timeout": 2})


def run_child(broker: Broker, what: str, lease: float) -> subprocess.Popen[str]:
    """A consumer process: "hold" takes one message and keeps it; "race" tells "ready", waits for a line, then takes and
    acks all it can get."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, what, broker.url, json.dumps(broker.options | {"lease_seconds": lease})],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


@contextmanager
def killed_while_holding(broker: Broker, lease: float) -> Iterator[float]:
    """A consumer process that took one message and then died by SIGKILL; gives the time when it had it."""
    with run_child(broker, "hold", lease) as child:
        assert child.stdout is not None
        taken_at = float(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait(DEADLINE)
        yield taken_at


CHILD = """
import json, socket, sys, time
from kombu import Connection
from worker.brokers import queue_of

what, url, options = sys.argv[1:]
connection = Connection(url, transport_options=json.loads(options))

def on_message(message):
    if what == "race":
        print(message.payload["step"], flush=True)
        message.ack()
    else:
        print(time.time(), flush=True)

if what == "race":
    print("ready", flush=True)
    sys.stdin.readline()
with connection.Consumer([queue_of("batch", url)], on_message=on_message, prefetch_count=1):
    try:
        while True:
            connection.drain_events(timeout=2.0 if what == "race" else 60)
    except socket.timeout:
        pass
"""
