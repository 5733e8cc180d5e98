"""The campaign: papers are dropped a few at a time, and again and again somebody is killed while steps run."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from bench.chaos.archive import Archive, kill

STEPS_A_PAPER = 6  # inspect, page, understand, seal, keep, project
AHEAD = 3  # rounds that the drops are ahead of the kills, so that there is always something to kill
TWICE = 0.05  # so many of the papers are dropped a second time
PATIENCE = 180.0  # seconds to wait for work to move before a kill; then it is killed as it is
TELL = 10.0  # seconds between two lines while waiting
DOWN = 4.0  # seconds at most before a killed server is started again, beside what its start takes
QUIET = 420.0  # seconds without any change after which what is left is stuck; steps wait for up to 300


@dataclass(frozen=True)
class Kill:
    """One kill: its number, seconds since the beginning, who, how many processes, and the steps in flight that it hit:
    of the killed processes, or of all when a server was killed."""

    number: int
    at: float
    who: str
    processes: int
    in_flight: int


class Campaign:
    """`papers` are dropped over `kills` kills of the archive's parts, chosen by `seed`; none later than `seconds`."""

    def __init__(self, archive: Archive, papers: list[Path], kills: int, seed: int, seconds: float) -> None:
        self.archive, self.papers = archive, papers
        self.chance = random.Random(seed)
        self.kills = kills
        self.begun, self.seconds = time.monotonic(), seconds
        self.dropped = 0
        self._engine = create_engine(archive.ledger_url, pool_pre_ping=True)
        self._starter = ThreadPoolExecutor(len(archive.servers) or 1)
        self._starting: dict[str, Future[None]] = {}

    def run(self) -> Iterator[Kill]:
        """Every kill as it has happened; the time begins when everything is up and the first steps are done."""
        deck = self._deck()
        self._drop_until(len(self.papers) * AHEAD // self.kills)
        self._wait_for_steps(AHEAD)
        self.begun = time.monotonic()
        pace = max(1, STEPS_A_PAPER * len(self.papers) // max(1, self.kills))
        for number, who in enumerate(deck, 1):
            if time.monotonic() - self.begun > self.seconds:
                break
            self._drop_until(len(self.papers) * (number + AHEAD) // self.kills)
            self._wait_for_steps(self.chance.randint(1, pace))
            time.sleep(self.chance.uniform(0, 0.3))
            yield self._kill(number, who)
        self._drop_until(len(self.papers))

    def settle(self, tell: Callable[[dict[str, int]], None]) -> bool:
        """Wait until no step is open; False when nothing changed for QUIET seconds. Raises CannotServe when a server
        did not come back."""
        for name in list(self._starting):
            self._is_back(name)
        last, since, told = dict[str, int](), time.monotonic(), 0.0
        while True:
            self._keep_up()
            now = self._states()
            if now and not any(now.get(state) for state in ("READY", "WAITING", "RUNNING")) and self._all_taken():
                return True
            if now != last:
                last, since = now, time.monotonic()
                if since > told + TELL:
                    told = since
                    tell(now)
            if time.monotonic() - since > QUIET:
                return False
            time.sleep(1)

    def stop(self) -> None:
        """End every tree in order."""
        for tree in self.archive.trees:
            tree.stop()
        self._starter.shutdown()
        self._engine.dispose()

    # --- work

    def _drop_until(self, count: int) -> None:
        """Drop papers up to that number, some of them twice."""
        while self.dropped < min(count, len(self.papers)):
            paper = self.papers[self.dropped]
            self._drop(paper, paper.name)
            if self.chance.random() < TWICE:
                again = self.chance.choice(self.papers[: self.dropped + 1])
                self._drop(again, f"again-{self.dropped}-{again.name}")
            self.dropped += 1

    def _drop(self, paper: Path, name: str) -> None:
        hidden = self.archive.drop / f".{name}"
        shutil.copyfile(paper, hidden)
        hidden.rename(self.archive.drop / name)

    def _all_taken(self) -> bool:
        folders = (self.archive.drop, self.archive.data / "claimed")
        return not any(path.is_file() for folder in folders for path in folder.rglob("*"))

    def _wait_for_steps(self, wanted: int) -> None:
        """Until so many more steps are done and one is running."""
        end = time.monotonic() + PATIENCE
        done = self._states().get("DONE", 0)
        while time.monotonic() < end:
            self._keep_up()
            now = self._states()
            if now.get("DONE", 0) >= done + wanted and now.get("RUNNING"):
                return
            time.sleep(0.05)

    def _keep_up(self) -> None:
        for tree in self.archive.trees:
            tree.keep_up()

    # --- kills

    def _deck(self) -> list[str]:
        """Who is killed, in order: every victim in its share, shuffled."""
        shares = [who for who, share in self.archive.victims() for _ in range(share)]
        deck: list[str] = []
        while len(deck) < self.kills:
            self.chance.shuffle(shares)
            deck += shares
        return deck[: self.kills]

    def _kill(self, number: int, who: str) -> Kill:
        at = round(time.monotonic() - self.begun, 1)
        if who in self.archive.servers:
            self._is_back(who)
            in_flight = len(self._owners())
            killed = self.archive.kill_server(who)
            down = self.chance.uniform(0, DOWN)
            self._starting[who] = self._starter.submit(self.archive.start_server, who, down)
        else:
            killed = self._kill_workers(who)
            in_flight = sum(owner.rpartition("|")[2] in map(str, killed) for owner in self._owners())
            if who == "broker lost":
                for path in self.archive.data.glob("broker.sqlite*"):
                    path.unlink()
        return Kill(number, at, who, len(killed), in_flight)

    def _is_back(self, server: str) -> None:
        """Wait until a server that was killed earlier answers again."""
        if server in self._starting:
            self._starting.pop(server).result()

    def _kill_workers(self, who: str) -> list[int]:
        """Returns the pids that are gone by it."""
        if who == "keeper":
            return kill([found for tree in self.archive.trees for found in tree.family("motlan.keeper")])
        trees = [tree for tree in self.archive.trees if tree.what != "keep"]
        if who == "process":
            busy = {owner.rpartition("|")[2] for owner in self._owners()}
            pool = [process for tree in trees for process in tree.family("celery")[1:]]
            chosen = [process for process in pool if str(process.pid) in busy] or pool
            return kill([self.chance.choice(chosen)] if chosen else [])
        tree = self.chance.choice(trees)
        if who == "celery":
            first, *pool = tree.family("celery") or [None]
            kill([first] if first else [])  # the kernel ends its pool with it
            psutil.wait_procs(pool, timeout=10)
            return [process.pid for process in (first, *pool) if process]
        return kill(tree.family())

    # --- what the ledger says, asked behind its back

    def _owners(self) -> list[str]:
        return [str(row[0]) for row in self._ask("SELECT owner FROM steps WHERE state = 'RUNNING'")]

    def _states(self) -> dict[str, int]:
        return {row[0]: row[1] for row in self._ask("SELECT state, count(*) FROM steps GROUP BY state")}

    def _ask(self, query: str) -> list[Any]:
        """Rows; waits while the database is being started again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    return list(connection.execute(text(query)))
            except DBAPIError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.5)
