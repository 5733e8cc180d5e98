"""What a process does, counted at the clients of ledger, broker, store and index; and its CPU, by what it was spent on.

Counted are: ledger transactions that write (`commit`) or only read (`rollback`), messages published, S3 requests by
method, index requests. CPU seconds are this process's own and its ended children's.
"""

from __future__ import annotations

import json
import os
import resource
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import urllib3
from celery import signals
from elastic_transport import Transport
from sqlalchemy import Engine, event

T = TypeVar("T")
counts: Counter[str] = Counter()
seconds: Counter[str] = Counter()


def cpu() -> float:
    """User and system time of this process and its ended children."""
    both = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(spent.ru_utime + spent.ru_stime for spent in both)


def count_requests() -> None:
    """Count from now on, in this process and what is forked from it."""
    event.listen(Engine, "commit", lambda _: counts.update(["ledger writes"]))
    event.listen(Engine, "rollback", lambda _: counts.update(["ledger reads"]))
    signals.before_task_publish.connect(_published, weak=False)
    _count_calls(urllib3.PoolManager, "urlopen", lambda method, *_: f"S3 {method}")
    _count_calls(Transport, "perform_request", lambda *_: "index requests")


def _published(**_: Any) -> None:
    counts["messages"] += 1


def _count_calls(owner: type, name: str, what: Callable[..., str]) -> None:
    plain = getattr(owner, name)

    @wraps(plain)
    def counted(self: Any, *given: Any, **named: Any) -> Any:
        counts[what(*given)] += 1
        return plain(self, *given, **named)

    setattr(owner, name, counted)


def timed(what: str, work: Callable[..., T]) -> Callable[..., T]:
    """The same function; its CPU seconds are added up under that name. Not for functions that call each other."""

    @wraps(work)
    def measured(*given: Any, **named: Any) -> T:
        began = cpu()
        try:
            return work(*given, **named)
        finally:
            seconds[what] += cpu() - began

    return measured


def clear() -> None:
    """Begin anew (in a forked child)."""
    counts.clear()
    seconds.clear()


def write(folder: Path) -> None:
    """What this process has counted so far, as `PID.json`; what counting costs is told as `counting`."""
    began = cpu()
    part = folder / f".{os.getpid()}"
    part.write_text(json.dumps({"counts": counts, "seconds": seconds | Counter({"all": cpu()})}))
    part.replace(folder / f"{os.getpid()}.json")
    seconds["counting"] += cpu() - began


def read(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """The sums over all processes that wrote there."""
    total, spent = Counter[str](), Counter[str]()
    for path in folder.glob("*.json"):
        told = json.loads(path.read_text())
        total.update(told["counts"])
        spent.update(told["seconds"])
    return total, spent
