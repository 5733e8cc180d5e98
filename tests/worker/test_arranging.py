"""People lay out a file's papers anew: merge, split, re-order, re-type and undo; nothing stored is changed or lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from motlan.checking import check_everything
from motlan.rebuilding import rebuild
from motlan.wiring import House
from schemas.errors import ArrangementNotPossible, ConsentNotValid, NotAllowed
from search.projection import parity
from specimens.papers import make_paper
from specimens.scans import write_pages
from tests.support.archive import Template, copied, drain, drop, restart
from tests.support.drain import killed
from worker.arranging import Planned, arrange, layout_of, papers_of, undo
from worker.outcome import publish
from worker.reviewing import decide
from worker.sweeping import Sweeper

CLERK = "can-bo-mau"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two papers of a page each, scanned into one file."""
    path = tmp_path_factory.mktemp("scan") / "scan0001.pdf"
    papers = (make_paper(kind, 11, dpi=150) for kind in ("residence_confirmation", "marital_status"))
    write_pages(path, [paper.pages[0] for paper in papers], 150)
    return path


@pytest.fixture(scope="module")
def once(template: Template, scan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with that scan, read and stored once for all tests."""
    folder = tmp_path_factory.mktemp("stored")
    house = template.copy(folder)
    drop(house, scan)
    drain(house)
    assert layout(house) == [((1,), "residence_confirmation"), ((2,), "marital_status")]
    house.ledger.close()
    return folder


@pytest.fixture
def stored(once: Path, tmp_path: Path) -> House:
    return copied(once, tmp_path / "archive")


def layout(house: House) -> list[tuple[tuple[int, ...], str | None]]:
    return [(paper.pages, paper.type) for paper in layout_of(house, 1)]


def laid(house: House, *plan: Planned) -> None:
    publish(house, arrange(house, 1, plan, CLERK))
    drain(house)
    sound(house)


def sound(house: House) -> None:
    """What every layout leaves: the archive, the ledger and the index agree."""
    assert house.ledger.file(1).state == "DONE"
    heads = {record: house.records.revisions(record)[-1] for record in house.records.records()}
    assert parity(house.index, heads.items()).ok
    for one in house.ledger.documents(file_id=1):
        head = house.records.head(one.record)
        assert head is not None and head.revision == one.revision
        assert (head.withdrawn is not None) == (one.state == "CANCELLED")
        if one.state != "CANCELLED":
            assert (head.source.pages, head.type, one.state) == (one.pages, one.type, "DONE")
            assert head.seal is not None and head.seal.verdict == "VALID"
    assert check_everything(house, lambda *_: None).ok
    assert house.ledger.verify_audit().ok


def found(house: House, words: str) -> list[str]:
    return [hit.record for hit in house.index.find_words(words, house.unit_code, 5)]


def test_two_papers_are_merged_and_the_merge_is_undone(stored: House) -> None:
    first, second = papers_of(stored, 1)
    laid(stored, Planned((1, 2), "residence_confirmation"))
    assert layout(stored) == [((1, 2), "residence_confirmation")]
    gone = stored.records.head(second.record)
    assert gone is not None and gone.withdrawn is not None and gone.withdrawn.into == (first.record,)
    assert found(stored, "tình trạng hôn nhân") == [first.record]
    with pytest.raises(NotAllowed):
        stored.reuse.request("can-bo", stored.unit_code, "H99-1", "thử", second.record)
    publish(stored, undo(stored, 1, CLERK))
    drain(stored)
    sound(stored)
    assert layout(stored) == [((1,), "residence_confirmation"), ((2,), "marital_status")]
    assert stored.records.revisions(second.record) == [1, 2, 3]
    assert second.record in found(stored, "tình trạng hôn nhân")
    with pytest.raises(ArrangementNotPossible):
        undo(stored, 1, CLERK)


def test_what_was_agreed_to_is_not_handed_over_once_it_is_withdrawn(stored: House) -> None:
    record = papers_of(stored, 1)[1].record
    head = stored.records.head(record)
    assert head is not None
    number = next(subject.number for subject in head.subjects if subject.number)
    case = ("can-bo", "H99.01-261122-0001", "Đăng ký kết hôn")
    request = stored.reuse.request(case[0], stored.unit_code, case[1], case[2], record)
    stored.reuse.consent(request, number, stored.clock() + timedelta(days=7))
    laid(stored, Planned((1, 2), "residence_confirmation"))
    with pytest.raises(ConsentNotValid):
        stored.reuse.release(request, *case)
    publish(stored, undo(stored, 1, CLERK))
    drain(stored)
    stored.reuse.release(request, *case).pdf.close()  # the refusal cost no use


def test_a_merged_file_is_split_long_after_its_scraps_were_swept(stored: House) -> None:
    laid(stored, Planned((1, 2), "residence_confirmation"))
    assert Sweeper(seconds=0).sweep(stored) > 0
    laid(stored, Planned((1,)), Planned((2,)))
    assert layout(stored) == [((1,), "residence_confirmation"), ((2,), "marital_status")]


def test_papers_and_pages_change_their_order_and_keep_their_records(stored: House) -> None:
    first, second = papers_of(stored, 1)
    laid(stored, Planned((2,), "marital_status"), Planned((1,), "residence_confirmation"))
    assert [one.record for one in papers_of(stored, 1)] == [second.record, first.record]
    assert stored.records.revisions(first.record) == [1], "only the order changed: nothing is sealed again"
    laid(stored, Planned((2, 1), "marital_status"))
    assert [one.record for one in papers_of(stored, 1)] == [first.record]
    text = stored.records.head(first.record).representation("text")  # type: ignore[union-attr]
    assert text is not None
    with stored.archive.open(text.sha256) as stream:
        pages = stream.read().decode().split("\f")
    assert "HÔN NHÂN" in pages[0] and "CƯ TRÚ" in pages[1]


def test_a_paper_gets_another_type_and_its_questions_are_asked_anew(stored: House) -> None:
    second = papers_of(stored, 1)[1]
    laid(stored, Planned((1,), "residence_confirmation"), Planned((2,), "birth_extract"))
    head = stored.records.head(second.record)
    assert head is not None and (head.type, head.revision) == ("birth_extract", 2)
    reviews = stored.ledger.reviews(open_only=False, document_id=second.id)
    assert all(review.outcome == "superseded" for review in reviews if review.revision == 1)
    asked = {review.field for review in reviews if review.revision == 2}
    assert asked == {n for n, f in head.fields.items() if f.doubts and not f.accepted} | (
        {None} if head.doubts else set()
    )


def test_what_people_decided_goes_along(stored: House) -> None:
    first = papers_of(stored, 1)[0]
    head = stored.records.head(first.record)
    assert head is not None
    name = next(iter(head.fields))
    with stored.ledger.transaction() as tx:
        review = tx.open_review(first.id, name, ["LOW_CONFIDENCE"], 1)
    publish(stored, decide(stored, review, CLERK, "corrected", "MẪU ĐÃ SỬA").hints)
    drain(stored)
    laid(stored, Planned((1, 2), "residence_confirmation"))
    publish(stored, undo(stored, 1, CLERK))
    drain(stored)
    head = stored.records.head(first.record)
    assert head is not None and head.fields[name].value == "MẪU ĐÃ SỬA" and head.revision == 4


@pytest.mark.parametrize(
    "plan",
    [[], [Planned(())], [Planned((1,))], [Planned((1, 1, 2))], [Planned((1, 2, 3))], [Planned((1, 2), "no_such_type")]],
    ids=str,
)
def test_a_plan_that_loses_or_invents_something_changes_nothing(stored: House, plan: list[Planned]) -> None:
    before = layout(stored)
    with pytest.raises(ArrangementNotPossible):
        arrange(stored, 1, plan, CLERK)
    assert (stored.ledger.file(1).state, layout(stored)) == ("DONE", before)


def test_two_clerks_at_once_one_is_told_to_wait(stored: House) -> None:
    arrange(stored, 1, [Planned((1, 2))], CLERK)
    with pytest.raises(ArrangementNotPossible):
        arrange(stored, 1, [Planned((2, 1))], "can-bo-khac")
    drain(stored)
    assert layout(stored) == [((1, 2), "residence_confirmation")]


def test_a_rebuilt_ledger_knows_which_papers_were_withdrawn(stored: House) -> None:
    first, second = (one.record for one in papers_of(stored, 1))
    laid(stored, Planned((1, 2), "residence_confirmation"))
    stored.ledger.close()
    for part in stored.data.glob("ledger.sqlite*"):
        part.unlink()
    again = House(stored.settings)
    again.ledger.upgrade()
    assert rebuild(again, lambda *_: None).wrong == ()
    states = {one.record: one.state for one in again.ledger.documents()}
    assert states == {first: "DONE", second: "CANCELLED"}


@pytest.mark.parametrize(
    "point", ["arrange:withdrawn", "arrange:worked", "seal:signed", "keep:manifest", "project:worked"]
)
def test_a_kill_at_any_point_of_a_merge_loses_nothing(stored: House, point: str) -> None:
    arrange(stored, 1, [Planned((1, 2), "residence_confirmation")], CLERK)
    killed(stored, point)
    house = restart(stored)
    drain(house)
    sound(house)
    assert layout(house) == [((1, 2), "residence_confirmation")]
    assert sorted(house.records.revisions(record) for record in house.records.records()) == [[1, 2], [1, 2]]
