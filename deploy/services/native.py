"""`up`, `down` and `status` of servers that run as processes of this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import psutil

from deploy.services import processes
from deploy.services.place import CannotServe, Place, say
from deploy.services.service import NotYet, Service

POLL_SECONDS = 0.1
LOG_LINES = 15


class State(NamedTuple):
    """One row of the table; `megabytes` is the memory of all its processes."""

    name: str
    state: str  # "up", "down", "broken"
    version: str = ""
    port: int = 0
    pid: int = 0
    megabytes: int = 0


def up(services: Sequence[Service], place: Place) -> None:
    """Bring these servers up, those that run already left as they are. Raises CannotServe after all were tried."""
    with place.locked(), ThreadPoolExecutor(max(len(services), 1)) as threads:
        asked = [threads.submit(partial(_up, service, place)) for service in services]
        failed = [error for each in asked if (error := each.exception())]
    for error in failed:
        if not isinstance(error, CannotServe):
            raise error
    if failed:
        raise CannotServe("\n".join(str(error) for error in failed))


def down(services: Iterable[Service], place: Place, wipe: bool = False) -> None:
    """Stop these servers and everything they started; with `wipe`, remove their data too."""
    with place.locked():
        for service in services:
            ran = bool(processes.family(_programs(service, place), _mark(service, place)))
            processes.stop(_programs(service, place), _mark(service, place))
            left = processes.family(_programs(service, place), _mark(service, place))
            if left:
                raise CannotServe(f"{service.name}: still running after SIGKILL: {[p.pid for p in left]}")
            place.forget(service.name)
            if wipe:
                place.wipe(service.name)
            if ran:
                say(f"{service.name}: stopped")


def status(service: Service, place: Place) -> State:
    """What runs and whether it answers."""
    noted = _programs(service, place)
    running = processes.family(noted, _mark(service, place))
    if not running:
        return State(service.name, "down")
    memory = 0
    for process in running:
        with suppress(psutil.Error):
            memory += process.memory_full_info().pss  # what processes share counts once
    answers = all(map(processes.living, noted)) and _answers(service, place)
    return State(
        service.name,
        "up" if answers else "broken",
        service.version(),
        service.port(place),
        int(noted[-1]["pid"]) if noted else 0,
        memory // 1_000_000,
    )


def _up(service: Service, place: Place) -> None:
    if packages := service.missing():
        raise CannotServe(f"{service.name}: missing; install the Debian package {' '.join(packages)}")
    noted, mark = _programs(service, place), _mark(service, place)
    if noted and place.record(service.name).get("port") == service.port(place) and all(map(processes.living, noted)):
        with suppress(CannotServe):
            _wait(service, place, began=time.monotonic())
            place.tell(service.name, service.address(place))
            return
    processes.stop(noted, mark)
    service.build()
    _require_free(service, place)
    began = time.monotonic()
    log = place.folder / f"{service.name}.log"
    started: list[dict[str, Any]] = []
    for program in service.programs(place):
        started.append(processes.start(program, mark, place.of(service.name), log))
        place.note(service.name, {"port": service.port(place), "version": service.version(), "programs": started})
    try:
        _wait(service, place, began)
    except CannotServe:
        processes.stop(_programs(service, place), mark)
        place.forget(service.name)
        raise
    place.tell(service.name, service.address(place))
    say(f"{service.name} {service.version()}: up in {time.monotonic() - began:.1f} s, port {service.port(place)}")


def _wait(service: Service, place: Place, began: float) -> None:
    """Until it truly answers; ends early when its process has died. Raises CannotServe with the end of its log."""
    why = "no answer"
    while time.monotonic() - began < service.start_seconds:
        if not all(map(processes.living, _programs(service, place))):
            why = "its process ended"
            break
        try:
            service.ask(place)
            return
        except (NotYet, OSError, subprocess.TimeoutExpired) as error:
            why = f"{type(error).__name__}: {error}"
        time.sleep(POLL_SECONDS)
    log = place.folder / f"{service.name}.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:]) if log.exists() else ""
    raise CannotServe(f"{service.name}: {why} ({log})\n{tail}")


def _answers(service: Service, place: Place) -> bool:
    try:
        service.ask(place)
    except (NotYet, OSError, subprocess.TimeoutExpired):
        return False
    return True


def _require_free(service: Service, place: Place) -> None:
    port = service.port(place)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotServe(f"{service.name}: port {port} is taken by another program ({error.strerror})") from None
    if shutil.disk_usage(place.data).free < 1_000_000_000:
        raise CannotServe(f"{service.name}: less than 1 GB free below {place.data}")


def _programs(service: Service, place: Place) -> list[dict[str, Any]]:
    return list(place.record(service.name).get("programs", ()))


def _mark(service: Service, place: Place) -> str:
    return f"{place.folder.absolute()}:{service.name}"
