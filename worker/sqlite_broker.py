"""A kombu transport over one SQLite file: the broker of an archive that lives on one machine.

Messages are leased, not taken: an ack removes one, a dead consumer's lease ends and the message is delivered again. The
consumer renews the leases it holds at a third of their length, so a long step is not delivered twice, and a killed
worker's messages are back after one lease. The step's claim in the ledger refuses what is delivered twice all the same.

Transport options: `lease_seconds` (60), `max_deliveries` (10, then a message is parked), `polling_interval` (0.02 s: a
look at a counter in shared memory; no query runs while nothing was written).
"""

# mypy: disable-error-code="no-untyped-call"
# (kombu says that it is typed, but most of its functions carry no types)

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from queue import Empty
from threading import Lock
from typing import Any
from urllib.parse import quote

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, virtual

from worker.sqlite_messages import MessageStore, Parked

SCHEME = "motlan-sqlite"
TRANSPORT_ALIASES[SCHEME] = "worker.sqlite_broker:Transport"

LEASE_SECONDS = 60.0
MAX_DELIVERIES = 10  # the ledger gives a crashing step up after three; this is the net below it
LOOK_AGAIN_SECONDS = 1.0  # a lease that ends writes nothing, so the queues are looked at this often anyway
LOWER_FIRST_EVERY = 5  # every fifth message starts from a lower queue: `counter` goes first, nothing starves

_shared: dict[Path, MessageStore] = {}
_shared_lock = Lock()


def broker_url(path: Path) -> str:
    """The URL that names this broker's file."""
    return f"{SCHEME}:///{quote(str(path.absolute()))}"


def counts(path: Path) -> dict[str, int]:
    """Messages by queue, waiting and in flight together; {} before the first message."""
    return store_of(path).counts() if path.exists() else {}


def parked(path: Path) -> list[Parked]:
    """Messages that were set aside, oldest first."""
    return store_of(path).parked() if path.exists() else []


def parked_at(connection: Any) -> int:
    """As `parked`, how many, through a kombu connection."""
    return len(parked(Path(connection.virtual_host)))


def release_all(path: Path) -> int:
    """Give back what a killed start left leased. Only right while no consumer runs: hold the supervisor's lock."""
    return store_of(path).release_all() if path.exists() else 0


def store_of(path: Path) -> MessageStore:
    """This process's connection to the file; all channels share it."""
    path = path.absolute()
    with _shared_lock:
        if path not in _shared:
            _shared[path] = MessageStore(path)
        return _shared[path]


class QoS(virtual.QoS):
    """What this consumer holds; every change goes to the file at once."""

    def ack(self, delivery_tag: str) -> None:
        self.channel.store.ack(delivery_tag)
        self._settled(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.channel.store.requeue(delivery_tag, count=True)
        else:
            self.channel.store.park(delivery_tag, "refused")
        self._settled(delivery_tag)

    def _settled(self, delivery_tag: str) -> None:
        super().ack(delivery_tag)
        if self.channel.connection is not None:
            self.channel.connection.look_soon()

    def held(self) -> list[str]:
        """Tags of messages that are neither acked nor rejected."""
        return [tag for tag in list(self._delivered) if tag not in self._dirty]


class Channel(virtual.Channel):
    """Puts, takes and settles messages; kombu's routing above it stays as it is."""

    QoS = QoS
    body_encoding = "utf-8"

    def __init__(self, connection: Transport, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        options = connection.client.transport_options
        self.lease_seconds: float = options.get("lease_seconds", LEASE_SECONDS)
        self.max_deliveries: int = options.get("max_deliveries", MAX_DELIVERIES)
        self.store = store_of(connection.path)
        self._turn = 0
        self._look_at = 0.0
        self._seen: tuple[object, ...] = ()
        self._renew_at = time.monotonic() + self.lease_seconds / 3

    def drain_events(self, timeout: float | None = None, callback: Callable[..., Any] | None = None) -> Any:
        self.renew_when_due()
        return super().drain_events(timeout=timeout, callback=callback)

    def renew_when_due(self) -> None:
        """Renew the held leases when a third of their length has passed."""
        now = time.monotonic()
        if now >= self._renew_at:
            self._renew_at = now + self.lease_seconds / 3
            self.store.renew(self.qos.held(), self.lease_seconds)

    def _poll(self, cycle: Any, callback: Callable[..., Any], timeout: float | None = None) -> None:  # noqa: ARG002 (kombu's)
        now, seen = time.monotonic(), self.store.version()
        if seen == self._seen and now < self._look_at:
            raise Empty
        self._seen = seen
        for queue in self._order():
            try:
                message = self._get(queue)
            except Empty:
                continue
            self._look_at = 0.0  # there may be more: look again at once
            self._turn += 1
            callback(message, queue)
            return
        self._look_at = now + LOOK_AGAIN_SECONDS
        raise Empty

    def _order(self) -> Iterable[str]:
        """Queues as they were consumed, first one first; every fifth time a lower one leads, each in its turn."""
        queues = list(self._active_queues)
        if len(queues) > 1 and self._turn % LOWER_FIRST_EVERY == LOWER_FIRST_EVERY - 1:
            leader = 1 + self._turn // LOWER_FIRST_EVERY % (len(queues) - 1)
            queues.insert(0, queues.pop(leader))
        return queues

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002 (kombu's signature)
        delivery = self.store.take(queue, self.lease_seconds, self.max_deliveries)
        if delivery is None:
            raise Empty
        message: dict[str, Any] = json.loads(delivery.body)
        message["properties"]["delivery_tag"] = delivery.tag
        message["properties"]["delivery_info"]["redelivered"] = delivery.deliveries > 1
        return message

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        if message.get("content-type") != "application/json":
            raise ChannelError("this broker carries JSON only")
        self.store.put(queue, json.dumps(message, ensure_ascii=False), self._get_message_priority(message))

    def _restore(self, message: virtual.Message) -> None:
        self.store.requeue(message.delivery_tag, count=False)

    def _size(self, queue: str) -> int:
        return self.store.size(queue)

    def _purge(self, queue: str) -> int:
        return self.store.purge(queue)


class Transport(virtual.Transport):
    """kombu's door to the file. In a Celery worker it lives on the event loop, as RabbitMQ and Redis do."""

    Channel = Channel
    driver_type = "sqlite"
    driver_name = "motlan-sqlite"
    polling_interval = 0.02
    implements = virtual.Transport.implements.extend(asynchronous=True, exchange_type=frozenset(["direct"]))
    # kombu declares a tuple of one
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.Error, OSError)  # type: ignore[assignment]

    client: Any  # kombu's Connection
    _loop: Any = None  # kombu's Hub, in a Celery worker
    _timer: Any = None

    @property
    def path(self) -> Path:
        """The broker's file."""
        return Path(self.client.virtual_host).absolute()

    def driver_version(self) -> str:
        return sqlite3.sqlite_version

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:  # noqa: ARG002 (kombu's signature)
        """Look for messages at each polling interval.

        By timers, not `on_tick`: timers run before the pool decides, in the same turn of the loop, whether it has
        something to write to its processes; from `on_tick` a message would wait for the next turn (33 ms for 12 ms).
        """
        self._loop = loop
        self._timer = loop.call_repeatedly(self.polling_interval, self._look)

    def look_soon(self) -> None:
        """Room was made: look in this turn of the loop."""
        if self._loop is not None:
            self._loop.call_later(0, self._look)

    def close_connection(self, connection: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().close_connection(connection)

    def _look(self) -> None:
        for channel in list(self.channels):
            channel.renew_when_due()
            with suppress(Empty):
                while True:
                    channel.drain_events(callback=self._deliver)
