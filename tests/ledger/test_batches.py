"""Batches as people look at them: pages of a list, files sent again, what more is expected, how fast they go."""

from __future__ import annotations

from ledger import Pace
from tests.ledger.conftest import UNIT, Desk

SHA = "a" * 64


def test_a_list_has_the_newest_first_and_only_of_these_units(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H42", "Xã khác")
        tx.open_batch("H42", "khác", "mai")
    desk.clock.pass_(60)
    with desk.ledger.transaction() as tx:
        newer = [tx.open_batch(UNIT, f"lô {n}", "lan") for n in range(3)]
    page = desk.ledger.batches_page([UNIT], limit=2)
    assert [batch.id for batch in page] == [newer[2], newer[1]]
    assert [batch.id for batch in desk.ledger.batches_page([UNIT], before=page[-1].id)] == [newer[0], desk.batch]
    assert len(desk.ledger.batches_page([UNIT], since=desk.clock())) == 3


def test_a_file_sent_again_is_the_same_file_and_two_alike_are_two(desk: Desk) -> None:
    def receive(name: str, sha: str = SHA) -> tuple[int, int | None, bool]:
        with desk.ledger.transaction() as tx:
            got = tx.receive_file(desk.batch, name, sha, 9, "pdf", [], "lan", path_shown=f"lô/{name}", once=True)
        return got.id, got.duplicate_of, got.again

    first, *_ = receive("001090000018.pdf")
    assert receive("001090000018.pdf") == (first, None, True)
    second, of, again = receive("b.pdf")
    assert (of, again) == (first, False)
    assert receive("b.pdf") == (second, first, True)
    assert receive("b.pdf", "b" * 64)[2] is False
    assert desk.ledger.files_with_size(desk.batch) == [("lô/••••••••••••.pdf", 9), ("lô/b.pdf", 9), ("lô/b.pdf", 9)]


def test_a_refusal_told_again_is_the_same(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        told = [tx.refuse_file(desk.batch, "a.pdf", {"code": "X"}, "lan", once=True) for _ in range(2)]
        registers = {tx.add_register(desk.batch, "danh mục.csv", SHA) for _ in range(2)}
    assert (told[0].id, told[1].again, len(registers)) == (told[1].id, True, 1)


def test_more_files_are_expected_only_where_some_were_announced(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        tx.expect_more(desk.batch, 4)
        assert tx.batch(desk.batch).expected_files is None
        tx.expect_files(desk.batch, 2)
        tx.expect_more(desk.batch, 4)
        assert tx.batch(desk.batch).expected_files == 6
        tx.expect_files(desk.batch, 0)
        tx.receive_file(desk.batch, "a.pdf", SHA, 9, "pdf", [], "lan")
        tx.expect_more(desk.batch, 0)
        assert tx.batch(desk.batch).expected_files == 1, "as many as there are"


def test_files_papers_and_questions_of_a_page_of_a_batch(desk: Desk) -> None:
    file_id = desk.reading(2)
    paper, cancelled = desk.document(file_id, 0), desk.document(file_id, 1)
    seen = desk.clock()
    desk.clock.pass_(1)
    with desk.ledger.transaction() as tx:
        tx.page_read(file_id, 1, "c" * 64, [])
        asked = [tx.open_review(paper, field, [], 1) for field in ("name", None)]
        tx.set_document(cancelled, state="CANCELLED")
    assert [file.id for file in desk.ledger.files_page(desk.batch)] == [file_id]
    assert desk.ledger.files_page(desk.batch, after=file_id) == []
    assert desk.ledger.pages_of([file_id]) == {file_id: 1}
    assert [document.id for document in desk.ledger.documents_of([file_id])] == [paper]
    assert desk.ledger.open_reviews_of([file_id]) == {paper: asked}
    assert desk.ledger.progress_of(desk.ledger.batches())[desk.batch].open_reviews == 2
    assert seen < desk.clock() == desk.ledger.batch_changed(desk.batch)


def test_the_pace_of_a_batch_is_that_of_its_last_pages(desk: Desk) -> None:
    desk.reading(3)
    assert desk.ledger.pace(desk.batch) is None
    for step in desk.ledger.steps(state="READY", kind="page"):
        desk.clock.pass_(4)
        with desk.ledger.transaction() as tx:
            mine = tx.claim_step(step.id, "w", 60)
            assert mine is not None
            tx.finish_step(mine, "w")
    assert desk.ledger.pace(desk.batch) == Pace(4.0, desk.clock())
