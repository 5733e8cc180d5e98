"""Progress and status: what is done, what still moves, what is stuck."""

from __future__ import annotations


def finish_all(desk):
    for step in [*desk.ledger.steps(state="READY"), *desk.ledger.steps(state="WAITING")]:
        with desk.ledger.transaction() as tx:
            mine = tx.claim_step(step.id, "w", 60)
            tx.finish_step(mine, "w")


def test_the_progress_of_a_batch(desk):
    file_id = desk.reading(2)
    desk.receive()  # the same bytes again
    with desk.ledger.transaction() as tx:
        tx.refuse_file(desk.batch, "b.pdf", {"code": "EMPTY_FILE"}, "lan")
        tx.page_read(file_id, 1, "c" * 64, [])
    papers = [desk.document(file_id, n) for n in range(3)]
    with desk.ledger.transaction() as tx:
        tx.set_document(papers[0], state="STORED", revision=1)
        tx.set_document(papers[1], state="DONE", revision=1, indexed_revision=1)
        tx.set_document(papers[2], state="CANCELLED")
        tx.open_review(papers[0], "name", [], 1)
    progress = desk.ledger.batch_progress(desk.batch)
    assert (progress.files, progress.pages_total, progress.pages_read) == (3, 2, 1)
    assert (progress.documents, progress.stored, progress.indexed, progress.done) == (2, 2, 1, 1)
    assert (progress.quarantined, progress.duplicates, progress.open_reviews) == (1, 1, 1)
    assert not progress.finished


def test_a_batch_is_finished_when_no_step_is_open(desk):
    assert desk.ledger.batch_progress(desk.batch).finished
    desk.receive()
    assert not desk.ledger.batch_progress(desk.batch).finished
    with desk.ledger.transaction() as tx:
        running = tx.claim_step(1, "w", 60)
    assert not desk.ledger.batch_progress(desk.batch).finished
    with desk.ledger.transaction() as tx:
        tx.retry_step(running, "w", {}, 600)
    assert not desk.ledger.batch_progress(desk.batch).finished
    desk.clock.pass_(600)
    finish_all(desk)
    assert desk.ledger.batch_progress(desk.batch).finished


def test_a_batch_waits_for_the_files_that_were_announced(desk):
    with desk.ledger.transaction() as tx:
        batch = tx.open_batch("H41.16", "api", "lan", expected_files=2)
    desk.receive(batch=batch)
    finish_all(desk)
    assert not desk.ledger.batch_progress(batch).finished
    desk.receive(sha="b" * 64, batch=batch)
    finish_all(desk)
    assert desk.ledger.batch_progress(batch).finished


def test_a_duplicate_waits_for_the_paper_it_is_linked_to(desk):
    desk.receive()
    with desk.ledger.transaction() as tx:
        again = tx.open_batch("H41.16", "api", "lan")
    desk.receive(batch=again)
    assert not desk.ledger.batch_progress(again).finished
    finish_all(desk)
    assert desk.ledger.batch_progress(again).finished


def test_batches_do_not_see_each_other(desk):
    desk.reading(2)
    with desk.ledger.transaction() as tx:
        other = tx.open_batch("H41.16", "api", "lan")
    progress = desk.ledger.batch_progress(other)
    assert (progress.files, progress.pages_total, progress.finished) == (0, 0, True)


def test_counts_by_state(desk):
    desk.reading(2)
    assert desk.ledger.status().counts == {"file": {"READING": 1}, "document": {}, "step": {"DONE": 1, "READY": 2}}


def test_what_is_stuck_is_named(desk):
    file_id = desk.reading(2)
    paper = desk.document(file_id)
    assert desk.ledger.status().stuck == ()
    first, second = desk.ledger.steps(state="READY")
    with desk.ledger.transaction() as tx:
        tx.fail_step(tx.claim_step(first.id, "w", 60), "w", {"code": "INTERNAL"})
        tx.claim_step(second.id, "w", 60)
    desk.clock.pass_(61)
    assert [(s["kind"], s["id"], s["why"]) for s in desk.ledger.status().stuck] == [
        ("step", first.id, "FAILED"),
        ("step", second.id, "LEASE_EXPIRED"),
    ]
    other = desk.receive(sha="b" * 64)
    finish_all(desk)
    with desk.ledger.transaction() as tx:
        lonely = tx.add_document(other, 0, (1,), "unknown", "motlan:H41.16:" + "b" * 26, "e" * 64, "personal")
    stuck = desk.ledger.status().stuck
    assert {(s["kind"], s["id"]) for s in stuck if s["why"] == "NO_STEP"} == {("file", other), ("document", lonely)}
    assert paper != lonely


def test_what_waits_is_told_by_its_reason_with_the_time_of_the_next_try(desk):
    desk.reading(3)
    away = {"code": "STORAGE_AWAY", "message": "Kho không trả lời.", "hint": "…", "details": {"detail": "x"}}
    for seconds, step in zip((30, 60, 90), desk.ledger.steps(state="READY"), strict=True):
        with desk.ledger.transaction() as tx:
            mine = tx.claim_step(step.id, "w", 60)
            tx.retry_step(mine, "w", {**away, "details": {"detail": str(seconds)}}, seconds)
    [waiting] = desk.ledger.status().waiting
    assert (waiting["code"], waiting["message"]) == ("STORAGE_AWAY", "Kho không trả lời.")
    assert (waiting["steps"], waiting["files"]) == (3, 1)
    assert (waiting["next_try"], waiting["last_try"]) == ("2026-03-02T08:00:30.000000Z", "2026-03-02T08:01:30.000000Z")
    assert desk.ledger.status().stuck == (), "it goes on by itself"
