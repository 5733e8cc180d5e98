"""Steps and hints: one owner at a time, counted attempts, nothing lost between the ledger and the broker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.errors import LeaseLost


@pytest.fixture
def step(desk):
    desk.receive()
    return desk.ledger.steps()[0]


def claim(desk, step, owner="w1", seconds=60):
    with desk.ledger.transaction() as tx:
        return tx.claim_step(step.id, owner, seconds)


def test_a_step_has_one_owner(desk, step):
    mine = claim(desk, step)
    assert (mine.state, mine.owner, mine.attempts) == ("RUNNING", "w1", 1)
    assert (mine.lease_until - desk.clock.now).total_seconds() == 60
    assert claim(desk, step, "w2") is None
    assert desk.ledger.running_steps() == [mine]


def test_an_expired_lease_does_not_make_a_step_claimable(desk, step):
    claim(desk, step)
    desk.clock.pass_(3600)
    assert claim(desk, step, "w2") is None


def test_claiming_what_is_not_there_is_no_error(desk):
    with desk.ledger.transaction() as tx:
        assert tx.claim_step(99, "w", 60) is None


def test_only_the_owner_renews(desk, step):
    mine = claim(desk, step)
    desk.clock.pass_(30)
    with desk.ledger.transaction() as tx:
        assert not tx.renew_lease(mine.id, "w2", 60)
        assert tx.renew_lease(mine.id, "w1", 60)
    assert (desk.ledger.step(mine.id).lease_until - desk.clock.now).total_seconds() == 60


def test_a_finished_step_keeps_its_result_and_is_over(desk, step):
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.finish_step(mine, "w1", result="3 pages")
    assert (desk.ledger.step(mine.id).state, desk.ledger.step(mine.id).result) == ("DONE", "3 pages")
    assert claim(desk, step) is None
    with pytest.raises(LeaseLost), desk.ledger.transaction() as tx:
        tx.finish_step(mine, "w1")


def test_a_worker_that_lost_its_step_cannot_finish_it(desk, step):
    late = claim(desk, step, "w1")
    with desk.ledger.transaction() as tx:
        tx.free_steps([late.id], blame=True)
    claim(desk, step, "w2")
    with pytest.raises(LeaseLost), desk.ledger.transaction() as tx:
        tx.set_inspected(late.file_id, 9, False, True, None)
        tx.finish_step(late, "w1")
    assert desk.ledger.pages(late.file_id) == []


def test_an_earlier_run_of_the_same_worker_cannot_finish_a_later_one(desk, step):
    earlier = claim(desk, step, "w1")
    with desk.ledger.transaction() as tx:
        tx.free_steps([earlier.id], blame=False)
    later = claim(desk, step, "w1")
    with pytest.raises(LeaseLost), desk.ledger.transaction() as tx:
        tx.finish_step(earlier, "w1")
    with desk.ledger.transaction() as tx:
        tx.finish_step(later, "w1")


def test_a_step_of_a_quarantined_file_is_lost_to_its_worker(desk, step):
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.quarantine_file(mine.file_id, {"code": "SECRECY_STAMP"})
    with pytest.raises(LeaseLost), desk.ledger.transaction() as tx:
        tx.finish_step(mine, "w1")
    assert desk.ledger.step(mine.id).state == "CANCELLED"


def test_a_worker_ends_its_step_and_sets_the_file_apart_together(desk, step):
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.fail_step(mine, "w1", {"code": "TRUNCATED"})
        tx.quarantine_file(mine.file_id, {"code": "TRUNCATED"})
    assert desk.ledger.step(mine.id).state == "FAILED"
    assert desk.ledger.step(mine.id).reason == {"code": "TRUNCATED"}
    assert desk.ledger.status().stuck == ()


def test_a_retry_waits_for_its_time(desk, step):
    with desk.ledger.transaction() as tx:
        tx.mark_sent([hint.id for hint in tx.unsent()])
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.retry_step(mine, "w1", {"code": "STORAGE_AWAY"}, 30)
        assert tx.hints == []
    assert desk.ledger.step(mine.id).state == "WAITING"
    assert claim(desk, step) is None
    assert desk.ledger.unsent() == []
    desk.clock.pass_(30)
    assert [hint.step_id for hint in desk.ledger.unsent()] == [mine.id]
    again = claim(desk, step)
    assert (again.attempts, again.reason) == (2, {"code": "STORAGE_AWAY"})


@pytest.mark.parametrize(("blame", "counts"), [(True, (1, 0)), (False, (0, 1))])
def test_a_freed_step_can_be_claimed_again_and_says_why_it_was_freed(desk, step, blame, counts):
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.free_steps([mine.id], blame=blame)
        assert [hint.step_id for hint in tx.hints] == [mine.id]
    free = desk.ledger.step(mine.id)
    assert (free.state, free.owner, free.crashes, free.interruptions) == ("READY", None, *counts)
    assert claim(desk, step, "w2").attempts == 2


def test_freeing_what_does_not_run_changes_nothing(desk, step):
    with desk.ledger.transaction() as tx:
        tx.free_steps([step.id], blame=True)
        assert tx.hints == []
    assert desk.ledger.step(step.id).crashes == 0


def test_the_same_work_is_the_same_step(desk):
    file_id = desk.receive()
    with desk.ledger.transaction() as tx:
        first = tx.add_step("page", file_id, page=1)
        assert tx.add_step("page", file_id, page=1) == first
        others = {tx.add_step("page", file_id, page=2), tx.add_step("page", file_id, page=1, generation=1)}
        assert len(tx.hints) == 3
    assert len(others | {first}) == 3


def test_a_step_goes_to_the_queue_of_its_file_unless_told_otherwise(desk):
    with desk.ledger.transaction() as tx:
        file_id = tx.receive_file(desk.batch, "a.pdf", "a" * 64, 1, "pdf", [], "lan", queue="counter", priority=9).id
        mine = tx.step(tx.add_step("page", file_id, page=1))
        other = tx.step(tx.add_step("page", file_id, page=2, queue="repair", priority=0))
    assert (mine.queue, mine.priority, other.queue, other.priority) == ("counter", 9, "repair", 0)


def test_urgent_hints_are_sent_first(desk):
    slow = desk.receive()
    with desk.ledger.transaction() as tx:
        tx.receive_file(desk.batch, "b.pdf", "b" * 64, 1, "pdf", [], "lan", queue="counter", priority=9)
    assert [hint.queue for hint in desk.ledger.unsent()] == ["counter", "batch"]
    assert [hint.queue for hint in desk.ledger.unsent(limit=1)] == ["counter"]
    assert desk.ledger.steps(file_id=slow)[0].queue == "batch"


@pytest.mark.usefixtures("step")
def test_a_sent_hint_leaves_the_outbox(desk):
    [hint] = desk.ledger.unsent()
    assert desk.ledger.unsent(older_than=timedelta(seconds=10)) == []
    desk.clock.pass_(10)
    assert desk.ledger.unsent(older_than=timedelta(seconds=10)) == [hint]
    with desk.ledger.transaction() as tx:
        tx.mark_sent([hint.id])
    assert desk.ledger.unsent() == []


MINUTE = timedelta(seconds=60)


def test_hints_that_the_broker_lost_are_made_again_once(desk, step):
    with desk.ledger.transaction() as tx:
        tx.mark_sent([hint.id for hint in tx.unsent()])
        assert (tx.unhinted(MINUTE, "batch"), tx.hint_again(MINUTE, "batch")) == (False, 0)
    desk.clock.pass_(60)
    with desk.ledger.transaction() as tx:
        assert tx.unhinted(MINUTE, "batch") and not tx.unhinted(MINUTE, "counter")
        assert tx.hint_again(MINUTE, "counter") == 0
        assert tx.hint_again(MINUTE, "batch") == 1
        assert tx.hint_again(MINUTE, "batch") == 0
        assert [hint.step_id for hint in tx.hints] == [step.id]


def test_of_a_backlog_whose_hints_were_lost_the_most_urgent_are_hinted_at_first(desk):
    desk.reading(5)
    with desk.ledger.transaction() as tx:
        tx.mark_sent([hint.id for hint in tx.unsent()])
        urgent = tx.add_step("page", 1, page=9, priority=9)
        tx.mark_sent([hint.id for hint in tx.unsent()])
    desk.clock.pass_(60)
    with desk.ledger.transaction() as tx:
        assert tx.hint_again(MINUTE, "batch", limit=2) == 2
        assert urgent in [hint.step_id for hint in tx.hints]
        assert tx.unhinted(MINUTE, "batch")


def test_no_second_hint_while_the_first_was_not_sent_or_the_step_runs(desk, step):
    desk.clock.pass_(600)
    with desk.ledger.transaction() as tx:
        assert tx.hint_again(MINUTE, "batch") == 0
        tx.mark_sent([hint.id for hint in tx.unsent()])
        tx.claim_step(step.id, "w1", 60)
        assert tx.hint_again(MINUTE, "batch") == 0


def test_a_retry_is_not_hinted_at_before_its_time(desk, step):
    mine = claim(desk, step)
    with desk.ledger.transaction() as tx:
        tx.retry_step(mine, "w1", {}, 600)
    desk.clock.pass_(300)
    with desk.ledger.transaction() as tx:
        tx.mark_sent([1, 2])
        assert tx.hint_again(timedelta(0), "batch") == 0
    desk.clock.pass_(300)
    with desk.ledger.transaction() as tx:
        assert tx.hint_again(timedelta(0), "batch") == 1


# --- which step is next


def drop(desk, unit, number, pages, queue="batch", priority=5, due_at=None):
    """A file of a unit with that many ready steps; their ids."""
    with desk.ledger.transaction() as tx:
        tx.ensure_unit(unit, f"Xã {unit}")
        batch = tx.open_batch(unit, "drop", "lan", due_at=due_at)
        sha = f"{number:064x}"
        file_id = tx.receive_file(batch, "a.pdf", sha, 1, "pdf", [], "lan", queue=queue, priority=priority).id
        [inspect] = tx.steps(file_id=file_id)
        tx.finish_step(tx.claim_step(inspect.id, "w", 60), "w")
        return [tx.add_step("page", file_id, page=page) for page in range(1, pages + 1)]


def order(desk, hinted, many):
    """The steps that so many claims after a hint at that one get."""
    got = []
    for _ in range(many):
        with desk.ledger.transaction() as tx:
            got.append(tx.claim_next(hinted, "w", 60).id)
    return got


def test_a_hint_gets_the_most_urgent_step_of_its_queue(desk):
    plain = drop(desk, "A", 1, 2)
    counter = drop(desk, "A", 2, 1, queue="counter", priority=9)
    urgent = drop(desk, "A", 3, 1, priority=9)
    assert order(desk, plain[0], 3) == [*urgent, *plain]
    with desk.ledger.transaction() as tx:
        assert tx.claim_next(plain[0], "w", 60) is None, "another queue's hint does another queue's work"
        assert tx.claim_next(999, "w", 60) is None
        assert tx.claim_next(counter[0], "w", 60).id == counter[0]


def test_of_equal_priority_what_is_due_first_goes_first(desk):
    whenever = drop(desk, "A", 1, 1)
    later = drop(desk, "A", 2, 1, due_at=desk.clock.now + timedelta(days=5))
    sooner = drop(desk, "A", 3, 1, due_at=desk.clock.now + timedelta(days=2))
    assert order(desk, whenever[0], 3) == [*sooner, *later, *whenever]


def test_a_unit_with_a_backlog_does_not_keep_another_ones_paper_waiting(desk):
    many = drop(desk, "A", 1, 60)
    assert order(desk, many[0], 20) == many[:20]
    few = drop(desk, "B", 2, 3)
    assert [step for step in order(desk, many[0], 8) if step in few] == few
    more = drop(desk, "C", 3, 30)
    served = order(desk, many[0], 30)
    assert 10 <= len([step for step in served if step in more]) <= 20, "two units with backlogs take turns"
    assert [step for step in served if step in many] == sorted(step for step in served if step in many)


def test_a_paper_that_was_begun_is_finished_before_the_next_is_begun(desk):
    first, second = drop(desk, "A", 1, 2)
    with desk.ledger.transaction() as tx:
        begun = tx.claim_next(first, "w", 60)
        onward = tx.add_step("understand", begun.file_id, turn=begun.turn)
    assert order(desk, first, 2) == [onward, second]


def test_what_follows_from_work_of_long_ago_does_not_stand_behind_newer_work_of_others(desk):
    late = drop(desk, "A", 1, 30)
    order(desk, late[0], 30)
    backlog = drop(desk, "B", 2, 10)
    last = desk.ledger.step(late[-1])
    assert last.turn > desk.ledger.step(backlog[-1]).turn
    with desk.ledger.transaction() as tx:
        onward = tx.add_step("understand", last.file_id, turn=last.turn)
    assert onward in order(desk, backlog[0], 2)


def test_a_waiting_step_is_not_claimed_before_its_time_and_takes_its_place_then(desk):
    first, second = drop(desk, "A", 1, 2)
    with desk.ledger.transaction() as tx:
        tx.retry_step(tx.claim_step(first, "w", 60), "w", {"code": "STORAGE_AWAY"}, 30)
        assert tx.claim_next(first, "w", 60).id == second
        assert tx.claim_next(first, "w", 60) is None
    desk.clock.pass_(30)
    with desk.ledger.transaction() as tx:
        assert tx.claim_next(first, "w", 60).id == first
