"""`python -m bench.chaos.node up|work|keep [APP]`: the process tree of that `motlan` command, its workers with another
Celery app: that of the light reader unless named."""

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
    what, app = sys.argv[1], (*sys.argv[2:], LIGHT)[0]
    settings = load()
    if what != "up":
        join(settings)
    house = open_house(settings)
    tree = supervisor(house, drop_folder=what != "work", workers=what != "keep", keeper=what != "work")
    tree.children = [
        replace(child, argv=[app if word == APP else word for word in child.argv]) for child in tree.children
    ]
    start(tree, house)
    try:
        for event in until_signalled(tree):
            print(event, flush=True)
    finally:
        tree.stop()


if __name__ == "__main__":
    main()
