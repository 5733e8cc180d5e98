"""Peak memory of a worker that takes one file the whole way, for growing page counts: it must stay flat.

`python -m bench.memory [--reader stub|own] [COUNT …]` (10, 200 and 2,000 pages unless told): each count in a process of
its own, as a Celery pool process would do it. Prints the worker's own peak of each step kind, of the whole way, that of
its largest child, and the ratio of the longest file's peak to the shortest's.

The pages are scans of different bytes. `stub` decodes each page (of 50 dpi) and puts 400 words on it unread (a page's
reading takes the memory of one page whatever the file's length); `own` reads them (a made-up contract of 200 dpi, its
second page again and again) with the readers of the project.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ingest.kinds import MediaKind
from ingest.pages import open_pages
from motlan.commands.init import prepare
from motlan.settings import load
from motlan.wiring import House
from schemas.reading import Box, PageReading, Word
from signing.stamp import StampProfile
from specimens import make_paper
from worker import handlers
from worker.app import settle
from worker.intake import open_batch, receive
from worker.steps import run_step

COUNTS = (10, 200, 2000)
_DPI = {"stub": 50, "own": 200}
_SIZE = (413, 584)  # of an A4 page at 50 dpi
_ROWS, _PER_ROW = 40, 10
_TEXT = "Nghiệp"


def dense(path: Path, kind: MediaKind, page: int, ocr: object) -> PageReading:  # noqa: ARG001 (stands for read_page)
    """A page opened and decoded as for reading, and 400 words put on it unread."""
    with open_pages(path, kind) as source:
        height, width = source.picture(page).rgb.shape[:2]
    across, down = 1 / _PER_ROW, 1 / _ROWS
    words = tuple(
        Word(
            text=_TEXT,
            box=Box(
                x0=round(across * column, 5),
                y0=round(down * row, 5),
                x1=round(across * (column + 0.8), 5),
                y1=round(down * (row + 0.6), 5),
            ),
            confidence=0.9,
            block=0,
            line=row,
        )
        for row in range(_ROWS)
        for column in range(_PER_ROW)
    )
    return PageReading(
        page=page, width=width, height=height, dpi=_DPI["stub"], source="ocr", words=words, engine="stub", config="stub"
    )


def _rows() -> list[Image.Image]:
    """A page of printed rows."""
    face = ImageFont.truetype(str(StampProfile.load("copy-nd30").font_file), 8)
    sheet = Image.new("L", _SIZE, 245)
    pen = ImageDraw.Draw(sheet)
    for row in range(_ROWS):
        pen.text((40, 30 + 13 * row), " ".join([_TEXT] * _PER_ROW), font=face, fill=30)
    return [sheet]


def _contract() -> list[Image.Image]:
    """A paper of two pages."""
    return [page.convert("L") for page in make_paper("land_transfer_contract", 44000, dpi=_DPI["own"]).pages]


def write_scan(path: Path, pages: int, reader: str) -> None:
    """A PDF of grey JPEG pages with a scanner's grain, no two of the same bytes."""
    sheets = [np.asarray(sheet).astype(np.int16) for sheet in (_rows() if reader == "stub" else _contract())]
    grain, dpi = np.random.default_rng(7), _DPI[reader]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        parts = []
        for number in range(pages):
            pixels = sheets[min(number, len(sheets) - 1)]
            worn = pixels + grain.integers(-6, 6, pixels.shape, dtype=np.int16)
            part = Path(folder) / f"{number:05}.jpg"
            Image.fromarray(worn.clip(0, 255).astype(np.uint8)).save(part, quality=40, dpi=(dpi, dpi))
            parts.append(str(part))
        layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
        with path.open("wb") as stream:
            img2pdf.convert(parts, layout_fun=layout, outputstream=stream)


def one(scan: Path, reader: str) -> None:
    """The whole way for one file, in this process; prints a line of JSON."""
    with tempfile.TemporaryDirectory(dir=scan.parent) as name:
        house = prepare(load(Path(name) / "data", max_pages=5000))
        if reader == "stub":
            handlers.read_page = dense
        seconds: dict[str, float] = {}
        settle()
        peaks: dict[str, float] = {}
        batch = open_batch(house, "bench", "bench")
        _measured("intake", peaks, seconds, lambda: list(receive(house, batch, [scan], "bench")))
        _drain(house, peaks, seconds)
        states = sorted({file.state for file in house.ledger.files()})
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"peaks": peaks, "seconds": seconds, "child": child, "states": states}))


def _drain(house: House, peaks: dict[str, float], seconds: dict[str, float]) -> None:
    while ready := [(step.id, step.kind) for step in house.ledger.steps(state="READY")]:
        for number, kind in ready:
            _measured(kind, peaks, seconds, partial(run_step, house, number))


def _measured(kind: str, peaks: dict[str, float], seconds: dict[str, float], work: Callable[[], object]) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the kernel's peak starts anew from what is held now
    start = time.process_time()
    work()
    seconds[kind] = round(seconds.get(kind, 0.0) + time.process_time() - start, 2)
    peaks[kind] = max(peaks.get(kind, 0.0), _peak())


def _peak() -> float:
    """VmHWM in MB."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(round(int(row.split()[1]) / 1024) for row in rows if row.startswith("VmHWM"))


def main() -> None:
    """Run each count in a fresh process."""
    parser = argparse.ArgumentParser(prog="bench.memory")
    parser.add_argument("counts", nargs="*", type=int, default=list(COUNTS))
    parser.add_argument("--reader", choices=("stub", "own"), default="stub")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        one(given.one, given.reader)
        return
    worst = [_run(count, given.reader) for count in given.counts]
    print(f"ratio of peaks, {given.counts[-1]} to {given.counts[0]} pages: {worst[-1] / worst[0]:.2f}")


def _run(count: int, reader: str) -> float:
    with tempfile.TemporaryDirectory() as name:
        scan = Path(name) / "scan.pdf"
        write_scan(scan, count, reader)
        command = [sys.executable, "-m", "bench.memory", "--one", str(scan), "--reader", reader]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        *logged, last = done.stdout.splitlines()
        told = json.loads(last)
        size = scan.stat().st_size / 1e6
    sys.stderr.write("".join(f"{line}\n" for line in logged))
    worst = max(told["peaks"].values())
    print(f"{count:6} pages, {size:.0f} MB: worker {worst:.0f} MB, child {told['child']:.0f} MB, {told['states']}")
    for kind, peak in told["peaks"].items():
        print(f"       {kind:10} {peak:4.0f} MB {told['seconds'][kind]:8.2f} CPU s")
    sys.stdout.flush()
    return float(worst)


if __name__ == "__main__":
    main()
