"""A procedure's needs against what is held: one look, and what need not be handed in again."""

from __future__ import annotations

import pytest

from reuse import Procedures, Requirements
from schemas.errors import BadIdentifier, FormInvalid, PurposeMissing, QuotaExceeded
from schemas.evidence import FieldReading
from schemas.types import TypeCatalogue

CASE, MARRY, LAND = "H41.16-260302-0001", "1.000894", "1.012789"
MAU, THU = "079201000001", "001301000002"
MARITAL = "motlan:H41.16:" + "b" * 26


def look_up(office, procedure=MARRY, number=MAU, **changes):
    asked = {"actor": "officer:binh", "unit": "H41.16", "case": CASE, **changes}
    return office.reuse.look_up(procedure=procedure, number=number, **asked)


def states(found):
    return {answer.need.name: answer.state for answer in found.answers}


def test_the_shipped_procedures_name_known_types_and_requirements():
    requirements, types = Requirements.load(), TypeCatalogue.load()
    procedures = Procedures.load(requirements).by_code.values()
    assert len(procedures) >= 8
    for procedure in procedures:
        assert procedure.name and procedure.needs
        assert all(types.get(kind) for kind in procedure.types), procedure.code
        assert any(not need.types for need in procedure.needs), "something is made anew for every case"


def test_what_is_held_expired_missing_and_new(office):
    found = look_up(office)
    assert (found.procedure, found.name) == (MARRY, "Đăng ký kết hôn")
    assert [answer.state for answer in found.answers] == ["new", "missing", "expired", "missing"]
    office.clock.now = office.clock.now.replace(month=2, day=20)
    found = look_up(office)
    assert (found.answers[2].state, found.spared) == ("held", 1)


def test_one_look_is_one_event_and_counts_once(office):
    look_up(office)
    [event] = office.ledger.audit_entries()
    assert (event.action, event.object, event.outcome) == ("reuse.check", "procedure:1.000894", "ok")
    assert (event.detail["case"], event.detail["purpose"], event.detail["found"]) == (
        CASE,
        "Đăng ký kết hôn",
        [MARITAL],
    )
    for _ in range(4):
        look_up(office)
    with pytest.raises(QuotaExceeded):
        look_up(office)


def test_nothing_and_not_allowed_look_the_same(office):
    judicial = office.archive.head("motlan:H41.16:" + "c" * 26)
    office.archive.add(judicial.model_copy(update={"revision": 2, "type": "judicial_record"}))
    mine, theirs = look_up(office, "2.001263", THU), look_up(office, "2.001263", THU, unit="H42")
    assert states(mine) != states(theirs) == states(look_up(office, "2.001263", "079201000009"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"case": " "}, PurposeMissing), ({"number": "123"}, BadIdentifier), ({"procedure": "9.9"}, FormInvalid)],
    ids=str,
)
def test_a_look_needs_a_case_a_number_and_a_known_procedure(office, changes, error):
    with pytest.raises(error):
        look_up(office, **changes)


def test_a_paper_without_a_day_is_unclear_where_its_age_matters(office):
    marital = office.archive.head(MARITAL)
    office.archive.add(marital.model_copy(update={"revision": 2, "fields": {}}))
    assert look_up(office).answers[2].state == "unclear"


def test_a_need_may_ask_for_a_younger_paper_than_its_kind_is_valid(office):
    marital = office.archive.head(MARITAL)
    office.archive.add(marital.model_copy(update={"revision": 2, "type": "judicial_record"}))
    [held] = office.check("judicial_record")
    [paper] = look_up(office, "2.001263").answers[2].papers
    assert (held.validity, paper.held.validity, str(paper.held.valid_until)) == ("valid", "expired", "2026-02-28")


def test_the_newest_paper_of_a_need_comes_first_and_the_older_is_superseded(office):
    marital = office.archive.head(MARITAL)
    day = FieldReading(value="2026-01-05", confidence=1, accepted=True)
    newer = marital.model_copy(update={"record": MARITAL[:-1] + "z", "fields": {"issued_date": day}})
    office.archive.add(newer)
    papers = look_up(office).answers[2].papers
    assert [(paper.held.record, paper.superseded) for paper in papers] == [(newer.record, False), (MARITAL, True)]
    assert papers[0].quality.living > papers[1].quality.living
