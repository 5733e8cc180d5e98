"""Systems that use the API: keys of idempotency, and deliveries in the order of each record."""

from __future__ import annotations

from datetime import timedelta

import pytest

RECORD, OTHER = "motlan:H41.16:" + "a" * 26, "motlan:H41.16:" + "b" * 26
UNIT = "H41.16"


@pytest.fixture
def client(desk):
    with desk.ledger.transaction() as tx:
        account = tx.add_account("he-thong", "Hệ thống MẪU", UNIT, ["client"])
        tx.add_client(account, "tiếp nhận hồ sơ", ["records", "hooks"])
    return account


@pytest.fixture
def hook(desk, client):
    with desk.ledger.transaction() as tx:
        return tx.add_hook(client, UNIT, "https://khac.example/nhan", "sealed")


def tell(desk, *events):
    with desk.ledger.transaction() as tx:
        return [tx.tell_hooks(UNIT, "record.stored", record, revision) for record, revision in events]


def claim(desk):
    with desk.ledger.transaction() as tx:
        return [(each.record, each.revision) for each in tx.claim_deliveries(10, 60)]


def test_a_client_has_one_purpose_and_scopes(desk, client):
    found = desk.ledger.client(client)
    assert (found.purpose, found.scopes) == ("tiếp nhận hồ sơ", ("hooks", "records"))


def test_a_key_is_taken_once_and_told_until_it_is_swept(desk, client):
    with desk.ledger.transaction() as tx:
        assert tx.begin_once(client, "k", "r1") is None
        assert tx.begin_once(client, "k", "r2").request == "r1"
        tx.answer_once(client, "k", 201, "sealed")
    with desk.ledger.transaction() as tx:
        assert (tx.begin_once(client, "k", "r1").status, tx.begin_once(client, "k", "r1").answer) == (201, "sealed")
        assert tx.sweep_once(desk.clock() - timedelta(seconds=1)) == 0
        assert tx.sweep_once(desk.clock() + timedelta(seconds=1)) == 1
        assert tx.begin_once(client, "k", "r2") is None
        tx.forget_once(client, "k")
        assert tx.begin_once(client, "k", "r3") is None


def test_an_event_is_told_once_and_only_to_open_hooks_of_the_unit(desk, client, hook):
    assert tell(desk, (RECORD, 1), (RECORD, 1)) == [1, 0]
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H41.17", "Xã Khác")
        assert tx.tell_hooks("H41.17", "record.stored", RECORD, 1) == 0
        tx.set_account(client, state="CLOSED")
        assert tx.tell_hooks(UNIT, "record.stored", RECORD, 2) == 0
        tx.set_account(client, state="ACTIVE")
        tx.close_hook(hook)
        assert tx.tell_hooks(UNIT, "record.stored", RECORD, 2) == 0
    assert desk.ledger.hooks(client) == []
    assert [each.state for each in desk.ledger.hook_deliveries(hook)] == ["CANCELLED"]


def test_deliveries_are_claimed_in_order_of_each_record(desk, hook):
    tell(desk, (RECORD, 1), (RECORD, 2), (OTHER, 1))
    assert claim(desk) == [(RECORD, 1), (OTHER, 1)]
    assert claim(desk) == []  # somebody has them
    first, second, other = desk.ledger.hook_deliveries(hook)
    with desk.ledger.transaction() as tx:
        tx.delivered(other.id)
        tx.not_delivered(first.id, "HTTP 500", desk.clock() + timedelta(seconds=30))
    assert claim(desk) == []
    desk.clock.pass_(31)
    assert claim(desk) == [(RECORD, 1)]
    with desk.ledger.transaction() as tx:
        tx.not_delivered(first.id, "HTTP 500", None)
    assert claim(desk) == [(RECORD, 2)]  # a later one does not wait for what was given up
    first = desk.ledger.hook_deliveries(hook)[0]
    assert (first.state, first.attempts, first.error) == ("FAILED", 2, "HTTP 500")
    with desk.ledger.transaction() as tx:
        tx.delivered(second.id)
        assert tx.deliver_again(hook) == 1
    assert claim(desk) == [(RECORD, 1)]


def test_a_units_papers_are_paged_once_they_are_stored(desk):
    numbers = [desk.document(desk.reading(), index) for index in range(1)]
    assert desk.ledger.unit_documents(UNIT) == []
    with desk.ledger.transaction() as tx:
        tx.set_document(numbers[0], state="STORED", revision=1)
    [found] = desk.ledger.unit_documents(UNIT)
    assert (found.id, found.revision) == (numbers[0], 1)
    assert desk.ledger.unit_documents(UNIT, after=found.id) == desk.ledger.unit_documents("H00") == []
