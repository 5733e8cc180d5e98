"""Shares: opened as often as said, never after they ended, and each use told to the citizen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.errors import ConsentNotValid, LinkExpired, NotAllowed, PurposeMissing, RecordMissing
from tests.reuse.conftest import BIRTH, MAU, THU, paper

LINK = "f" * 64


def share(office, uses=1, hours=1, record=BIRTH, number=MAU, purpose="Xin việc"):
    return office.reuse.share(number, record, purpose, office.clock() + timedelta(hours=hours), uses, LINK)


def tomorrow(office):
    return office.clock() + timedelta(days=1)


def test_a_link_shows_the_paper_as_it_was_shared(office):
    share(office)
    office.archive.add(paper(BIRTH, "birth_certificate", MAU, revision=2, name="Khác"))
    opened = office.reuse.open_share(LINK)
    assert (opened.paper.record, opened.paper.revision) == (BIRTH, 1)
    told = office.reuse.who(MAU)[-1]
    assert (told.event, told.actor, told.action, told.purpose) == (opened.event, "link", "reuse.share_open", "Xin việc")


@pytest.mark.parametrize("end", ["used", "time", "revoked"])
def test_a_link_that_ended_opens_nothing_and_the_try_is_told(office, end):
    given = share(office)
    if end == "used":
        office.reuse.open_share(LINK)
    elif end == "time":
        office.clock.pass_(hours=1)
    else:
        assert office.reuse.revoke_share(given, MAU)
    with pytest.raises(LinkExpired):
        office.reuse.open_share(LINK)
    assert (office.last().outcome, office.last().record) == ("denied", BIRTH)
    assert office.ledger.share(given).used == (end == "used")


def test_reading_goes_on_after_the_last_use_and_not_after_it_was_taken_back(office):
    given = share(office)
    office.reuse.open_share(LINK)
    assert office.reuse.look_at_share(given, "picture", page=1).paper.record == BIRTH
    office.reuse.revoke_share(given, MAU)
    with pytest.raises(LinkExpired):
        office.reuse.look_at_share(given, "file")
    assert office.last().detail["why"] == "REVOKED"


def test_only_the_citizen_gives_and_takes_back(office):
    with pytest.raises(NotAllowed):
        share(office, number=THU)
    given = share(office)
    for number in (THU, "001090000018"):
        with pytest.raises(NotAllowed):
            office.reuse.revoke_share(given, number)
    assert office.reuse.open_share(LINK)


def test_a_share_needs_a_purpose_and_a_future(office):
    with pytest.raises(PurposeMissing):
        share(office, purpose=" ")
    with pytest.raises(ConsentNotValid):
        share(office, hours=0)
    with pytest.raises(ConsentNotValid):
        share(office, uses=0)


def test_a_paper_that_cannot_be_read_costs_no_use(office):
    given = share(office)
    with office.ledger.transaction() as tx:
        gone = tx.put_share(
            "e" * 64, BIRTH, 7, office.ledger.share(given).subject_token, "Xin việc", 1, tomorrow(office)
        )
    with pytest.raises(RecordMissing):
        office.reuse.open_share("e" * 64)
    assert office.ledger.share(gone).used == 0
