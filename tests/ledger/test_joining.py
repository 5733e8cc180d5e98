"""Files made of others: when each step is due, who counts, and what a failure gives back."""

from __future__ import annotations

import threading

import pytest

from tests.ledger.conftest import Desk

REASON = {"code": "FILES_NOT_JOINABLE", "message": "x", "hint": "x", "details": {"reason": "x"}}


@pytest.fixture
def sources(desk: Desk) -> list[int]:
    """Two files of a page each, understood and not yet done."""
    with desk.ledger.transaction() as tx:
        tx.expect_files(desk.batch, 2)
    files = [desk.receive(sha * 64, f"IMG_{sha}.jpg") for sha in "ab"]
    with desk.ledger.transaction() as tx:
        for file_id in files:
            tx.set_inspected(file_id, 1, False, True, None)
            tx.page_read(file_id, 1, "c" * 64, [])
            tx.set_file_state(file_id, "UNDERSTOOD")
        for step in tx.steps(state="READY"):
            claimed = tx.claim_step(step.id, "w", 60)
            assert claimed is not None
            tx.finish_step(claimed, "w")
    return files


def join(desk: Desk, files: list[int]) -> int:
    with desk.ledger.transaction() as tx:
        return tx.add_join(desk.batch, "IMG (gộp 2 tệp).pdf", "clerk:lan", files)


def done(desk: Desk, file_id: int) -> None:
    with desk.ledger.transaction() as tx:
        assert tx.file_done_if_complete(file_id)


def kinds(desk: Desk, file_id: int) -> list[str]:
    return [step.kind for step in desk.ledger.steps(state="READY", file_id=file_id)]


def test_a_join_begins_when_its_last_source_is_done(desk: Desk, sources: list[int]) -> None:
    done(desk, sources[0])
    joined = join(desk, sources)
    assert kinds(desk, joined) == [] and not desk.ledger.is_at_rest(sources[0])
    assert not desk.ledger.status().stuck or all(one["id"] != joined for one in desk.ledger.status().stuck)
    done(desk, sources[1])
    assert kinds(desk, joined) == ["join"]
    made = desk.ledger.join(joined)
    assert made is not None and made.state == "JOINING" and made == desk.ledger.join_with(sources[1])


def test_two_sources_done_at_once_begin_it_once(desk: Desk, sources: list[int]) -> None:
    joined, together = join(desk, sources), threading.Barrier(2)

    def end(file_id: int) -> None:
        together.wait(10)
        done(desk, file_id)

    threads = [threading.Thread(target=end, args=(file_id,)) for file_id in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert kinds(desk, joined) == ["join"]


def test_pages_of_a_joined_file_are_counted_where_they_came(desk: Desk, sources: list[int]) -> None:
    joined = join(desk, sources)
    for file_id in sources:
        done(desk, file_id)
    with desk.ledger.transaction() as tx:
        tx.file_made(
            joined, "d" * 64, 9, plain_pictures=True, readings=["c" * 64] * 2, sources={n: [1] for n in sources}
        )
        tx.expect_more(desk.batch, 0)
    progress = desk.ledger.batch_progress(desk.batch)
    assert (progress.files, progress.pages_total, progress.pages_read) == (2, 2, 2)
    assert desk.ledger.batch(desk.batch).expected_files == 2
    assert desk.ledger.intake().pages == 2
    assert [(file.id, page) for file, page in desk.ledger.origins(joined)] == [(number, 1) for number in sources]
    outer = join(desk, [joined, sources[0]])
    assert desk.ledger.join_with(joined) == desk.ledger.join(outer)


def test_a_source_set_apart_ends_the_join_and_the_others_are_read_as_any_other(desk: Desk, sources: list[int]) -> None:
    joined = join(desk, sources)
    done(desk, sources[0])
    with desk.ledger.transaction() as tx:
        tx.quarantine_file(sources[1], REASON)
    made = desk.ledger.join(joined)
    assert made is not None and (made.state, desk.ledger.file(joined).state) == ("FAILED", "CANCELLED")
    assert kinds(desk, sources[0]) == ["page"] and desk.ledger.file(sources[0]).state == "READING"
    assert desk.ledger.join_with(sources[0]) is None


def test_a_joined_file_set_apart_after_it_was_stored_is_withdrawn(desk: Desk, sources: list[int]) -> None:
    joined = join(desk, sources)
    for file_id in sources:
        done(desk, file_id)
    with desk.ledger.transaction() as tx:
        tx.file_made(joined, "d" * 64, 9, plain_pictures=True, readings=["c" * 64], sources={sources[0]: [1]})
        paper = tx.add_document(joined, 1, [1], "diploma", f"motlan:H41.16:{'a' * 26}", "e" * 64, "personal")
        tx.set_document(paper, state="STORED", revision=1)
        tx.quarantine_file(joined, REASON)
    made = desk.ledger.join(joined)
    assert made is not None and made.state == "PARTING" and kinds(desk, joined) == ["part"]
    assert [kinds(desk, file_id) for file_id in sources] == [["page"], ["page"]]
