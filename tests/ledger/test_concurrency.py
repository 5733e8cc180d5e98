"""Several processes at once, and processes that die: one owner, one chain, one last page, nothing half done."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

import pytest

from ledger import Ledger

PROCESSES = 3
FORK = multiprocessing.get_context("fork")  # as the prefork workers are made


def together(target: Any, url: str, *args: Any) -> list[Any]:
    """Run a function in several processes that start at the same moment, and collect what they return."""
    barrier, answers = FORK.Barrier(PROCESSES), FORK.Queue()
    running = [FORK.Process(target=_run, args=(target, url, n, barrier, answers, *args)) for n in range(PROCESSES)]
    for process in running:
        process.start()
    found = [answers.get(timeout=60) for _ in running]
    for process in running:
        process.join()
    assert not [answer for answer in found if isinstance(answer, BaseException)], found
    return found


def _run(target: Any, url: str, n: int, barrier: Any, answers: Any, *args: Any) -> None:
    barrier.wait()
    try:
        answers.put(target(Ledger(url), n, *args))
    except BaseException as error:
        answers.put(error)


def _claim_all(ledger: Ledger, n: int) -> list[int]:
    won = []
    for step in ledger.steps(kind="page"):
        with ledger.transaction() as tx:
            if tx.claim_step(step.id, f"w{n}", 60) is not None:
                won.append(step.id)
    return won


def test_every_step_is_claimed_by_one_process(desk):
    desk.reading(40)
    won = together(_claim_all, desk.url)
    flat = [step_id for mine in won for step_id in mine]
    assert sorted(flat) == [step.id for step in desk.ledger.steps(kind="page")]
    assert {step.attempts for step in desk.ledger.steps(kind="page")} == {1}


def _claim_next(ledger: Ledger, n: int, hinted: int) -> list[int]:
    won: list[int] = []
    while len(won) < 40:
        with ledger.transaction() as tx:
            step = tx.claim_next(hinted, f"w{n}", 60)
        if step is None:
            return won
        won.append(step.id)
    return won


def test_many_hints_at_one_step_give_every_step_of_its_queue_to_one_process(desk):
    desk.reading(40)
    pages = [step.id for step in desk.ledger.steps(kind="page")]
    won = together(_claim_next, desk.url, pages[0])
    assert sorted(step_id for mine in won for step_id in mine) == pages
    assert {step.attempts for step in desk.ledger.steps(kind="page")} == {1}


def _add_same(ledger: Ledger, n: int, file_id: int) -> list[int]:  # noqa: ARG001 - every process does the same
    added = []
    for page in range(10):
        with ledger.transaction() as tx:
            added.append(tx.add_step("page", file_id, page=page + 1))
    return added


def test_the_same_step_added_by_several_processes_is_one(desk):
    file_id = desk.receive()
    first, *others = together(_add_same, desk.url, file_id)
    assert all(other == first for other in others)
    assert len(desk.ledger.steps(kind="page")) == 10
    assert len(desk.sql("select id from outbox")) == 11, "one hint for each, and that of the file's first step"


def _append(ledger: Ledger, n: int, entries: int) -> None:
    for k in range(entries):
        with ledger.transaction() as tx:
            tx.audit(f"w{n}", "test.act", f"x:{k}", {"k": k})


def test_many_writers_keep_one_chain(desk):
    together(_append, desk.url, 25)
    report = desk.ledger.verify_audit()
    assert (report.ok, report.entries) == (True, PROCESSES * 25)


def _read_pages(ledger: Ledger, n: int, file_id: int) -> int:
    last = 0
    for page in ledger.pages(file_id)[n::PROCESSES]:
        with ledger.transaction() as tx:
            last += tx.page_read(file_id, page.page, "c" * 64, []) == 0
    return last


def test_exactly_one_process_reads_the_last_page(desk):
    file_id = desk.reading(40)
    assert sum(together(_read_pages, desk.url, file_id)) == 1


def _finish_papers(ledger: Ledger, n: int, file_id: int) -> int:
    last = 0
    for document in ledger.documents(file_id)[n::PROCESSES]:
        with ledger.transaction() as tx:
            tx.set_document(document.id, state="DONE")
            last += tx.file_done_if_complete(file_id)
    return last


def test_exactly_one_process_finishes_the_file(desk):
    file_id = desk.reading()
    for index in range(8):
        desk.document(file_id, index)
    with desk.ledger.transaction() as tx:
        tx.set_file_state(file_id, "UNDERSTOOD")
    assert sum(together(_finish_papers, desk.url, file_id)) == 1


def _receive(ledger: Ledger, n: int, batch: int) -> list[int | None]:
    first = []
    for k in range(10):
        with ledger.transaction() as tx:
            first.append(tx.receive_file(batch, f"{n}.pdf", f"{k:064x}", 1, "pdf", [], "lan").duplicate_of)
    return first


def test_the_same_bytes_from_several_processes_are_taken_once(desk):
    answers = together(_receive, desk.url, desk.batch)
    assert [first for mine in answers for first in mine].count(None) == 10
    assert len(desk.ledger.files(state="RECEIVED")) == 10
    assert len(desk.ledger.steps()) == 10


def _use(ledger: Ledger, n: int, consent: int) -> int:  # noqa: ARG001 - every process does the same
    used = 0
    for _ in range(5):
        with ledger.transaction() as tx:
            used += tx.use_consent(consent)
    return used


def test_a_consent_is_not_used_more_often_than_agreed(desk):
    from datetime import timedelta

    from ledger import utc_now

    with desk.ledger.transaction() as tx:
        request = tx.put_request("H41.16", "lan", "H41.16-230925-0001", "khai tử", "motlan:H41.16:" + "a" * 26)
        consent = tx.put_consent(request, "v1:tok", 1, "citizen", 3, utc_now() + timedelta(hours=1))
    assert sum(together(_use, desk.url, consent)) == 3


def _die_within(url: str, file_id: int, step_id: int) -> None:
    ledger = Ledger(url)
    with ledger.transaction() as tx:
        step = tx.claim_step(step_id, "w", 60)
        assert step is not None
        tx.page_read(file_id, 1, "c" * 64, [])
        tx.add_step("understand", file_id)
        tx.audit("w", "test.act", "x", {})
        tx.finish_step(step, "w")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_killed_within_a_transaction_leaves_nothing_of_it(desk):
    file_id = desk.reading(1)
    [step] = desk.ledger.steps(kind="page")
    before = (desk.ledger.steps(), desk.ledger.pages(file_id), desk.ledger.unsent(), desk.ledger.verify_audit())
    process = FORK.Process(target=_die_within, args=(desk.url, file_id, step.id))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert (desk.ledger.steps(), desk.ledger.pages(file_id), desk.ledger.unsent(), desk.ledger.verify_audit()) == before
    with desk.ledger.transaction() as tx:
        assert tx.claim_step(step.id, "w2", 60) is not None


def _die_after(url: str, step_id: int) -> None:
    with Ledger(url).transaction() as tx:
        tx.claim_step(step_id, "w", 60)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("times", [3])
def test_attempts_and_crashes_survive_the_death_of_workers(desk, times):
    desk.receive()
    [step] = desk.ledger.steps()
    for _ in range(times):
        process = FORK.Process(target=_die_after, args=(desk.url, step.id))
        process.start()
        process.join()
        with desk.ledger.transaction() as tx:
            tx.free_steps([step.id for step in tx.running_steps()], blame=True)
    counted = desk.ledger.step(step.id)
    assert (counted.attempts, counted.crashes, counted.state) == (times, times, "READY")
