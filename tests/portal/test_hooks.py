"""Hooks: told of every stored and revised record, signed, in order, again until taken; never what a paper says."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from motlan.wiring import House
from portal.exchange.addresses import check_url
from portal.exchange.delivering import GIVE_UP, LONGEST_PAUSE, SIGNATURE, deliver_due
from schemas.errors import HookRefused
from tests.support.archive import drain
from tests.support.exchange import API, Receiver, System, receiving
from tests.support.portal import OTHER_UNIT
from worker.reviewing import decide

RECORD = "motlan:H99:" + "a" * 26
OTHER = "motlan:H99:" + "b" * 26


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def system(empty_town: House) -> System:
    return System(empty_town, "mot-cua")


@pytest.fixture
def hook(system: System, receiver: Receiver) -> dict[str, Any]:
    return dict(system.post("/hooks", {"url": receiver.url}).json())


def tell(house: House, *events: tuple[str, int]) -> None:
    with house.ledger.transaction() as tx:
        for record, revision in events:
            tx.tell_hooks(house.unit_code, "record.stored", record, revision)


def later(house: House, **time: float) -> None:
    now = house.clock() + timedelta(**time)
    house.clock = lambda: now
    house.__dict__.pop("ledger", None)


def told(receiver: Receiver) -> list[tuple[str, int]]:
    bodies = [json.loads(body) for _, body in receiver.taken]
    return [(body["record"], body["revision"]) for body in bodies]


def states(system: System, hook: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    rows = system.get(f"/hooks/{hook['hook']}/deliveries").json()["deliveries"]
    return [(row["state"], row["attempts"], row["error"]) for row in rows]


def test_a_revised_record_is_told_to_its_units_hooks_alone(town: House, receiver: Receiver) -> None:
    system, stranger = System(town, "mot-cua"), System(town, "xa-khac", unit=OTHER_UNIT)
    for one in (system, stranger):
        assert one.post("/hooks", {"url": receiver.url}).status_code == 201
    review = next(row for row in town.ledger.reviews() if row.field and row.field != "personal_id")
    decide(town, review.id, "clerk", "accepted")
    drain(town)
    assert deliver_due(town) == 1
    [(_, body)] = receiver.taken
    record = town.ledger.document(review.document_id).record
    assert json.loads(body) | {"at": None, "delivery": None} == {
        "delivery": None,
        "event": "record.revised",
        "record": record,
        "revision": 2,
        "type": town.ledger.document(review.document_id).type,
        "unit": town.unit_code,
        "at": None,
    }


def test_a_delivery_is_signed_with_its_time(empty_town: House, hook: dict[str, Any], receiver: Receiver) -> None:
    tell(empty_town, (RECORD, 1))
    deliver_due(empty_town)
    [(headers, body)] = receiver.taken
    at, made = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
    assert abs(int(at) - empty_town.clock().timestamp()) < 60
    signed = hmac.new(hook["secret"].encode(), at.encode() + b"." + body, hashlib.sha256)
    assert made == signed.hexdigest()


def test_one_records_deliveries_stay_in_order_while_others_go_on(
    empty_town: House, system: System, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.statuses = [500]
    tell(empty_town, (RECORD, 1), (RECORD, 2))
    assert deliver_due(empty_town) == deliver_due(empty_town) == 0
    assert states(system, hook) == [("PENDING", 1, "HTTP 500"), ("PENDING", 0, None)]
    tell(empty_town, (OTHER, 1))
    assert deliver_due(empty_town) == 1
    later(empty_town, seconds=LONGEST_PAUSE)
    assert [deliver_due(empty_town) for _ in range(3)] == [1, 1, 0]
    assert told(receiver) == [(OTHER, 1), (RECORD, 1), (RECORD, 2)]


def test_what_is_never_taken_is_given_up_shown_and_sent_again_on_request(
    empty_town: House, system: System, hook: dict[str, Any], receiver: Receiver
) -> None:
    tell(empty_town, (RECORD, 1))
    receiver.statuses = [503] * 100
    for _ in range(100):
        deliver_due(empty_town)
        later(empty_town, seconds=LONGEST_PAUSE)
        if len(receiver.statuses) < 100 - GIVE_UP / timedelta(seconds=LONGEST_PAUSE) - 1:
            break
    system.http.headers["authorization"] = f"Bearer {system.token()}"
    [(state, attempts, error)] = states(system, hook)
    assert (state, error) == ("FAILED", "HTTP 503") and attempts > 3
    receiver.statuses = []
    for _ in range(2):
        assert system.post(f"/hooks/{hook['hook']}/resend", key="k").json() == {"resent": 1}
    assert len(empty_town.ledger.audit_entries(0, 1000, action="hook.resent")) == 1
    assert deliver_due(empty_town) == 1


@pytest.mark.usefixtures("hook")
def test_a_redirect_is_not_followed_and_an_absent_receiver_is_told(
    empty_town: House, system: System, receiver: Receiver
) -> None:
    receiver.statuses = [302]
    tell(empty_town, (RECORD, 1))
    assert (deliver_due(empty_town), receiver.taken) == (0, [])
    gone = system.post("/hooks", {"url": "http://127.0.0.1:9/"}).json()
    tell(empty_town, (OTHER, 1))
    deliver_due(empty_town)
    assert states(system, gone) == [("PENDING", 1, "ConnectError")]


def test_a_closed_hook_is_told_nothing(
    empty_town: House, system: System, hook: dict[str, Any], receiver: Receiver
) -> None:
    tell(empty_town, (RECORD, 1))
    assert system.http.delete(f"{API}/hooks/{hook['hook']}").status_code == 204
    assert (deliver_due(empty_town), receiver.taken) == (0, [])
    assert system.get("/hooks").json() == {"hooks": []}


def test_another_systems_hook_and_none_look_the_same(empty_town: House, hook: dict[str, Any]) -> None:
    twin = System(empty_town, "mot-cua-2")
    for number in (hook["hook"], 9999):
        assert twin.get(f"/hooks/{number}/deliveries").status_code == 404
        assert twin.post(f"/hooks/{number}/resend").status_code == 404
        assert twin.http.delete(f"{API}/hooks/{number}").status_code == 404


def test_a_secret_is_shown_once_and_sealed_in_the_ledger(
    empty_town: House, system: System, hook: dict[str, Any]
) -> None:
    assert hook["secret"] not in system.get("/hooks").text
    assert hook["secret"] != empty_town.ledger.hook(hook["hook"]).secret


@pytest.mark.parametrize(
    "url",
    [
        "http://khac.example/",
        "ftp://127.0.0.1/",
        "https://user:secret@khac.example/",
        "https://khac.example/#a",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "https://khac.example/001090000018",
        "https:///nowhere",
        "https://khac.example/\nx",
        "https://khac.example:99999/",
    ],
)
def test_an_unfit_address_is_refused(url: str) -> None:
    with pytest.raises(HookRefused):
        check_url(url, loopback=True)


def test_a_portal_that_others_reach_talks_to_no_loopback() -> None:
    check_url("https://khac.example/nhan?x=1", loopback=False)
    check_url("http://127.0.0.1:8080/", loopback=True)
    for url in ("http://127.0.0.1:8080/", "https://localhost/", "https://[::1]/"):
        with pytest.raises(HookRefused):
            check_url(url, loopback=False)


@pytest.mark.usefixtures("hook")
def test_the_keeper_sends(empty_town: House, receiver: Receiver) -> None:
    tell(empty_town, (RECORD, 1))
    env = os.environ | {"MOTLAN_DATA": str(empty_town.data), "MOTLAN_RESERVE_BYTES": "10000000"}
    with subprocess.Popen([sys.executable, "-m", "motlan.keeper"], env=env) as keeper:
        try:
            end = time.monotonic() + 60
            while not receiver.taken and time.monotonic() < end:
                time.sleep(0.05)
        finally:
            keeper.terminate()
    assert told(receiver) == [(RECORD, 1)]
