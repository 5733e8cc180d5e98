"""Documents and reviews: each paper once, each question once, each decision once."""

from __future__ import annotations

import pytest


@pytest.fixture
def paper(desk):
    return desk.document(desk.reading())


def test_a_paper_is_written_down_once(desk):
    file_id = desk.reading()
    first = desk.document(file_id)
    assert desk.document(file_id) == first
    row = desk.ledger.document(first)
    assert (row.unit, row.index, row.pages, row.state, row.revision) == ("H41.16", 0, (1, 2), "UNDERSTOOD", None)


def test_a_paper_moves_with_what_is_known(desk, paper):
    with desk.ledger.transaction() as tx:
        assert tx.set_document(paper, state="SEALED", expected="UNDERSTOOD", sealed="1" * 64)
        assert not tx.set_document(paper, state="SEALED", expected=("UNDERSTOOD",), sealed="2" * 64)
        assert tx.set_document(paper, state="STORED", expected=("SEALED", "WAITING"), revision=1, manifest="3" * 64)
        assert tx.set_document(paper, state="DONE", indexed_revision=1)
    row = desk.ledger.document(paper)
    assert (row.state, row.sealed, row.revision, row.manifest) == ("DONE", "1" * 64, 1, "3" * 64)
    assert row.indexed_revision == 1


def test_a_value_can_be_taken_back(desk, paper):
    with desk.ledger.transaction() as tx:
        tx.set_document(paper, state="SEALED", sealed="1" * 64)
        tx.set_document(paper, state="UNDERSTOOD", sealed=None, review_generation=1)
    assert desk.ledger.document(paper).sealed is None
    assert desk.ledger.document(paper).review_generation == 1


def test_a_record_is_found_by_its_living_document(desk):
    first = desk.document(desk.reading())
    record = desk.ledger.document(first).record
    with desk.ledger.transaction() as tx:
        tx.set_document(first, state="CANCELLED")
    assert desk.ledger.document_by_record(record).id == first
    with desk.ledger.transaction() as tx:
        second = tx.add_document(1, 5, (1,), "birth_certificate", record, "e" * 64, "personal")
    assert desk.ledger.document_by_record(record).id == second
    assert desk.ledger.document_by_record("motlan:H41.16:" + "z" * 26) is None


def test_a_question_is_asked_once_for_a_revision(desk, paper):
    with desk.ledger.transaction() as tx:
        about_field = tx.open_review(paper, "name", ["LOW_CONFIDENCE"], 1)
        assert tx.open_review(paper, "name", ["OTHER"], 1) == about_field
        about_paper = tx.open_review(paper, None, ["TYPE_UNSURE"], 1)
        assert tx.open_review(paper, None, ["TYPE_UNSURE"], 1) == about_paper
        assert tx.open_review(paper, "name", ["LOW_CONFIDENCE"], 2) != about_field
    assert desk.ledger.review(about_field).doubts == ("LOW_CONFIDENCE",)
    assert desk.ledger.review(about_paper).field is None
    assert len(desk.ledger.reviews(document_id=paper)) == 3


def test_the_first_decision_stands(desk, paper):
    with desk.ledger.transaction() as tx:
        review = tx.open_review(paper, "name", ["LOW_CONFIDENCE"], 1)
        assert tx.decide_review(review, "clerk:lan", "corrected", "4" * 64)
        assert not tx.decide_review(review, "clerk:mai", "accepted", None)
    row = desk.ledger.review(review)
    assert (row.outcome, row.actor, row.witness, row.decided_at) == (
        "corrected",
        "clerk:lan",
        "4" * 64,
        desk.clock.now,
    )
    assert desk.ledger.reviews() == []
    assert [r.id for r in desk.ledger.reviews(open_only=False)] == [review]
