"""A paper's whole way, step by step, and what a kill at every named point leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from motlan.checking import check_everything
from motlan.wiring import House, new_boot
from search.projection import parity
from specimens.papers import make_paper
from specimens.scans import write_pages, write_paper
from tests.support.archive import drain, drop, file_named, restart
from tests.support.drain import killed
from tests.support.sizes import lose_index, lose_ledger
from worker.steps import run_step


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one-page birth certificate, scanned as a PDF."""
    path = tmp_path_factory.mktemp("paper") / "giấy khai sinh.pdf"
    write_paper(make_paper("birth_certificate", 11, dpi=150), path)
    return path


def whole(house: House, papers: int) -> None:
    """Every paper stored once with one revision, in the index, nothing left over, chain and bytes sound."""
    records = list(house.records.records())
    assert len(records) == papers
    assert all(house.records.revisions(record) == [1] for record in records)
    heads = [(record, 1) for record in records]
    assert house.index.count() == papers  # a server shows what was put a second later, or when it is counted
    assert parity(house.index, heads).ok
    assert [document.state for document in house.ledger.documents()] == ["DONE"] * papers
    assert not house.ledger.steps(state="READY") and not house.ledger.steps(state="RUNNING")
    assert house.ledger.verify_audit().ok
    assert check_everything(house, lambda *_: None).ok


def test_a_dropped_paper_is_sealed_stored_and_found(sized: Callable[..., House], paper: Path) -> None:
    house = sized()
    drop(house, paper)
    drain(house)
    whole(house, 1)
    manifest = house.records.head(next(house.records.records()))
    assert manifest is not None and manifest.type == "birth_certificate"
    assert manifest.seal is not None and manifest.seal.verdict == "VALID"
    original = manifest.representation("original")
    assert original is not None
    with house.archive.path(original.sha256) as kept:
        assert kept.read_bytes() == paper.read_bytes()
    assert [hit.record for hit in house.index.find_words("giay khai sinh", house.unit_code, 5)] == [manifest.record]


def test_the_index_is_told_of_a_paper_without_asking_the_archive_for_it_again(
    house: House, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(house, paper)
    while ready := [step for step in house.ledger.steps(state="READY") if step.kind != "project"]:
        run_step(house, ready[0].id)

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the archive was asked for what this process has just put there")

    monkeypatch.setattr(type(house.records), "head", asked)
    monkeypatch.setattr(type(house.archive), "open", asked)
    drain(house)
    monkeypatch.undo()
    whole(house, 1)


def test_the_same_file_again_is_linked_and_not_stored_twice(house: House, paper: Path) -> None:
    first = drop(house, paper)[0]
    drain(house)
    again = drop(house, paper)[0]
    drain(house)
    assert again.duplicate_of == first.file_id
    whole(house, 1)


CRASH_POINTS = [
    "intake:stored",
    "intake:committed",
    "inspect:claimed",
    "inspect:worked",
    "page:worked",
    "page:committed",
    "understand:worked",
    "seal:composed",
    "seal:signed",
    "seal:worked",
    "keep:blobs",
    "keep:manifest",
    "keep:committed",
    "project:worked",
]


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    sized: Callable[..., House], paper: Path, point: str
) -> None:
    house = sized()
    killed(house, point, paper)
    before = len(list(house.archive.digests()))
    house = restart(house)
    if point == "intake:stored":  # killed before the yes: the clerk drops it again, and there is one paper
        assert not house.ledger.files()
        drop(house, paper)
    drain(house)
    whole(house, 1)
    if point == "keep:manifest":  # the manifest was the commit: it is adopted, not written or signed anew
        assert len(list(house.archive.digests())) == before


def test_a_kill_during_one_page_reads_only_that_page_again(sized: Callable[..., House], tmp_path: Path) -> None:
    house = sized()
    three = tmp_path / "ba trang.pdf"
    one = make_paper("administrative_document", 3, dpi=150).pages[0]
    write_pages(three, [one, one, one], 150)
    drop(house, three)
    killed(house, "page:worked")
    house = restart(house)
    drain(house)
    attempts = sorted(step.attempts for step in house.ledger.steps(kind="page"))
    assert attempts == [1, 1, 2]
    whole(house, 3)  # each of the three pages bears a title of its own


def test_the_same_message_ten_times_has_one_effect(sized: Callable[..., House], paper: Path) -> None:
    house = sized()
    from worker.steps import run_step

    drop(house, paper)
    drain(house)
    for step in house.ledger.steps():
        assert not any(run_step(house, step.id) for _ in range(10))
    whole(house, 1)


def test_a_paper_that_kills_its_worker_three_times_is_set_aside(sized: Callable[..., House], paper: Path) -> None:
    house = sized()
    boot = new_boot(house.settings)
    drop(house, paper)
    for _ in range(3):
        killed(house, "inspect:claimed", MOTLAN_BOOT=boot)
        from worker.reconciler import tidy

        tidy(house)  # the supervisor lives, the worker's process is gone: this step is to blame
    file = file_named(house, paper.name)
    assert file.state == "QUARANTINED" and file.reason is not None and file.reason["code"] == "CRASHED_THREE_TIMES"
    assert house.quarantine.exists(file.sha256 or "")


def test_a_lost_index_is_rebuilt_to_parity_and_lost_ledger_heads_are_adopted(
    sized: Callable[..., House], paper: Path
) -> None:
    from motlan.rebuilding import rebuild

    house = sized()
    drop(house, paper)
    drain(house)
    lose_index(house)
    lose_ledger(house)
    house = House(house.settings)
    house.ledger.upgrade()
    report = rebuild(house, lambda *_: None)
    assert (report.records, report.indexed, report.adopted, report.wrong) == (1, 1, 1, ())
    again = drop(house, paper)[0]
    assert again.duplicate_of is not None, "an adopted paper is known again"
    whole(house, 1)


def test_an_older_revision_arriving_late_does_not_replace_the_newer_in_the_index(
    sized: Callable[..., House], paper: Path
) -> None:
    house = sized()
    from worker.manifests import project_record
    from worker.reviewing import decide

    drop(house, paper)
    drain(house)
    first = house.records.head(next(house.records.records()))
    assert first is not None
    review = next(iter(house.ledger.reviews()), None)
    if review is None:
        with house.ledger.transaction() as tx:
            number = tx.open_review(house.ledger.documents()[0].id, "full_name", ("LOW_CONFIDENCE",), 1)
    else:
        number = review.id
    decide(house, number, "nguoi-duyet", "corrected", "NGUYỄN THỊ KIỂM CHỨNG")
    drain(house)
    assert house.records.revisions(first.record) == [1, 2]
    project_record(house, first)
    assert house.index.count() == 1
    assert parity(house.index, [(first.record, 2)]).ok
