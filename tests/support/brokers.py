"""A broker under test: connections that close themselves, a consumer that takes one message at a time, and consumers in
processes of their own that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kombu import Connection, Exchange, Producer, Queue
from kombu.message import Message

from worker.sqlite_broker import broker_url, counts, parked, release_all

LEASE = 0.5
DEADLINE = 20.0


@dataclass
class Broker:
    """One broker under test: connections that are closed after the test, and what the contract asks of it."""

    url: str
    path: Path
    options: dict[str, Any] = field(default_factory=lambda: {"lease_seconds": LEASE, "max_deliveries": 3})
    opened: list[Connection] = field(default_factory=list)

    def connect(self, **options: Any) -> Connection:
        connection = Connection(self.url, transport_options=self.options | options)
        self.opened.append(connection)
        return connection

    def counts(self) -> dict[str, int]:
        """Messages by queue, waiting and in flight."""
        return counts(self.path)

    def parked(self) -> list[tuple[str, str, str]]:
        """(queue, why, body) of what was set aside."""
        return [(message.queue, message.because, message.body) for message in parked(self.path)]

    def release_all(self) -> int:
        return release_all(self.path)

    def close(self) -> None:
        for connection in self.opened:
            connection.close()

    def put(self, body: Any, queue: str = "batch", priority: int = 0, serializer: str = "json") -> None:
        with self.connect() as connection:
            Producer(connection).publish(
                body,
                exchange=queue_of(queue).exchange,
                routing_key=queue,
                priority=priority,
                declare=[queue_of(queue)],
                serializer=serializer,
            )

    def consumer(self, *queues: str, prefetch: int = 0, **options: Any) -> Consumer:
        return Consumer(self.connect(**options), queues or ("batch",), prefetch)


class Consumer:
    """Takes messages one at a time, as a worker does."""

    def __init__(self, connection: Connection, queues: tuple[str, ...], prefetch: int) -> None:
        self.connection = connection
        self.inbox: list[Message] = []
        consumer = connection.Consumer(
            [queue_of(name) for name in queues], on_message=self.inbox.append, prefetch_count=prefetch
        )
        consumer.consume()
        self.consumer = consumer

    def get(self, within: float = DEADLINE) -> Message:
        message = self.poll(within)
        assert message is not None, "no message came"
        return message

    def poll(self, within: float = 0.05) -> Message | None:
        if not self.inbox:
            try:
                self.connection.drain_events(timeout=within)
            except TimeoutError:
                return None
        return self.inbox.pop(0)

    def close(self) -> None:
        self.connection.close()


def queue_of(name: str) -> Queue:
    return Queue(name, Exchange("motlan", type="direct"), routing_key=name)


def sqlite(folder: Path) -> Broker:
    path = folder / "hàng đợi" / "broker.sqlite"
    return Broker(broker_url(path), path)


def run_child(broker: Broker, what: str, lease: float) -> subprocess.Popen[str]:
    """A consumer process: "hold" takes one message and keeps it; "race" tells "ready", waits for a line, then takes and
    acks all it can get."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, what, broker.url, str(lease)],
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
import socket, sys, time
from kombu import Connection, Exchange, Queue
import worker.sqlite_broker

what, url, lease = sys.argv[1:]
connection = Connection(url, transport_options={"lease_seconds": float(lease)})
queue = Queue("batch", Exchange("motlan"), routing_key="batch")

def on_message(message):
    if what == "race":
        print(message.payload["step"], flush=True)
        message.ack()
    else:
        print(time.time(), flush=True)

if what == "race":
    print("ready", flush=True)
    sys.stdin.readline()
with connection.Consumer([queue], on_message=on_message, prefetch_count=1):
    try:
        while True:
            connection.drain_events(timeout=1.0 if what == "race" else 60)
    except socket.timeout:
        pass
"""
