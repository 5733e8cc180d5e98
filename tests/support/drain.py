"""A process for crash tests: it drops files and does every step, and can be killed at a named point. It is forked from
one that has imported everything once, as importing costs more than the work."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from motlan.settings import load
from motlan.wiring import House, new_boot, open_house
from tests.support import replay
from tests.support.archive import drain, drop
from tests.support.sizes import environment

PATIENCE = 240.0  # a bound against hanging on a busy machine, not a measurement
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "ocrmypdf", "pikepdf", "pyhanko.sign.signers", "elasticsearch", "tesserocr"])


def start(data: Path, env: Mapping[str, str], *papers: Path, log: Path | None = None) -> ForkServerProcess:
    """Begin to drop these papers into the archive and to do every step; what it says goes to `log`."""
    process = _FORKS.Process(target=_run, args=(data, dict(env), papers, log), daemon=True)
    process.start()
    return process


def killed(house: House, point: str, *papers: Path, **more: str) -> None:
    """Let it work until it dies at that point, in a boot of its own unless one is given."""
    process = start(house.data, environment(house, MOTLAN_CRASH_AT=point, **more), *papers)
    process.join(PATIENCE)
    assert process.exitcode == -9, "the program must have died at the named point"


def _run(data: Path, env: dict[str, str], papers: tuple[Path, ...], log: Path | None) -> None:
    os.environ.clear()
    os.environ.update(env)
    if log is not None:
        with log.open("ab") as out:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(out.fileno(), stream.fileno())
    replay.install()
    house = open_house(load(data, reserve_bytes=10_000_000))
    if "MOTLAN_BOOT" not in env:  # else it plays a worker of that boot
        new_boot(house.settings)
    drop(house, *papers)
    drain(house)
