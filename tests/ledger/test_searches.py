"""Saved searches belong to one person and hold no ID number; requests of one person, newest first."""

from __future__ import annotations

import pytest

from schemas.errors import NoSuchRow


def account(desk, login):
    with desk.ledger.transaction() as tx:
        return tx.add_account(login, login, "H41.16", ["officer"])


def test_a_search_is_kept_without_numbers_and_only_for_its_owner(desk):
    mine, other = account(desk, "a"), account(desk, "b")
    with desk.ledger.transaction() as tx:
        kept = tx.save_search(mine, "đất của 079201000001", {"words": "số 079201000001", "types": ["land"]}, 5)
    [found] = desk.ledger.saved_searches(mine)
    assert (found.id, found.name) == (kept, "đất của ••••••••••••")
    assert found.query == {"words": "số ••••••••••••", "types": ["land"]}
    assert desk.ledger.saved_searches(other) == []
    with pytest.raises(NoSuchRow):
        desk.ledger.saved_search(kept, other)
    with pytest.raises(NoSuchRow), desk.ledger.transaction() as tx:
        tx.drop_search(kept, other)
    with desk.ledger.transaction() as tx:
        tx.drop_search(kept, mine)
    assert desk.ledger.saved_searches(mine) == []


def test_a_person_keeps_so_many_searches(desk):
    mine = account(desk, "a")
    with desk.ledger.transaction() as tx:
        kept = [tx.save_search(mine, f"{n}", {"words": "x"}, 2) for n in range(3)]
    assert kept[2] is None and len(desk.ledger.saved_searches(mine)) == 2


def test_requests_of_a_person_newest_first_page_after_page(desk):
    with desk.ledger.transaction() as tx:
        ids = [tx.put_request("H41.16", actor, "HS-1", "Đăng ký", f"r{n}") for n in range(5) for actor in ("a", "b")]
    mine = ids[::2][::-1]
    first = desk.ledger.newest_requests("a", limit=3)
    assert [row.id for row in first] == mine[:3]
    assert [row.id for row in desk.ledger.newest_requests("a", before=first[-1].id, limit=3)] == mine[3:]
