"""The keeper: a process beside the workers that runs the reconciler and watches the drop folder."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from pathlib import Path

import structlog

from ingest.dropfolder import DropFolder
from ingest.register import is_register
from motlan.settings import load
from motlan.wiring import House, open_house
from portal.exchange.delivering import deliver_due
from schemas.errors import MotlanError
from worker.alive import sign
from worker.chainsealing import seal_chain
from worker.intake import open_batch, receive
from worker.logs import log_to
from worker.reconciler import keep_tidying
from worker.supervisor import die_with_parent

log = structlog.get_logger()

SEAL_SECONDS = 300.0  # between looks whether a piece of the audit chain is due
TELL_SECONDS = 2.0  # between looks whether other systems are to be told
LOOK_SECONDS = 0.5  # between looks at the drop folder
WAIT_SECONDS = 30.0  # before what could not be received (the disk is full) is tried again, each time as a new batch


def main() -> None:
    """Run until SIGTERM or SIGINT; a round that fails is logged and tried again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drop", action="store_true")
    watch = parser.parse_args().drop
    die_with_parent()
    settings = load()
    log_to(settings.log_path("keeper"))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    house = open_house(settings)
    watcher = threading.Thread(target=_watch, args=(house, stop), daemon=True) if watch else None
    if watcher:
        watcher.start()
    threading.Thread(target=_seal, args=(house, stop), daemon=True).start()
    threading.Thread(target=_tell, args=(house, stop), daemon=True).start()
    keep_tidying(house, partial(_alive_until, stop, settings.run_folder))
    if watcher:
        watcher.join(timeout=30)


def _alive_until(stop: threading.Event, run_folder: Path, seconds: float) -> bool:
    """Leave a sign of life, then wait that long or until `stop`."""
    sign(run_folder, "keeper")
    return stop.wait(seconds)


def _seal(house: House, stop: threading.Event) -> None:
    """Seal what is due of the audit chain; a piece that could not be put is put in the next round."""
    while not stop.wait(SEAL_SECONDS):
        try:
            seal_chain(house)
        except MotlanError as error:
            log.warning("sealing_waits", code=error.code)
        except Exception as error:
            log.error("sealing_round_failed", error=type(error).__name__, exc_info=True)


def _tell(house: House, stop: threading.Event) -> None:
    """Send what other systems are to be told; what could not be sent is tried again."""
    while not stop.wait(TELL_SECONDS):
        try:
            deliver_due(house)
        except MotlanError as error:
            log.warning("telling_waits", code=error.code)
        except Exception as error:
            log.error("telling_round_failed", error=type(error).__name__, exc_info=True)


def _watch(house: House, stop: threading.Event) -> None:
    claimed = house.data / "claimed"
    claimed.mkdir(exist_ok=True)
    folder = DropFolder(house.settings.drop_folder, claimed, house.settings.settle_seconds)
    waiting = list(folder.leftovers())
    while not stop.is_set():
        try:
            waiting = take_in(house, folder, [*waiting, *folder.scan()])
        except Exception as error:
            log.error("drop_folder_round_failed", error=type(error).__name__, exc_info=True)
            waiting = list(folder.leftovers())  # what this round had claimed (the ledger was away) is not forgotten
        stop.wait(WAIT_SECONDS if waiting else LOOK_SECONDS)


def take_in(house: House, folder: DropFolder, claimed: Iterable[Path]) -> list[Path]:
    """Take claimed files in, one batch a folder; returns those that must wait (the disk is full, the store is away). A
    claimed file is released only after its bytes are received or kept aside."""
    waiting: list[Path] = []
    for name, paths in groupby(sorted(claimed, key=_place(folder)), key=lambda path: _place(folder)(path)[0]):
        batch = open_batch(house, f"drop:{name}", "drop-folder")
        for path in sorted(paths, key=lambda path: not is_register(path.name)):  # known before the first is understood
            try:
                below = folder.claimed / path.relative_to(folder.claimed).parts[0]
                for _ in receive(house, batch, [path], "drop-folder", below=below):
                    pass
                folder.release(path)
            except MotlanError as error:
                log.warning("drop_waits", code=error.code)
                waiting.append(path)
    return waiting


def _place(folder: DropFolder) -> Callable[[Path], tuple[str, str]]:
    """(batch folder, path) of a claimed file, which lies at claimed/TOKEN/PATH-IN-THE-DROP-FOLDER."""

    def place(path: Path) -> tuple[str, str]:
        inside = path.relative_to(folder.claimed).parts[1:]
        return (inside[0] if len(inside) > 1 else "", "/".join(inside))

    return place


if __name__ == "__main__":
    main()
