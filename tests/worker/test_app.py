"""The Celery app's settings, the rule that its times fit together, and hints that carry a step's id and no more."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import signals

from schemas.errors import BadSetting, BrokerAway, ErrorKind
from tests.support.trees import wait_for
from worker.app import make_app, send_hint
from worker.sqlite_broker import broker_url, counts
from worker.sqlite_messages import MessageStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "broker.sqlite"


def test_nothing_is_acked_early_kept_as_a_result_or_chatted_about(path: Path) -> None:
    conf = make_app(broker_url(path)).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert conf.result_backend is None
    assert conf.accept_content == ["json"]
    assert not conf.worker_enable_remote_control
    assert not conf.worker_send_task_events
    assert not conf.worker_hijack_root_logger


def test_a_process_that_reads_takes_the_memory_of_one_picture_for_the_next() -> None:
    program = (
        "import resource, sys\n"
        "from worker.app import settle\n"
        "if sys.argv[1] == 'settled': settle()\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "bytearray(b'x') * 26_000_000\n"
        "before = faults()\n"
        "for _ in range(5): bytearray(b'x') * 26_000_000\n"
        "print(faults() - before)\n"
    )
    of = {
        how: int(subprocess.run([sys.executable, "-c", program, how], capture_output=True, check=True).stdout)
        for how in ("plain", "settled")
    }
    assert of["settled"] < of["plain"] / 10, of


def test_limits_of_a_pool_process_are_settings(path: Path) -> None:
    conf = make_app(broker_url(path), max_tasks_per_child=7, max_memory_kb=123_000, task_time_limit=99).conf
    assert (conf.worker_max_tasks_per_child, conf.worker_max_memory_per_child, conf.task_time_limit) == (7, 123_000, 99)


def test_a_hint_is_one_message_with_the_steps_id_in_its_queue(path: Path) -> None:
    app = make_app(broker_url(path))
    send_hint(app, 41, "page", "batch")
    send_hint(app, 42, "seal", "counter")
    assert counts(path) == {"batch": 1, "counter": 1}
    delivery = MessageStore(path).take("counter", 60, 3)
    assert delivery is not None
    message = json.loads(delivery.body)
    assert message["headers"]["task"] == "motlan.seal"
    assert json.loads(message["body"])[:2] == [[], {"step": 42}]


def test_a_hint_for_an_unknown_queue_is_a_wrong_setting(path: Path) -> None:
    with pytest.raises(BadSetting, match="nowhere"):
        send_hint(make_app(broker_url(path)), 1, "page", "nowhere")


def test_a_broker_that_is_away_says_so_within_a_bounded_time() -> None:
    with socket.socket() as taken:  # bound, but it does not listen: connections are refused
        taken.bind(("127.0.0.1", 0))
        app = make_app(f"amqp://guest:guest@127.0.0.1:{taken.getsockname()[1]}//")
        started = time.monotonic()
        with pytest.raises(BrokerAway) as away:
            send_hint(app, 1, "page", "batch")
    assert time.monotonic() - started < 10
    assert away.value.kind is ErrorKind.TRANSIENT
    assert "guest" not in str(away.value)


def test_a_broker_file_that_cannot_be_written_says_so(path: Path) -> None:
    path.mkdir()
    with pytest.raises(BrokerAway):
        send_hint(make_app(broker_url(path)), 1, "page", "batch")


def test_a_broker_that_comes_back_takes_the_next_hint(path: Path) -> None:
    path.mkdir()
    app = make_app(broker_url(path))
    with pytest.raises(BrokerAway):
        send_hint(app, 1, "page", "batch")
    path.rmdir()
    send_hint(app, 1, "page", "batch")
    assert counts(path) == {"batch": 1}


@pytest.mark.parametrize("visibility", [599, 600])
def test_redis_must_wait_longer_than_a_step_may_take(visibility: int) -> None:
    with pytest.raises(BadSetting, match=r"MOTLAN_VISIBILITY_TIMEOUT.*MOTLAN_TASK_TIME_LIMIT"):
        make_app("redis://127.0.0.1/0", task_time_limit=600, visibility_timeout=visibility)


def test_the_reconciler_must_wait_longer_than_the_broker(path: Path) -> None:
    with pytest.raises(BadSetting, match=r"MOTLAN_STALE_SECONDS.*MOTLAN_VISIBILITY_TIMEOUT"):
        make_app("redis://127.0.0.1/0", task_time_limit=600, stale_seconds=700)
    for url in (broker_url(path), "amqp://127.0.0.1//"):
        with pytest.raises(BadSetting, match=r"MOTLAN_STALE_SECONDS.*MOTLAN_TASK_TIME_LIMIT"):
            make_app(url, task_time_limit=600, stale_seconds=600)
    make_app("redis://127.0.0.1/0", task_time_limit=600, stale_seconds=721)


def test_a_step_may_not_take_longer_than_rabbitmq_waits_for_an_ack() -> None:
    with pytest.raises(BadSetting, match=r"MOTLAN_TASK_TIME_LIMIT.*consumer_timeout"):
        make_app("amqp://127.0.0.1//", task_time_limit=1800, stale_seconds=7200)


def test_a_lease_too_short_to_renew_is_refused(path: Path) -> None:
    with pytest.raises(BadSetting, match="MOTLAN_LEASE_SECONDS"):
        make_app(broker_url(path), lease_seconds=1)


def test_a_broker_of_another_kind_is_refused_by_its_variable() -> None:
    with pytest.raises(BadSetting, match=r"MOTLAN_BROKER_URL.*sqs"):
        make_app("sqs://somewhere")


def test_rabbitmq_gets_quorum_queues_and_confirms() -> None:
    conf = make_app("amqp://127.0.0.1//").conf
    assert conf.broker_transport_options["confirm_publish"]
    assert {queue.queue_arguments["x-queue-type"] for queue in conf.task_queues} == {"quorum"}


def test_the_log_is_json_lines_without_long_numbers(path: Path, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "worker.log"
    make_app(broker_url(path), log_file=log)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        signals.setup_logging.send(sender=None)
        logging.getLogger("celery.worker").info("lost %s", "001203004567")
        wait_for(log.exists)
    finally:
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers[:], root.level = handlers, level
    line = json.loads(log.read_text())
    assert line["level"] == "info"
    assert line["event"].startswith("lost ")
    assert "001203004567" not in line["event"]
