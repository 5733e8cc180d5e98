"""What reading is worth: text, types, fields, acceptance and speed, beside OCRmyPDF and tesseract on the same pages.

Made-up papers at four levels of damage, real scans with their `truth.json`, and both again after each damage that
`specimens.damage` knows. Writes results.json, report.html and curves.png into --out and prints the tables. The exit
code is 1 if a value was accepted though it is wrong. See docs/bench-reading.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.reading.album import Album
from bench.reading.curves import draw
from bench.reading.engines import ALONE, PEERS, OurWay, Peer, start_up, versions
from bench.reading.papers import Choice, PaperFile, count, papers
from bench.reading.remembered import Memory
from bench.reading.report import write
from bench.reading.results import PaperResult, broken, judged
from bench.reading.summary import confusions, curves, groups, kinds, table
from ingest.read import READING_CONFIG
from schemas.types import TypeCatalogue
from specimens.damage import DAMAGES

QUICK_SCANS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, judge, write, print; returns the exit code."""
    options = _arguments(arguments)
    os.environ["OMP_THREAD_LIMIT"] = "1"  # tesseract's threads fight with each other, ours and the peers' alike
    choice = _choice(options)
    options.out.mkdir(parents=True, exist_ok=True)
    album = Album()
    results = _measured(choice, options, album)
    told = _told(results, options)
    (options.out / "results.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    draw(told, options.out / "curves.png")
    write(told, album, options.out / "curves.png", options.out / "report.html", options.shown)
    print(table(results))
    return 1 if any(result.wrong for result in results) else 0


def _measured(choice: Choice, options: argparse.Namespace, album: Album) -> list[PaperResult]:
    memory = Memory(options.cache)
    ours, types = OurWay(memory), TypeCatalogue.load()
    wanted = (*(PEERS if options.peers else ()), *(ALONE if options.readers else ()))
    peers = [Peer(name, memory) for name in wanted]
    results: list[PaperResult] = []
    total, started = count(choice), time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for paper in papers(choice, Path(folder), lambda path: ours.readings(path)[0]):
                results.append(_result(paper, ours, peers, types, album))
                _progress(results, total, started)
    finally:
        ours.close()
        for peer in peers:
            peer.close()
    return results


def _result(paper: PaperFile, ours: OurWay, peers: Sequence[Peer], types: TypeCatalogue, album: Album) -> PaperResult:
    try:
        read = ours.read(paper.path, paper.shown_name, paper.verdict)
    except BrokenProcessPool:
        raise
    except Exception as failure:  # whatever reading dies of is told beside the paper, and the run goes on
        return broken(paper, failure)
    result = judged(paper, read, {peer.name: peer.read(paper.path) for peer in peers}, types)
    album.take(paper, read, result)
    return result


def _progress(results: Sequence[PaperResult], total: int, started: float) -> None:
    """One line a paper on stderr, with the time that is left at this pace."""
    last, spent = results[-1], time.monotonic() - started
    left = spent / len(results) * (total - len(results)) / 60
    right = sum(one.right for one in last.fields)
    print(
        f"{len(results):4}/{total} {last.set} {last.damage} {last.name[:50]}: {last.pages} pages, "
        f"{right}/{len(last.fields)} fields, {last.wrong} wrong; {left:.0f} min left",
        file=sys.stderr,
        flush=True,
    )


def _told(results: Sequence[PaperResult], options: argparse.Namespace) -> dict[str, Any]:
    """All of results.json."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "./run bench reading " + " ".join(sys.argv[1:]),
        "seed": options.first,
        "versions": versions()
        | {
            "readers": " + ".join(sorted({name for one in results for name in one.engine.split(" + ") if name})),
            "reading": READING_CONFIG,
            "python": platform.python_version(),
        },
        "ocrmypdf_start_up": start_up(),
        "machine": {"cpu": _cpu_name(), "cores": os.cpu_count(), "system": platform.platform()},
        "groups": [{"set": key[0], "damage": key[1]} | group.as_dict() for key, group in groups(results).items()],
        "kinds": {name: found.as_dict() for name, found in kinds(results).items()},
        "curves": curves(results),
        "confusions": confusions(results),
        "papers": [result.as_dict() for result in results],
    }


def _cpu_name() -> str:
    facts = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in facts.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _choice(options: argparse.Namespace) -> Choice:
    choice = Choice(
        specimens=options.specimens,
        first=options.first,
        levels=options.levels,
        dpi=options.dpi,
        scans=options.scans,
        damages=options.damages,
        per_damage=options.papers,
        foreign=options.foreign,
        layouts=options.layouts,
    )
    if options.types:
        choice = replace(choice, types=options.types)
    if options.quick:
        choice = replace(choice, specimens=1, levels=(1,), damages=(), scan_count=QUICK_SCANS)
    return choice


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench reading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a paper of each type at level 1, three scans, no peers, no damages")
    add("--specimens", type=int, default=1, metavar="N", help="papers of every type at every level (0: none)")
    add("--types", type=_names, metavar="A,B", help="types of specimens (all)")
    add("--levels", type=lambda text: tuple(map(int, _names(text))), default=(0, 1, 2, 3), metavar="0,3")
    add("--foreign", type=int, default=0, metavar="N", help="papers of every layout of the other generator (0: none)")
    add("--layouts", type=_names, default=(), metavar="a,c", help="which of its layouts (all)")
    add("--first", type=int, default=7000, metavar="SEED", help="seed of the first specimen")
    add("--dpi", type=int, default=200, help="of the specimens")
    add("--scans", type=Path, metavar="FOLDER", help="real scans as PDF files with their truth.json")
    add("--damages", type=_damages, default=DAMAGES, metavar="all|none|A,B", help=f"of {', '.join(DAMAGES)}")
    add("--papers", type=int, default=6, metavar="N", help="papers of each set for each damage, taking turns (0: all)")
    add("--no-peers", dest="peers", action="store_false", help="only our own way")
    add("--readers", action="store_true", help="our recogniser alone and tesseract on the same cleaned pages")
    add("--out", type=Path, default=Path("build/bench-reading"), metavar="FOLDER")
    add("--cache", type=Path, metavar="FOLDER", help="keeps what was read, for a run that is broken off or repeated")
    add("--shown", type=int, default=400, metavar="N", help="fields that report.html opens")
    options = parser.parse_args(arguments)
    options.peers = options.peers and not options.quick
    return options


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _damages(text: str) -> tuple[str, ...]:
    if text in ("all", "none"):
        return DAMAGES if text == "all" else ()
    for name in _names(text):
        if name not in DAMAGES:
            raise argparse.ArgumentTypeError(f"no damage {name!r}; there are {', '.join(DAMAGES)}")
    return _names(text)


if __name__ == "__main__":
    sys.exit(main())
