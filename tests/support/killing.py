"""A process that SIGKILLs itself at a point of its own progress: no handler runs, as when the power goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

Progress = Callable[[str, int], None]


def killed_at(point: str, work: Callable[[Progress], object]) -> None:
    """Run `work` in a child that dies when its progress comes to `point` (and has done something there, where it counts
    records); fails when it never comes there."""

    def progress(what: str, done: int) -> None:
        if what == point and (done or what != "kho"):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            work(progress)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"it was never at {point!r}"
