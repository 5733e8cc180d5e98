"""`./run bench chaos [--size one|big] [--papers 300] [--kills 50] [--seed S]`: random SIGKILLs, then an account.

One machine: pool processes, the Celery worker, the keeper, the whole tree, and the whole tree with its broker's file
lost. Big: pool processes, whole worker nodes, the keeper, and RabbitMQ, PostgreSQL, Elasticsearch and the S3 store,
each started again after up to four seconds; servers of its own on shifted ports, so `./run services` is left alone.
Papers have one page and a light reader (`bench.chaos.light`); the rest of the way is the product's own.

Afterwards an independent checker counts. Exit code 1 when anything is wrong, or when too few kills hit a step in flight
to prove anything. The seed decides papers, victims and moments; what it meets depends on the machine as well.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.chaos.archive import STORES, Archive, big, one_machine
from bench.chaos.campaign import Campaign, Kill
from bench.chaos.checker import Row, check, elastic_entries, fts5_entries
from bench.chaos.papers import write_papers
from bench.chaos.stores import Bucket, Folder
from deploy.services.place import ROOT

RESULTS = Path(__file__).with_name("results")
SHIFT = 300  # of the ports of this campaign's own servers
HIT = 0.5  # so many of the kills must have hit a step in flight: a test in which nothing was in flight proves nothing


def main() -> int:
    """One campaign; 0 when all is well."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    print(f"seed {given.seed}: {given.papers} papers, {given.kills} kills, size {given.size}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="motlan-chaos-") as name:
        folder = Path(name)
        papers = write_papers(folder / "papers", given.papers, given.seed)
        archive: Archive | None = None
        began, load = time.monotonic(), os.getloadavg()[0]
        try:
            archive = _archive(given, folder)
            archive.begin()
            _plant(archive)
            campaign = Campaign(archive, papers, given.kills, given.seed, given.minutes * 60)
            try:
                kills = list(map(_told, campaign.run()))
                settled = campaign.settle(lambda states: print(f"  settling: {states}", file=sys.stderr))
            finally:
                campaign.stop()
            rows = _checked(archive, papers)
        finally:
            if given.keep:
                shutil.copytree(folder, given.keep, dirs_exist_ok=True)
            if archive is not None:
                archive.stop_servers()
    result = _result(given, kills, rows, settled, began, load)
    _print(result)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"{given.size}-{given.seed}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0 if result["well"] else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench chaos")
    parser.add_argument("--size", choices=("one", "big"), default="one")
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--minutes", type=float, default=120, help="no kill later than that")
    parser.add_argument("--store", choices=STORES, default=STORES[0], help="the S3 store of the big size")
    parser.add_argument("--servers", type=Path, default=ROOT / "build" / "chaos", help="folder of its own servers")
    parser.add_argument("--shift", type=int, default=SHIFT, help="added to the ports of its own servers")
    parser.add_argument("--keep", type=Path, help="copy the whole archive there afterwards")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    return parser.parse_args()


def _archive(given: argparse.Namespace, folder: Path) -> Archive:
    if given.size == "one":
        return one_machine(folder)
    return big(folder, given.servers.absolute(), given.shift, given.store)


def _plant(archive: Archive) -> None:
    """Two workers in either size."""
    if archive.servers:
        archive.add_tree("keep", "keep", 1)
        archive.add_tree("node1", "work", 1)
        archive.add_tree("node2", "work", 1)
    else:
        archive.add_tree("up", "up", 2)


def _told(kill: Kill) -> Kill:
    load = os.getloadavg()[0]
    hit = f"{kill.in_flight} in flight" if kill.in_flight else "nothing in flight"
    print(f"  {kill.number:3} {kill.at:7.1f} s  {kill.who:14} {kill.processes} processes, {hit}, load {load:.0f}",
          file=sys.stderr, flush=True)  # fmt: skip
    return kill


def _checked(archive: Archive, papers: list[Path]) -> list[Row]:
    settings = archive.settings
    dropped = (path.read_bytes() for path in papers)
    if archive.servers:
        index = elastic_entries(settings["INDEX_URL"], settings["INDEX_NAME"])
        return check(Bucket(settings), archive.ledger_url, index, dropped)
    return check(Folder(archive.data), archive.ledger_url, fts5_entries(archive.data), dropped)


def _result(
    given: argparse.Namespace, kills: list[Kill], rows: list[Row], settled: bool, began: float, load: float
) -> dict[str, Any]:
    hits = sum(kill.in_flight > 0 for kill in kills)
    enough = hits >= HIT * len(kills)
    return {
        "size": given.size,
        "store": given.store if given.size == "big" else "folder",
        "seed": given.seed,
        "papers": given.papers,
        "kills": len(kills),
        "killed": dict(sorted(Counter(kill.who for kill in kills).items())),
        "kills_with_a_step_in_flight": hits,
        "steps_in_flight": sum(kill.in_flight for kill in kills),
        "settled": settled,
        "seconds": round(time.monotonic() - began),
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
        "counts": [row.as_json() for row in rows],
        "well": settled and enough and not any(row.wrong for row in rows),
        "each_kill": [asdict(kill) for kill in kills],
    }


def _print(result: dict[str, Any]) -> None:
    killed = ", ".join(f"{count} {who}" for who, count in result["killed"].items())
    print(f"\n{result['papers']} papers, {result['kills']} SIGKILLs ({killed}), size {result['size']}, "
          f"store {result['store']}, seed {result['seed']}, {result['seconds']} s")  # fmt: skip
    print(f"{result['kills_with_a_step_in_flight']} kills hit a step in flight, {result['steps_in_flight']} steps")
    if not result["settled"]:
        print("✗ work was left and nothing moved any more")
    for row in result["counts"]:
        print(f"{'✗' if row['wrong'] else '✓'} {row['what']:<52}{row['count']:>7}{row['wrong']:>5} wrong")
        for told in row["first"]:
            print(f"      {told}")
    print("all is well" if result["well"] else "NOT WELL")


if __name__ == "__main__":
    sys.exit(main())
