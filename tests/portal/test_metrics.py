"""What Prometheus reads: true, without a word about people, closed to the world, and enough for the board."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from motlan.wiring import House
from portal.app import make_app
from tests.support.portal import BASE, Client, Filled

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\bmotlan_[a-z_]+")


def read(house: House, **headers: str) -> tuple[int, str]:
    here = TestClient(make_app(house), base_url=BASE, client=("127.0.0.1", 5))
    answer = here.get("/metrics", headers=headers)
    return answer.status_code, answer.text


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def test_the_work_of_the_ledger_is_told_without_people(town: House, filled: Filled) -> None:
    status, text = read(town)
    found = {(name, *labels.values()): value for name, labels, value in samples(text)}
    assert status == 200 and found["motlan_ledger_up",] == 1
    assert found["motlan_papers", "DONE"] == len(town.ledger.documents(state="DONE"))
    assert found["motlan_reviews_open",] == len(town.ledger.reviews())
    assert "motlan:" not in text and not any(number in text for number in filled.numbers)


def test_requests_are_counted_by_route_name(empty_town: House) -> None:
    client = Client(empty_town)
    client.get("/dang-nhap?next=/001090000018")
    client.get("/khong-co/001090000018")
    client.request("BREW", "/001090000018")
    empty = TestClient(client.app, base_url=BASE, client=("::1", 5))
    found = list(samples(empty.get("/metrics").text))
    asked = [(labels, value) for name, labels, value in found if name == "motlan_http_requests_total"]
    counted = {(told["route"], told["method"], told["status"]): value for told, value in asked}
    assert counted[("login", "GET", "200")] == 1 and counted[("none", "GET", "404")] == 1
    assert any(route == "none" and method == "OTHER" for route, method, _ in counted)
    assert "001090000018" not in str(found)


def test_it_is_closed_to_other_machines_and_through_a_proxy(empty_town: House) -> None:
    assert Client(empty_town).get("/metrics").status_code == 404
    assert read(empty_town, **{"x-forwarded-for": "203.0.113.5"})[0] == 404


def test_a_token_opens_it_from_anywhere(empty_town: House) -> None:
    empty_town.settings.metrics_token = type(empty_town.settings.metrics_token)("mot-chuoi-dai")
    client = Client(empty_town)
    assert client.get("/metrics", headers={"authorization": "Bearer mot-chuoi-dai"}).status_code == 200
    assert client.get("/metrics", headers={"authorization": "Bearer khac"}).status_code == 404
    assert read(empty_town)[0] == 404


def test_a_ledger_that_is_away_is_told(empty_town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from schemas.errors import LedgerAway

    def away() -> None:
        raise LedgerAway(detail="away")

    here = TestClient(make_app(empty_town), base_url=BASE, client=("127.0.0.1", 5))
    monkeypatch.setattr(empty_town.ledger, "look", away)
    assert "motlan_ledger_up 0.0" in here.get("/metrics").text


def test_every_metric_of_the_board_and_of_the_alerts_is_one_that_we_export(town: House) -> None:
    with town.ledger.transaction() as tx:
        tx.audit("motlan", "archive.fixity", "archive", {"checked": 1, "wrong": 0})
    text = read(town)[1]
    exported = {family.name for family in text_string_to_metric_families(text)}
    exported |= {name for name, _, _ in samples(text)} | {"motlan_http_seconds_bucket", "motlan_http_requests_total"}
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "motlan.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    rules = yaml.safe_load((DEPLOY / "motlan.rules.yml").read_text("utf-8"))
    asked += " " + " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    assert METRIC.search(asked) and set(METRIC.findall(asked)) <= exported
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/motlan.yml").read_text("utf-8"))
    uids = {panel["datasource"]["uid"] for panel in board["panels"]}
    assert uids == {source["datasources"][0]["uid"]}


def test_the_log_names_routes_and_no_addresses(empty_town: House) -> None:
    structlog.reset_defaults()
    with capture_logs() as lines:
        Client(empty_town).login("clerk").get("/toi?so=001090000018")
    told = [line for line in lines if line["event"] == "request"]
    assert {"login_check", "me"} <= {line["route"] for line in told}
    assert "001090000018" not in str(lines) and all(set(line) <= KEYS for line in told)


KEYS = {"event", "route", "method", "status", "ms", "log_level"}
