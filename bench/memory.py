"""Peak memory of a worker that takes a file the whole way, for growing page counts: it must stay flat.

`python -m bench.memory [10 200 …]`: each count in a process of its own, as a Celery pool process would do it; prints
the process's own peak (VmHWM) and the largest child's (Tesseract).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pikepdf

from motlan.commands.init import prepare
from motlan.settings import load
from specimens.damage import Damage
from specimens.papers import make_paper
from specimens.scans import write_paper


def one(pages: int) -> None:
    """The whole way for one file of that many pages, in this process."""
    from tests.support.archive import drain, drop

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan = folder / "scan.pdf"
        write_paper(make_paper("residence_confirmation", 7, dpi=200, damage=Damage.level(1, 7)), scan)
        many = folder / "many.pdf"
        with pikepdf.open(scan) as source, pikepdf.new() as target:
            for _ in range(pages):
                target.pages.append(source.pages[0])
            target.save(many)
        house = prepare(load(folder / "data", max_pages=5000))
        drop(house, many)
        drain(house)
        states = {file.state for file in house.ledger.files()}
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{pages:6} pages: worker {own:6.0f} MB, largest child {child:6.0f} MB, file {states}", flush=True)


def main() -> None:
    """Run each count in a fresh process."""
    counts = [int(text) for text in sys.argv[1:]] or [10, 200]
    if len(counts) == 1:
        one(counts[0])
        return
    for count in counts:
        subprocess.run([sys.executable, "-m", "bench.memory", str(count)], check=True)


if __name__ == "__main__":
    main()
