"""Files: received once, refused with a reason, read page by page, set apart, done."""

from __future__ import annotations

import dataclasses

import pytest

from ledger.tables import metadata
from schemas.errors import NoSuchRow, Truncated

SHA = "a" * 64
NUMBER = "079201000001"


def test_a_new_file_gets_its_first_step_and_hint(desk):
    with desk.ledger.transaction() as tx:
        received = tx.receive_file(
            desk.batch, "a.pdf", SHA, 10, "pdf", ["NAME_NORMALISED"], "clerk:lan", queue="counter"
        )
        [hint] = tx.hints
    file = desk.ledger.file(received.id)
    assert (file.state, file.unit, file.queue, file.notices) == ("RECEIVED", "H41.16", "counter", ("NAME_NORMALISED",))
    assert received.duplicate_of is None
    assert (hint.kind, hint.queue, hint.step_id) == ("inspect", "counter", desk.ledger.steps()[0].id)
    assert desk.ledger.unsent() == [hint]


def test_the_same_bytes_again_are_linked_and_not_worked_on(desk):
    first = desk.receive()
    with desk.ledger.transaction() as tx:
        again = tx.receive_file(desk.batch, "b.pdf", SHA, 10, "pdf", [], "clerk:lan")
    assert again.duplicate_of == first
    assert desk.ledger.file(again.id).state == "DUPLICATE"
    assert len(desk.ledger.steps()) == 1
    assert desk.ledger.file_by_digest("H41.16", SHA).id == first


def test_a_third_copy_is_linked_to_the_first(desk):
    first = desk.receive()
    desk.receive()
    third = desk.receive()
    assert desk.ledger.file(third).duplicate_of == first


def test_another_unit_has_its_own_copy(desk):
    desk.receive()
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H42", "Xã khác")
        other = tx.open_batch("H42", "drop", "clerk:mai")
        assert tx.receive_file(other, "a.pdf", SHA, 10, "pdf", [], "clerk:mai").duplicate_of is None


@pytest.mark.parametrize("state", ["QUARANTINED", "CANCELLED"])
def test_bytes_that_were_set_apart_may_be_dropped_again(desk, state):
    first = desk.receive()
    with desk.ledger.transaction() as tx:
        tx.set_file_state(first, state)
    assert desk.ledger.file_by_digest("H41.16", SHA) is None
    second = desk.receive()
    assert desk.ledger.file(second).state == "RECEIVED"


def test_a_refused_file_says_why(desk):
    reason = Truncated(detail="no end of file").as_reason()
    with desk.ledger.transaction() as tx:
        kept = tx.refuse_file(desk.batch, "a.pdf", reason, "clerk:lan", sha256=SHA, size=3).id
        gone = tx.refuse_file(desk.batch, "b.pdf", reason, "clerk:lan").id
    assert (desk.ledger.file(kept).state, desk.ledger.file(gone).state) == ("QUARANTINED", "REFUSED")
    assert desk.ledger.file(kept).reason["code"] == "TRUNCATED"
    assert [(q["file"], q["code"]) for q in desk.ledger.status().quarantined] == [
        (kept, "TRUNCATED"),
        (gone, "TRUNCATED"),
    ]
    assert desk.ledger.steps() == []


def test_only_a_file_with_bytes_can_be_worked_on(desk):
    taken = desk.ledger.taken_file(desk.receive())
    assert (taken.sha256, taken.size, taken.kind, taken.notices) == (SHA, 1000, "pdf", ())
    with desk.ledger.transaction() as tx:
        refused = tx.refuse_file(desk.batch, "b.pdf", {"code": "EMPTY_FILE"}, "lan").id
    with pytest.raises(NoSuchRow):
        desk.ledger.taken_file(refused)


def test_id_numbers_in_names_and_reasons_are_masked(desk):
    with desk.ledger.transaction() as tx:
        tx.receive_file(desk.batch, f"cccd {NUMBER}.pdf", SHA, 1, "pdf", [], "lan", path_shown=f"x/{NUMBER}.pdf")
        tx.refuse_file(desk.batch, f"{NUMBER}.pdf", {"code": "X", "details": {"found": [NUMBER]}}, "lan")
        tx.open_batch("H41.16", f"/drop/{NUMBER}", "lan")
    assert "•" * 12 in desk.ledger.files()[0].name
    for table in metadata.sorted_tables:
        assert NUMBER not in str(desk.sql(f"select * from {table.name}"))


def test_names_with_dates_and_serials_stay_as_they_are(desk):
    name = "H14.1999.1180.ND.001.020 2023-09-25 Scan_20230925-143055.pdf"
    assert desk.ledger.file(desk.receive(name=name)).name == name


def test_inspection_makes_the_pages_once(desk):
    file_id = desk.receive()
    for _ in range(2):
        with desk.ledger.transaction() as tx:
            tx.set_inspected(file_id, 3, True, False, "f" * 64)
    file = desk.ledger.file(file_id)
    assert (file.state, file.pages, file.signed, file.plain_pictures, file.incoming) == (
        "READING",
        3,
        True,
        False,
        "f" * 64,
    )
    assert [(page.page, page.state, page.reading) for page in desk.ledger.pages(file_id)] == [
        (1, "READING", None),
        (2, "READING", None),
        (3, "READING", None),
    ]


def test_only_the_last_page_hears_that_none_is_left(desk):
    file_id = desk.reading(3)
    left = []
    for page in (2, 2, 1, 3, 3, 99):
        with desk.ledger.transaction() as tx:
            left.append(tx.page_read(file_id, page, "c" * 64, ["BLANK"]))
    assert left == [2, -1, 1, 0, -1, -1]
    assert desk.ledger.pages(file_id)[0].notices == ("BLANK",)


def test_a_state_moves_only_from_the_expected_one(desk):
    file_id = desk.receive()
    with desk.ledger.transaction() as tx:
        assert not tx.set_file_state(file_id, "UNDERSTOOD", expected=("READING",))
        assert tx.set_file_state(file_id, "WAITING", expected=("RECEIVED", "READING"))
    assert desk.ledger.file(file_id).state == "WAITING"


def test_quarantine_cancels_what_is_open_and_leaves_what_is_stored(desk):
    file_id = desk.reading(2)
    lost, stored = desk.document(file_id, 0), desk.document(file_id, 1)
    with desk.ledger.transaction() as tx:
        tx.set_document(stored, state="STORED", revision=1, manifest="d" * 64)
        review = tx.open_review(lost, "name", ["LOW_CONFIDENCE"], 1)
        tx.quarantine_file(file_id, {"code": "SECRECY_STAMP"})
    assert desk.ledger.file(file_id).reason == {"code": "SECRECY_STAMP"}
    assert {step.state for step in desk.ledger.steps(kind="page")} == {"CANCELLED"}
    assert [desk.ledger.document(d).state for d in (lost, stored)] == ["CANCELLED", "STORED"]
    assert desk.ledger.review(review).outcome == "superseded"
    assert desk.ledger.unsent() == []


def test_a_file_is_done_with_its_last_paper_and_only_once(desk):
    file_id = desk.reading()
    papers = [desk.document(file_id, 0), desk.document(file_id, 1)]
    with desk.ledger.transaction() as tx:
        assert not tx.file_done_if_complete(file_id)
        tx.set_file_state(file_id, "UNDERSTOOD")
        tx.set_document(papers[0], state="DONE")
        assert not tx.file_done_if_complete(file_id)
        tx.set_document(papers[1], state="CANCELLED")
        assert tx.file_done_if_complete(file_id)
        assert not tx.file_done_if_complete(file_id)
    assert desk.ledger.file(file_id).state == "DONE"


def test_units_can_be_renamed_and_nested(desk):
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H41", "Tỉnh")
        tx.ensure_unit("H41.16", "Xã Hòa Bình (mới)", parent="H41")
        assert tx.unit_exists("H41") and not tx.unit_exists("H99")
    assert desk.ledger.unit("H41.16").parent == "H41"


def test_rows_cannot_be_changed(desk):
    with pytest.raises(dataclasses.FrozenInstanceError):
        desk.ledger.batch(desk.batch).unit = "H99"


@pytest.mark.parametrize("what", ["batch", "file", "document", "step", "review", "request", "consent", "unit"])
def test_a_row_that_is_not_there_is_said_so(desk, what):
    with pytest.raises(NoSuchRow):
        getattr(desk.ledger, what)("H99" if what == "unit" else 99)


def test_a_batch_of_an_unknown_unit_is_not_opened(desk):
    with pytest.raises(NoSuchRow), desk.ledger.transaction() as tx:
        tx.open_batch("H99", "drop", "clerk:lan")


def test_an_urgent_file_goes_before_the_others(desk):
    file_id = desk.reading(2)
    with desk.ledger.transaction() as tx:
        tx.mark_sent([hint.id for hint in tx.unsent()])
        tx.hurry_file(file_id, 9)
        assert {step.priority for step in tx.steps(file_id=file_id, state="READY")} == {9}
        assert tx.step(tx.add_step("understand", file_id)).priority == 9
    with desk.ledger.transaction() as tx:
        tx.hurry_file(file_id, 7)
        assert tx.file(file_id).priority == 9, "never slower"


def test_what_a_sheet_announces_is_written_once_and_without_numbers(desk):
    file_id = desk.receive()
    for _ in range(2):
        with desk.ledger.transaction() as tx:
            tx.expect(desk.batch, "option", papers=3)
            tx.expect(desk.batch, "separator", code="HS 056099000001", pages=2, file_id=file_id, page=1)
    option, sheet = desk.ledger.expectations(desk.batch)
    assert (option.papers, option.pages, option.file_id) == (3, None, None)
    assert (sheet.pages, sheet.page) == (2, 1) and "056099000001" not in sheet.code


def test_pages_that_belong_to_no_paper_count_as_read(desk):
    file_id = desk.reading(2)
    with desk.ledger.transaction() as tx:
        tx.page_read(file_id, 1, "c" * 64, [])
        tx.pages_apart(file_id, [1, 2])
    assert [page.state for page in desk.ledger.pages(file_id)] == ["APART", "READING"]
    assert desk.ledger.batch_progress(desk.batch).pages_read == 1
    with desk.ledger.transaction() as tx:
        assert tx.page_read(file_id, 2, "d" * 64, []) == 0
    assert [page.page for page in desk.ledger.pages(file_id, [2])] == [2]
