"""The product's Celery app, counted: each pool process writes what it did to BENCH_COUNTS after every task."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import signals

from bench.scale import counting
from ingest.understand import Survey
from worker import handlers, manifests

FOLDER = Path(os.environ["BENCH_COUNTS"])

counting.count_requests()
for _name in ("inspect", "read_page", "sheet_of", "urgency_of"):
    setattr(handlers, _name, counting.timed("reading", getattr(handlers, _name)))
Survey.__init__ = counting.timed("reading", Survey.__init__)  # type: ignore[method-assign]
Survey.paper = counting.timed("reading", Survey.paper)  # type: ignore[method-assign]
for _name in ("compose", "seal"):
    setattr(handlers, _name, counting.timed("sealing", getattr(handlers, _name)))
manifests.verify = counting.timed("sealing", manifests.verify)  # type: ignore[attr-defined]
for _kind, _handler in list(handlers.HANDLERS.items()):
    handlers.HANDLERS[_kind] = counting.timed(f"step {_kind}", _handler)


@signals.worker_process_init.connect(weak=False)
def _forked(**_: Any) -> None:
    counting.clear()


@signals.task_postrun.connect(weak=False)
def _after_task(**_: Any) -> None:
    counting.write(FOLDER)


from motlan.celery_app import app  # noqa: E402, F401 (the app that Celery looks for)
