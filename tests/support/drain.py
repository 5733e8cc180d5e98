"""A process for crash tests: it drops files and does every step, and can be killed at a named point."""

from __future__ import annotations

import os
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from motlan.settings import load
from motlan.wiring import House, new_boot, open_house
from tests.support import forks, replay
from tests.support.archive import drain, drop
from tests.support.sizes import environment


def start(data: Path, env: Mapping[str, str], *papers: Path) -> ForkServerProcess:
    """Begin to drop these papers into the archive and to do every step; what it says goes to `logs/out`."""
    return forks.start(_work, data, papers, env=env, streams=data / "logs")


def killed(house: House, point: str, *papers: Path, **more: str) -> None:
    """Let it work until it dies at that point, in a boot of its own unless one is given."""
    process = start(house.data, environment(house, MOTLAN_CRASH_AT=point, **more), *papers)
    process.join(forks.PATIENCE)
    assert process.exitcode == -9, "the program must have died at the named point"


def _work(data: Path, papers: tuple[Path, ...]) -> None:
    replay.install()
    house = open_house(load(data, reserve_bytes=10_000_000))
    if "MOTLAN_BOOT" not in os.environ:  # else it plays a worker of that boot
        new_boot(house.settings)
    drop(house, *papers)
    drain(house)
