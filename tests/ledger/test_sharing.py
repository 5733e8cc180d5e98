"""Shares and corrections of citizens: counted, ended, answered once; and records found by a part of their name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.errors import NoSuchRow
from tests.ledger.conftest import UNIT

ME, RECORD = "v1:me", f"motlan:{UNIT}:" + "a" * 26


def share(desk, uses=2):
    with desk.ledger.transaction() as tx:
        until = desk.clock() + timedelta(hours=1)
        return tx.put_share("h" * 64, RECORD, 1, ME, "Xin việc, số 079201000001", uses, until)


def use(desk, number):
    with desk.ledger.transaction() as tx:
        return tx.use_share(number)


def test_a_share_is_used_as_often_as_it_says(desk):
    number = share(desk)
    assert [use(desk, number) for _ in range(3)] == [True, True, False]
    found = desk.ledger.share_by_token("h" * 64)
    assert (found.id, found.used, found.is_open(desk.clock())) == (number, 2, False)
    assert "079201000001" not in found.purpose
    assert [each.id for each in desk.ledger.shares(ME)] == [number]
    assert desk.ledger.shares("v1:other") == [] and desk.ledger.share_by_token("x") is None


def test_a_share_ends_by_time_and_by_its_giver(desk):
    number = share(desk)
    assert desk.ledger.share(number).is_open(desk.clock())
    with desk.ledger.transaction() as tx:
        assert tx.revoke_share(number) and not tx.revoke_share(number)
    assert not use(desk, number)
    with pytest.raises(NoSuchRow):
        desk.ledger.share(number + 1)


def test_an_expired_share_is_not_used(desk):
    number = share(desk)
    desk.clock.pass_(3600)
    assert not use(desk, number) and not desk.ledger.share(number).is_open(desk.clock())


def test_a_correction_is_answered_once(desk):
    with desk.ledger.transaction() as tx:
        number = tx.put_correction(RECORD, 1, UNIT, "full_name", ME, "Sai chữ đệm\x00\x1b")
        look = tx.put_correction("", 0, UNIT, "look:7", ME, "Ai đã xem?")
    assert (desk.ledger.correction(number).look, desk.ledger.correction(look).look) == (None, 7)
    with desk.ledger.transaction() as tx:
        assert tx.answer_correction(number, "luu-tru", "Đã sửa", "CORRECTED")
        assert not tx.answer_correction(number, "luu-tru", "Lần nữa")
    assert [each.id for each in desk.ledger.corrections(unit=UNIT, state="OPEN")] == [look]
    [mine] = desk.ledger.corrections(subject_token=ME, record=RECORD)
    assert (mine.answer, mine.answered_by, mine.state) == ("Đã sửa", "luu-tru", "CORRECTED")
    assert mine.message == "Sai chữ đệm"


def test_a_record_is_found_by_the_first_letters_of_its_own_part(desk):
    desk.document(desk.reading())
    [record] = desk.ledger.records_beginning("abcdefghijkl")
    assert record == f"motlan:{UNIT}:abcdefghijklmnopqrstuvwxya"
    assert desk.ledger.records_beginning("abcdefghijkm") == []
