"""The audit chain sealed into the archive: a rewritten ledger is found out, a lost one gets its entries back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from motlan.backup import back_up
from motlan.restoring import restore
from motlan.settings import load
from motlan.wiring import House, open_house
from tests.support.databases import sql
from worker.chainsealing import fault_of_pieces, seal_chain


def write(house: House, entries: int) -> None:
    for number in range(entries):
        with house.ledger.transaction() as tx:
            tx.audit("can-bo", "work.done", f"batch:{number}", {"ghi": "đủ dấu"})


def test_what_is_due_is_sealed_and_agrees_with_the_ledger(archive: Callable[..., House]) -> None:
    house = archive()
    write(house, 3)
    assert seal_chain(house) == 0, "nothing is a day old"
    later = house.clock() + timedelta(days=2)
    house.clock = lambda: later
    assert seal_chain(house) == 4 and seal_chain(house) == 0
    write(house, 2)
    assert seal_chain(house, at_once=True) == 2
    assert house.segments.firsts() == [1, 5] and fault_of_pieces(house) == ""


def test_a_ledger_that_was_rewritten_as_a_whole_is_found_out(house: House, tmp_path: Path) -> None:
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as ledger:
        ledger.execute("vacuum into ?", (str(tmp_path / "before"),))
    write(house, 2)
    seal_chain(house, at_once=True)
    house.ledger.close()
    for path in house.data.glob("ledger.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "before", house.data / "ledger.sqlite")
    other = House(house.settings)
    write(other, 5)
    assert other.ledger.verify_audit().ok, "it is consistent in itself"
    assert "not the one that was sealed" in fault_of_pieces(other)
    assert seal_chain(other, at_once=True) == 0, "and does not get into the archive"
    argv = [sys.executable, "-m", "motlan.cli", "--data", str(house.data), "audit", "verify", "--json"]
    told = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 1 and "not the one that was sealed" in told.stdout


@pytest.mark.parametrize("harm", ["changed", "gone", "junk"])
def test_a_harmed_piece_is_found_out(house: House, harm: str) -> None:
    for _ in range(2):
        write(house, 2)
        seal_chain(house, at_once=True)
    path = min((house.data / "archive" / "audit").iterdir())
    data = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(data.replace(b"can-bo", b"can-xo") if harm == "changed" else b"junk")
    assert "not whole" in fault_of_pieces(house)


def test_a_restored_ledger_gets_back_what_was_sealed_after_the_backup(house: House, tmp_path: Path) -> None:
    write(house, 1)
    taken = back_up(house, tmp_path / "b", tmp_path / "k", False, lambda *_: None)
    write(house, 3)
    seal_chain(house, at_once=True)
    write(house, 1)  # lost: neither in the backup nor sealed
    end = sql(house.settings.ledger_url, "select max(seq) as seq from audit")[0]["seq"]
    new = tmp_path / "new" / "data"
    shutil.copytree(house.data / "archive", new / "archive")
    told = restore(new, tmp_path / "b", None, tmp_path / "k", lambda *_: None)
    assert taken.audit < told.gap_after == end - 1 and told.audit_ok and told.wrong == ()
    restored = open_house(load(new))
    assert fault_of_pieces(restored) == "" and restored.ledger.verify_audit().ok
