"""The database: migrations that agree with the code, durable settings, whole transactions, forks."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, make_url, text

from ledger import Ledger
from ledger.database import Database
from ledger.tables import metadata, time_text
from tests.support.databases import sqlite


def test_upgrade_from_nothing_makes_what_the_code_expects(new_database):
    url = new_database(upgraded=False)
    ledger = Ledger(url)
    assert not ledger.is_ready()
    assert not url.startswith("sqlite") or not Path(make_url(url).database).exists(), "asking must not make a database"
    ledger.upgrade()
    assert ledger.is_ready()
    assert Database(url).differences() == []


def test_migrated_tables_are_those_that_the_code_would_make(new_database):
    migrated, made = new_database(), new_database(upgraded=False)
    with Database(made).writing() as connection:
        metadata.create_all(connection)
    assert _schema(migrated) == _schema(made)


def _schema(url: str) -> dict[str, object]:
    """Tables with their columns, keys and indexes, as the database itself tells them."""
    with Database(url).reading() as connection:
        seen = inspect(connection)
        names = [name for name in seen.get_table_names() if name != "alembic_version"]
        return {
            name: [
                [{**column, "type": str(column["type"])} for column in seen.get_columns(name)],
                seen.get_pk_constraint(name),
                sorted(seen.get_foreign_keys(name), key=str),
                sorted(seen.get_unique_constraints(name), key=str),
                sorted((_plain(index) for index in seen.get_indexes(name)), key=str),
            ]
            for name in names
        }


def _plain(index: dict[str, Any]) -> dict[str, Any]:
    """An index's condition as the text that it is."""
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


def test_differences_are_found(desk):
    database = Database(desk.url)
    with database.writing() as connection:
        connection.execute(text("alter table units add column surprise text"))
    assert database.differences()


def test_upgrading_twice_keeps_what_is_there(desk):
    desk.ledger.upgrade()
    assert [unit.code for unit in desk.ledger.units()] == ["H41.16"]


def test_two_processes_may_upgrade_at_once(new_database):
    program = "import sys; from ledger import Ledger; Ledger(sys.argv[1]).upgrade()"
    url = new_database(upgraded=False)
    running = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert Ledger(url).is_ready()


def test_an_unknown_version_is_not_ready(desk):
    with Database(desk.url).writing() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    assert not desk.ledger.is_ready()


def test_sqlite_is_set_to_lose_nothing(tmp_path):
    with Database(sqlite(tmp_path)()).reading() as connection:
        found = {
            name: connection.execute(text(f"pragma {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_an_exception_takes_everything_back(desk):
    with pytest.raises(ZeroDivisionError), desk.ledger.transaction() as tx:
        tx.receive_file(desk.batch, "a.pdf", "b" * 64, 1, "pdf", [], "clerk:lan")
        raise ZeroDivisionError
    assert desk.ledger.files() == []
    assert desk.ledger.unsent() == []
    assert desk.ledger.audit_entries() == []


def test_a_transaction_is_over_after_its_block(desk):
    with desk.ledger.transaction() as tx:
        pass
    with pytest.raises(RuntimeError):
        tx.units()


def test_readers_do_not_wait_for_a_writer(desk):
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H42", "Xã khác")
        assert [unit.code for unit in desk.ledger.units()] == ["H41.16"]
        assert [unit.code for unit in tx.units()] == ["H41.16", "H42"]


def test_a_forked_child_uses_its_own_connection(desk):
    desk.ledger.units()
    child = os.fork()
    if child == 0:
        try:
            with desk.ledger.transaction() as tx:
                tx.ensure_unit("H43", "Của tiến trình con")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H44", "Của tiến trình mẹ")
    assert [unit.code for unit in desk.ledger.units()] == ["H41.16", "H43", "H44"]


def test_a_fork_from_within_a_transaction_leaves_the_parents_connection_alone(desk):
    with desk.ledger.transaction() as tx:
        tx.ensure_unit("H45", "Giữa chừng")
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if len(desk.ledger.units()) == 1 else 2)
            except BaseException:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
    assert len(desk.ledger.units()) == 2


def test_foreign_keys_hold(desk):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), desk.ledger.transaction() as tx:
        tx.ensure_unit("H46", "Mồ côi", parent="H99")


def test_times_are_utc_and_sort_as_text():
    vietnam = datetime(2026, 3, 2, 15, 0, tzinfo=timezone(timedelta(hours=7)))
    assert time_text(vietnam) == "2026-03-02T08:00:00.000000Z"
    assert time_text(vietnam) < time_text(datetime(2026, 3, 2, 8, 0, 0, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        time_text(datetime(2026, 3, 2))


def test_times_come_back_with_their_zone(desk):
    assert desk.ledger.batch(desk.batch).created_at == desk.clock.now
