"""A program for crash tests: `python -m tests.support.drain DATA [FILE…]` drops files and does every step, in one
process that MOTLAN_CRASH_AT can kill at a named point."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from motlan.settings import load
from motlan.wiring import new_boot, open_house
from tests.support import replay
from tests.support.archive import drain, drop

if __name__ == "__main__":
    replay.install()
    house = open_house(load(Path(sys.argv[1]), reserve_bytes=10_000_000))
    if "MOTLAN_BOOT" not in os.environ:  # else it plays a worker of that boot
        new_boot(house.settings)
    if sys.argv[2:]:
        drop(house, *map(Path, sys.argv[2:]))
    drain(house)
