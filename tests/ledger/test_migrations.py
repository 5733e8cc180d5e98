"""A ledger that an earlier version of the program filled: upgraded, and everything in it read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import MetaData, insert

from ledger import Ledger
from ledger.audit import GENESIS, entry_hash
from ledger.database import Database
from ledger.migrating import upgrade
from ledger.tables import NEVER

AT = "2026-03-02T08:00:00.000000Z"
LATER = "2026-03-02T09:00:00.000000Z"
RECORD = "motlan:H41.16:" + "a" * 26
OPEN_STEP: dict[str, Any] = {"attempts": 1, "crashes": 0, "interruptions": 0, "hinted_at": AT, "generation": 0}


COUNTED = ("batches", "files", "documents", "steps", "outbox", "reviews", "requests", "consents")


def step(id: int, kind: str, state: str, **values: Any) -> dict[str, Any]:
    row = {"id": id, "key": f"{kind}:{id}", "kind": kind, "file_id": 1, "queue": "batch", "priority": 5, "state": state}
    return {**row, **OPEN_STEP, "created_at": AT, "changed_at": AT, **values}


def audit_chain(many: int) -> tuple[list[dict[str, Any]], str]:
    rows, previous = [], GENESIS
    for seq in range(1, many + 1):
        row = {
            "seq": seq,
            "at": AT,
            "actor": "clerk:lan",
            "action": "file.received",
            "object": f"file:{seq}",
            "detail": "{}",
            "record": RECORD,
            "subject_token": None,
            "outcome": "ok",
            "previous": previous,
        }
        previous = entry_hash(row)
        rows.append({**row, "hash": previous})
    return rows, previous


def rows_of_0001() -> dict[str, list[dict[str, Any]]]:
    """Rows in every table of revision 0001, as its program wrote them."""
    chain, end = audit_chain(5)
    file = {
        "id": 1,
        "batch_id": 1,
        "unit": "H41.16",
        "actor": "clerk:lan",
        "name": "khai sinh.pdf",
        "sha256": "a" * 64,
        "size": 1000,
        "kind": "pdf",
        "notices": '["NAME_NORMALISED"]',
        "state": "UNDERSTOOD",
        "pages": 2,
        "signed": False,
        "plain_pictures": True,
        "queue": "batch",
        "priority": 5,
        "received_at": AT,
        "changed_at": AT,
    }
    document = {
        "id": 1,
        "file_id": 1,
        "unit": "H41.16",
        "index": 1,
        "pages": "[1,2]",
        "type": "birth_certificate",
        "record": RECORD,
        "understanding": "b" * 64,
        "access_level": "personal",
        "state": "STORED",
        "revision": 1,
        "manifest": "c" * 64,
        "review_generation": 0,
        "created_at": AT,
        "changed_at": AT,
    }
    away = json.dumps({"code": "STORAGE_AWAY"})
    asked = {"id": 1, "unit": "H41.16", "actor": "officer:mai", "case": "H41.16-260302-0001", "purpose": "khai tử"}
    consent = {
        "id": 1,
        "request_id": 1,
        "subject_token": "v1:tok",
        "revision": 1,
        "how": "citizen",
        "uses": 3,
        "used": 1,
    }
    return {
        "units": [{"code": "H41.16", "name": "Xã Hòa Bình", "created_at": AT}],
        "batches": [{"id": 1, "unit": "H41.16", "source": "drop", "actor": "clerk:lan", "created_at": AT}],
        "files": [file],
        "pages": [
            {"file_id": 1, "page": page, "state": "READ", "reading": "d" * 64, "notices": "[]"} for page in (1, 2)
        ],
        "documents": [document],
        "steps": [
            step(1, "inspect", "DONE", result="2 pages"),
            step(2, "project", "READY", document_id=1),
            step(3, "seal", "READY", not_before=LATER, reason=away),
            step(4, "page", "RUNNING", page=1, owner="host|boot|7", lease_until=LATER),
        ],
        "outbox": [{"id": 1, "step_id": 2, "due_at": AT, "created_at": AT}],
        "reviews": [{"id": 1, "document_id": 1, "field": "name", "doubts": '["LOW"]', "revision": 1, "created_at": AT}],
        "requests": [{**asked, "record": RECORD, "state": "CONSENTED", "created_at": AT, "changed_at": AT}],
        "consents": [{**consent, "expires_at": LATER, "state": "ACTIVE", "created_at": AT}],
        "audit": chain,
        "audit_head": [{"id": 1, "seq": 5, "hash": end}],
    }


@pytest.fixture
def filled(new_database) -> str:
    """A database of revision 0001 with rows in every table."""
    url = new_database(upgraded=False)
    with Database(url).writing() as connection:
        upgrade(connection, "0001")
        connection.exec_driver_sql("DELETE FROM audit_head")
        found = MetaData()
        found.reflect(connection)
        rows = rows_of_0001()
        assert {table.name for table in found.sorted_tables} == {*rows, "alembic_version"}
        for table in found.sorted_tables:
            if table.name in rows:
                for row in rows[table.name]:
                    connection.execute(insert(table), row)
                if connection.dialect.name == "postgresql" and table.name in COUNTED:  # as its own inserts would
                    count = f"setval(pg_get_serial_sequence('{table.name}', 'id'), {len(rows[table.name])})"
                    connection.exec_driver_sql(f"SELECT {count}")
    return url


def test_a_filled_ledger_of_the_first_version_is_upgraded_and_read_back(filled):
    assert not Ledger(filled).is_ready()
    ledger = Ledger(filled, lambda: datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
    ledger.upgrade()
    assert ledger.is_ready() and Database(filled).differences() == []
    assert (ledger.batch(1).source, ledger.batch(1).due_at) == ("drop", NEVER)
    file = ledger.file(1)
    assert (file.name, file.notices, file.pages) == ("khai sinh.pdf", ("NAME_NORMALISED",), 2)
    assert [page.reading for page in ledger.pages(1)] == ["d" * 64] * 2
    assert (ledger.document(1).record, ledger.document(1).pages) == (RECORD, (1, 2))
    assert [(review.field, review.unit) for review in ledger.reviews()] == [("name", "H41.16")]
    assert (ledger.request(1).purpose, ledger.consent(1).used) == ("khai tử", 1)
    assert (ledger.verify_audit().ok, ledger.verify_audit().entries) == (True, 5)
    assert {step.unit for step in ledger.steps()} == {"H41.16"}
    states = ["DONE", "READY", "WAITING", "RUNNING"]
    assert [step.state for step in ledger.steps()] == states, "what waited for its time says so now"


def test_work_goes_on_in_an_upgraded_ledger(filled):
    now = [datetime(2026, 3, 2, 8, 30, tzinfo=UTC)]
    ledger = Ledger(filled, lambda: now[0])
    ledger.upgrade()
    with ledger.transaction() as tx:
        first = tx.claim_next(2, "w", 60)
        assert first is not None and first.id == 2
        assert tx.claim_next(3, "w", 60) is None, "it waits until nine"
        assert tx.audit("lan", "test.act", "x", {}) == 6
        assert tx.receive_file(1, "b.pdf", "a" * 64, 1000, "pdf", [], "lan").duplicate_of == 1
    now[0] = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with ledger.transaction() as tx:
        second = tx.claim_next(3, "w", 60)
        assert second is not None and second.id == 3
        assert tx.add_step("page", 1, page=9) == 5, "ids go on where they ended"
    assert ledger.verify_audit().ok
