"""The keeper: a process beside the workers that runs the reconciler and watches the drop folder."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import structlog

from ingest.dropfolder import DropFolder
from motlan.logs import log_to
from motlan.settings import load
from motlan.wiring import House, open_house
from schemas.errors import DiskFull, MotlanError
from worker.intake import open_batch, receive
from worker.reconciler import keep_tidying
from worker.supervisor import die_with_parent

log = structlog.get_logger()


def main() -> None:
    """Run until SIGTERM or SIGINT; a round that fails is logged and tried again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drop", action="store_true")
    watch = parser.parse_args().drop
    die_with_parent()
    settings = load()
    log_to(settings.logs_folder / "keeper.log")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    house = open_house(settings)
    watcher = threading.Thread(target=_watch, args=(house, stop), daemon=True) if watch else None
    if watcher:
        watcher.start()
    keep_tidying(house, stop.wait)
    if watcher:
        watcher.join(timeout=30)


def _watch(house: House, stop: threading.Event) -> None:
    folder = DropFolder(
        house.settings.drop_folder, house.data / "claimed", settle_seconds=house.settings.settle_seconds, now=time.time
    )
    waiting: list[Path] = list(folder.leftovers())
    while not stop.is_set():
        try:
            waiting += folder.scan()
            waiting = take_in(house, waiting)
        except Exception as error:
            log.error("drop_folder_round_failed", error=type(error).__name__, exc_info=True)
        stop.wait(0.5)


def take_in(house: House, claimed: Iterable[Path]) -> list[Path]:
    """Take claimed files in, one batch a folder; returns those that must wait (the disk is full). A claimed file is
    removed only after its bytes are received."""
    waiting: list[Path] = []
    for folder, paths in groupby(sorted(claimed), key=lambda path: path.parent):
        batch = open_batch(house, f"drop:{folder.name}", "drop-folder")
        for path in paths:
            try:
                for _ in receive(house, batch, [path], "drop-folder"):
                    pass
                path.unlink(missing_ok=True)
            except DiskFull as error:
                log.warning("drop_waits", code=error.code)
                waiting.append(path)
            except MotlanError as error:
                log.warning("drop_failed", code=error.code)
                waiting.append(path)
    return waiting


if __name__ == "__main__":
    main()
