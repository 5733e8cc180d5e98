"""The Celery app: one set of settings for every broker, a check that its times fit together, and how a hint is sent."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
# (kombu says that it is typed, but most of its functions carry no types)

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.exceptions import QueueNotFound
from kombu.connection import Connection

from schemas.errors import BadSetting, MotlanError
from worker.amqp_broker import ANSWER_SECONDS
from worker.brokers import (
    AWAY,
    EXCHANGE,
    QUEUES,
    check_times,
    fault_of,
    options_of,
    queue_of,
    tls_of,
    waiting,
)
from worker.logs import log_to
from worker.supervisor import die_with_parent

# Objects between two looks for garbage in cycles, and looks at the young ones between two at older ones. A page makes
# some 40,000; with Python's own 700 a worker spent a tenth of its time on looking.
GARBAGE_EVERY = (10_000, 10, 10)
# Bytes: pictures of this size come out of the process's own memory, of which so much stays with it when it is free.
# With the C library's own settings every picture was mapped anew: 7,000 page faults, a twentieth of a page's time.
OWN_MEMORY, KEPT_MEMORY = 32 << 20, 64 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
MARGIN_SECONDS = 120  # what a broker without renewal waits beyond the longest step before it delivers again


def make_app(
    broker_url: str,
    *,
    lease_seconds: float = 60,
    task_time_limit: int = 600,
    visibility_timeout: int | None = None,
    stale_seconds: float = 1800,
    max_tasks_per_child: int = 500,
    max_memory_kb: int = 500_000,
    soft_shutdown_seconds: float = 20,
    log_file: Path | None = None,
    queues: Sequence[str] = QUEUES,
    broker_ca: Path | None = None,
    broker_options: Mapping[str, Any] | None = None,
) -> Celery:
    """The app without tasks; `worker.tasks` registers them.

    `lease_seconds`: how soon a dead worker's message is delivered again (SQLite broker; live workers renew it).
    `visibility_timeout`: the same for Redis, where nobody renews; by default two minutes more than a step may take.
    `stale_seconds`: the age at which the reconciler calls a running step lost, whoever still renews its lease.
    Raises BadSetting when a message could be delivered again while its step may still run.
    """
    options = options_of(broker_url, lease_seconds, visibility_timeout or task_time_limit + MARGIN_SECONDS)
    options |= dict(broker_options or {})
    check_times(broker_url, options, task_time_limit, stale_seconds)
    app = Celery("motlan", broker=broker_url, backend=None, set_as_current=False)
    app.conf.update(
        broker_transport_options=options,
        broker_use_ssl=tls_of(broker_url, broker_ca),
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=ANSWER_SECONDS,
        task_queues=[queue_of(name, broker_url) for name in queues],
        task_default_queue="batch" if "batch" in queues else queues[0],
        task_default_exchange=EXCHANGE,
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


def send_hint(app: Celery, step_id: int, kind: str, queue: str) -> None:
    """Tell the workers that a step may be ready: the message carries the step's id and nothing else.

    Raises BrokerAway, or what else keeps the broker from taking it, after a bounded time; BadSetting for a queue that
    this app does not have.
    """
    with _told(app):
        try:
            app.send_task(
                f"motlan.{kind}",
                kwargs={"step": step_id},
                queue=queue,
                ignore_result=True,
                confirm_timeout=ANSWER_SECONDS,
                retry=True,
                retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2},
            )
        except QueueNotFound:
            raise BadSetting(name="queues", detail=f"there is no queue {queue!r}") from None


def messages_waiting(app: Celery, queue: str) -> int:
    """How many messages of a queue nobody holds. Raises as send_hint does."""
    with connected(app) as connection:
        return waiting(connection, queue)


@contextmanager
def connected(app: Celery) -> Iterator[Connection]:
    """A connection to the broker that stands, from the app's pool. Raises as send_hint does."""
    with _told(app), app.pool.acquire(block=True, timeout=ANSWER_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=ANSWER_SECONDS)
        yield connection


@contextmanager
def _told(app: Celery) -> Iterator[None]:
    try:
        yield
    except MotlanError:
        raise
    except AWAY as error:
        raise fault_of(error, app.conf.broker_url) from None  # a cause may hold the URL with its password


# --- in the worker's processes ----------------------------------------------------------------------------------------

_main_process: list[int] = []


@signals.worker_init.connect(weak=False, dispatch_uid="motlan-main")
def _remember_main(**_: Any) -> None:
    os.environ["OMP_THREAD_LIMIT"] = "1"  # tesseract #3109: threads that fight make a page twenty times slower
    _main_process[:] = [os.getpid()]


@signals.worker_process_init.connect(weak=False, dispatch_uid="motlan-child")
def _in_child(**_: Any) -> None:
    die_with_parent(*_main_process)
    settle()


def settle() -> None:
    """Make this process one that reads page after page: rare looks for garbage, and memory that is not given back after
    each picture. Where the C library has no such setting (musl), its own stays."""
    gc.freeze()  # what was loaded so far lives as long as we do
    gc.set_threshold(*GARBAGE_EVERY)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, OWN_MEMORY)
        mallopt(_M_TRIM_THRESHOLD, KEPT_MEMORY)


def _log_json_to(path: Path) -> None:
    def set_up(**_: Any) -> None:
        log_to(path)

    # connect() keeps an earlier receiver of the same name; the app made last is the one that runs
    signals.setup_logging.disconnect(dispatch_uid="motlan-logging")
    signals.setup_logging.connect(set_up, weak=False, dispatch_uid="motlan-logging")
