"""A whole archive in a temporary folder, and ways to move its work on without Celery."""

from __future__ import annotations

import shutil
from pathlib import Path

from ledger import FileRow
from motlan.commands.init import prepare
from motlan.settings import load
from motlan.wiring import House, new_boot
from worker.intake import Receipt, open_batch, receive
from worker.reconciler import after_restart, tidy
from worker.steps import run_steps


class Template:
    """Keys and an empty ledger are made once a run (an RSA-3072 key takes a second) and copied for each archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        prepare(load(folder / "data", unit_code="H99", unit_name="ỦY BAN NHÂN DÂN XÃ MẪU"))

    def copy(self, folder: Path, **settings: object) -> House:
        """A fresh archive under `folder`/data."""
        return copied(self.folder, folder, **settings)


def copied(source: Path, folder: Path, **settings: object) -> House:
    """The archive under `source`/data, which nobody writes to, once more under `folder`/data."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    given = {"reserve_bytes": 10_000_000, "workers": 2} | settings
    return House(load(folder / "data", **given))


def drop(house: House, *paths: Path) -> list[Receipt]:
    """Drop files as one batch."""
    batch = open_batch(house, "test", "can-bo-mau")
    return list(receive(house, batch, paths, "can-bo-mau"))


def drain(house: House) -> int:
    """Do every step in this process that is ready, or has waited long enough; returns how many were done."""
    done = 0
    while ready := [*house.ledger.steps(state="READY"), *house.ledger.steps(state="WAITING")]:
        claimed = [run_steps(house, step.id) for step in ready]
        done += sum(claimed)
        if not any(claimed):  # what is left waits for its time
            break
    return done


def restart(house: House) -> House:
    """The same archive as a new boot of the program sees it."""
    new_boot(house.settings)
    fresh = House(house.settings)
    after_restart(fresh)
    tidy(fresh)
    return fresh


def file_named(house: House, name: str) -> FileRow:
    """The newest file of that name."""
    return [file for file in house.ledger.files() if file.name == name][-1]
