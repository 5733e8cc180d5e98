"""An archive of either size for the campaign: its settings, its process trees, its servers, and who may be killed."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import create_engine, make_url, text

from deploy.services import native, processes
from deploy.services.__main__ import SERVICES
from deploy.services.place import Place

SERVERS = ("postgres", "rabbitmq", "elasticsearch")  # of the big size, beside the store
STORES = ("minio", "versitygw")
# A lease of 15 s instead of 60: how soon a dead worker of another tree is noticed.
COMMON = {"UNIT_CODE": "H99", "LEASE_SECONDS": "15", "SETTLE_SECONDS": "0.5"}


@dataclass
class Tree:
    """One process tree of the product: `motlan up`, `work` or `keep` in a data folder of its own."""

    name: str
    what: str
    env: Mapping[str, str]
    log: Path
    app: tuple[str, ...] = ()  # another Celery app than the light one
    process: psutil.Popen | None = None
    starts: int = 0

    def keep_up(self) -> None:
        """Start it when it does not run, as systemd or a container engine would."""
        if self.process is not None and self.process.poll() is None:
            return
        self.starts += 1
        with self.log.open("ab") as log:
            argv = [sys.executable, "-m", "bench.chaos.node", self.what, *self.app]
            self.process = psutil.Popen(argv, env=dict(self.env), stdout=log, stderr=subprocess.STDOUT)

    def family(self, word: str = "") -> list[psutil.Process]:
        """Its living processes, the top first; with `word`, those whose command line holds it."""
        found: list[psutil.Process] = []
        with suppress(psutil.Error):
            if self.process is not None and self.process.poll() is None:
                found = [psutil.Process(self.process.pid), *self.process.children(recursive=True)]
        return [process for process in found if not word or _says(process, word)]

    def stop(self) -> None:
        """SIGTERM, then wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(90)
            except psutil.TimeoutExpired:
                kill(self.family())


def kill(victims: list[psutil.Process]) -> list[int]:
    """SIGKILL to all of them; the pids that were alive."""
    killed = []
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            killed.append(process.pid)
    psutil.wait_procs(victims, timeout=30)
    return killed


def _says(process: psutil.Process, word: str) -> bool:
    with suppress(psutil.Error):
        return word in " ".join(process.cmdline())
    return False


@dataclass
class Archive:
    """`settings` are MOTLAN_* variables without their prefix; `name` that of its database, bucket and index."""

    folder: Path
    name: str
    settings: dict[str, str]
    trees: list[Tree] = field(default_factory=list)
    servers: dict[str, Place] = field(default_factory=dict)  # a folder each, so that one start never waits for another

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def drop(self) -> Path:
        return self.data / "drop"

    @property
    def ledger_url(self) -> str:
        return self.settings.get("DATABASE_URL") or f"sqlite:///{self.data / 'ledger.sqlite'}"

    def environment(self, data: Path) -> dict[str, str]:
        """What a process of this archive runs with."""
        given = {"DATA": str(data), "KEYS": str(self.folder / "data.keys"), **self.settings}
        return os.environ | {f"MOTLAN_{name}": value for name, value in given.items()}

    def begin(self) -> None:
        """Start the servers of the big size, and `motlan init`. What a failure leaves behind `stop_servers` ends."""
        if self.servers:
            with ThreadPoolExecutor(len(self.servers)) as starting:
                list(starting.map(self.start_server, self.servers, [0.0] * len(self.servers)))
            self.settings |= self._addresses()
        argv = [sys.executable, "-m", "motlan.cli", "init", "--yes", "--json"]
        subprocess.run(argv, env=self.environment(self.data), check=True, stdout=subprocess.DEVNULL, timeout=300)

    def _addresses(self) -> dict[str, str]:
        """A database, a bucket and an index of this archive's own."""
        at = {each: place.addresses()[each] for each, place in self.servers.items()}
        store = next(at[each] for each in STORES if each in at)
        database = make_url(at["postgres"]["url"])
        engine = create_engine(database, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{self.name}" TEMPLATE template0'))
        engine.dispose()
        return {
            "DATABASE_URL": database.set(database=self.name).render_as_string(hide_password=False),
            "BROKER_URL": at["rabbitmq"]["url"],
            "STORE_URL": store["url"],
            "STORE_BUCKET": self.name,
            "STORE_ACCESS_KEY": store["access_key"],
            "STORE_SECRET_KEY": store["secret_key"],
            "STORE_REGION": store["region"],
            "INDEX_URL": at["elasticsearch"]["url"],
            "INDEX_NAME": self.name,
        }

    def add_tree(self, name: str, what: str, workers: int, *app: str) -> None:
        """A tree with so many pool processes, in the archive's own folder or (for `work`) in one beside it."""
        data = self.folder / name if what == "work" else self.data
        env = self.environment(data) | {"MOTLAN_WORKERS": str(workers)}
        self.trees.append(Tree(name, what, env, self.folder / f"{name}.log", app))

    def victims(self) -> list[tuple[str, int]]:
        """Who may be killed, and how often beside the others."""
        if not self.servers:
            return [("process", 9), ("celery", 2), ("keeper", 2), ("tree", 2), ("broker lost", 1)]
        return [("process", 6), ("node", 3), ("keeper", 2), *((name, 2) for name in self.servers)]

    def kill_server(self, name: str) -> list[int]:
        """SIGKILL every process of a server."""
        place = self.servers[name]
        return kill(processes.family(place.record(name).get("programs", ()), f"{place.folder}:{name}"))

    def start_server(self, name: str, after_seconds: float) -> None:
        """Start it again after that time, and wait until it answers."""
        time.sleep(after_seconds)
        native.up([SERVICES[name]], self.servers[name])

    def stop_servers(self) -> None:
        """Stop all of them and remove their data."""
        for name, place in self.servers.items():
            native.down([SERVICES[name]], place, wipe=True)


def one_machine(folder: Path) -> Archive:
    """Everything in the data folder."""
    return Archive(folder, f"chaos-{folder.name}", dict(COMMON))


def big(folder: Path, servers: Path, shift: int, store: str) -> Archive:
    """PostgreSQL, RabbitMQ, Elasticsearch and that S3 store, with their data below `servers`."""
    places = {each: Place(servers / each, shift) for each in (*SERVERS, store)}
    return Archive(folder, f"chaos-{secrets.token_hex(4)}", dict(COMMON), servers=places)
