"""The archive that most tests of the portal look at: specimen papers that have gone the whole way."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specimens.truth import read_truth
from tests.support.archive import Template

if TYPE_CHECKING:
    from tests.support.portal import Filled


@pytest.fixture(scope="session")
def filled(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Specimen papers that have gone the whole way; read only. Processes of one run share it. Whoever runs a test over
    and over names a folder that outlives the run in MOTLAN_TEST_FILLED."""
    from tests.support.portal import Filled, fill  # they bring the whole portal along

    kept = os.environ.get("MOTLAN_TEST_FILLED")
    shared = Path(kept) if kept else shared_folder(tmp_path_factory)
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            fill(template, shared / "filled")
            (shared / "done").touch()
    return Filled(shared / "filled", read_truth(shared / "filled" / "truth.json"))


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run see."""
    base = factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "portal"
