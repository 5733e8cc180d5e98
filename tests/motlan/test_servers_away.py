"""Ledger and broker that cannot be worked with: doctor says which and what to do, and a start is refused or waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import make_url

from motlan.commands.status import _waits
from motlan.finding import Finding
from motlan.probing_work import check_work, probe_broker, probe_ledger, probe_waiting
from motlan.wiring import House
from schemas.errors import BadSetting, LedgerAway, MotlanError, ServerLoginRefused, StorageAway
from tests.services import Addresses
from tests.support.databases import Postgres
from worker.parts import Owner

LIMIT = 90.0  # a bound against hanging on a busy machine, not a measurement


@pytest.fixture
def closed() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def said(probe: Callable[[House], Finding], house: House) -> str:
    """What doctor tells of a part that does not work."""
    started = time.monotonic()
    with pytest.raises(MotlanError) as error:
        probe(house)
    assert time.monotonic() - started < LIMIT
    return f"{error.value.code} {error.value.vi_text} {error.value.hint_text}"


def test_the_default_parts_work(house: House) -> None:
    check_work(house)
    assert "SQLite 3" in probe_ledger(house).seen
    assert (probe_broker(house).state, probe_waiting(house).state) == ("good", "good")


def test_a_ledger_that_is_down_refuses_the_start(archive: Callable[..., House], closed: int) -> None:
    house = archive(database_url=f"postgresql+psycopg://motlan:mat-khau@127.0.0.1:{closed}/motlan")
    told = said(probe_ledger, house)
    assert "LEDGER_AWAY" in told and "MOTLAN_DATABASE_URL" in told and "mat-khau" not in told
    with pytest.raises(LedgerAway):
        check_work(house)


def test_a_broker_that_is_down_is_told_and_waited_for(
    archive: Callable[..., House], closed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    house = archive(broker_url=f"amqp://motlan:mat-khau@127.0.0.1:{closed}/")
    assert "BROKER_AWAY" in said(probe_broker, house)
    check_work(house)  # papers can be taken in without it
    seen = capsys.readouterr().err
    assert "Hàng đợi" in seen and "mat-khau" not in seen


def test_times_that_do_not_fit_are_refused_by_their_variables(archive: Callable[..., House]) -> None:
    house = archive(broker_url="redis://127.0.0.1:1/0", task_time_limit=900, visibility_timeout=800)
    with pytest.raises(BadSetting, match=r"MOTLAN_VISIBILITY_TIMEOUT.*MOTLAN_TASK_TIME_LIMIT"):
        check_work(house)


@pytest.mark.services
def test_wrong_passwords_refuse_the_start(
    archive: Callable[..., House], postgres: Postgres, services: Addresses
) -> None:
    url = make_url(postgres.database()).set(password="sai-mat-khau").render_as_string(hide_password=False)
    with pytest.raises(ServerLoginRefused, match="MOTLAN_DATABASE_URL"):
        check_work(archive(database_url=url))
    wrong = services["rabbitmq"]["url"].replace("://motlan:", "://motlan:sai-")
    with pytest.raises(ServerLoginRefused, match="MOTLAN_BROKER_URL"):
        check_work(archive(broker_url=wrong))


def test_what_waits_is_told_with_its_reason_and_the_time_of_the_next_try(house: House) -> None:
    with house.ledger.transaction() as tx:
        batch = tx.open_batch(house.unit_code, "test", "lan")
        tx.receive_file(batch, "a.pdf", "a" * 64, 1, "pdf", [], "lan")
        step = tx.claim_next(1, str(Owner.me()), 60)
        assert step is not None
        tx.retry_step(step, str(Owner.me()), StorageAway(detail="test").as_reason(), 90)
    told = probe_waiting(house)
    assert told.state == "note" and "STORAGE_AWAY" in told.seen and "Kho lưu trữ" in told.advice
    [waiting] = house.ledger.status().waiting
    line = _waits(waiting)
    assert line.startswith("đang chờ 1 việc của 1 tệp: Kho lưu trữ") and "Thử lại lúc" in line
