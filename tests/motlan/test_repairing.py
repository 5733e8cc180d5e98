"""A store that lost a part, in both sizes: the paper is DAMAGED, is repaired from a copy, verified, and whole again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from motlan.backup import back_up
from motlan.checking import check_everything
from motlan.configuration import config_text
from motlan.probing_work import probe_papers
from motlan.repairing import mend, replica_of
from motlan.wiring import House
from schemas.errors import BadSetting
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop
from tests.support.harm import lose, lose_manifest, spoil
from worker.reviewing import decide


def silent(_what: str, _done: int) -> None:
    pass


def states(house: House) -> list[str]:
    return [document.state for document in house.ledger.documents()]


def checked(house: House) -> bool:
    return check_everything(house, lambda *_: None).ok


@pytest.fixture
def stored(sized: Callable[..., House], tmp_path: Path) -> House:
    """An archive of two papers, and a backup of it in `backups`."""
    house = sized()
    for number in range(2):
        write_paper(make_paper("marital_status", number, dpi=120), tmp_path / f"{number}.pdf")
    drop(house, *(tmp_path / f"{number}.pdf" for number in range(2)))
    drain(house)
    back_up(house, tmp_path / "backups", None, True, silent)
    return house


def test_a_damaged_paper_is_told_repaired_from_a_copy_and_verified(stored: House, tmp_path: Path) -> None:
    assert states(stored) == ["DONE", "DONE"] and probe_papers(stored).state == "good"
    record = stored.ledger.documents()[0].record
    head = stored.records.head(record)
    assert head is not None
    sealed, original = head.representation("archival"), head.representation("original")
    assert sealed is not None and original is not None
    spoil(stored.archive, sealed.sha256)
    lose(stored.archive, original.sha256)
    lose_manifest(stored.records, record, 1)
    assert not checked(stored)
    assert states(stored) == ["DAMAGED", "DONE"]
    told = probe_papers(stored)
    assert told.state == "bad" and "motlan repair" in told.advice
    mended = mend(stored, replica_of(stored, tmp_path / "backups"), silent)
    assert (mended.put_back.revisions, mended.put_back.blobs, mended.put_back.left) == (1, 2, [])
    assert mended.wrong == () and states(stored) == ["DONE", "DONE"] and checked(stored)
    actions = [entry.action for entry in stored.ledger.audit_entries() if entry.record == record]
    assert actions[-2:] == ["record.damaged", "record.repaired"] and stored.ledger.verify_audit().ok


def test_a_paper_that_no_copy_has_stays_damaged_and_a_decision_about_it_waits(stored: House, tmp_path: Path) -> None:
    document = stored.ledger.documents()[0]
    head = stored.records.head(document.record)
    sealed = head.representation("archival") if head else None
    assert sealed is not None
    lose(stored.archive, sealed.sha256)
    empty = tmp_path / "empty"
    empty.mkdir()
    mended = mend(stored, replica_of(stored, empty), silent)
    assert mended.put_back.left == [{"blob": sealed.sha256, "what": "BLOB_MISSING"}]
    assert mended.wrong and states(stored) == ["DAMAGED", "DONE"]
    with stored.ledger.transaction() as tx:
        review = tx.open_review(document.id, "full_name", ("LOW_CONFIDENCE",), 1)
    decide(stored, review, "nguoi-duyet", "corrected", "NGUYỄN THỊ KIỂM CHỨNG")
    drain(stored)
    assert [one["code"] for one in stored.ledger.status().waiting] == ["RECORD_DAMAGED"]
    assert stored.records.revisions(document.record) == [1]
    assert not list(empty.iterdir()), "a copy is only read"


def test_the_copy_may_lie_in_another_store(stored: House, tmp_path: Path) -> None:
    settings = stored.settings
    if not settings.store_url:
        with pytest.raises(BadSetting):
            replica_of(stored, tmp_path / "nowhere.toml")
        return
    values = {"store_url": settings.store_url, "store_bucket": settings.store_bucket}
    values |= {"store_access_key": settings.store_access_key.get_secret_value()}
    values |= {"store_secret_key": settings.store_secret_key.get_secret_value()}
    (tmp_path / "copy.toml").write_text(config_text(values), "utf-8")
    replica = replica_of(stored, tmp_path / "copy.toml")
    assert sorted(replica.records.records()) == sorted(stored.records.records())
