"""Two hosts with one ledger, one broker, one store: what a killed one left, the other one finishes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from motlan.wiring import House
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drop
from tests.support.sizes import environment
from tests.support.trees import wait_for
from worker.parts import Owner

PATIENCE = 900.0  # a bound against hanging on a busy machine, not a measurement
PAPERS = 4


def start(house: House, data: Path) -> psutil.Process:
    """`motlan up` with one worker on a data folder, against the archive's servers."""
    env = environment(house, MOTLAN_LEASE_SECONDS="15", MOTLAN_WORKERS="1", MOTLAN_RESERVE_BYTES="10000000")
    argv = [sys.executable, "-m", "motlan.cli", "--data", str(data), "up", "--no-drop"]
    with (data / "up.log").open("ab") as log:
        return psutil.Process(subprocess.Popen(argv, env=env, stdout=log, stderr=log).pid)


def kill(top: psutil.Process) -> None:
    """SIGKILL to the whole tree: the host is gone."""
    tree = [top, *top.children(recursive=True)]
    for process in tree:
        process.kill()
    psutil.wait_procs(tree, timeout=30)


def running_on(house: House, data: Path) -> list[int]:
    place = (data / "run" / "place").read_text().strip()
    return [step.id for step in house.ledger.running_steps() if Owner.parse(step.owner or "").place == place]


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("sized", ["big"], indirect=True)
def test_the_second_host_finishes_what_a_killed_one_left(sized: Callable[..., House], tmp_path: Path) -> None:
    house = sized()
    here, there = house.data, tmp_path / "there" / "data"
    shutil.copytree(here.parent, there.parent)
    papers = [tmp_path / f"{number}.pdf" for number in range(PAPERS)]
    for number, path in enumerate(papers):
        write_paper(make_paper("marital_status", number, dpi=120), path)
    drop(house, *papers)
    first = start(house, here)
    second = None
    try:
        wait_for((here / "run" / "place").exists, PATIENCE)
        wait_for(lambda: running_on(house, here), PATIENCE)
        in_flight = running_on(house, here)
        kill(first)
        lost = [step for step in in_flight if house.ledger.step(step).state == "RUNNING"]
        second = start(house, there)
        wait_for(lambda: len(house.ledger.files(state="DONE")) == PAPERS, PATIENCE)
        assert lost, "a kill test in which nothing was in flight proves nothing"
        assert {house.ledger.step(step).crashes for step in lost} == {1}
    finally:
        for top in (first, second):
            if top is not None and top.is_running():
                kill(top)
    records = list(house.records.records())
    assert len(records) == PAPERS
    assert all(house.records.revisions(record) == [1] for record in records)
    assert house.ledger.verify_audit().ok and not house.ledger.status().quarantined
