"""The ledger's rows into a file and back, into a database of the other kind, and a ledger that has moved."""

from __future__ import annotations

import gzip
import io
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, copying, dump
from ledger.closing import close, is_closed, standing_still
from ledger.database import Database
from schemas.errors import BackupDamaged, BackupTooNew, LedgerMoved, TargetNotEmpty
from tests.support.databases import sqlite

GENESIS = "0" * 64


@pytest.fixture
def filled(desk: Any) -> Any:
    """A ledger with something in every kind of column, a row that refers to a later one among them."""
    file = desk.reading(pages=2)
    desk.document(file)
    later = desk.receive(sha="b" * 64, name="ộ.pdf")
    desk.sql("update files set duplicate_of = ? where id = ?", later, file)
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("A-1", "Đơn vị con")
        tx.ensure_unit("A.1", "Đơn vị khác")
        tx.put_request("H41.16", "can-bo", "HS-1", "cấp lại", "motlan:H41.16:" + "a" * 26)
        tx.audit("clerk:lan", "file.received", "file:1", {"n": 1, "ghi": "đủ dấu"})
        tx.audit("clerk:lan", "file.received", "file:2", {})
    return desk


def tables(url: str) -> list[copying.TableDigest]:
    with Database(url).reading() as connection:
        return [copying.digest_of(connection, name) for name in copying.names()]


def dumped(ledger: Ledger) -> tuple[bytes, dump.Snapshot]:
    out = io.BytesIO()
    return (out, dump.write(ledger, out))[0].getvalue(), dump.write(ledger, io.BytesIO())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty ledger of either kind, not the one under test."""
    if request.param == "sqlite":
        (tmp_path / "other").mkdir()
        return sqlite(tmp_path / "other")()
    return str(request.getfixturevalue("postgres").database())


def test_a_dump_restores_into_either_kind(filled: Any, other: str) -> None:
    data, told = dumped(filled.ledger)
    restored = Ledger(other)
    assert dump.load(restored, io.BytesIO(data), "x") == told
    assert list(told.tables) == tables(filled.url) == tables(other)
    assert restored.verify_audit().ok and told.audit == (restored.verify_audit().entries, restored.verify_audit().head)
    assert restored.files() == filled.ledger.files()
    with restored.transaction() as tx:
        batch = tx.open_batch("H41.16", "drop", "lan")
    assert batch == max(row["id"] for row in filled.sql("select id from batches")) + 1, "numbers go on"


def test_a_dump_is_one_consistent_look_while_others_write(filled: Any) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with filled.ledger.transaction() as tx:
                tx.audit("x", "work.done", f"batch:{tx.open_batch('H41.16', 'drop', 'x')}", {})

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        took = [dumped(filled.ledger)[1] for _ in range(5)]
        end = time.monotonic() + 60
        while took[-1].audit[0] == took[0].audit[0] and time.monotonic() < end:  # a busy machine
            took.append(dumped(filled.ledger)[1])
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    rows = [{table.name: table.rows for table in told.tables} for told in took]
    assert [seen["audit"] for seen in rows] == [told.audit[0] for told in took]
    assert len({seen["batches"] - seen["audit"] for seen in rows}) == 1, "each writer adds one of each, or neither"
    assert took[-1].audit[0] > took[0].audit[0], "they did write"


@pytest.mark.parametrize("harm", ["cut", "flipped", "row gone", "empty", "plain"])
def test_a_dump_that_is_not_whole_leaves_nothing(filled: Any, tmp_path: Path, harm: str) -> None:
    data, _ = dumped(filled.ledger)
    lines = gzip.decompress(data).splitlines(keepends=True)
    harmed = {
        "cut": gzip.compress(b"".join(lines[:-1])),
        "flipped": data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
        "row gone": gzip.compress(b"".join(line for line in lines if b"A.1" not in line)),
        "empty": b"",
        "plain": b"not gzip",
    }[harm]
    url = f"sqlite:///{tmp_path}/fresh.db"
    with pytest.raises(BackupDamaged) as error:
        dump.load(Ledger(url), io.BytesIO(harmed), "ledger.jsonl.gz")
    assert error.value.details["file"] == "ledger.jsonl.gz"
    assert not Ledger(url).is_ready()


def test_a_dump_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    lines = [
        {"format": dump.FORMAT, "schema": "0002"},
        {"table": "units", "columns": ["code", "name", "parent", "created_at"]},
        ["H1", "Xã", None, "2026-03-02T08:00:00.000000Z"],
    ]
    row = copying.Tally("units")
    list(row.passing([tuple(lines[2])]))
    lines += [{"name": "units", "rows": 1, "sha256": row.digest().sha256}, {"end": dump.FORMAT}]
    data = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
    ledger = Ledger(f"sqlite:///{tmp_path}/fresh.db")
    assert dump.load(ledger, io.BytesIO(data), "x").schema == "0002"
    assert ledger.is_ready() and ledger.unit("H1").name == "Xã"
    lines[0]["schema"] = "9999"
    newer = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
    with pytest.raises(BackupTooNew):
        dump.load(Ledger(f"sqlite:///{tmp_path}/new.db"), io.BytesIO(newer), "x")


def test_a_ledger_in_use_is_never_filled(filled: Any, other: str) -> None:
    data, _ = dumped(filled.ledger)
    with Ledger(other).transaction() as tx:
        tx.ensure_unit("H1", "Xã")
    with pytest.raises(TargetNotEmpty):
        dump.load(Ledger(other), io.BytesIO(data), "x")
    assert [unit.code for unit in Ledger(other).units()] == ["H1"]


def test_copying_replaces_what_an_earlier_try_left(filled: Any, other: str) -> None:
    for _ in range(2):
        with filled.ledger.database.reading() as source, Database(other).rebuilding() as target:
            copied = copying.copy(source, target)
        with filled.ledger.transaction() as tx:
            tx.audit("x", "work.done", "batch:1", {})
    assert [table.name for table in copied if table not in tables(filled.url)] == ["audit", "audit_head"]
    assert copying.unlike(copied, tables(other)) == []


def test_while_it_stands_still_readers_go_on_and_a_closed_ledger_only_reads(new_database: Any) -> None:
    url = new_database(upgraded=False)
    ledger = Ledger(url)
    ledger.upgrade()
    with ledger.transaction() as tx:
        tx.ensure_unit("H1", "Xã")
    with standing_still(ledger.database) as connection:
        assert not is_closed(connection)
        assert Ledger(url).unit("H1").name == "Xã"
        close(connection)
    assert ledger.unit("H1").name == "Xã"
    with ledger.database.reading() as connection:
        assert is_closed(connection)
    for _ in range(2):
        with pytest.raises(LedgerMoved), ledger.transaction() as tx:
            tx.ensure_unit("H2", "Xã khác")
    with pytest.raises(LedgerMoved), ledger.transaction() as tx:
        tx.audit("x", "work.done", "batch:1", {})
    with pytest.raises(LedgerMoved):
        ledger.examine()
