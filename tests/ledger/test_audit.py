"""The audit chain: whatever is deleted, edited, inserted or reordered behind our back is found and named."""

from __future__ import annotations

import pytest

from ledger.audit import GENESIS, entry_hash
from schemas.errors import NumberInAudit
from schemas.manifest import digest

NUMBER = "079201000001"
RECORD = "motlan:H41.16:" + "a" * 26


@pytest.fixture
def chain(desk):
    """Ten entries, and a way to change the table as somebody with the database's file could."""
    for n in range(1, 11):
        with desk.ledger.transaction() as tx:
            assert tx.audit("clerk:lan", "test.act", f"file:{n}", {"n": n}, record=RECORD, subject_token="v1:tok") == n
        desk.clock.pass_(1)

    def change(*statements):
        for statement, *values in statements:
            desk.sql(statement, *values)
        return desk.ledger.verify_audit()

    return change


def stored(desk, seq):
    return desk.sql("select * from audit where seq = ?", seq)[0]


def test_an_empty_chain_is_whole(desk):
    report = desk.ledger.verify_audit()
    assert (report.entries, report.ok, report.first_broken, report.head) == (0, True, None, GENESIS)


@pytest.mark.usefixtures("chain")
def test_a_whole_chain(desk):
    report = desk.ledger.verify_audit()
    entries = desk.ledger.audit_entries()
    assert (report.entries, report.ok, report.first_broken, report.reason) == (10, True, None, "")
    assert report.head == entries[-1].hash
    assert [entry.previous for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert (entries[2].seq, entries[2].detail, entries[2].record) == (3, {"n": 3}, RECORD)


@pytest.mark.usefixtures("chain")
def test_the_hash_can_be_recomputed_from_the_documented_form(desk):
    row = stored(desk, 1)
    text = (
        '{"action":"test.act","actor":"clerk:lan","at":"2026-03-02T08:00:00.000000Z","detail":"{\\"n\\":1}",'
        f'"object":"file:1","outcome":"ok","previous":"{GENESIS}","record":"{RECORD}","seq":1,"subject_token":"v1:tok"}}'
    )
    assert digest(text.encode()) == row["hash"]


@pytest.mark.parametrize("seq", [1, 4, 10])
def test_a_deleted_entry(chain, seq):
    report = chain(("delete from audit where seq = ?", seq))
    assert (report.ok, report.first_broken) == (False, seq)


def test_a_deleted_tail(chain):
    report = chain(("delete from audit where seq > 7",))
    assert (report.ok, report.first_broken, report.entries) == (False, 8, 7)


def test_a_deleted_head(chain):
    report = chain(("delete from audit_head",))
    assert (report.ok, report.first_broken) == (False, 11)


def test_all_deleted(chain):
    assert chain(("delete from audit",)).first_broken == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-03-02T08:00:09.000000Z"),
        ("at", "not a time"),
        ("actor", "clerk:mai"),
        ("action", "test.other"),
        ("object", "file:99"),
        ("detail", '{"n":99}'),
        ("detail", '{"n": 4}'),
        ("detail", "not json"),
        ("detail", b"\xff"),
        ("record", None),
        ("subject_token", "v1:other"),
        ("outcome", "denied"),
        ("hash", "0" * 64),
        ("previous", "0" * 64),
    ],
)
def test_an_edited_entry(desk, chain, column, value):
    if isinstance(value, bytes) and not desk.url.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps no text that is not UTF-8")
    report = chain((f'update audit set "{column}" = ? where seq = 4', value))
    assert (report.ok, report.first_broken) == (False, 4)


def test_an_entry_edited_together_with_its_hash_breaks_at_the_next(desk, chain):
    forged = {**stored(desk, 4), "actor": "clerk:mai"}
    report = chain(("update audit set actor = ?, hash = ? where seq = 4", forged["actor"], entry_hash(forged)))
    assert (report.ok, report.first_broken) == (False, 5)


def test_an_inserted_entry(desk, chain):
    forged = {**stored(desk, 4), "seq": 5, "previous": stored(desk, 4)["hash"]}
    forged["hash"] = entry_hash(forged)
    report = chain(
        ("update audit set seq = -seq where seq >= 5",),
        ("update audit set seq = 1 - seq where seq < 0",),
        (f"insert into audit ({','.join(forged)}) values ({','.join('?' * len(forged))})", *forged.values()),
    )
    assert (report.ok, report.first_broken) == (False, 6)


def test_an_entry_added_at_the_end_without_the_head(desk, chain):
    forged = {**stored(desk, 10), "seq": 11, "previous": stored(desk, 10)["hash"]}
    forged["hash"] = entry_hash(forged)
    statement = f"insert into audit ({','.join(forged)}) values ({','.join('?' * len(forged))})"
    assert chain((statement, *forged.values())).first_broken == 11


@pytest.mark.parametrize("seq", [0, -1])
def test_an_entry_put_in_before_the_first(chain, seq):
    report = chain(
        (
            "insert into audit select ?, at, actor, action, object, detail, record, subject_token, outcome,"
            " previous, hash from audit where seq = 1",
            seq,
        )
    )
    assert (report.ok, report.first_broken) == (False, seq)


def test_reordered_entries(chain):
    report = chain(
        ("update audit set seq = 100 where seq = 4",),
        ("update audit set seq = 4 where seq = 7",),
        ("update audit set seq = 7 where seq = 100",),
    )
    assert (report.ok, report.first_broken) == (False, 4)


def test_a_chain_rewritten_as_a_whole_is_found_by_a_checkpoint(desk, chain):
    checkpoint = (6, stored(desk, 6)["hash"])
    assert desk.ledger.verify_audit(checkpoint).ok
    statements, previous = [], GENESIS
    for seq in range(1, 11):
        row = {**stored(desk, seq), "actor": "nobody", "previous": previous}
        previous = entry_hash(row)
        change = "update audit set actor = ?, previous = ?, hash = ? where seq = ?"
        statements.append((change, "nobody", row["previous"], previous, seq))
    statements.append(("update audit_head set hash = ?", previous))
    assert chain(*statements).ok, "consistent in itself"
    report = desk.ledger.verify_audit(checkpoint)
    assert (report.ok, report.first_broken) == (False, 6)
    assert desk.ledger.verify_audit((11, "0" * 64)).first_broken == 11


@pytest.mark.usefixtures("chain")
def test_the_chain_goes_on_from_where_it_ended(desk):
    with desk.ledger.transaction() as tx:
        assert tx.audit("lan", "test.act", "x", {}) == 11
    assert desk.ledger.verify_audit().ok


@pytest.mark.usefixtures("chain")
def test_an_entry_goes_with_its_transaction(desk):
    with pytest.raises(ZeroDivisionError), desk.ledger.transaction() as tx:
        tx.audit("lan", "test.act", "x", {})
        raise ZeroDivisionError
    assert desk.ledger.verify_audit().entries == 10


@pytest.mark.parametrize(
    "detail",
    [
        {"note": f"số {NUMBER} của ông"},
        {"note": "so079201000001x"},
        {"note": "079 201 000 001"},
        {"note": "079.201.000.001"},
        {"note": "0 7 9 2 0 1 0 0 0 0 0 1"},
        {"cmnd": "012345678"},
        {"cmnd": "012 345 678"},
        {"deep": [{"list": [NUMBER]}]},
        {NUMBER: 1},
        {"number": 123456789},
        {"number": 279201000001},
    ],
)
def test_id_numbers_are_refused(desk, detail):
    with pytest.raises(NumberInAudit) as error, desk.ledger.transaction() as tx:
        tx.audit("lan", "test.act", "x", detail)
    assert NUMBER not in str(error.value) and "012" not in str(error.value)
    assert desk.ledger.audit_entries() == []


@pytest.mark.parametrize("place", ["actor", "action", "object", "outcome"])
def test_id_numbers_are_refused_everywhere(desk, place):
    entry = {"actor": "lan", "action": "a", "object": "o", "detail": {}, "outcome": "ok", place: NUMBER}
    with pytest.raises(NumberInAudit), desk.ledger.transaction() as tx:
        tx.audit(**entry)


@pytest.mark.parametrize(
    "detail",
    [
        {"sha256": "079201000001" + "a" * 52},
        {"sha256": "ab" + "123456789" * 6 + "cdef0123"},
        {"record": RECORD},
        {"case": "H41.16-230925-0001"},
        {"case": "000.000.010.H41-230925-0001"},
        {"at": "2026-03-02T08:00:00.123456Z"},
        {"size": 123456789, "pages": 12},
        {"phone": "0912345678"},
        {"mst": "0100109106"},
        {"flag": True, "share": 0.123456789, "nothing": None},
    ],
)
def test_what_is_no_id_number_is_written(desk, detail):
    with desk.ledger.transaction() as tx:
        tx.audit("lan", "test.act", "x", detail)
    assert desk.ledger.audit_entries()[0].detail == detail
    assert desk.ledger.verify_audit().ok


@pytest.mark.usefixtures("chain")
def test_entries_can_be_asked_for(desk):
    with desk.ledger.transaction() as tx:
        tx.audit("clerk:mai", "test.other", "x", {}, subject_token="v1:other")
    assert [entry.seq for entry in desk.ledger.audit_entries(after=8)] == [9, 10, 11]
    assert [entry.seq for entry in desk.ledger.audit_entries(limit=2)] == [1, 2]
    assert [entry.seq for entry in desk.ledger.audit_entries(subject_token="v1:other")] == [11]
    assert len(desk.ledger.audit_entries(record=RECORD, actor="clerk:lan")) == 10
    assert desk.ledger.audit_count("clerk:lan", "test.act", since=desk.ledger.audit_entries()[4].at) == 6
