"""The Celery tasks: one per step kind, each a hint that names a step in the ledger."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from worker.handlers import HANDLERS
from worker.parts import Parts
from worker.steps import run_steps


def register(app: Celery, parts: Callable[[], Parts]) -> None:
    """Give the app its tasks. `parts` is called inside the pool process, so that nothing is shared across a fork."""
    for kind in HANDLERS:
        app.task(_body(parts), name=f"motlan.{kind}", ignore_result=True)


def _body(parts: Callable[[], Parts]) -> Callable[[int], None]:
    def run(step: int) -> None:
        run_steps(parts(), step)

    return run
