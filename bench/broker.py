"""How fast the one-machine broker is: latency of single no-op tasks, tasks a second, CPU of an idle worker, and what a
SIGKILL of the worker loses. Run: `python -m bench.broker` (about a minute; two pool processes)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from worker.app import make_app
from worker.sqlite_broker import broker_url, counts, release_all
from worker.supervisor import celery_worker_argv

FOLDER = Path(os.environ.setdefault("BENCH_FOLDER", tempfile.mkdtemp(prefix="motlan-bench-")))
BROKER, NOTES = FOLDER / "broker.sqlite", FOLDER / "notes"
app = make_app(broker_url(BROKER))


@app.task(name="motlan.bench")
def note(sent_at: float, work_seconds: float, number: int) -> None:
    """Work for a while, then say when the task was sent and when it began."""
    began = time.time()
    time.sleep(work_seconds)
    with NOTES.open("a") as notes:
        notes.write(f"{number} {began - sent_at}\n")


def main() -> None:
    worker = start_worker()
    send(1, 0)
    wait_for(1)
    print_latency(pause=0.05, number=200)
    print_throughput(2000)
    print_idle_cpu(worker)
    stop(worker)
    print_kills(tasks=200, work_seconds=0.15, kills=5)


def print_latency(pause: float, number: int) -> None:
    NOTES.unlink()
    for _ in range(number):
        send(1, 0)
        time.sleep(pause)
    waits = sorted(seconds for _, seconds in wait_for(number))
    print(f"latency p50 {waits[number // 2] * 1e3:.0f} ms, p95 {waits[number * 95 // 100] * 1e3:.0f} ms")


def print_throughput(number: int) -> None:
    NOTES.unlink()
    started = time.time()
    send(number, 0)
    published = time.time() - started
    wait_for(number)
    print(f"published {number / published:.0f}/s; published and done {number / (time.time() - started):.0f}/s")


def print_idle_cpu(worker: subprocess.Popen[bytes]) -> None:
    main_process = psutil.Process(worker.pid)
    before = sum(main_process.cpu_times()[:2])
    time.sleep(5)
    print(f"idle worker: {(sum(main_process.cpu_times()[:2]) - before) / 5:.1%} of a core")


def print_kills(tasks: int, work_seconds: float, kills: int) -> None:
    NOTES.unlink()
    send(tasks, work_seconds)
    in_flight = 0
    for kill in range(kills):
        worker = start_worker()
        goal = (kill + 1) * tasks // (kills + 2)
        while len(notes()) < goal:
            time.sleep(0.01)
        worker.kill()
        worker.wait()
        time.sleep(0.5)  # the pool goes with its parent
        in_flight += release_all(BROKER)
    worker = start_worker()
    while counts(BROKER):
        time.sleep(0.05)
    stop(worker)
    done = [number for number, _ in notes()]
    print(
        f"{kills} kills: {in_flight} in flight, {tasks - len(set(done))} lost, {len(done) - len(set(done))} done twice"
    )


def send(number: int, work_seconds: float) -> None:
    for i in range(number):
        app.send_task("motlan.bench", args=(time.time(), work_seconds, i), queue="batch", priority=0)


def notes() -> list[tuple[int, float]]:
    lines = NOTES.read_text().splitlines() if NOTES.exists() else []
    return [(int(number), float(seconds)) for number, seconds in (line.split() for line in lines)]


def wait_for(number: int) -> list[tuple[int, float]]:
    while not NOTES.exists() or NOTES.read_bytes().count(b"\n") < number:
        time.sleep(0.02)
    return notes()


def start_worker() -> subprocess.Popen[bytes]:
    argv = celery_worker_argv("bench.broker", concurrency=2, hostname="bench@%h")
    out = (FOLDER / "worker.out").open("ab")
    with out:
        return subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


def stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait()


if __name__ == "__main__":
    sys.exit(main())
