"""What somebody in charge of a unit sees of the ledger: the own unit and those below it, and nothing beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ledger.conftest import UNIT, Desk

BELOW, BESIDE = "H41.16.2", "H98"


@pytest.fixture
def tree(desk: Desk) -> Desk:
    with desk.ledger.transaction() as tx:
        assert tx.add_unit(BELOW, "Thôn", UNIT) and not tx.add_unit(BELOW, "Lần nữa", UNIT)
        tx.ensure_unit(BESIDE, "Xã khác")
        for login, unit in (("lan", UNIT), ("mai", BELOW), ("xa", BESIDE)):
            tx.add_account(login, f"Bà {login.title()}", unit, ["clerk", "admin"])
    return desk


def test_units_and_accounts_of_a_tree(tree: Desk) -> None:
    ledger = tree.ledger
    assert [unit.code for unit in ledger.units_below(UNIT)] == [UNIT, BELOW]
    assert ledger.is_below(BELOW, UNIT) and not ledger.is_below(UNIT, BELOW) and not ledger.is_below(BESIDE, UNIT)
    assert [line.account.login for line in ledger.accounts_below(UNIT)] == ["lan", "mai"]
    assert [line.account.login for line in ledger.accounts_below(UNIT, after="lan")] == ["mai"]
    assert [line.account.login for line in ledger.accounts_below(UNIT, like="MAI")] == ["mai"]
    assert [line.account.login for line in ledger.accounts_below(UNIT, like="Bà M")] == ["mai"]
    assert ledger.active_admins(UNIT) == 1


def test_a_line_tells_of_sessions_and_invitations(tree: Desk) -> None:
    account = tree.ledger.accounts_below(UNIT)[0].account
    soon = tree.clock() + timedelta(minutes=5)
    with tree.ledger.transaction() as tx:
        tx.open_session(account.id, "t" * 64, "c", True, soon)
        tx.invite(account.id, "i" * 64, soon)
    line = tree.ledger.account_line(account.id)
    assert (line.sessions, line.seen_at, line.invited) == (1, tree.clock(), True)
    tree.clock.pass_(600)
    line = tree.ledger.account_line(account.id)
    assert (line.sessions, line.seen_at, line.invited) == (0, None, False)


def test_a_second_factor_changes_only_from_the_known_one(tree: Desk) -> None:
    account = tree.ledger.accounts_below(UNIT)[0].account.id
    with tree.ledger.transaction() as tx:
        assert tx.swap_totp(account, None, "one")
        assert not tx.swap_totp(account, None, "other")
        assert tx.swap_totp(account, "one", "two") and not tx.swap_totp(account, "one", "three")


def test_the_chain_is_searched_within_the_own_units(tree: Desk) -> None:
    own, other = f"motlan:{UNIT}:" + "a" * 26, f"motlan:{BESIDE}:" + "a" * 26
    made = tree.ledger.account_by_login("mai")
    assert made
    with tree.ledger.transaction() as tx:
        tx.audit("xa", "access.page", other, {}, record=other)
        tx.audit("citizen", "access.page", own, {}, record=own)
        tx.audit("mai", "review.decided", "review:1", {}, outcome="denied")
        tx.audit(f"account:{made.id}", "login", f"account:{made.id}", {})
    ledger = tree.ledger
    assert [entry.action for entry in ledger.audit_page(UNIT)] == ["login", "review.decided", "access.page"]
    assert [entry.actor for entry in ledger.audit_page(BESIDE)] == ["xa"]
    first = ledger.audit_page(UNIT, limit=1)[-1]
    assert [entry.action for entry in ledger.audit_page(UNIT, first.seq, 1)] == ["review.decided"]
    assert len(ledger.audit_page(UNIT, action="access.")) == len(ledger.audit_page(UNIT, record=own)) == 1
    assert [entry.actor for entry in ledger.audit_page(UNIT, denied_only=True)] == ["mai"]
    assert not ledger.audit_page(UNIT, until=tree.clock()) and len(ledger.audit_page(UNIT, since=tree.clock())) == 3


def test_a_hold_lasts_until_it_is_lifted_once(tree: Desk) -> None:
    record = f"motlan:{UNIT}:" + "a" * 26
    with tree.ledger.transaction() as tx:
        hold = tx.put_hold(record, UNIT, "Tòa án yêu cầu, số 001090000018", "mai")
    assert "001090000018" not in tree.ledger.hold(hold).reason
    assert [one.id for one in tree.ledger.holds(UNIT, record)] == [hold] and not tree.ledger.holds(BESIDE)
    with tree.ledger.transaction() as tx:
        assert tx.lift_hold(hold, "lan") and not tx.lift_hold(hold, "mai")
    assert not tree.ledger.holds(UNIT) and tree.ledger.holds(UNIT, active_only=False)[0].lifted_by == "lan"


def test_what_a_unit_has_is_counted(tree: Desk) -> None:
    paper = tree.document(tree.reading())
    since = tree.clock()
    tree.clock.pass_(60)
    with tree.ledger.transaction() as tx:
        tx.open_review(paper, "full_name", ["ONE_READER"], 1)
        decided = tx.open_review(paper, "birth_date", ["ONE_READER"], 1)
        tx.decide_review(decided, "lan", "corrected")
        tx.set_document(paper, state="DONE", revision=1)
        tx.put_request(UNIT, "lan", "H41.16-260302-0001", "cấp phép", "motlan:x")
    ledger = tree.ledger
    assert (ledger.intake(UNIT).batches, ledger.intake(UNIT).moving, ledger.intake(UNIT).bytes) == (1, 1, 1000)
    assert [(line.kind, line.steps, line.oldest) for line in ledger.queue(UNIT)] == [("page", 2, since)]
    assert (ledger.backlog(UNIT).open, ledger.backlog(UNIT).oldest) == (1, tree.clock())
    assert ledger.outcomes(UNIT, since) == {"corrected": 1} and not ledger.outcomes(UNIT, tree.clock() + timedelta(1))
    assert ledger.types_kept(UNIT) == {"birth_certificate": 1} and not ledger.types_kept(UNIT, before=since)
    assert ledger.papers(UNIT) == {"DONE": 1}
    assert (ledger.intake(BESIDE).batches, ledger.queue(BESIDE), ledger.backlog(BESIDE).open) == (0, [], 0)
    assert ledger.fault_codes() == ledger.deliveries() == {} and ledger.last_fixity() is None
