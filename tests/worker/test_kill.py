"""SIGKILL of the whole process tree at random moments: nothing lost, nothing doubled. The campaign with many more is
bench/chaos."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import psutil
import pytest

from motlan.checking import check_everything
from motlan.wiring import House
from search.projection import parity
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.sizes import environment

PAPERS, KILLS, SEED = 12, 8, 20_260_101
PATIENCE = 120.0  # seconds until a step must have begun; a bound against hanging, not a measurement


def start(house: House, *arguments: str) -> psutil.Process:
    """The real program as its own process tree."""
    log = (house.data / "logs" / "test-up.log").open("ab")
    run = subprocess.Popen(
        [sys.executable, "-m", "motlan.cli", "--data", str(house.data), *arguments],
        stdout=log,
        stderr=log,
        env=environment(house, MOTLAN_RESERVE_BYTES="10000000", MOTLAN_WORKERS="2", MOTLAN_PORTAL="false"),
    )
    return psutil.Process(run.pid)


def kill_tree(top: psutil.Process) -> None:
    """SIGKILL to every process of the tree, so that nobody cleans up after anybody."""
    tree = [top, *top.children(recursive=True)]
    for process in tree:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(tree, timeout=30)


def until(condition: Callable[[], bool], top: psutil.Process) -> bool:
    """Wait for a condition; False when the program ended first."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if not top.is_running() or top.status() == psutil.STATUS_ZOMBIE:
            return False
        assert time.monotonic() < deadline, "nothing moved"
        time.sleep(0.03)
    return True


def make_papers(folder: Path) -> None:
    """Three pictures, and no two files of the same bytes."""
    folder.mkdir()
    for first, kind in enumerate(("birth_certificate", "marital_status", "birth_extract")):
        write_paper(make_paper(kind, first, dpi=120), folder / f"{first:02}.pdf")
        with pikepdf.open(folder / f"{first:02}.pdf") as pdf:
            for number in range(first + 3, PAPERS, 3):
                pdf.docinfo["/Subject"] = str(number)
                pdf.save(folder / f"{number:02}.pdf")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("sized", ["one machine"], indirect=True)
def test_kills_at_any_moment_lose_nothing_and_double_nothing(sized: Callable[..., House], tmp_path: Path) -> None:
    house = sized()
    chance = random.Random(SEED)
    folder = tmp_path / "lô"
    make_papers(folder)
    in_flight = 0
    for _ in range(KILLS):
        arguments = ("up",) if len(house.ledger.files()) >= PAPERS else ("ingest", "--wait", "--json", str(folder))
        done_before = len(house.ledger.steps(state="DONE"))
        wanted = done_before + chance.randint(1, 6)
        top = start(house, *arguments)
        moved = until(
            lambda wanted=wanted: (
                len(house.ledger.steps(state="DONE")) >= wanted and bool(house.ledger.steps(state="RUNNING"))
            ),
            top,
        )
        kill_tree(top)
        in_flight += len(house.ledger.steps(state="RUNNING")) if moved else 0
    assert in_flight >= KILLS // 2, "a kill test in which nothing was in flight proves nothing"
    last = start(house, "ingest", "--wait", "--json", str(folder))
    assert last.wait(timeout=1200) == 0
    house.index.count()  # a server shows what was put a second later, or when it is counted
    records = list(house.records.records())
    files = [file for file in house.ledger.files() if file.state == "DONE"]
    assert len(records) == len(files) == PAPERS
    assert all(house.records.revisions(record) == [1] for record in records)
    assert parity(house.index, [(record, 1) for record in records]).ok
    assert house.ledger.verify_audit().ok
    assert check_everything(house, lambda *_: None).ok
    assert not house.ledger.status().stuck and not house.ledger.status().quarantined
    print(f"{KILLS} kills, {in_flight} steps in flight at them, {len(records)} papers stored once")
