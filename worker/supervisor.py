"""One supervised process tree per data folder: starts children, restarts one that dies, stops all of them cleanly.

Linux only: children are bound to their parent's life by PR_SET_PDEATHSIG, so no worker outlives a killed supervisor.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any, Self

import psutil

from schemas.errors import AlreadyRunning

__all__ = [
    "AlreadyRunning",
    "ChildSpec",
    "Event",
    "Supervisor",
    "celery_worker_argv",
    "die_with_parent",
    "running",
    "told",
    "until_signalled",
]

BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # waits before the first, second … restart in a row
SETTLED_SECONDS = 60.0  # a child that lived this long starts the row anew
POLL_SECONDS = 0.2

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class ChildSpec:
    """What to run: a name for logs, the command line and its whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Event:
    """Something a person may want to know: a child died (exit code; negative: the signal) or was started again."""

    child: str
    what: str  # "died" or "restarted"
    code: int | None = None

    def __str__(self) -> str:
        if self.what == "died":
            return f"{self.child}: dừng bất ngờ (mã {self.code}), sẽ tự chạy lại"
        return f"{self.child}: đã chạy lại"


@dataclass
class _Child:
    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Runs children while this process lives; at most one per run folder. Use it from one thread that lasts as long as
    the children shall (the kernel ends a child with the thread that started it)."""

    children: Sequence[ChildSpec]
    run_dir: Path
    log_dir: Path | None  # where each child's output goes; None: to ours
    grace_seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _lock: IO[str] | None = None
    _running: list[_Child] = field(default_factory=list)

    def acquire(self) -> None:
        """Take the folder's lock without starting anything. It ends with this process, however that ends.

        Raises AlreadyRunning.
        """
        if self._lock is None:
            self._lock = _locked(self.run_dir)
            me = {"pid": os.getpid(), "boot": os.environ.get("MOTLAN_BOOT", ""), "started_at": time.time()}
            _pid_file(self.run_dir).write_text(json.dumps(me | {"children": [spec.name for spec in self.children]}))

    def start(self) -> None:
        """Start every child. Raises AlreadyRunning."""
        self.acquire()
        if not self._running:
            self._running = [_Child(spec) for spec in self.children]
            for child in self._running:
                self._spawn(child)

    def poll(self) -> list[Event]:
        """Look after the children; call it a few times a second. Restarts are spaced out by BACK_OFF_SECONDS."""
        events = []
        for child in self._running:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._note_death(child)
                events.append(Event(child.spec.name, "died", code))
            elif child.restart_at is not None and self.clock() >= child.restart_at:
                self._spawn(child)
                events.append(Event(child.spec.name, "restarted"))
        return events

    def stop(self) -> None:
        """Ask every child to finish, wait for the grace time, then end what is left. May be called twice."""
        try:
            tree = self.processes()
            for child in self._running:
                # only the child itself: Celery's warm shutdown hangs when its pool gets the signal too
                if child.process is not None and child.process.poll() is None:
                    child.process.terminate()
            end = self.clock() + self.grace_seconds
            for child in self._running:
                if child.process is not None:
                    with suppress(subprocess.TimeoutExpired):
                        child.process.wait(max(0.0, end - self.clock()))
            _kill({*tree, *self.processes()})
            for child in self._running:
                if child.process is not None:
                    child.process.wait()
        finally:
            self._running = []
            self._release()

    def processes(self) -> list[psutil.Process]:
        """Every living process of the tree below this one that we started, children first."""
        found: list[psutil.Process] = []
        for child in self._running:
            if child.process is not None and child.process.poll() is None:
                with suppress(psutil.NoSuchProcess):
                    top = psutil.Process(child.process.pid)
                    found += [top, *top.children(recursive=True)]
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _spawn(self, child: _Child) -> None:
        with _output(self.log_dir, child.spec.name) as out:
            child.process = subprocess.Popen(
                list(child.spec.argv),
                env=dict(child.spec.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,  # a Ctrl+C in the terminal is for the supervisor alone
                preexec_fn=_bound_to(os.getpid()),  # survives exec; one prctl call, so safe beside threads
            )
        child.started_at, child.restart_at = self.clock(), None

    def _note_death(self, child: _Child) -> None:
        if self.clock() - child.started_at >= SETTLED_SECONDS:
            child.deaths = 0
        wait = BACK_OFF_SECONDS[min(child.deaths, len(BACK_OFF_SECONDS) - 1)]
        child.process, child.deaths, child.restart_at = None, child.deaths + 1, self.clock() + wait

    def _release(self) -> None:
        if self._lock is not None:
            _pid_file(self.run_dir).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def running(run_dir: Path) -> bool:
    """Whether a supervisor of this run folder is alive."""
    try:
        with (run_dir / "up.lock").open() as file:
            return not _try_lock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def told(run_dir: Path) -> dict[str, Any] | None:
    """What the living supervisor of this run folder says of itself: `pid`, `boot`, `started_at`, `children`."""
    if not running(run_dir):
        return None
    try:
        return dict(json.loads(_pid_file(run_dir).read_text()))
    except (OSError, ValueError):
        return None


def until_signalled(tree: Supervisor) -> Iterator[Event]:
    """Look after the tree, giving what happens, until SIGTERM or SIGINT comes. For the main thread."""
    stop = threading.Event()
    with _on_signals(lambda *_: stop.set()):
        while not stop.is_set():
            yield from tree.poll()
            stop.wait(POLL_SECONDS)


def celery_worker_argv(
    app_module: str,
    *,
    concurrency: int,
    hostname: str,
    queues: Sequence[str] = ("counter", "batch", "repair"),
    log_file: Path | None = None,
    max_tasks_per_child: int | None = None,
) -> list[str]:
    """The command line of a prefork worker, without the chatter between workers. Queues in order of preference."""
    argv = [sys.executable, "-m", "celery", "-A", app_module, "worker", "--pool", "prefork"]
    argv += ["--concurrency", str(concurrency), "--hostname", hostname, "--queues", ",".join(queues)]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    if log_file is not None:
        argv += ["--logfile", str(log_file)]
    if max_tasks_per_child is not None:
        argv += ["--max-tasks-per-child", str(max_tasks_per_child)]
    return argv


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel end this process by SIGKILL when its parent dies.

    `parent`: whom we expect; when that one is gone already, this process ends at once.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _bound_to(parent: int) -> Callable[[], None]:
    return lambda: die_with_parent(parent)


def _kill(processes: set[psutil.Process]) -> None:
    """SIGKILL. psutil compares start times, so a pid that another process got meanwhile is left alone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _output(log_dir: Path | None, name: str) -> AbstractContextManager[IO[bytes] | None]:
    if log_dir is None:
        return nullcontext()
    log_dir.mkdir(parents=True, exist_ok=True)
    return (log_dir / f"{name}.out").open("ab")


def _pid_file(run_dir: Path) -> Path:
    return run_dir / "up.json"


def _locked(run_dir: Path) -> IO[str]:
    run_dir.mkdir(parents=True, exist_ok=True)
    file = (run_dir / "up.lock").open("a")
    for _ in range(25):  # somebody who only asks `running` holds it for a moment
        if _try_lock(file, fcntl.LOCK_EX):
            return file
        time.sleep(0.02)
    file.close()
    raise AlreadyRunning(pid=_pid_of_holder(run_dir))


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_of_holder(run_dir: Path) -> int | None:
    try:
        return int(json.loads(_pid_file(run_dir).read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return None


@contextmanager
def _on_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
