"""A Celery app small enough for tests of processes: each task notes when it begins and ends, with its worker's pid."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.trees import TIME_LIMIT, VISIBILITY
from worker.app import make_app
from worker.brokers import family_of
from worker.sqlite_broker import broker_url

FOLDER = Path(os.environ["TINY_FOLDER"])
URL = os.environ.get("TINY_BROKER") or broker_url(FOLDER / "broker.sqlite")
app = make_app(
    URL,
    task_time_limit=TIME_LIMIT,
    visibility_timeout=VISIBILITY,
    broker_options={"max_deliveries": 3} if family_of(URL) == "sqlite" else None,
    log_file=FOLDER / "worker.log",
)


@app.task(name="motlan.page")
def page(step: int) -> None:
    """Works until the file `go` is there (30 s at most)."""
    _note("begin", step)
    end = time.monotonic() + 30
    while not (FOLDER / "go").exists() and time.monotonic() < end:
        time.sleep(0.01)
    _note("end", step)


@app.task(name="motlan.seal")
def seal(step: int) -> None:
    """Loses its process."""
    _note("begin", step)
    os.kill(os.getpid(), 9)


def _note(what: str, step: int) -> None:
    with (FOLDER / "notes").open("a") as notes:
        notes.write(f"{what} {step} {os.getpid()} {os.environ.get('OMP_THREAD_LIMIT')}\n")
