"""The citizen's own papers: all of them, only theirs, and every look an event."""

from __future__ import annotations

import pytest

from reuse import BlindSubject
from schemas.errors import NotAllowed
from tests.reuse.conftest import BIRTH, CRIMINAL, MARITAL, MAU, THU, paper, token

ME = BlindSubject(token("cccd", MAU))


def test_a_citizen_sees_the_own_papers_and_the_look_is_written_down(office):
    assert {each.manifest.record for each in office.reuse.papers(ME)} == {BIRTH, MARITAL}
    assert {each.manifest.record for each in office.reuse.papers(THU)} == {CRIMINAL}  # sensitive, and the own
    assert (office.last().action, office.last().actor) == ("reuse.papers", "citizen")


def test_a_paper_tells_as_whom_it_names_the_citizen(office):
    own = office.reuse.own(ME, BIRTH, "view")
    assert (own.person.number, own.held.record, own.held.validity) == (MAU, BIRTH, "valid")
    assert (office.last().action, office.last().record, office.last().detail["revision"]) == ("access.view", BIRTH, 1)


@pytest.mark.parametrize("record", [CRIMINAL, "motlan:H41.16:" + "z" * 26, "../etc"])
def test_others_papers_and_none_are_the_same_answer_and_an_event(office, record):
    with pytest.raises(NotAllowed):
        office.reuse.own(ME, record, "view")
    assert office.last().outcome == "denied"


def test_own_looks_are_told_apart_from_others(office):
    office.archive.add(paper(BIRTH, "birth_certificate", MAU, revision=2))
    office.reuse.own(ME, BIRTH, "view")
    office.check()
    assert [event.mine for event in office.reuse.who(MAU)] == [True, False]


def test_requests_that_wait_are_told_until_they_are_answered(office):
    first, second = office.request(), office.request(MARITAL)
    mine = office.reuse.papers(ME)
    assert [asked.id for asked, _ in office.reuse.waiting(mine)] == [first, second]
    office.reuse.refuse(first, MAU)
    [(asked, own)] = office.reuse.waiting(mine)
    assert (asked.id, own.manifest.record) == (second, MARITAL)
    office.clock.now += office.reuse.procedures.request_life
    assert office.reuse.waiting(mine) == []
