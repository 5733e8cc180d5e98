"""PostgreSQL that is away, slow, locked or set up wrongly: a stable error within a limit, and nothing half done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from ledger import Ledger, postgres
from ledger.faults import fault_of
from schemas.errors import (
    LeaseLost,
    LedgerAway,
    LedgerNotUpgraded,
    MotlanError,
    ServerFull,
    ServerLoginRefused,
    ServerReadOnly,
    ServerTooOld,
    ServerUntrusted,
)
from tests.services import Addresses
from tests.support.databases import Postgres, sql
from tests.support.tls import expired_certificate, showing
from tests.support.toxiproxy import Proxy, proxied

pytestmark = pytest.mark.services
LIMIT = 60.0  # a bound against hanging on a busy machine, not a measurement


@pytest.fixture
def new_database(postgres: Postgres) -> Iterator[object]:
    """These tests are about one kind only."""
    yield postgres.database
    postgres.take_back()


def at(url: str, **changes: object) -> str:
    return make_url(url).set(**changes).render_as_string(hide_password=False)


@pytest.fixture
def proxy(services: Addresses, desk) -> Iterator[Proxy]:
    with proxied(services, f"{make_url(desk.url).host}:{make_url(desk.url).port}") as made:
        yield made


@pytest.fixture
def through(proxy: Proxy, desk) -> Iterator[Ledger]:
    """The desk's ledger behind the proxy; an answer is awaited for two seconds."""
    port = int(proxy.address.rpartition(":")[2])
    ledger = Ledger(at(desk.url, port=port), desk.clock)
    yield ledger
    proxy.heal()
    ledger.close()


def refused(url: str) -> MotlanError:
    started = time.monotonic()
    with pytest.raises(MotlanError) as told:
        Ledger(url).examine()
    assert time.monotonic() - started < LIMIT
    password = make_url(url).password
    assert password and password not in told.value.hint_text + told.value.vi_text
    return told.value


def test_it_says_what_it_is(desk):
    assert desk.ledger.examine().startswith("PostgreSQL 1")


def test_a_wrong_password_an_unknown_user_and_an_unknown_database_are_told_with_the_variable(desk):
    for wrong in ({"password": "sai-mat-khau"}, {"username": "nobody"}, {"database": "no_such_database"}):
        error = refused(at(desk.url, **wrong))
        assert isinstance(error, ServerLoginRefused), error
        assert "MOTLAN_DATABASE_URL" in error.hint_text and "MOTLAN_DATABASE_URL" in error.vi_text


def test_a_server_that_is_down_is_away(desk):
    assert isinstance(refused(at(desk.url, port=1)), LedgerAway)


def test_a_database_without_our_tables_is_not_upgraded(new_database):
    with pytest.raises(LedgerNotUpgraded):
        Ledger(new_database(upgraded=False)).examine()


def test_a_server_that_is_too_old_is_refused(desk, monkeypatch):
    monkeypatch.setattr(postgres, "OLDEST", 99)
    error = refused(desk.url)
    assert isinstance(error, ServerTooOld) and "99" in error.vi_text


def test_an_expired_certificate_is_told(desk, tmp_path: Path):
    certificate = expired_certificate(tmp_path)
    with showing(certificate, postgres=True) as port:
        error = refused(at(desk.url, port=port, query={"sslmode": "verify-ca", "sslrootcert": str(certificate)}))
    assert isinstance(error, ServerUntrusted) and "certificate verify failed" in error.hint_text


def test_a_replica_is_read_only_and_can_still_be_read(desk):
    name = make_url(desk.url).database
    sql(desk.url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    replica = Ledger(desk.url)
    try:
        assert [unit.code for unit in replica.units()] == ["H41.16"]
        with pytest.raises(ServerReadOnly):
            replica.examine()
    finally:
        replica.close()
        sql(desk.url, "SET default_transaction_read_only = off")
        owner = at(desk.url, query={"options": "-c default_transaction_read_only=off"})
        sql(owner, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


@pytest.mark.parametrize(
    ("state", "kind"), [("53100", ServerFull), ("57P03", LedgerAway), ("53300", LedgerAway), ("40001", LedgerAway)]
)
def test_what_a_server_says_by_its_sqlstate(state: str, kind: type[MotlanError]):
    class Said(Exception):
        sqlstate = state

    assert isinstance(fault_of(DBAPIError("select", None, Said())), kind)


def test_a_slow_network_only_slows(through: Ledger, proxy: Proxy):
    proxy.poison("latency", latency=200)
    assert [unit.code for unit in through.units()] == ["H41.16"]


def test_a_server_that_stands_still_is_given_up(through: Ledger, proxy: Proxy, monkeypatch):
    monkeypatch.setattr(postgres.BoundedConnection, "answer_seconds", 2.0)
    assert through.units()
    proxy.poison("timeout", timeout=0)  # nothing passes, and the connection stays open
    started = time.monotonic()
    with pytest.raises(LedgerAway):
        through.units()
    with pytest.raises(LedgerAway):  # a new connection
        through.units()
    assert time.monotonic() - started < LIMIT
    proxy.heal()
    assert through.units(), "it is used again when it is back"


def test_a_cut_connection_leaves_nothing_of_its_transaction(desk, through: Ledger, proxy: Proxy):
    with pytest.raises(LedgerAway), through.transaction() as tx:
        tx.ensure_unit("H42", "Xã khác")
        tx.audit("lan", "test.act", "x", {})
        proxy.cut()
        tx.units()
    proxy.mend()
    assert [unit.code for unit in through.units()] == ["H41.16"]
    assert desk.ledger.verify_audit().entries == 0


def test_a_commit_whose_answer_was_lost_is_not_done_twice(desk, through: Ledger, proxy: Proxy, monkeypatch):
    monkeypatch.setattr(postgres.BoundedConnection, "answer_seconds", 2.0)
    desk.receive()
    [step] = desk.ledger.steps()
    with through.transaction() as tx:
        mine = tx.claim_step(step.id, "w", 60)
    with pytest.raises(LedgerAway), through.transaction() as tx:
        tx.finish_step(mine, "w")
        tx.audit("w", "test.act", "x", {})
        proxy.poison("timeout", timeout=0)  # the commit goes out, its answer does not come
    proxy.heal()
    with pytest.raises(LeaseLost), through.transaction() as tx:
        tx.finish_step(mine, "w")
        tx.audit("w", "test.act", "x", {})
    assert (desk.ledger.step(step.id).state, desk.ledger.verify_audit().entries) == ("DONE", 1)


def test_a_lock_that_is_not_given_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 1)
    other = Ledger(desk.url)
    with desk.ledger.transaction() as tx:
        tx.audit("lan", "test.act", "x", {})
        with pytest.raises(LedgerAway), other.transaction() as second:
            second.audit("mai", "test.act", "x", {})
    other.close()
    assert desk.ledger.verify_audit().entries == 1


def test_a_claim_does_not_wait_for_another_ones(desk):
    desk.reading(2)
    first, second = desk.ledger.steps(kind="page")
    other = Ledger(desk.url, desk.clock)
    with desk.ledger.transaction() as tx:
        assert tx.claim_next(first.id, "w1", 60).id == first.id
        with other.transaction() as beside:
            assert beside.claim_next(first.id, "w2", 60).id == second.id
        with other.transaction() as beside:
            assert beside.claim_next(first.id, "w2", 60) is None
    other.close()


def test_several_questions_see_one_state(desk):
    with desk.ledger._connection() as connection:
        before = connection.exec_driver_sql("select count(*) from units").scalar_one()
        with desk.ledger.transaction() as tx:
            tx.ensure_unit("H42", "Xã khác")
        assert connection.exec_driver_sql("select count(*) from units").scalar_one() == before


def test_connections_are_few_and_who_gets_none_is_told(desk, monkeypatch):
    monkeypatch.setattr(postgres, "POOL", {**postgres.POOL, "pool_size": 1, "max_overflow": 1, "pool_timeout": 1})
    ledger, told = Ledger(desk.url), []

    def ask() -> None:
        try:
            ledger.units()
        except LedgerAway as error:
            told.append(error)

    with ledger._connection(), ledger._connection():
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(LIMIT)
    assert len(told) == 1
    assert ledger.units()
    ledger.close()


@pytest.mark.parametrize(("fresh_seconds", "failures"), [(0, 0), (60, 1)])
def test_a_connection_that_broke_costs_one_answer_at_most(desk, monkeypatch, fresh_seconds, failures):
    """None where it had been idle for longer than a moment."""
    monkeypatch.setattr(postgres, "FRESH_SECONDS", fresh_seconds)
    desk.ledger.units()
    others = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database()"
    sql(desk.url, f"{others} and pid <> pg_backend_pid()")
    told = 0
    for _ in range(3):
        try:
            assert desk.ledger.units()
        except LedgerAway:
            told += 1
    assert told == failures
