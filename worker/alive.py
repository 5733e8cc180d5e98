"""Signs of life: a long-running process touches a file while its loop turns, and a health check looks how old it is.

A process that hangs, or waits for a broker that is away, does not touch its file; one that merely has no work does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery

EVERY_SECONDS = 5.0


def sign(run_dir: Path, name: str) -> None:
    """Leave a sign of life of the process of that name."""
    path = _path(run_dir, name)
    path.touch()
    os.utime(path)


def forget(run_dir: Path, names: Iterable[str]) -> None:
    """Remove the signs that an earlier start left."""
    for name in names:
        _path(run_dir, name).unlink(missing_ok=True)


def silent(run_dir: Path, names: Iterable[str], within: float) -> list[str]:
    """Those of the names that left no sign within so many seconds."""
    return [name for name in names if _age(_path(run_dir, name)) > within]


def sign_from_celery(app: Celery, run_dir: Path, name: str) -> None:
    """Have the worker's main process leave signs from its own event loop."""
    from celery import bootsteps  # not above: the health check reads signs without loading Celery

    class SignsOfLife(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:
            sign(run_dir, name)
            parent.timer.call_repeatedly(EVERY_SECONDS, sign, (run_dir, name))

    app.steps["worker"].add(SignsOfLife)


def _path(run_dir: Path, name: str) -> Path:
    return run_dir / f"{name}.alive"


def _age(path: Path) -> float:
    try:
        return abs(time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return float("inf")
