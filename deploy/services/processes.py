"""Processes that outlive the command that started them, and are found again, also after a reboot or a lost record."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

MARK = "MOTLAN_SERVICE"  # in the environment of everything that we start: who it belongs to
STOP_SECONDS = 30.0
KILL_SECONDS = 10.0


@dataclass(frozen=True)
class Program:
    """One process to start: command line, what to add to its environment, whom it runs as, how it is asked to stop."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop: signal.Signals = signal.SIGTERM


def start(program: Program, mark: str, home: Path, log: Path) -> dict[str, Any]:
    """Start it in a session of its own; returns what `living` needs to know it again."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(home), MARK: mark}
    for name in ("JAVA_HOME", "TZ"):
        if name in os.environ:
            env[name] = os.environ[name]
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(program.argv),
            env=env | dict(program.env),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.user,
            group=program.user,
            extra_groups=[] if program.user else None,
        )
    return {"pid": process.pid, "born": birth(process.pid), "stop": int(program.stop)}


def birth(pid: int) -> str | None:
    """Boot and tick at which a process began, which no other process shares; None when there is none (or a zombie).

    /proc/PID/stat field 22; a wall clock time would drift with the clock (proc(5)).
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if told[0] in "ZX" else f"{boot}:{told[19]}"


def living(noted: Mapping[str, Any]) -> bool:
    """Whether the process that was noted still runs; another one that got its number meanwhile does not count."""
    return noted.get("born") is not None and birth(int(noted["pid"])) == noted["born"]


def family(noted: Sequence[Mapping[str, Any]], mark: str) -> list[psutil.Process]:
    """Every living process of a server: what was noted, their children, and strays that carry the mark."""
    found: dict[int, psutil.Process] = {}
    for each in noted:
        if living(each):
            with suppress(psutil.NoSuchProcess):
                top = psutil.Process(int(each["pid"]))
                found |= {p.pid: p for p in [top, *top.children(recursive=True)]}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
    found.pop(os.getpid(), None)
    return list(found.values())


def stop(noted: Sequence[Mapping[str, Any]], mark: str) -> None:
    """Ask each to stop, the last one started first, then end what is left of the family."""
    everyone = family(noted, mark)
    for each in reversed(noted):
        if living(each):
            with suppress(ProcessLookupError):
                os.kill(int(each["pid"]), int(each.get("stop", signal.SIGTERM)))
            until_gone([psutil.Process(int(each["pid"]))] if living(each) else [], STOP_SECONDS)
    rest = {*everyone, *family(noted, mark)}
    for signalled, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, KILL_SECONDS)):
        rest = {p for p in rest if _runs(p)}
        for process in rest:
            with suppress(psutil.Error):
                process.send_signal(signalled)
        until_gone(list(rest), seconds)


def until_gone(processes: Sequence[psutil.Process], seconds: float) -> bool:
    """Whether all of them ended within that time. Our own children are reaped on the way."""
    end = time.monotonic() + seconds
    while any(_runs(p) for p in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _runs(process: psutil.Process) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
