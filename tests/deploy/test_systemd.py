"""The unit of one machine: systemd itself accepts it, and it keeps the promises that workers rely on."""

from __future__ import annotations

import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "motlan.service"


def settings() -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, "utf-8")
    return parser


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: systemd)")
def test_systemd_accepts_it(tmp_path: Path) -> None:
    program = settings()["Service"]["ExecStart"].split()[0]
    text = UNIT.read_text("utf-8").replace(program, "/usr/bin/true").replace("User=motlan", "User=daemon")
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("Group=motlan", "Group=daemon"), "utf-8")
    argv = ["systemd-analyze", "verify", "--man=no", str(copy)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert done.returncode == 0 and told == [], done.stderr


def test_stopping_it_lets_workers_finish_their_step() -> None:
    service = settings()["Service"]
    assert service["KillMode"] == "mixed", "SIGTERM to the whole group hangs Celery's warm shutdown"
    assert int(service["TimeoutStopSec"]) > 30, "longer than the supervisor's own grace"
    assert "REMAP_SIGTERM=SIGQUIT" in UNIT.read_text("utf-8")
    assert service["Restart"] == "on-failure"
