"""Process trees for tests: a folder with a tiny Celery app, what its tasks noted, and waiting for a condition."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from celery import Celery

from worker.app import make_app
from worker.sqlite_broker import broker_url, counts
from worker.supervisor import ChildSpec, Supervisor, celery_worker_argv

ROOT = Path(__file__).parents[2]
TIME_LIMIT, VISIBILITY = 40, 45  # seconds, of the tiny tasks: Redis delivers a lost one again that late


def wait_for(condition: Callable[[], object], within: float = 30.0) -> None:
    """Return when the condition holds; fail at the deadline."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "the deadline passed"
        time.sleep(0.01)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run (a zombie does not)."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@dataclass(frozen=True)
class Tiny:
    """A folder in which `tests.support.tiny_celery` works; over the broker there, unless another one is given."""

    folder: Path
    broker: str = ""

    @property
    def env(self) -> dict[str, str]:
        more = {"TINY_FOLDER": str(self.folder), "TINY_BROKER": self.broker, "PYTHONPATH": str(ROOT)}
        return os.environ | more

    @property
    def app(self) -> Celery:
        """The app as a producer uses it."""
        url = self.broker or broker_url(self.folder / "broker.sqlite")
        return make_app(url, task_time_limit=TIME_LIMIT, visibility_timeout=VISIBILITY)

    def worker(self, concurrency: int = 2) -> ChildSpec:
        argv = celery_worker_argv("tests.support.tiny_celery", concurrency=concurrency, hostname="tiny@%h")
        return ChildSpec("worker", argv, self.env)

    def supervisor(self, *children: ChildSpec, grace_seconds: float = 20.0) -> Supervisor:
        return Supervisor(children or (self.worker(),), self.folder / "run", self.folder / "logs", grace_seconds)

    def go(self) -> None:
        """Let the tasks finish."""
        (self.folder / "go").touch()

    def noted(self, what: str) -> list[int]:
        return [int(line.split()[1]) for line in self._notes() if line.startswith(what)]

    def omp_limits(self) -> set[str]:
        return {line.split()[3] for line in self._notes()}

    def waiting(self) -> int:
        return sum(counts(self.folder / "broker.sqlite").values())

    def _notes(self) -> list[str]:
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []


def sleeper(name: str = "sleeper") -> ChildSpec:
    """A child that waits until it is asked to stop."""
    return ChildSpec(name, [sys.executable, "-c", "import signal; signal.pause()"], dict(os.environ))
