"""`python -m bench.chaos.node up|work|keep`: the process tree of that `motlan` command, its workers with the light
reader."""

from __future__ import annotations

import sys
from dataclasses import replace

from motlan.joining import join
from motlan.processes import start, supervisor
from motlan.settings import load
from motlan.wiring import open_house
from worker.supervisor import die_with_parent, until_signalled

APP, LIGHT = "motlan.celery_app", "bench.chaos.light"


def main() -> None:
    """Run until SIGTERM, as `motlan.processes.run` does."""
    die_with_parent()
    what = sys.argv[1]
    settings = load()
    if what != "up":
        join(settings)
    house = open_house(settings)
    tree = supervisor(house, drop_folder=what != "work", workers=what != "keep", keeper=what != "work")
    tree.children = [
        replace(child, argv=[LIGHT if word == APP else word for word in child.argv]) for child in tree.children
    ]
    start(tree, house)
    try:
        for event in until_signalled(tree):
            print(event, flush=True)
    finally:
        tree.stop()


if __name__ == "__main__":
    main()
