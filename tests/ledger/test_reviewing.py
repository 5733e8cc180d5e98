"""The review queue of a unit, changes that a second person confirms, and what was done by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ledger.conftest import UNIT

OTHER = "H41.17"


@pytest.fixture
def questions(desk):
    """Four questions about two papers of the unit."""
    file = desk.reading()
    papers = desk.document(file), desk.document(file, 1)
    with desk.ledger.transaction() as tx:
        return [tx.open_review(paper, name, ["LOW_CONFIDENCE"], 1) for paper in papers for name in ("name", "id")]


def ids(rows):
    return [row.id for row in rows]


def test_the_queue_goes_on_behind_a_question_and_around(desk, questions):
    first, second, third, last = questions
    ask = desk.ledger.next_review
    assert ask(UNIT, "lan").id == first
    assert ask(UNIT, "lan", after=first).id == second
    assert ask(UNIT, "lan", after=last).id == first
    assert ask(UNIT, "lan", but=[desk.ledger.review(first).document_id]).id == third
    assert ask(OTHER, "lan") is None
    with desk.ledger.transaction() as tx:
        for number in (first, second, third):
            assert tx.decide_review(number, "lan", "accepted", "1" * 64)
    assert ask(UNIT, "lan", after=last).id == last
    assert ask(UNIT, "lan", after=last, skip=last) is None


def test_questions_are_paged_by_state(desk, questions):
    first, second, third, last = questions
    with desk.ledger.transaction() as tx:
        assert tx.decide_review(first, "lan", "accepted", "1" * 64)
        assert tx.ask_confirmation(second, "lan", "corrected", "2" * 64)
    listed = desk.ledger.queued_reviews
    assert ids(listed(UNIT, limit=1)) == [third]
    assert ids(listed(UNIT, after=third)) == [last]
    assert ids(listed(UNIT, "waiting")) == [second]
    assert ids(listed(UNIT, "waiting", after=second - 1, limit=1)) == [second]
    assert not listed(UNIT, "waiting", after=second)
    assert ids(listed(UNIT, "accepted")) == [first]
    assert listed(OTHER) == []
    row = desk.ledger.queued_review(second)
    assert (row.state, row.corrected_by, row.field, row.type) == ("waiting", "lan", "id", "birth_certificate")


def test_a_change_waits_for_somebody_else(desk, questions):
    changed = questions[1]
    with desk.ledger.transaction() as tx:
        assert tx.ask_confirmation(changed, "lan", "corrected", "2" * 64)
        assert not tx.ask_confirmation(changed, "mai", "corrected", "3" * 64)
        assert not tx.decide_review(changed, "mai", "accepted", "3" * 64)
    waiting = desk.ledger.confirmation(changed)
    assert (waiting.actor, waiting.witness, desk.ledger.waiting_witnesses()) == ("lan", "2" * 64, {"2" * 64})
    assert changed not in [desk.ledger.next_review(UNIT, "lan", after=number).id for number in questions]
    assert desk.ledger.next_review(UNIT, "mai", after=questions[0]).id == changed
    seen = [desk.ledger.review_counts(UNIT, who) for who in ("lan", "mai")]
    assert [(one.open, one.to_confirm, one.own) for one in seen] == [(3, 0, 1), (4, 1, 0)]
    with desk.ledger.transaction() as tx:
        assert not tx.answer_confirmation(waiting.id, "lan", True), "nobody confirms the own change"
        assert tx.answer_confirmation(waiting.id, "mai", True)
        assert not tx.answer_confirmation(waiting.id, "hoa", False)
        assert tx.decide_review(changed, "lan", "corrected", "4" * 64)
    assert desk.ledger.waiting_witnesses() == set()


def test_a_refused_change_goes_back_to_the_queue(desk, questions):
    changed = questions[1]
    with desk.ledger.transaction() as tx:
        tx.ask_confirmation(changed, "lan", "corrected", "2" * 64)
        tx.answer_confirmation(tx.confirmation(changed).id, "mai", False)
    assert desk.ledger.confirmation(changed) is None
    assert desk.ledger.queued_review(changed).state == "open"
    with desk.ledger.transaction() as tx:
        assert tx.ask_confirmation(changed, "lan", "corrected", "5" * 64)


def test_what_was_done_by_whom(desk, questions):
    first, second, third, _last = questions
    began = desk.clock.now
    with desk.ledger.transaction() as tx:
        tx.decide_review(first, "lan", "accepted", "1" * 64)
        tx.ask_confirmation(second, "lan", "corrected", "2" * 64)
        tx.ask_confirmation(third, "lan", "corrected", "3" * 64)
    desk.clock.pass_(60)
    with desk.ledger.transaction() as tx:
        tx.answer_confirmation(tx.confirmation(second).id, "mai", True)
        tx.decide_review(second, "lan", "corrected", "4" * 64)
        tx.answer_confirmation(tx.confirmation(third).id, "mai", False)
    end = desk.clock.now + timedelta(seconds=1)
    events = [(event.actor, event.what) for event in desk.ledger.review_events(UNIT, began, end)]
    assert sorted(events) == [
        ("lan", "accepted"),
        ("lan", "corrected"),
        ("lan", "corrected"),
        ("lan", "was_refused"),
        ("mai", "confirmed"),
        ("mai", "refused"),
    ]
    later = desk.ledger.review_events(UNIT, desk.clock.now, end)
    assert {event.actor for event in later} == {"mai"}, "the decision belongs to the moment of the change"
    assert desk.ledger.review_events(OTHER, began, end) == []


def test_the_queue_is_read_by_its_index(desk):
    if not desk.url.startswith("sqlite"):
        pytest.skip("a server's planner decides by what is in the tables")
    asked = "SELECT id FROM reviews WHERE unit = 'x' AND outcome IS NULL AND id > 5 ORDER BY id LIMIT 1"
    plan = desk.sql(f"EXPLAIN QUERY PLAN {asked}")
    assert "ix_reviews_unit_outcome_id" in plan[0]["detail"]
