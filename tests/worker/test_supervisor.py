"""The supervised process tree: one per folder, no orphan after a kill, no message lost, clean stops, restarts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.trees import ROOT, Tiny, alive, sleeper, wait_for
from worker.app import send_hint
from worker.sqlite_broker import parked, release_all
from worker.supervisor import AlreadyRunning, ChildSpec, celery_worker_argv, running, until_signalled

SUPERVISOR_PROGRAM = """
import sys
from pathlib import Path
from tests.support.trees import Tiny
from worker.supervisor import until_signalled
with Tiny(Path(sys.argv[1])).supervisor() as tree:
    for event in until_signalled(tree):
        print(event, flush=True)
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    return Tiny(tmp_path)


def start_program(tiny: Tiny) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, so that it can be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR_PROGRAM, str(tiny.folder)],
        cwd=ROOT,
        env=tiny.env,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_supervisor_leaves_no_process_and_loses_no_message(tiny: Tiny) -> None:
    for step in range(6):
        send_hint(tiny.app, step, "page", "batch")
    with start_program(tiny) as program:
        wait_for(lambda: len(tiny.noted("begin")) == 2)
        tree = [psutil.Process(program.pid), *psutil.Process(program.pid).children(recursive=True)]
        assert len(tree) >= 4  # supervisor, Celery's main process, two pool processes
        program.send_signal(signal.SIGKILL)
        program.wait(10)
    assert tiny.noted("end") == [], "tasks were in flight at the kill"
    wait_for(lambda: not alive(tree), within=10)
    assert not running(tiny.folder / "run")
    assert tiny.waiting() == 6
    assert release_all(tiny.folder / "broker.sqlite") == 2
    tiny.go()
    with tiny.supervisor():
        wait_for(lambda: tiny.waiting() == 0)
    assert set(tiny.noted("end")) == set(range(6))
    assert parked(tiny.folder / "broker.sqlite") == []


def test_a_clean_stop_lets_running_tasks_finish_and_starts_no_other(tiny: Tiny) -> None:
    for step in range(4):
        send_hint(tiny.app, step, "page", "batch")
    with start_program(tiny) as program:
        wait_for(lambda: len(tiny.noted("begin")) == 2)
        tree = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGTERM)
        wait_for(lambda: "Warm shutdown" in (tiny.folder / "logs" / "worker.out").read_text())
        tiny.go()
        assert program.wait(20) == 0
    assert sorted(tiny.noted("end")) == sorted(tiny.noted("begin")) == [0, 1]
    assert not alive(tree)
    assert tiny.waiting() == 2
    assert release_all(tiny.folder / "broker.sqlite") == 0, "nothing stayed leased"
    assert tiny.omp_limits() == {"1"}


def test_what_does_not_stop_in_time_is_ended(tiny: Tiny) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    tree = tiny.supervisor(ChildSpec("deaf", [sys.executable, "-c", deaf], tiny.env), grace_seconds=0.3)
    tree.start()
    wait_for(lambda: "deaf" in (tiny.folder / "logs" / "deaf.out").read_text())
    processes = tree.processes()
    assert processes
    tree.stop()
    assert not alive(processes)
    tree.stop()  # again: nothing to do


def test_a_task_that_loses_its_process_is_parked_and_the_others_go_on(tiny: Tiny) -> None:
    send_hint(tiny.app, 66, "seal", "batch")
    send_hint(tiny.app, 1, "page", "batch")
    tiny.go()
    with tiny.supervisor():
        wait_for(lambda: tiny.waiting() == 0)
    assert tiny.noted("end") == [1]
    (stuck,) = parked(tiny.folder / "broker.sqlite")
    assert stuck.because == "deliveries"
    assert tiny.noted("begin").count(66) == 3


def test_a_crashed_child_is_started_again(tiny: Tiny) -> None:
    now = [0.0]
    tree = tiny.supervisor(sleeper("a"), sleeper("b"))
    tree.clock = lambda: now[0]
    tree.start()
    try:
        first, second = tree.processes()
        first.kill()
        told: list[str] = []
        wait_for(lambda: told.extend(event.what for event in tree.poll()) or told == ["died"])
        assert tree.processes() == [second]
        assert tree.poll() == []  # not before its wait is over
        now[0] += 0.5
        assert [(event.child, event.what) for event in tree.poll()] == [("a", "restarted")]
        assert len(alive(tree.processes())) == 2
    finally:
        now[0] = 0.0
        tree.stop()


def test_restarts_of_a_child_that_keeps_dying_are_spaced_out(tiny: Tiny) -> None:
    now = [0.0]
    tree = tiny.supervisor(ChildSpec("broken", [sys.executable, "-c", "raise SystemExit(3)"], tiny.env))
    tree.clock = lambda: now[0]
    tree.start()
    waits = []
    for _ in range(4):
        wait_for(lambda: [event.code for event in tree.poll()] == [3])
        before = now[0]
        while not tree.poll():
            now[0] += 0.5
        waits.append(now[0] - before)
    assert waits == [0.5, 1.0, 2.0, 5.0]
    tree.stop()


def test_one_supervisor_per_folder(tiny: Tiny) -> None:
    assert not running(tiny.folder / "run")
    with tiny.supervisor(sleeper()):
        assert running(tiny.folder / "run")
        with pytest.raises(AlreadyRunning) as refused:
            tiny.supervisor(sleeper()).start()
        assert refused.value.details["pid"] == os.getpid()
        assert running(tiny.folder / "run"), "the refused one took nothing away"
    assert not running(tiny.folder / "run")
    with tiny.supervisor(sleeper()):
        assert running(tiny.folder / "run")


def test_signals_end_the_watch_and_the_old_handlers_come_back(tiny: Tiny) -> None:
    before = signal.getsignal(signal.SIGTERM)
    tree = tiny.supervisor(sleeper("a"))
    with tree:
        tree.processes()[0].kill()
        for event in until_signalled(tree):
            assert event.what == "died"
            os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
    assert not running(tiny.folder / "run")


def test_the_worker_prefers_the_counter_and_does_not_chatter() -> None:
    argv = celery_worker_argv("motlan.celery_app", concurrency=3, hostname="x@%h", max_tasks_per_child=9)
    assert argv[argv.index("--queues") + 1] == "counter,batch,repair"
    assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} <= set(argv)
    assert argv[argv.index("--concurrency") + 1] == "3"
