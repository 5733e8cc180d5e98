"""Who reads: our own way, OCRmyPDF and plain tesseract, each in a process of its own that lives as long as the run, so
that nobody's start-up counts and nobody's memory is another's."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from bench.reading.remembered import Memory, digest_of, sources_of
from ingest.handdigits import DigitReader
from ingest.linereader import LineReader
from ingest.ocr import Ocr, PixelWord, Script
from ingest.pagepicture import Pixels
from schemas.errors import ReaderWeightsBroken
from schemas.evidence import Understanding, Verdict
from schemas.reading import PageReading
from schemas.types import TypeCatalogue

_T = TypeVar("_T")

OURS, TESSERACT = "ours", "tesseract"
OCRMYPDF: dict[str, dict[str, Any]] = {
    "ocrmypdf": {},
    "ocrmypdf --deskew --rotate-pages": {"deskew": True, "rotate_pages": True},
}
PEERS = (*OCRMYPDF, TESSERACT)
OWN_ALONE, TESSERACT_CLEANED = "our reader alone", "tesseract, cleaned"
ALONE = (OWN_ALONE, TESSERACT_CLEANED)
"""One recogniser on pages as our own way cleans and levels them; only recognising counts, finding lines included."""


@dataclass(frozen=True)
class Text:
    """What a reader made of a file: the text of each page, CPU seconds (user + system, children included), the peak
    memory in MB of its process so far, and why there is no text, if so."""

    pages: tuple[str, ...]
    seconds: float
    peak_mb: float
    failure: str = ""
    remembered: bool = False


class Peer:
    """OCRmyPDF, plain tesseract, or one of our recognisers alone. `read` never raises for what a file is like: what
    OCRmyPDF refuses is told."""

    def __init__(self, name: str, memory: Memory) -> None:
        self.name, self._memory, self._process = name, memory, _process()
        self._work = _ocrmypdf if name in OCRMYPDF else _alone if name in ALONE else _tesseract
        self._key = f"{name} {versions()}" + (sources_of("ingest.read") if name in ALONE else "")

    def read(self, path: Path) -> Text:
        """The text of every page."""
        key = digest_of(path.read_bytes(), self._key)
        kept = self._memory.get(key)
        if kept is None:
            kept = asdict(self._process.submit(_started, self._work, str(path), self.name).result())
            self._memory.put(key, kept)
            return Text(**kept | {"pages": tuple(kept["pages"])})
        return Text(**kept | {"pages": tuple(kept["pages"]), "remembered": True})

    def close(self) -> None:
        """End its process."""
        self._process.shutdown()


@dataclass(frozen=True)
class Read:
    """Our reading of a file, what was understood of it, CPU seconds of both, and the reading process's peak in MB."""

    readings: tuple[PageReading, ...]
    understanding: Understanding
    read_seconds: float
    understand_seconds: float
    peak_mb: float
    remembered: bool


class OurWay:
    """Reads and understands as the product does."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._process = memory, _process()
        self._key = sources_of("ingest.read") + versions()["tesseract"]

    def readings(self, path: Path) -> tuple[tuple[PageReading, ...], dict[str, Any], bool]:
        """All pages of a PDF; with {"seconds", "peak_mb"}, and whether they were remembered. Raises what reading
        raises."""
        key = digest_of(path.read_bytes(), self._key)
        kept = self._memory.get(key)
        remembered = kept is not None
        if kept is None:
            kept = self._process.submit(_started, _ours, str(path)).result()
            self._memory.put(key, kept)
        return tuple(PageReading.model_validate(page) for page in kept["readings"]), kept, remembered

    def read(self, path: Path, shown_name: str, verdict: Verdict | None) -> Read:
        """The file as the product sees it. Raises what reading raises."""
        readings, cost, remembered = self.readings(path)
        pages = [reading.model_dump(mode="json") for reading in readings]
        found, seconds = self._process.submit(_understood, pages, shown_name, verdict).result()
        return Read(readings, found, cost["seconds"], seconds, cost["peak_mb"], remembered)

    def close(self) -> None:
        """End its process."""
        self._process.shutdown()


def start_up() -> float:
    """CPU seconds that OCRmyPDF takes before it does anything: told, but not counted, as no reader's start-up is."""
    before = cpu_seconds()
    subprocess.run([sys.executable, "-m", "ocrmypdf", "--version"], capture_output=True, check=True)
    return cpu_seconds() - before


def versions() -> dict[str, str]:
    """Of the engines, as they name themselves."""
    tesseract = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
    import ocrmypdf

    first = (tesseract.stdout or tesseract.stderr).splitlines()[0]
    return {"tesseract": first.split()[-1], "ocrmypdf": f"{ocrmypdf.__version__} with {first}"}


def cpu_seconds() -> float:
    """User + system time of this process and its ended children."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def _process() -> ProcessPoolExecutor:
    """One process, started anew: nothing of ours is in its memory."""
    return ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))


def _peak_mb() -> float:
    """This process's own peak (VmHWM); getrusage's would be its parent's where that is larger."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


# --- what the processes do -------------------------------------------------------------------------------------------

_busy_before: list[bool] = []


def _started(work: Callable[..., _T], *arguments: str) -> _T:
    """What the work gives. The first in a process is done twice, and the second counts: what is imported and loaded
    once is nobody's reading."""
    if not _busy_before:
        _busy_before.append(True)
        work(*arguments)
    return work(*arguments)


@cache
def _as_a_worker() -> None:
    """As the product's processes are that read."""
    from worker.app import settle

    settle()


def _ours(path: str) -> dict[str, Any]:
    from ingest.intake import Limits
    from ingest.pages import inspect
    from ingest.read import Readers, read_page

    readers, file = Readers(_engine(), _line_reader(), _digit_reader(), _types(), _arbiter()), Path(path)
    _as_a_worker()
    before = cpu_seconds()
    count = inspect(file, "pdf", Limits()).pages
    readings = [read_page(file, "pdf", page, readers) for page in range(1, count + 1)]
    seconds = cpu_seconds() - before
    pages = [reading.model_dump(mode="json") for reading in readings]
    return {"readings": pages, "seconds": seconds, "peak_mb": _peak_mb()}


@cache
def _engine() -> Ocr:
    """Tesseract as the product has it; once in a process."""
    from ingest.ocr import tesseract

    return tesseract()


@cache
def _arbiter() -> Ocr | None:
    """The third reader as the product has it; once in a process."""
    from ingest.ocr import arbiter

    return arbiter()


@cache
def _line_reader() -> LineReader | None:
    """Our own recogniser, None where its weights can't be used; once in a process."""
    from ingest.linereader import LineReader

    try:
        return LineReader()
    except ReaderWeightsBroken:
        return None


@cache
def _digit_reader() -> DigitReader | None:
    """Our reader of hand-written digits, None where its weights can't be used; once in a process."""
    try:
        return DigitReader()
    except ReaderWeightsBroken:
        return None


def _understood(pages: list[Any], name: str, verdict: Verdict | None) -> tuple[Understanding, float]:
    from ingest.understand import understand

    types = _types()
    readings = [PageReading.model_validate(page) for page in pages]
    before = cpu_seconds()
    found = understand(readings, file_name=name, signatures=verdict, types=types)
    return found, cpu_seconds() - before


@cache
def _types() -> TypeCatalogue:
    """Loaded once in a process, as a worker does."""
    return TypeCatalogue.load()


def _ocrmypdf(path: str, name: str) -> Text:
    """As `ocrmypdf --output-type pdfa -l vie --jobs 1` in a process that lives on. A signed file or one with text is
    refused by it unless told otherwise: it is told, and its text comes from OCR as everybody's does."""
    import ocrmypdf

    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.txt"
        before = cpu_seconds()
        failure = ""
        try:
            ocrmypdf.ocr(
                path,
                Path(folder) / "out.pdf",
                language=["vie"],
                output_type="pdfa",
                sidecar=told,
                jobs=1,
                use_threads=True,
                progress_bar=False,
                force_ocr=_needs_force(path),
                invalidate_digital_signatures=True,
                **OCRMYPDF[name],
            )
        except Exception as refusal:  # whatever the peer dies of is told, and the run goes on
            failure = f"{type(refusal).__name__}: {refusal}"
        seconds = cpu_seconds() - before
        text = told.read_text("utf-8") if told.exists() else ""
    return Text(tuple(text.split("\f")), seconds, _peak_mb(), failure)


def _needs_force(path: str) -> bool:
    import pikepdf

    with pikepdf.open(path) as pdf:
        return "/AcroForm" in pdf.Root or any("/Font" in page.get("/Resources", {}) for page in pdf.pages)


def _tesseract(path: str, name: str) -> Text:
    """`tesseract PAGE - -l vie` on each page's picture as it is; only tesseract itself is timed."""
    from PIL import Image

    from ingest.pages import open_pages

    del name
    texts, seconds = [], 0.0
    with open_pages(Path(path), "pdf") as source, tempfile.TemporaryDirectory() as folder:
        for number in range(1, source.count + 1):
            picture = source.picture(number)
            page = Path(folder) / "page.ppm"
            Image.fromarray(picture.rgb).save(page)
            before = cpu_seconds()
            done = subprocess.run(
                ["tesseract", page, "-", "-l", "vie", "--dpi", str(round(picture.dpi))],
                capture_output=True,
                text=True,
                check=False,
            )
            seconds += cpu_seconds() - before
            texts.append(done.stdout)
    return Text(tuple(texts), seconds, _peak_mb())


@dataclass
class _Stopwatch:
    """An engine whose work is timed, or that sees nothing: which way up a page lies it tells in any case."""

    engine: Ocr
    silent: bool
    seconds: float = 0.0
    name: str = field(default="stopwatch")

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> Sequence[PixelWord]:
        """The engine's words, or none."""
        if self.silent:
            return []
        before = cpu_seconds()
        found = self.engine.words(grey, dpi, block=block)
        self.seconds += cpu_seconds() - before
        return found

    def script(self, grey: Pixels, dpi: float) -> Script | None:
        """The engine's word; not timed."""
        return self.engine.script(grey, dpi)


def _alone(path: str, name: str) -> Text:
    from unittest.mock import patch

    from ingest import pagelines, read
    from ingest.pages import open_pages

    own = _line_reader() if name == OWN_ALONE else None
    if name == OWN_ALONE and own is None:
        return Text((), 0.0, _peak_mb(), "the weights of our own reader are missing")
    watch = _Stopwatch(_engine(), silent=own is not None)
    readers = read.Readers(watch, own)

    def timed(*given: Any) -> Any:
        before = cpu_seconds()
        found = pagelines.read_lines(*given)
        watch.seconds += cpu_seconds() - before
        return found

    with open_pages(Path(path), "pdf") as source:
        count = source.count
    with patch.object(read, "read_lines", timed):
        texts = [read.read_page(Path(path), "pdf", page, readers).text() for page in range(1, count + 1)]
    return Text(tuple(texts), watch.seconds, _peak_mb())
