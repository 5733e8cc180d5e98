"""Asking what is held: only with case and purpose, never more than may be known, always written down first."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.errors import BadIdentifier, PurposeMissing, QuotaExceeded
from schemas.evidence import FieldReading

CASE, PURPOSE = "H41.16-260302-0001", "Đăng ký kết hôn"
MAU, THU = "079201000001", "001301000002"


def test_a_paper_that_satisfies_the_requirement_is_told(office):
    [held] = office.check()
    assert (held.type, held.issued_date, held.validity) == ("birth_certificate", date(2001, 5, 6), "valid")
    assert not hasattr(held, "fields")


def test_a_type_may_be_asked_for_by_name(office):
    assert [held.type for held in office.check("marital_status")] == ["marital_status"]
    assert office.check("land_certificate") == ()


@pytest.mark.parametrize(
    ("day", "validity"), [("2026-02-27", "valid"), ("2026-02-28", "valid"), ("2026-03-01", "expired")]
)
def test_a_paper_is_valid_for_its_months(office, day, validity):
    # Six months from 31 August end with February; the last day is the one in Vietnam.
    office.clock.now = office.clock.now.replace(month=int(day[5:7]), day=int(day[8:]), hour=16)
    [held] = office.check("marital_status")
    assert (held.valid_until, held.validity) == (date(2026, 2, 28), validity)


@pytest.mark.parametrize(
    ("value", "accepted", "validity"),
    [
        ("2026-03-02", True, "valid"),
        ("2026-03-01", True, "expired"),
        ("2026-03-01", False, "unknown"),
        ("Không thời hạn", True, "valid"),
    ],
)
def test_the_last_day_that_a_paper_names(office, value, accepted, validity):
    birth = office.archive.head("motlan:H41.16:" + "a" * 26)
    fields = {"expiry_date": FieldReading(value=value, confidence=1, accepted=accepted)}
    office.archive.add(birth.model_copy(update={"revision": 2, "fields": fields}))
    assert office.check()[0].validity == validity


def test_a_paper_that_is_valid_for_months_but_has_no_day_is_unknown(office):
    marital = office.archive.head("motlan:H41.16:" + "b" * 26)
    office.archive.add(marital.model_copy(update={"revision": 2, "fields": {}}))
    assert office.check("marital_status")[0].validity == "unknown"


def test_midnight_is_vietnams(office):
    office.clock.now = office.clock.now.replace(month=2, day=28, hour=17)
    assert office.check("marital_status")[0].validity == "expired"


def test_the_look_is_written_down_before_the_answer(office):
    office.check()
    event = office.last()
    assert (event.actor, event.action, event.object, event.outcome) == ("officer:binh", "reuse.check", "birth", "ok")
    assert event.detail["case"] == CASE and event.detail["purpose"] == PURPOSE
    assert event.subject_token.startswith("v1:")


def test_no_event_no_answer(office, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("ledger.transaction.Tx.audit", fail)
    with pytest.raises(OSError, match="disk full"):
        office.check()


@pytest.mark.parametrize(
    ("wanted", "number", "unit"),
    [
        ("birth", "079201000009", "H41.16"),  # nobody
        ("criminal_record", THU, "H42"),  # there, but sensitive and kept by another unit
        ("birth", MAU, "H99"),  # a unit that does not exist
    ],
)
def test_nothing_and_not_allowed_look_the_same(office, wanted, number, unit):
    assert office.check(wanted, number, unit=unit) == ()
    assert (office.last().outcome, office.last().detail["found"]) == ("ok", [])


def test_the_keeping_unit_may_know_of_its_sensitive_papers(office):
    assert len(office.check("criminal_record", THU)) == 1


@pytest.mark.parametrize("missing", [{"case": ""}, {"purpose": " "}])
def test_without_case_and_purpose_there_is_no_answer(office, missing):
    with pytest.raises(PurposeMissing):
        office.check(**missing)
    assert (office.last().outcome, office.last().detail["why"]) == ("denied", "PURPOSE_MISSING")


@pytest.mark.parametrize("number", ["12345", "H41.16-260302-0001", ""])
def test_what_is_no_number_of_a_person_is_refused(office, number):
    with pytest.raises(BadIdentifier):
        office.check(number=number)
    assert office.last().outcome == "denied"


def test_an_officer_has_a_quota_for_a_day(office):
    for number in (MAU, THU, MAU, MAU, MAU):
        office.check(number=number)
    with pytest.raises(QuotaExceeded):
        office.check()
    assert office.last().detail["why"] == "QUOTA_EXCEEDED"
    assert len(office.check(actor="officer:hoa")) == 1
    office.clock.pass_(hours=24, seconds=1)
    assert len(office.check()) == 1


def test_the_index_alone_convinces_nobody(office, monkeypatch):
    everything = [office.archive.head(record) for record in office.archive.revisions]
    monkeypatch.setattr(office.archive, "find_number", lambda _token, _unit: everything)
    assert office.check("criminal_record", MAU) == ()


def test_numbers_are_nowhere_in_the_ledger(office):
    office.check(purpose=f"cho ông {MAU}", case="079 201 000 001")
    assert MAU not in str(office.ledger.audit_entries())
    office.ledger.close()
    for path in office.folder.iterdir():
        assert MAU.encode() not in path.read_bytes()
