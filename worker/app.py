"""The Celery app: one set of settings for every broker, a check that its times fit together, and how a hint is sent."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
# (kombu says that it is typed, but most of its functions carry no types)

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery, signals
from celery.exceptions import QueueNotFound
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError

from schemas.errors import BadSetting, BrokerAway
from worker.logs import log_to
from worker.sqlite_broker import SCHEME
from worker.supervisor import die_with_parent

QUEUES = ("counter", "batch", "repair")  # in the order in which workers prefer them
MARGIN_SECONDS = 120  # what a broker without renewal waits beyond the longest step before it delivers again
PUBLISH_SECONDS = 4  # to reach a broker over the network

_REDIS = ("redis", "rediss", "sentinel")
_AMQP = ("amqp", "amqps", "pyamqp")


def make_app(
    broker_url: str,
    *,
    lease_seconds: float = 60,
    task_time_limit: int = 600,
    stale_seconds: float | None = None,
    max_tasks_per_child: int = 500,
    max_memory_kb: int = 400_000,
    soft_shutdown_seconds: float = 20,
    log_file: Path | None = None,
    queues: Sequence[str] = QUEUES,
    broker_options: Mapping[str, Any] | None = None,
) -> Celery:
    """The app without tasks; `worker.tasks` registers them.

    `lease_seconds`: how soon a dead worker's message is delivered again (SQLite broker; live workers renew it).
    `stale_seconds`: the age at which the reconciler calls a step lost, where that is a fixed age.
    Raises BadSetting when a message could be delivered again while its step may still run.
    """
    scheme = urlsplit(broker_url).scheme
    options = _options(scheme, lease_seconds, task_time_limit) | dict(broker_options or {})
    check_times(scheme, options, task_time_limit, stale_seconds)
    app = Celery("motlan", broker=broker_url, backend=None, set_as_current=False)
    app.conf.update(
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=PUBLISH_SECONDS,
        task_queues=[_queue(name, scheme) for name in queues],
        task_default_queue="batch" if "batch" in queues else queues[0],
        task_default_exchange="motlan",
        task_default_exchange_type="direct",
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=task_time_limit,
        task_send_sent_event=False,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=max_tasks_per_child,
        worker_max_memory_per_child=max_memory_kb,
        worker_soft_shutdown_timeout=soft_shutdown_seconds,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # the claim in the ledger refuses a second run
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        enable_utc=True,
    )
    if log_file is not None:
        _log_json_to(log_file)
    return app


def check_times(scheme: str, options: Mapping[str, Any], task_time_limit: int, stale_seconds: float | None) -> None:
    """time limit < redelivery < stale age. Raises BadSetting.

    The SQLite broker's workers renew their leases while they live, so there only a lease too short to be renewed is
    wrong. RabbitMQ delivers again when the connection ends, not after a time.
    """
    if scheme == SCHEME:
        again, name, least = float(options["lease_seconds"]), "lease_seconds", 1.0
    elif "visibility_timeout" in options:
        again, name, least = float(options["visibility_timeout"]), "visibility_timeout", float(task_time_limit)
    else:
        return
    if again <= least:
        raise BadSetting(name=name, detail=f"{again:g} s must be more than {least:g} s")
    if stale_seconds is not None and stale_seconds <= again:
        raise BadSetting(name="stale_seconds", detail=f"{stale_seconds:g} s must be more than {name} ({again:g} s)")


def send_hint(app: Celery, step_id: int, kind: str, queue: str, priority: int) -> None:
    """Tell the workers that a step may be ready: the message carries the step's id and nothing else.

    Raises BrokerAway after a bounded time, BadSetting for a queue that this app does not have.
    """
    urgency = (
        9 - priority if urlsplit(app.conf.broker_url).scheme in _REDIS else priority
    )  # kombu's Redis: 0 goes first
    try:
        app.send_task(
            f"motlan.{kind}",
            kwargs={"step": step_id},
            queue=queue,
            priority=urgency,
            ignore_result=True,
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2},
        )
    except QueueNotFound:
        raise BadSetting(name="queues", detail=f"there is no queue {queue!r}") from None
    except (OperationalError, sqlite3.Error, OSError) as error:
        raise BrokerAway(detail=type(error).__name__) from error


def _options(scheme: str, lease_seconds: float, task_time_limit: int) -> dict[str, Any]:
    if scheme == SCHEME:
        return {"lease_seconds": lease_seconds}
    if scheme in _REDIS:
        return {
            "visibility_timeout": task_time_limit + MARGIN_SECONDS,
            "priority_steps": list(range(10)),
            "queue_order_strategy": "priority",
            "socket_connect_timeout": PUBLISH_SECONDS,
        }
    return {"confirm_publish": True} if scheme in _AMQP else {}


def _queue(name: str, scheme: str) -> Queue:
    arguments = {"x-queue-type": "quorum"} if scheme in _AMQP else None
    return Queue(name, Exchange("motlan", type="direct"), routing_key=name, queue_arguments=arguments)


# --- in the worker's processes ----------------------------------------------------------------------------------------

_main_process: list[int] = []


@signals.worker_init.connect(weak=False, dispatch_uid="motlan-main")
def _remember_main(**_: Any) -> None:
    os.environ["OMP_THREAD_LIMIT"] = "1"  # tesseract #3109: threads that fight make a page twenty times slower
    _main_process[:] = [os.getpid()]


@signals.worker_process_init.connect(weak=False, dispatch_uid="motlan-child")
def _in_child(**_: Any) -> None:
    die_with_parent(*_main_process)


def _log_json_to(path: Path) -> None:
    def set_up(**_: Any) -> None:
        log_to(path)

    # connect() keeps an earlier receiver of the same name; the app made last is the one that runs
    signals.setup_logging.disconnect(dispatch_uid="motlan-logging")
    signals.setup_logging.connect(set_up, weak=False, dispatch_uid="motlan-logging")
