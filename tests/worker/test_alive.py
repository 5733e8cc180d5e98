"""Signs of life: a process that works leaves them, one that stopped or never began does not."""

from __future__ import annotations

import os
import time
from pathlib import Path

from worker.alive import forget, sign, silent


def test_who_never_signed_and_who_stopped_signing_is_silent(tmp_path: Path) -> None:
    sign(tmp_path, "worker")
    sign(tmp_path, "keeper")
    long_ago = time.time() - 100
    os.utime(tmp_path / "keeper.alive", (long_ago, long_ago))
    assert silent(tmp_path, ["worker", "keeper", "nobody"], within=60) == ["keeper", "nobody"]
    sign(tmp_path, "keeper")
    assert silent(tmp_path, ["worker", "keeper"], within=60) == []


def test_a_clock_that_was_set_back_does_not_make_an_old_sign_young(tmp_path: Path) -> None:
    sign(tmp_path, "worker")
    ahead = time.time() + 3600
    os.utime(tmp_path / "worker.alive", (ahead, ahead))
    assert silent(tmp_path, ["worker"], within=60) == ["worker"]


def test_signs_of_an_earlier_start_count_for_nothing(tmp_path: Path) -> None:
    sign(tmp_path, "worker")
    forget(tmp_path, ["worker", "keeper"])
    assert silent(tmp_path, ["worker"], within=60) == ["worker"]
