"""CPU seconds a page from drop to indexed, split by step, beside OCRmyPDF on the same pages in the same run.

`python -m bench.way [--pages N] [--dpi D] [FILE…]`: without files it makes its own damaged specimens.
CPU seconds are user + system, children included; ratios of one run are what counts, machines differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pikepdf

from motlan.commands.init import prepare
from motlan.settings import load
from motlan.wiring import House
from specimens.damage import Damage
from specimens.papers import make_paper
from specimens.scans import write_paper
from worker.intake import open_batch, receive
from worker.steps import run_step

KINDS = ("administrative_document", "birth_certificate", "marriage_certificate", "residence_confirmation")


def cpu_seconds() -> float:
    """User + system time of this process and its ended children."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    before = cpu_seconds()
    work()
    return cpu_seconds() - before


def make_pages(folder: Path, pages: int, dpi: int) -> list[Path]:
    """Specimens with a seal, skew and noise, one file each, until there are that many pages."""
    files, made = [], 0
    while made < pages:
        number = len(files)
        specimen = make_paper(
            KINDS[number % len(KINDS)], 500 + number, dpi=dpi, damage=Damage.level(number % 4, number)
        )
        files.append(folder / f"{number:03}.pdf")
        write_paper(specimen, files[-1])
        made += len(specimen.pages)
    return files


def count_pages(files: list[Path]) -> int:
    """Pages of all files."""
    total = 0
    for file in files:
        with pikepdf.open(file) as pdf:
            total += len(pdf.pages)
    return total


def our_way(files: list[Path], folder: Path) -> dict[str, float]:
    """CPU seconds by step, in this process (what Celery adds is measured by bench.engine of a later day)."""
    house: House = prepare(load(folder / "data"))
    spent: dict[str, float] = defaultdict(float)
    batch = open_batch(house, "bench", "bench")
    spent["drop"] = timed(lambda: list(receive(house, batch, files, "bench")))
    while ready := house.ledger.steps(state="READY"):
        for step in ready:
            spent[step.kind] += timed(lambda step=step: run_step(house, step.id))
    left = house.ledger.status()
    if left.quarantined or left.stuck:
        sys.exit(f"not every page went through: {left.quarantined} {left.stuck}")
    return dict(spent)


def ocrmypdf(files: list[Path], folder: Path, *options: str) -> float:
    """CPU seconds of OCRmyPDF over all files, one after another; files it refuses are told and counted as they ran."""

    command = [sys.executable, "-m", "ocrmypdf", "-l", "vie", "--jobs", "1", "--quiet", "--output-type", "pdfa"]

    def run() -> None:
        for file in files:
            done = subprocess.run(
                [*command, *options, file, folder / "out.pdf"], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(f"  OCRmyPDF refused {file.name}: {done.stderr.strip().splitlines()[-1:]}")

    return timed(run)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    folder = Path(tempfile.mkdtemp())
    try:
        files = given.files or make_pages(folder, given.pages, given.dpi)
        pages = count_pages(files)
        ours = our_way(files, folder)
        total = sum(ours.values())
        print(f"{pages} pages, {len(files)} files, {given.dpi} dpi; CPU seconds a page")
        for step, seconds in ours.items():
            print(f"  {step:12}{seconds / pages:8.3f}")
        print(f"  {'the way':12}{total / pages:8.3f}")
        for name, options in (("OCRmyPDF", ()), ("  --deskew --rotate-pages", ("--deskew", "--rotate-pages"))):
            theirs = ocrmypdf(files, folder, *options)
            print(f"  {name:26}{theirs / pages:8.3f}   = {theirs / total:.2f} × the way")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
