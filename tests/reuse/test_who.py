"""Who used my papers: every look and every attempt, to its citizen and to nobody else."""

from __future__ import annotations

import pytest

from schemas.errors import ConsentNotValid, NotAllowed

MAU, THU = "079201000001", "001301000002"
CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký kết hôn"
BIRTH = "motlan:H41.16:" + "a" * 26


@pytest.fixture
def story(office):
    office.check()
    request = office.request()
    office.reuse.preview(request, MAU)
    with pytest.raises(NotAllowed):
        office.reuse.preview(request, THU)
    with pytest.raises(ConsentNotValid):
        office.release(request)
    office.consent(request)
    office.release(request).pdf.close()
    return request


@pytest.mark.usefixtures("story")
def test_a_citizen_sees_every_look_and_attempt_in_order(office):
    events = office.reuse.who(MAU)
    assert [(event.action.removeprefix("reuse."), event.outcome) for event in events] == [
        ("check", "ok"),
        ("request", "ok"),
        ("preview", "ok"),
        ("preview", "denied"),
        ("release", "denied"),
        ("consent", "ok"),
        ("release", "ok"),
    ]
    last = events[-1]
    assert (last.actor, last.unit, last.case, last.purpose, last.record) == (
        "officer:binh",
        "H41.16",
        CASE,
        PURPOSE,
        BIRTH,
    )
    assert last.at == office.clock()
    assert events[3].why == "NOT_THE_SUBJECT"


@pytest.mark.usefixtures("story")
def test_nobody_else_sees_them(office):
    assert office.reuse.who(THU) == []


@pytest.mark.usefixtures("story")
def test_by_paper(office):
    assert office.reuse.who(record=BIRTH)[0].action == "reuse.request"
    assert [event.record for event in office.reuse.who(MAU, BIRTH)] == [BIRTH] * 7
    with pytest.raises(NotAllowed):
        office.reuse.who(THU, BIRTH)
    assert office.reuse.who() == []


def test_asking_is_an_event_too(office):
    assert office.reuse.who(MAU) == []
    [event] = office.reuse.who(MAU)
    assert (event.action, event.actor) == ("reuse.who", "citizen")


def test_looks_from_other_doors_are_told_and_work_on_the_paper_is_not(office):
    with office.ledger.transaction() as tx:
        tx.audit("archivist", "access.show", BIRTH, {}, record=BIRTH)
        tx.audit("motlan", "record.stored", BIRTH, {}, record=BIRTH)
    assert [event.action for event in office.reuse.who(MAU)] == ["access.show"]


def test_many_events_are_all_told(office):
    with office.ledger.transaction() as tx:
        for _ in range(1100):
            tx.audit("archivist", "access.show", BIRTH, {}, record=BIRTH)
    assert len(office.reuse.who(record=BIRTH)) == 1100
