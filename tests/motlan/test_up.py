"""`motlan up`: the drop folder is watched, papers go the whole way, SIGTERM ends it cleanly, nothing stays running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from motlan.wiring import House
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.sizes import environment


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for a condition, bounded."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the deadline passed"
        time.sleep(0.05)


@pytest.fixture
def house(sized: Callable[..., House]) -> House:
    return sized()


@pytest.fixture
def up(house: House) -> subprocess.Popen[bytes]:
    env = environment(house, MOTLAN_RESERVE_BYTES="10000000", MOTLAN_SETTLE_SECONDS="60", MOTLAN_WORKERS="1")
    run = subprocess.Popen([sys.executable, "-m", "motlan.cli", "--data", str(house.data), "up"], env=env)
    yield run
    run.kill()
    run.wait()


def alive(house: House) -> int:
    """The exit code of the health check."""
    env = environment(house, MOTLAN_DATA=str(house.data))
    argv = [sys.executable, "-m", "motlan.alive"]
    return subprocess.run(argv, env=env, capture_output=True, timeout=60, check=False).returncode


def test_dropped_papers_go_the_whole_way_and_sigterm_ends_it(
    house: House, up: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    write_paper(make_paper("marital_status", 2, dpi=120), tmp_path / "a.pdf")
    write_paper(make_paper("birth_extract", 2, dpi=120), tmp_path / "b.pdf")
    until(lambda: alive(house) == 0)
    drop = house.settings.drop_folder
    batch = drop / "hồ sơ 1"
    batch.mkdir()
    half = (tmp_path / "b.pdf").read_bytes()
    (batch / "đang ghi.pdf").write_bytes(half[: len(half) // 2])
    (drop / "a.pdf").write_bytes((tmp_path / "a.pdf").read_bytes())
    (drop / "a.pdf.done").touch()
    until(lambda: house.ledger.files(state="DONE"))
    assert [file.name for file in house.ledger.files()] == ["a.pdf"], "a half-written file is not taken"
    with (batch / "đang ghi.pdf").open("ab") as scanner:
        scanner.write(half[len(half) // 2 :])
    (batch / ".done").touch()
    until(lambda: len(house.ledger.files(state="DONE")) == 2)
    assert {batch.source for batch in map(house.ledger.batch, (1, 2))} == {"drop:", "drop:hồ sơ 1"}
    assert not [path for path in drop.rglob("*") if path.is_file()]
    assert not [path for path in (house.data / "claimed").rglob("*") if path.is_file()]
    tree = psutil.Process(up.pid).children(recursive=True)
    assert len(tree) >= 3, "worker, its pool and the keeper"
    up.send_signal(signal.SIGTERM)
    assert up.wait(timeout=60) == 0
    until(lambda: not any(process.is_running() for process in tree), 10)
    assert alive(house) == 5


def test_a_second_up_on_the_same_folder_is_refused(house: House, up: subprocess.Popen[bytes]) -> None:
    until(lambda: (house.settings.run_folder / "up.lock").exists() and psutil.Process(up.pid).children())
    second = subprocess.run(
        [sys.executable, "-m", "motlan.cli", "--data", str(house.data), "up"],
        env=environment(house),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 4 and "ALREADY_RUNNING" in second.stderr
