"""A real Prometheus beside a real portal: it takes the configuration, and answers every question of the board and of
the alerts."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from motlan.wiring import House
from portal.exchange.clients import add_client
from worker.intake import open_batch, receive
from worker.reviewing import decide

DEPLOY = Path(__file__).parents[2] / "deploy"
TOKEN = "mot-chuoi-dai-de-thu"
SECONDS = 90
NOT_NOW = {"MotlanPortalAway"}  # an alert about what goes well here, asked again at the end

pytestmark = pytest.mark.services


@contextmanager
def running(*argv: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server of ours until the end of the block."""
    server = subprocess.Popen(argv, env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@pytest.fixture
def busy(town: House, tmp_path: Path) -> House:
    """The filled archive with something of everything that is counted."""
    decide(town, next(one for one in town.ledger.reviews() if one.field).id, "clerk", "accepted")
    (tmp_path / "drop").mkdir()
    paths = [tmp_path / "drop" / name for name in ("giay.pdf", "ghi-chu.txt")]
    paths[0].write_bytes(b"%PDF-1.7\n")
    paths[1].write_text("không phải giấy tờ")
    list(receive(town, open_batch(town, "lô thử", "clerk", 2), paths, "clerk", below=tmp_path / "drop"))
    add_client(town, "mot-cua", "Hệ thống MẪU", town.unit_code, "đối chiếu", ["hooks"], by="test")
    account = town.ledger.account_by_login("mot-cua")
    assert account
    with town.ledger.transaction() as tx:
        tx.add_hook(account.id, town.unit_code, "http://127.0.0.1:9/", town.box.seal("x"))
        tx.tell_hooks(town.unit_code, "record.stored", "motlan:H99:" + "a" * 26, 1)
        tx.audit("motlan", "archive.fixity", "archive", {"checked": 1, "wrong": 0})
    return town


def configured(folder: Path, target: str) -> Path:
    """deploy/prometheus.yml as it is, but for addresses, paths and the pace of a test."""
    config: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))
    [job] = config["scrape_configs"]
    (folder / "token").write_text(TOKEN)
    job["authorization"]["credentials_file"] = str(folder / "token")
    job["static_configs"] = [{"targets": [target]}]
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(DEPLOY / "motlan.rules.yml")]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def questions() -> tuple[dict[str, str], dict[str, str]]:
    """(of the board by panel, of the alerts by name)."""
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "motlan.json").read_text("utf-8"))
    panels = {panel["title"]: target["expr"] for panel in board["panels"] for target in panel["targets"]}
    rules = yaml.safe_load((DEPLOY / "motlan.rules.yml").read_text("utf-8"))
    return panels, {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}


def test_prometheus_answers_every_question_of_the_board_and_of_the_alerts(busy: House, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    assert promtool, "apt-get install prometheus"
    portal, server = free_port(), free_port()
    config = configured(tmp_path, f"127.0.0.1:{portal}")
    for argv in (["check", "config", str(config)], ["check", "rules", str(DEPLOY / "motlan.rules.yml")]):
        done = subprocess.run([promtool, *argv], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    panels, alerts = questions()
    serve = [sys.executable, "-m", "motlan.serving"]  # the portal's process, as `motlan up` starts it
    env = {
        "MOTLAN_DATA": str(busy.data),
        "MOTLAN_PORTAL_URL": f"http://127.0.0.1:{portal}",
        "MOTLAN_PORTAL_PORT": str(portal),
    }
    listen = [f"--web.listen-address=127.0.0.1:{server}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    with running("prometheus", f"--config.file={config}", *listen), httpx.Client(timeout=10) as browser:

        def asked(expression: str) -> list[Any]:
            answer = browser.get(f"http://127.0.0.1:{server}/api/v1/query", params={"query": expression})
            told = answer.json()
            assert told["status"] == "success", f"{expression}: {told}"
            return [float(one["value"][1]) for one in told["data"]["result"]]

        def health() -> dict[str, str]:
            found = browser.get(f"http://127.0.0.1:{server}/api/v1/rules").json()["data"]["groups"]
            return {rule["name"]: rule["health"] for group in found for rule in group["rules"]}

        def until(what: str, condition: Callable[[], object]) -> None:
            end = time.monotonic() + SECONDS
            while True:
                try:
                    if condition():
                        return
                except httpx.TransportError:
                    pass  # it is still starting
                assert time.monotonic() < end, f"not in time: {what}"
                time.sleep(0.2)

        with running(*serve, **env, MOTLAN_METRICS_TOKEN=TOKEN, MOTLAN_RESERVE_BYTES="10000000"):

            def has_data(expression: str) -> bool:
                browser.get(f"http://127.0.0.1:{portal}/dang-nhap")
                found = asked(expression)
                return bool(found) and any(number == number for number in found)  # not all of them NaN

            for name, expression in panels.items():
                until(name, lambda expression=expression: has_data(expression))
            for name, expression in alerts.items():
                firing = asked(expression)
                assert firing == [] or name not in NOT_NOW, name
            until("the rules' health", lambda: set(health().values()) == {"ok"})
            assert health().keys() == alerts.keys()
        until("the alert of a portal that is away", lambda: asked(alerts["MotlanPortalAway"]))
