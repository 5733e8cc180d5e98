"""How long the archival PDF and the seal of one paper take, and how much memory composing needs.

`python -m bench.sealing [--pages N] [--rounds N] [--memory N]`: medians in milliseconds (and wall time of the slowest)
for composing, sealing, sealing with the stamp of a copy, and verifying a paper of N A4 pages at 300 dpi with 600
invisible words a page; with --memory also the peak memory of composing and sealing N pages.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image

from ingest.archival import ArchivalMeta, compose
from schemas.reading import Box, PageReading, Word
from signing.keys import SoftKey, make_soft_key
from signing.seal import seal
from signing.stamp import StampFacts, StampProfile
from signing.verify import verify

_SIZE, _DPI, _WORDS = (2480, 3508), 300, 600
_META = ArchivalMeta("motlan:X:" + "a" * 26, "Đo thời gian", "0" * 64, datetime.now(UTC), "Đo thời gian")


def scan(folder: Path, pages: int) -> Path:
    """A PDF of JPEG pages with some ink and some noise, about half a megabyte a page."""
    noise = np.random.default_rng(7).normal(235, 6, (_SIZE[1], _SIZE[0])).clip(0, 255).astype(np.uint8)
    noise[300:3200:60, 300:2200] = 40
    out = BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=60, dpi=(_DPI, _DPI))
    path = folder / f"scan-{pages}.pdf"
    with path.open("wb") as stream:
        layout = img2pdf.get_fixed_dpi_layout_fun((_DPI, _DPI))
        img2pdf.convert([out.getvalue()] * pages, layout_fun=layout, outputstream=stream)
    return path


def reading(page: int) -> PageReading:
    """600 words in 50 lines."""
    words = tuple(
        Word(
            text="Nghiệp",
            box=Box(x0=0.1 + 0.065 * (n % 12), y0=y, x1=0.155 + 0.065 * (n % 12), y1=y + 0.01),
            confidence=0.9,
            block=0,
            line=n // 12,
        )
        for n in range(_WORDS)
        for y in (0.05 + 0.018 * (n // 12),)
    )
    return PageReading(
        page=page, width=_SIZE[0], height=_SIZE[1], dpi=_DPI, source="ocr", words=words, engine="bench", config="bench"
    )


def measured(name: str, rounds: int, work: Callable[[], object]) -> None:
    """Print the median and the worst of some rounds, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    print(f"{name:28} median {statistics.median(times):8.1f} ms   worst {max(times):8.1f} ms", flush=True)


def timing(folder: Path, pages: int, rounds: int) -> None:
    """The table."""
    source, readings = scan(folder, pages), [reading(n + 1) for n in range(pages)]
    make_soft_key(folder / "keys", "Đo thời gian", "X")
    key, now = SoftKey.load(folder / "keys"), datetime.now(UTC)
    plain, sealed, stamped = (folder / name for name in ("plain.pdf", "sealed.pdf", "stamped.pdf"))
    profile, facts = StampProfile.load("copy-nd30"), StampFacts("SAO Y", "Đo thời gian", now)
    numbers = range(1, pages + 1)
    print(f"{pages} pages, {source.stat().st_size / 1e6:.1f} MB, {rounds} rounds")
    measured("compose", rounds, lambda: compose(source, "pdf", numbers, readings, plain, _META))
    measured("seal", rounds, lambda: seal(plain, sealed, key, at=now))
    measured("seal with stamp", rounds, lambda: seal(plain, stamped, key, at=now, stamp=profile, facts=facts))
    measured("verify", rounds, lambda: verify(sealed, key.roots))
    measured("load key", rounds, lambda: SoftKey.load(folder / "keys"))


def memory(folder: Path, pages: int) -> None:
    """Compose and seal once in this process and print its peak memory above the start."""
    make_soft_key(folder / "keys", "Đo bộ nhớ", "X")
    key = SoftKey.load(folder / "keys")
    source = folder / f"scan-{pages}.pdf"
    subprocess.run(
        [sys.executable, "-m", "bench.sealing", "--only-scan", str(folder), "--pages", str(pages)], check=True
    )
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    readings = [reading(n + 1) for n in range(pages)]
    with_readings = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    compose(source, "pdf", range(1, pages + 1), readings, folder / "plain.pdf", _META)
    composed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seal(folder / "plain.pdf", folder / "sealed.pdf", key, at=datetime.now(UTC))
    sealed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{pages} pages, {source.stat().st_size / 1e6:.0f} MB: start {start >> 10} MiB, readings held "
        f"+{(with_readings - start) >> 10}, compose +{(composed - with_readings) >> 10}, "
        f"seal +{(sealed - composed) >> 10}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory", type=int, metavar="N", help="measure peak memory on N pages instead")
    parser.add_argument("--only-scan", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_scan:
        scan(asked.only_scan, asked.pages)
        return
    with tempfile.TemporaryDirectory() as name:
        if asked.memory:
            memory(Path(name), asked.memory)
        else:
            timing(Path(name), asked.pages, asked.rounds)


if __name__ == "__main__":
    main()
