"""A ledger that is lost, in both sizes: its backup comes back, what was stored since is adopted from its manifests, and
the audit chain says where it has a gap."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from motlan.backup import back_up
from motlan.checking import check_everything
from motlan.restoring import restore
from motlan.settings import load
from motlan.wiring import open_house
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop
from tests.support.sizes import Sized, environment, lose_ledger


def silent(_what: str, _done: int) -> None:
    pass


def test_a_lost_ledger_comes_back_and_its_gap_is_declared(
    sized: Sized, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sized()
    for number in range(2):
        write_paper(make_paper("marital_status", number, dpi=120), tmp_path / f"{number}.pdf")
    drop(house, tmp_path / "0.pdf")
    drain(house)
    back_up(house, tmp_path / "backups", tmp_path / "keys", False, silent)
    end = house.ledger.verify_audit().entries
    drop(house, tmp_path / "1.pdf")
    drain(house)
    before = {one.record: (one.state, one.revision) for one in house.ledger.documents()}
    lose_ledger(house)
    new = tmp_path / "new" / "data"
    if sized.settings:
        for name, value in environment(house).items():
            monkeypatch.setenv(name, value)
    else:
        shutil.copytree(house.data / "archive", new / "archive")  # moved in by hand
    told = restore(new, tmp_path / "backups", None, tmp_path / "keys", silent)
    assert (told.adopted, told.wrong, told.audit_ok) == (1, (), True)
    restored = open_house(load(new))
    assert {one.record: (one.state, one.revision) for one in restored.ledger.documents()} == before
    (gap,) = restored.ledger.audit_entries(action="archive.restored")
    assert gap.outcome == "gap" and gap.detail["adopted"] == 1 and gap.detail["entries"] == told.gap_after < end
    assert check_everything(restored, lambda *_: None).ok and restored.index.count() == 2
    restored.ledger.close()
