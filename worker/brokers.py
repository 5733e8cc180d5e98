"""What stands behind a broker's URL: its options, its queues, how many messages wait, and what its errors mean."""

# mypy: disable-error-code="no-untyped-call, no-any-return, attr-defined"
# (kombu says that it is typed, but most of its functions carry no types)

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from amqp import exceptions as amqp
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import KombuError, OperationalError
from redis import exceptions as redis

from schemas.errors import (
    BadSetting,
    BrokerAway,
    MotlanError,
    ServerFull,
    ServerLoginRefused,
    ServerReadOnly,
    ServerTooOld,
    ServerUntrusted,
)
from worker.amqp_broker import ANSWER_SECONDS  # and with it our amqp:// takes the place of kombu's
from worker.sqlite_broker import SCHEME, parked_at

Family = Literal["sqlite", "redis", "amqp"]

QUEUES = ("counter", "batch", "repair")  # in the order in which workers prefer them
DEAD = "motlan.dead"  # where RabbitMQ puts what was delivered too often or refused; a person looks at it
EXCHANGE = "motlan"
MAX_DELIVERIES = 10  # the ledger gives a crashing step up after three; this is the net below it
REDIS_SOCKET_SECONDS = 15  # must be more than its consumer's blocking read of 10 s (kombu)
RABBITMQ_ACK_SECONDS = 1800  # RabbitMQ's consumer_timeout: an unacked message older than this closes the channel
SETTING = "MOTLAN_BROKER_URL"
AWAY = (OperationalError, KombuError, amqp.AMQPError, redis.RedisError, sqlite3.Error, OSError)  # all that they raise
_FAMILIES: dict[str, Family] = {
    SCHEME: "sqlite",
    "redis": "redis",
    "rediss": "redis",
    "amqp": "amqp",
    "amqps": "amqp",
}
_PARTS: dict[Family, str] = {
    "sqlite": "hàng đợi (SQLite)",
    "redis": "hàng đợi (Redis)",
    "amqp": "hàng đợi (RabbitMQ)",
}
_OLDEST: dict[Family, tuple[int, int]] = {"redis": (6, 2), "amqp": (3, 10)}  # 3.10: at-least-once dead letters


def family_of(url: str) -> Family:
    """Which of the three it is. Raises BadSetting for any other."""
    scheme = urlsplit(url).scheme
    if scheme not in _FAMILIES:
        raise BadSetting(name=SETTING, detail=f"{scheme or 'no scheme'}: amqp(s):// or redis(s):// is needed")
    return _FAMILIES[scheme]


def options_of(url: str, lease_seconds: float, visibility_timeout: int) -> dict[str, Any]:
    """kombu's transport options."""
    match family_of(url):
        case "sqlite":
            return {"lease_seconds": lease_seconds}
        case "redis":
            return {
                "visibility_timeout": visibility_timeout,
                "priority_steps": [0],  # what is urgent is chosen at the claim, see docs/decisions/0004
                "queue_order_strategy": "round_robin",
                "socket_connect_timeout": ANSWER_SECONDS,
                "socket_timeout": REDIS_SOCKET_SECONDS,
                "socket_keepalive": True,
            }
        case "amqp":
            return {"confirm_publish": True, "read_timeout": None}


def tls_of(url: str, ca: Path | None) -> dict[str, Any] | None:
    """How the server's certificate is judged, for kombu's `ssl`: always, by `ca` or by whom the system trusts; None for
    a URL without TLS."""
    scheme = urlsplit(url).scheme
    if scheme not in ("amqps", "rediss"):
        return None
    prefix = "ssl_" if scheme == "rediss" else ""
    required = {f"{prefix}cert_reqs": ssl.CERT_REQUIRED}
    return required | ({f"{prefix}ca_certs": str(ca)} if ca else {})


def check_times(url: str, options: Mapping[str, Any], task_time_limit: int, stale_seconds: float) -> None:
    """time limit < redelivery < stale age. Raises BadSetting with the variable to change.

    The SQLite broker's workers renew their leases while they live, so there only a lease too short to be renewed is
    wrong. RabbitMQ delivers again when the connection ends, and ends it itself when an ack takes too long.
    """
    family, again = family_of(url), float(task_time_limit)
    if family == "sqlite" and options["lease_seconds"] <= 1:
        raise BadSetting(name="MOTLAN_LEASE_SECONDS", detail="must be more than 1 s")
    if family == "redis":
        again = float(options["visibility_timeout"])
        if again <= task_time_limit:
            limit = f"MOTLAN_TASK_TIME_LIMIT ({task_time_limit} s)"
            raise BadSetting(name="MOTLAN_VISIBILITY_TIMEOUT", detail=f"{again:g} s must be more than {limit}")
    if family == "amqp" and task_time_limit >= RABBITMQ_ACK_SECONDS:
        detail = f"{task_time_limit} s must be less than RabbitMQ's consumer_timeout ({RABBITMQ_ACK_SECONDS} s)"
        raise BadSetting(name="MOTLAN_TASK_TIME_LIMIT", detail=detail)
    if stale_seconds <= again:
        name = "MOTLAN_VISIBILITY_TIMEOUT" if family == "redis" else "MOTLAN_TASK_TIME_LIMIT"
        detail = f"{stale_seconds:g} s must be more than {name} ({again:g} s)"
        raise BadSetting(name="MOTLAN_STALE_SECONDS", detail=detail)


class _WithDeadLetters(Queue):
    """A RabbitMQ queue; the queue of its dead letters is declared with it."""

    def declare(self, nowait: bool = False, channel: Any = None) -> Any:
        there = channel or self.channel
        Queue(DEAD, Exchange(DEAD, type="fanout"), queue_arguments={"x-queue-type": "quorum"})(there).declare()
        return super().declare(nowait=nowait, channel=channel)


def queue_of(name: str, url: str) -> Queue:
    """A queue as workers and senders declare it. On RabbitMQ it is replicated, counts deliveries, and moves what was
    delivered too often or refused to DEAD without losing it on the way."""
    exchange = Exchange(EXCHANGE, type="direct")
    if family_of(url) != "amqp":
        return Queue(name, exchange, routing_key=name)
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": MAX_DELIVERIES,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # at-least-once asks for it
    }
    return _WithDeadLetters(name, exchange, routing_key=name, queue_arguments=arguments)


def waiting(connection: Connection, queue: str) -> int:
    """How many messages of a queue nobody holds; 0 for one that does not exist."""
    channel = connection.channel()
    try:
        return int(Queue(queue)(channel).queue_declare(passive=True).message_count)
    except connection.channel_errors:
        return 0
    finally:
        if connection.connected:
            channel.close()


def set_aside(connection: Connection) -> int:
    """How many messages a person should look at. Redis keeps none: there the ledger's three strikes end a message."""
    match family_of(connection.as_uri(include_password=True)):
        case "sqlite":
            return parked_at(connection)
        case "redis":
            return 0
        case "amqp":
            return waiting(connection, DEAD)


@dataclass(frozen=True)
class Examined:
    """What a broker showed: its kind and version, how many messages wait by queue, how many were set aside, and what an
    operator should know."""

    name: str
    version: str
    waiting: dict[str, int]
    set_aside: int
    notes: tuple[str, ...]


def examine(url: str, options: Mapping[str, Any], tls: Mapping[str, Any] | None = None) -> Examined:
    """Connect, declare the queues, send a message through a queue of its own, and look around; each within a limit.
    Raises BrokerAway, ServerLoginRefused, ServerUntrusted, ServerTooOld, ServerReadOnly, ServerFull, BadSetting."""
    family, blocked = family_of(url), list[str]()
    given = {**options, "on_blocked": blocked.append} if family == "amqp" else dict(options)
    try:
        with Connection(url, ssl=tls, connect_timeout=ANSWER_SECONDS, transport_options=given) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=ANSWER_SECONDS)
            version = version_of(connection)
            for name in QUEUES:
                queue_of(name, url)(connection.channel()).declare()
            _there_and_back(connection)
            return Examined(
                name=_PARTS[family],
                version=version,
                waiting={name: waiting(connection, name) for name in QUEUES},
                set_aside=set_aside(connection),
                notes=tuple(_notes(connection)),
            )
    except MotlanError:
        raise
    except AWAY as error:
        if blocked:
            raise ServerFull(part=_PARTS[family], setting=SETTING, detail="it blocks senders") from None
        raise fault_of(error, url) from None  # a cause may hold the URL with its password


def _there_and_back(connection: Connection) -> None:
    fleeting = {"durable": False, "auto_delete": True}
    queue = connection.SimpleBuffer(f"motlan.probe.{uuid4().hex}", queue_opts=fleeting, exchange_opts=fleeting)
    try:
        queue.put({}, confirm_timeout=ANSWER_SECONDS)
        queue.get(timeout=ANSWER_SECONDS).ack()
    except queue.Empty:
        raise TimeoutError("a message did not come back") from None
    finally:
        if connection.connected:
            queue.close()  # stop consuming first: the server tells a consumer whose queue is deleted
            queue.queue.delete()


def _notes(connection: Connection) -> Iterator[str]:
    if family_of(connection.as_uri(include_password=True)) == "redis":
        client = connection.default_channel.client
        policy = client.info("memory").get("maxmemory_policy")
        if policy != "noeviction":
            yield f"maxmemory-policy {policy}: đặt noeviction, nếu không Redis có thể bỏ việc đang chờ"
        if not client.info("persistence").get("aof_enabled"):
            yield "appendonly no: khi Redis dừng, việc đang chờ phải gửi lại từ sổ cái"


def version_of(connection: Connection) -> str:
    """The server's version. Raises ServerTooOld."""
    family = family_of(connection.as_uri(include_password=True))
    if family == "sqlite":
        return sqlite3.sqlite_version
    if family == "redis":
        version = str(connection.default_channel.client.info("server")["redis_version"])
    else:
        version = str(connection.connection.server_properties.get("version", "0"))
    major, minor = (int(number) for number in [*version.split("."), "0"][:2])
    if (major, minor) < _OLDEST[family]:
        needed = "{}.{}".format(*_OLDEST[family])
        raise ServerTooOld(part=_PARTS[family], setting=SETTING, found=version, needed=needed)
    return version


def fault_of(error: BaseException, url: str) -> MotlanError:
    """The stable error behind what a broker's client raised; never with a password in it."""
    where = {"part": _PARTS[family_of(url)], "setting": SETTING}
    for cause in _causes(error):
        if isinstance(cause, amqp.PreconditionFailed):
            detail = f"a queue is there with other arguments; delete it or use another vhost ({cause.reply_text})"
            return BadSetting(name=SETTING, detail=detail)
        found = _kind_of(cause)
        if found is not None:
            return found(**where, detail=_detail(cause))
    first = next((cause for cause in _causes(error) if not isinstance(cause, OperationalError)), error)
    return BrokerAway(detail=type(first).__name__)


def _kind_of(error: BaseException) -> type[MotlanError] | None:
    told = str(error)
    if isinstance(error, ssl.SSLError):
        return ServerUntrusted
    if isinstance(error, redis.AuthenticationError) or told.startswith(("WRONGPASS", "NOAUTH", "NOPERM")):
        return ServerLoginRefused
    if isinstance(error, amqp.AccessRefused | amqp.NotAllowed):  # 403: the user; 530: the vhost
        return ServerLoginRefused
    if isinstance(error, redis.ReadOnlyError):
        return ServerReadOnly
    if isinstance(error, redis.OutOfMemoryError | amqp.Blocked) or "MISCONF" in told or "No space left" in told:
        return ServerFull
    return None


def _detail(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    return type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
