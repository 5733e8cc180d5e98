"""`./run bench scale [--size one|big] [--papers N] [--pages G]`: two workers against one, what the engine costs, and
what a paper asks of ledger, broker, store and index.

Papers of one page (the engine's dearest case: most of its work is done once a paper) or of G, read by the product's own
readers. With `--size one`, an archive with one worker gets N papers and one
with two workers gets 2 N, at the same time, so that both meet the same load of the machine; the ratio is of their
papers a second, from the drop to the last one done. Both are warm (weights loaded) before they are measured.

CPU is counted by what it was spent on: reading (opening, recognising, understanding), sealing (composing, signing,
verifying what was signed), and everything else: intake, claims, leases, commits, Celery, store, manifests, index.
What the counting itself takes is left out.
What Celery and the keeper take while nothing is to be done costs by the second and not by the paper: it is measured
before the drop, told apart, and taken off.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import create_engine, text

from bench.chaos.archive import STORES, Archive, Tree, big, one_machine
from bench.chaos.checker import read_store
from bench.chaos.stores import Bucket, Folder
from bench.scale import counting
from deploy.services.place import ROOT
from motlan.settings import load
from motlan.wiring import House
from specimens.damage import Damage
from specimens.papers import make_paper
from specimens.scans import write_paper
from worker.intake import open_batch, receive

KINDS = ("birth_certificate", "residence_confirmation", "marriage_certificate")
LONG = ("administrative_document",)  # one to three pages
SKETCH_DPI = 60  # enough to count the pages of a paper by
LIMIT, IDLE = 1500.0, 20.0  # seconds
WARM_ROUNDS = 4  # at most; of two papers a worker


class Measured:
    """An archive with so many workers, warm; what it did since `begin`."""

    def __init__(self, archive: Archive, workers: int) -> None:
        self.archive, self.workers = archive, workers
        self.counts = archive.folder / "counts"
        self.counts.mkdir(parents=True)
        archive.begin()
        os.environ["BENCH_COUNTS"] = str(self.counts)
        if archive.servers:
            archive.add_tree("keep", "keep", 1)
            for number in range(workers):
                archive.add_tree(f"node{number}", "work", 1, "bench.scale.app")
        else:
            archive.add_tree("up", "up", workers, "bench.scale.app")
        for name, value in archive.environment(archive.data).items():
            if name.startswith("MOTLAN_"):
                os.environ[name] = value
        self.house = House(load(archive.data))
        _ = self.house.ledger, self.house.received, self.house.celery  # opened while the environment is ours
        self.engine = create_engine(archive.ledger_url, pool_pre_ping=True)
        self.papers, self.seconds, self.intake = 0, 0.0, Counter[str]()
        self.idle: dict[str, float] = {}
        self.began = self.cpu_before = self.intake_cpu = 0.0
        self.before: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    def drop(self, papers: Sequence[Path]) -> None:
        batch = open_batch(self.house, "bench", "bench")
        for receipt in receive(self.house, batch, papers, "bench"):
            if receipt.reason is not None or receipt.duplicate_of is not None:
                raise SystemExit(f"not taken in: {receipt}")

    def begin(self, papers: Sequence[Path]) -> None:
        """Drop the papers to be measured; what was counted before does not count."""
        self.before = counting.read(self.counts)
        self.cpu_before = self.cpu("celery")
        self.ledger_before = self.ledger_bytes()
        counting.clear()
        spent = counting.cpu()
        self.began = time.monotonic()
        self.drop(papers)
        self.intake_cpu, self.intake, self.papers = counting.cpu() - spent, Counter(counting.counts), len(papers)

    def is_warm(self) -> bool:
        """Whether every worker has taken a paper its whole way: it has loaded what it reads, signs and asks with."""
        told = (json.loads(path.read_text())["seconds"] for path in self.counts.glob("*.json"))
        return sum({"step page", "step seal", "step project"} <= spent.keys() for spent in told) >= self.workers

    def idle_rates(self) -> dict[str, float]:
        """CPU seconds a second of Celery and of the keeper while nothing is to be done."""
        before, began = {word: self.cpu(word) for word in ("celery", "keeper")}, time.monotonic()
        time.sleep(IDLE)
        passed = time.monotonic() - began
        return {word: (self.cpu(word) - spent) / passed for word, spent in before.items()}

    def done(self) -> bool:
        """Whether every step is done; the moment is remembered."""
        with self.engine.connect() as connection:
            left = connection.execute(text("SELECT count(*) FROM steps WHERE state <> 'DONE'")).scalar_one()
        if not left and not self.seconds:
            self.seconds = time.monotonic() - self.began
        return not left

    def cpu(self, word: str) -> float:
        """CPU seconds so far of the living processes whose command line holds the word, and their ended children."""
        total = 0.0
        for process in (found for tree in self.archive.trees for found in tree.family(word)):
            with suppress(psutil.Error):
                total += sum(process.cpu_times()[:4]) if process.children() else sum(process.cpu_times()[:2])
        return total

    def ledger_bytes(self) -> int:
        """What the database takes on the disk."""
        asked = "pg_database_size(current_database())"
        if self.engine.dialect.name == "sqlite":
            asked = "page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT {asked}")).scalar_one())

    def stored_bytes(self) -> dict[str, int]:
        """Of one paper in the archive, on average: each representation, and the manifest."""
        settings = self.archive.settings
        store = Bucket(settings) if self.archive.servers else Folder(self.archive.data)
        held, sizes = read_store(store), Counter[str]()
        for head in held.heads.values():
            sizes.update({each["role"]: each["size"] for each in head["representations"]})
            sizes["manifest"] += len(json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode())
        return {role: round(size / len(held.manifests)) for role, size in sizes.items()}

    def result(self) -> dict[str, Any]:
        """Everything a paper."""
        counts, spent = counting.read(self.counts)
        counts.subtract(self.before[0])
        spent.subtract(self.before[1])
        counts.update(self.intake)
        celery = self.cpu("celery") - self.cpu_before - self.idle["celery"] * self.seconds
        celery -= spent["counting"]
        pool = spent["all"] - spent["counting"]
        total = self.intake_cpu + max(celery, pool)
        useful = spent["reading"] + spent["sealing"]
        each = self.papers
        return {
            "workers": self.workers,
            "papers": each,
            "seconds": round(self.seconds, 1),
            "papers_per_second": each / self.seconds,
            "cpu_per_paper": {  # without what idling takes
                "all": round(total / each, 4),
                "reading": round(spent["reading"] / each, 4),
                "sealing": round(spent["sealing"] / each, 4),
                "intake": round(self.intake_cpu / each, 4),
                "everything else, pool processes": round((pool - useful) / each, 4),
                "everything else, Celery's main process": round(max(celery - pool, 0.0) / each, 4),
                **{name: round(spent[name] / each, 4) for name in sorted(spent) if name.startswith("step ")},
            },
            "overhead": round(1 - useful / total, 4),
            "idle_cpu_per_second": {word: round(rate, 4) for word, rate in self.idle.items()},
            "bytes_per_paper": {
                **self.stored_bytes(),
                "ledger": round((self.ledger_bytes() - self.ledger_before) / each),
            },
            "per_paper": {name: round(count / each, 2) for name, count in sorted(counts.items()) if count},
        }


def make_papers(folder: Path, count: int, dpi: int, pages: int) -> list[Path]:
    """`count` files of so many pages, no two of which say the same: of a paper the archive has nothing before it
    comes."""
    folder.mkdir()
    papers: list[Path] = []
    kinds = KINDS if pages == 1 else LONG
    for number in range(20 * count):
        kind, seed = kinds[number % len(kinds)], 700 + number
        if len(make_paper(kind, seed, dpi=SKETCH_DPI).pages) != pages:
            continue
        specimen = make_paper(kind, seed, dpi=dpi, damage=Damage.level(1 + number % 2, number))
        if len(specimen.pages) == pages:
            papers.append(folder / f"{len(papers):04}.pdf")
            write_paper(specimen, papers[-1])
        if len(papers) == count:
            return papers
    raise SystemExit(f"too few made-up papers have {pages} pages")


def measure(archives: Sequence[Measured], papers: Sequence[Path], a_worker: int) -> None:
    """Warm every archive, drop `a_worker` papers for each of its workers, wait until all is done."""
    for round_ in range(WARM_ROUNDS):
        for one in archives:
            if not one.is_warm():
                one.drop(papers[round_ * 2 * one.workers : (round_ + 1) * 2 * one.workers])
                _keep_up(one.archive.trees)
        _until_done(archives)
    for one in archives:
        one.idle = one.idle_rates()
    for one in archives:
        one.seconds = 0.0
        if not one.is_warm():
            raise SystemExit("a worker got nothing to do while they were to get warm")
        begin = WARM_ROUNDS * 2 * one.workers
        one.begin(papers[begin : begin + a_worker * one.workers])
    _until_done(archives)


def _keep_up(trees: Sequence[Tree]) -> None:
    for tree in trees:
        tree.keep_up()


def _until_done(archives: Sequence[Measured]) -> None:
    end = time.monotonic() + LIMIT
    while [one for one in archives if not one.done()]:
        if time.monotonic() > end:
            raise SystemExit("the papers were not done in time")
        time.sleep(0.1)


def main() -> None:
    """Print the result as JSON, and write it beside."""
    parser = argparse.ArgumentParser(prog="./run bench scale")
    parser.add_argument("--size", choices=("one", "big"), default="one")
    parser.add_argument("--papers", type=int, default=24, help="for each worker")
    parser.add_argument("--pages", type=int, choices=(1, 2, 3), default=1, help="of a paper")
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("--store", choices=STORES, default=STORES[0])
    parser.add_argument("--servers", type=Path, default=ROOT / "build" / "chaos")
    parser.add_argument("--shift", type=int, default=300, help="added to the ports of its own servers")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    counting.count_requests()
    with tempfile.TemporaryDirectory(prefix="motlan-scale-") as name:
        folder, archives = Path(name), list[Measured]()
        papers = make_papers(folder / "papers", 2 * given.papers + 4 * WARM_ROUNDS, given.dpi, given.pages)
        before = os.getloadavg()[0]
        try:
            if given.size == "big":
                whole = big(folder / "two", given.servers.absolute(), given.shift, given.store)
                archives.append(Measured(whole, 2))
            else:
                archives += [Measured(one_machine(folder / each), n) for each, n in (("one", 1), ("two", 2))]
            measure(archives, papers, given.papers)
            rows = [one.result() for one in archives]
        finally:
            for one in archives:
                for tree in one.archive.trees:
                    tree.stop()
                one.archive.stop_servers()
    ratio = rows[-1]["papers_per_second"] / rows[0]["papers_per_second"] if len(rows) > 1 else None
    result = {
        "size": given.size,
        "store": given.store if given.size == "big" else "folder",
        "dpi": given.dpi,
        "pages": given.pages,
        "cores": os.cpu_count(),
        "load_average": [round(before, 1), round(os.getloadavg()[0], 1)],
        "two_workers_against_one": ratio and round(ratio, 2),
        "archives": rows,
    }
    given.out.mkdir(parents=True, exist_ok=True)
    name = given.size if given.pages == 1 else f"{given.size}-{given.pages}-pages"
    (given.out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
