"""Brokers that are away, slow, full or set up wrongly: which it is and what to do, within a limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from kombu.exceptions import OperationalError

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
from tests.services import Addresses
from tests.support.brokers import Broker, rabbitmq, redis_server
from tests.support.tls import expired_certificate, showing
from tests.support.toxiproxy import Proxy, proxied
from worker import brokers
from worker.app import make_app, messages_waiting, send_hint
from worker.brokers import examine, fault_of, options_of, tls_of

LIMIT = 90.0  # a bound against hanging on a busy machine, not a measurement


@pytest.fixture(params=[rabbitmq, redis_server], ids=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest, services: Addresses) -> Iterator[Broker]:
    made: Broker = request.param(services)
    made.clear()
    yield made
    made.clear()


def with_login(url: str, user: str = "motlan", password: str = "sai-mat-khau") -> str:
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port}"
    return parts._replace(netloc=f"{user}:{password}@{host}").geturl()


def at(url: str, port: int) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()


def refused(url: str, ca: Path | None = None) -> MotlanError:
    started = time.monotonic()
    with pytest.raises(MotlanError) as told:
        examine(url, options_of(url, 60, 720), tls_of(url, ca))
    assert time.monotonic() - started < LIMIT
    password = urlsplit(url).password
    assert password and password not in told.value.hint_text + told.value.vi_text
    return told.value


@pytest.mark.services
def test_a_broker_that_works_says_what_it_is_and_what_waits(broker: Broker) -> None:
    broker.put({"step": 1})
    seen = examine(broker.url, broker.options)
    assert seen.version[0].isdigit()
    assert (seen.waiting, seen.set_aside) == ({"counter": 0, "batch": 1, "repair": 0}, 0)


@pytest.mark.services
def test_a_wrong_password_is_told_with_the_variable(broker: Broker) -> None:
    error = refused(with_login(broker.url, "motlan" if broker.family == "amqp" else ""))
    assert isinstance(error, ServerLoginRefused), error
    assert "MOTLAN_BROKER_URL" in error.hint_text


@pytest.mark.services
def test_an_unknown_vhost_is_told(services: Addresses) -> None:
    assert isinstance(refused(rabbitmq(services).url.rstrip("/") + "/nowhere"), ServerLoginRefused)


@pytest.mark.services
def test_a_broker_that_is_down_is_away(broker: Broker) -> None:
    assert isinstance(refused(at(broker.url, 1)), BrokerAway)


@pytest.mark.services
def test_a_broker_that_is_too_old_is_refused(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(brokers._OLDEST, broker.family, (99, 0))
    assert isinstance(refused(broker.url), ServerTooOld)


@pytest.mark.parametrize("scheme", ["amqps", "rediss"])
def test_an_expired_certificate_is_told(tmp_path: Path, scheme: str) -> None:
    certificate = expired_certificate(tmp_path)
    with showing(certificate) as port:
        error = refused(f"{scheme}://motlan:mat-khau@127.0.0.1:{port}/", ca=certificate)
    assert isinstance(error, ServerUntrusted) and "expired" in error.hint_text


@pytest.fixture
def proxy(broker: Broker, services: Addresses) -> Iterator[Proxy]:
    with proxied(services, f"{urlsplit(broker.url).hostname}:{urlsplit(broker.url).port}") as made:
        yield made


@pytest.mark.services
def test_a_hint_to_a_broker_that_stands_still_is_given_up_and_goes_out_when_it_is_back(
    broker: Broker, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "REDIS_SOCKET_SECONDS", 3)
    app = make_app(at(broker.url, int(proxy.address.rpartition(":")[2])))
    send_hint(app, 1, "page", "batch")
    assert messages_waiting(app, "batch") == 1
    proxy.poison("timeout", timeout=0)  # nothing passes, and the connection stays open
    started = time.monotonic()
    with pytest.raises(BrokerAway):
        send_hint(app, 2, "page", "batch")
    assert time.monotonic() - started < LIMIT
    proxy.heal()
    send_hint(app, 3, "page", "batch")
    assert broker.waiting() >= 2
    proxy.cut()
    with pytest.raises(BrokerAway):
        send_hint(app, 4, "page", "batch")
    proxy.mend()
    send_hint(app, 5, "page", "batch")


@pytest.mark.services
def test_a_queue_declared_otherwise_by_somebody_is_told(services: Addresses) -> None:
    broker = rabbitmq(services)
    broker.clear()
    with broker.connect() as connection:
        connection.channel().queue_declare("batch", durable=True, auto_delete=False)
    try:
        error = refused(broker.url)
        assert isinstance(error, BadSetting) and "MOTLAN_BROKER_URL" in error.vi_text
    finally:
        broker.clear()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (redis.OutOfMemoryError("command not allowed when used memory > 'maxmemory'"), ServerFull),
        (redis.ReadOnlyError("You can't write against a read only replica."), ServerReadOnly),
        (redis.ResponseError("MISCONF Redis is configured to save RDB snapshots, but it's unable to"), ServerFull),
        (redis.ConnectionError("Connection refused"), BrokerAway),
    ],
)
def test_what_redis_says_under_kombus_errors(error: Exception, kind: type[MotlanError]) -> None:
    try:
        raise OperationalError("wrapped") from error
    except OperationalError as wrapped:
        assert isinstance(fault_of(wrapped, "redis://127.0.0.1/0"), kind)
