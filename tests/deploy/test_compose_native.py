"""What docker-compose.yml says, run natively: commands, environments and health checks, with other ports."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch
from kombu import Connection, Queue

from deploy.services import native
from deploy.services.catalogue import SERVICES as NATIVE
from deploy.services.debian import Postgres as PostgresServer
from deploy.services.golang import MinIO
from deploy.services.place import ROOT as CLONE
from deploy.services.place import Place
from deploy.services.processes import Program
from deploy.services.service import NotYet
from motlan.settings import load
from motlan.wiring import House
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.deploy.test_compose import ROOT, SERVICES, make_secrets
from tests.services import Addresses
from tests.support.databases import Postgres
from worker import brokers

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(900)]

UNIT = {"MOTLAN_UNIT_CODE": "H99", "MOTLAN_UNIT_NAME": "ỦY BAN NHÂN DÂN TỈNH MẪU", "MOTLAN_WORKERS": "1"}


def until(condition: Callable[[], object], seconds: float = 300) -> None:
    """Wait for a condition, bounded."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the deadline passed"
        time.sleep(0.1)


def interpolated(text: str, values: dict[str, str]) -> str:
    """As compose does it: `${NAME:?…}`, `${NAME:-default}`, `$$`."""
    found = re.sub(
        r"(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}", lambda m: values.get(m[1]) or (m[3] if m[2] == "-" else ""), text
    )
    return found.replace("$$", "$")


def environment(name: str, secrets: Path, **changed: str) -> dict[str, str]:
    """A service's environment, with its secrets in another folder."""
    given = {key: interpolated(str(value), UNIT) for key, value in SERVICES[name].get("environment", {}).items()}
    return {key: value.replace("/run/secrets", str(secrets)) for key, value in given.items()} | changed


def healthy(name: str, env: dict[str, str], *changed: tuple[str, str], user: str | None = None) -> bool:
    """Whether a service's own health check says yes, within its own time."""
    check = SERVICES[name]["healthcheck"]
    argv = [interpolated(word, UNIT) for word in check["test"][1:]]
    for old, new in changed:
        argv = [word.replace(old, new) for word in argv]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    slow = 4 * float(check["timeout"].removesuffix("s"))  # a test machine's cores are shared
    try:
        done = subprocess.run(argv, env={"PATH": path} | env, capture_output=True, timeout=slow, check=False, user=user)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


# --- the servers ------------------------------------------------------------------------------------------------------


class ComposedPostgres(PostgresServer):
    """With the command of the compose file."""

    name = "composed-postgres"

    def programs(self, place: Place) -> list[Program]:
        (usual,) = super().programs(place)  # its own flags say where it listens; the last one given counts
        return [Program([*usual.argv, *SERVICES["postgres"]["command"][1:]], user=usual.user, stop=usual.stop)]

    def ask(self, place: Place) -> None:
        super().ask(place)
        if not healthy("postgres", {"PGPORT": str(self.port(place))}):
            raise NotYet("its health check says no")


class ComposedStore(MinIO):
    """With the command, the environment and the health check of the compose file."""

    name = "composed-minio"

    def __init__(self, secrets: Path) -> None:
        self.secrets = secrets

    @property
    def home(self) -> Path:
        return MinIO().home

    def programs(self, place: Place) -> list[Program]:
        port = self.port(place)
        changed = {":9000": f"127.0.0.1:{port}", "127.0.0.1:9001": f"127.0.0.1:{port + 1}"}
        changed |= {"/data": str(place.own(place.of(self.name), None)), "minio": str(self.path)}
        argv = [changed.get(word, word) for word in SERVICES["store"]["command"]]
        return [Program(argv, environment("store", self.secrets))]

    def ask(self, place: Place) -> None:
        if not healthy("store", {}, ("9000", str(self.port(place)))):
            raise NotYet("its health check says no")

    def address(self, place: Place) -> dict[str, Any]:
        read = {key: (self.secrets / f"motlan_store_{key}").read_text() for key in ("access_key", "secret_key")}
        return {"url": f"http://127.0.0.1:{self.port(place)}", "region": "us-east-1", **read}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "servers", shift=4000)


def test_postgres_runs_with_its_command_and_its_health_check(place: Place) -> None:
    server = ComposedPostgres()
    try:
        native.up([server], place)
    finally:
        native.down([server], place, wipe=True)
    assert not healthy("postgres", {"PGPORT": str(server.port(place))}), "a server that is down is not healthy"


def test_the_store_runs_with_its_command_its_secrets_and_its_health_check(place: Place, tmp_path: Path) -> None:
    from tests.support.buckets import address

    make_secrets(tmp_path / "secrets")
    server = ComposedStore(tmp_path / "secrets")
    try:
        native.up([server], place)
        assert address({"store": server.address(place)}, "store", "checked").bucket == "checked", "its secrets open it"
    finally:
        native.down([server], place, wipe=True)
    assert not healthy("store", {}, ("9000", str(server.port(place))))


def test_the_index_has_a_health_check_that_works(services: Addresses, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    env = {"ELASTIC_PASSWORD_FILE": str(tmp_path / "password")}
    port = services["elasticsearch"]["url"].rpartition(":")[2]
    assert healthy("elasticsearch", env, ("9200", port))
    assert not healthy("elasticsearch", env, ("9200", "9"))


def test_the_broker_has_a_health_check_that_works(services: Addresses) -> None:
    if "pid" not in services["rabbitmq"]:
        pytest.skip("it runs as a container, with that very check")
    (_, server) = NATIVE["rabbitmq"].programs(Place(CLONE / "build" / "services"))
    tools = Path(server.argv[0]).parent
    env = dict(server.env) | {"HOME": str(Path(server.env["RABBITMQ_LOG_BASE"]).parent)}
    changed = ("rabbitmq-diagnostics", str(tools / "rabbitmq-diagnostics"))
    assert healthy("rabbitmq", env, changed, user=server.user)
    assert not healthy("rabbitmq", env | {"RABBITMQ_NODENAME": "nobody@localhost"}, changed, user=server.user)


# --- our own ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(services: Addresses, postgres: Postgres, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What differs from the compose file for our services: addresses, and secrets as files."""
    secrets, store, name = tmp_path / "secrets", services["minio"], f"t{uuid4().hex[:12]}"
    secrets.mkdir()
    texts = {"database_url": postgres.database(upgraded=False), "broker_url": services["rabbitmq"]["url"]}
    texts |= {"store_access_key": store["access_key"], "store_secret_key": store["secret_key"], "index_password": "x"}
    assert {f"motlan_{key}" for key in texts} == set(SERVICES["worker"]["secrets"])
    for key, text in texts.items():
        (secrets / f"motlan_{key}").write_text(text)
    index = services["elasticsearch"]["url"]
    yield {
        "MOTLAN_SECRETS": str(secrets),
        "MOTLAN_KEYS": str(tmp_path / "keys"),
        "MOTLAN_STORE_URL": store["url"],
        "MOTLAN_STORE_BUCKET": name,
        "MOTLAN_INDEX_URL": index,
        "MOTLAN_INDEX_NAME": name,
        "MOTLAN_RESERVE_BYTES": "10000000",
        "REMAP_SIGTERM": "SIGQUIT",  # from the image
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with Connection(texts["broker_url"]) as connection:
        for queue in (*brokers.QUEUES, brokers.DEAD):
            Queue(queue)(connection.channel()).delete()
    with Elasticsearch(index) as client:
        for found in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=found)


def started(name: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(SERVICES[name]["command"], env=env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)


def test_papers_dropped_at_the_keeper_are_done_by_workers_elsewhere(
    shared: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = {name: tmp_path / name for name in ("keeper", "worker-1", "worker-2")}
    env = {
        name: environment(name.partition("-")[0], tmp_path, **shared, MOTLAN_DATA=str(data))
        for name, data in nodes.items()
    }
    for _ in range(2):  # compose runs it at every `up`
        first = environment("init", tmp_path, **shared, MOTLAN_DATA=str(nodes["keeper"]))
        subprocess.run(SERVICES["init"]["command"], env=first, cwd=ROOT, check=True, timeout=300)
    with ExitStack() as stack:
        running = {}
        for name in nodes:
            process = started(name.partition("-")[0], env[name], tmp_path / f"{name}.log")
            stack.callback(process.kill)
            running[name] = process
        until(lambda: all(healthy(name.partition("-")[0], env[name]) for name in nodes))
        for key, value in env["keeper"].items():
            monkeypatch.setenv(key, value)
        house = House(load(nodes["keeper"]))
        for number in (1, 2):
            write_paper(make_paper("marital_status", number, dpi=120), tmp_path / f"{number}.pdf")
            (house.settings.drop_folder / f"{number}.pdf").write_bytes((tmp_path / f"{number}.pdf").read_bytes())
            (house.settings.drop_folder / f"{number}.pdf.done").touch()
        until(lambda: len(house.ledger.files(state="DONE")) == 2)
        assert not list(nodes["worker-1"].rglob("*.sqlite")), "nothing that must be kept lies with a worker"
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        assert {process.wait(timeout=90) for process in running.values()} == {0}
    for name in nodes:
        lines = [line for line in (tmp_path / f"{name}.log").read_text().splitlines() if line.startswith("{")]
        assert name == "keeper" or any("level" in json.loads(line) for line in lines), "it logs to its own output"
        assert not list((nodes[name] / "logs").iterdir()), "and not into its folder"
        assert not healthy(name.partition("-")[0], env[name])
