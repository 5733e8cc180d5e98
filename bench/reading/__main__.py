"""What is understood, against the truth: types, exact fields, and how precise the accepted values are.

`python -m bench.reading [--scans FOLDER] [--specimens N] [--first SEED] [--cache FOLDER]`: `--scans` is a folder with
PDF files and their `truth.json`; `--specimens N` makes N papers of every type, in turn at four levels of damage. Pages
are read by the real reader; `--cache` keeps the readings, so that rules can be measured again without reading again.
The exit code is 1 if a value was accepted though it is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.reading.tally import Tally, table
from ingest.intake import Limits
from ingest.ocr import TesseractOcr
from ingest.pages import inspect
from ingest.read import READING_CONFIG, read_page
from ingest.understand import understand
from schemas.evidence import Paper, Verdict
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from signing.verify import verify
from specimens import TYPE_IDS, Damage, make_paper

LEVELS = 4
_NAMES = {
    "issuing_agency": "agency",
    "parent_agency": "parent_agency",
    "code_number": "number",
    "code_notation": "notation",
    "document_code": "code",
    "type_name": "type_name",
    "place": "place",
    "issued_date": "issued_date",
    "subject": "subject",
    "signer_name": "signer_name",
    "signer_authority": "signer_authority",
}  # truth.json's names and ours


class Reader:
    """Reads files page by page, and remembers readings in a folder if told one."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._ocr = TesseractOcr()

    def read(self, path: Path, kind: str) -> list[PageReading]:
        """All pages of a file."""
        name = hashlib.sha256(path.read_bytes() + READING_CONFIG.encode()).hexdigest()
        kept = self._cache / f"{name}.json" if self._cache else None
        if kept is not None and kept.exists():
            return [PageReading.model_validate(page) for page in json.loads(kept.read_text("utf-8"))]
        count = inspect(path, kind, Limits()).pages  # type: ignore[arg-type]  # only kinds of this file
        readings = [read_page(path, kind, page + 1, self._ocr) for page in range(count)]  # type: ignore[arg-type]
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps([page.model_dump(mode="json") for page in readings]), "utf-8")
        return readings


def scans(folder: Path, reader: Reader, types: TypeCatalogue) -> Tally:
    """Real scans with a truth.json beside them."""
    tally = Tally()
    for truth in json.loads((folder / "truth.json").read_text("utf-8")):
        path = folder / truth["file"]
        papers = _papers(reader.read(path, "pdf"), path.name, verify(path, []), types)
        wanted = {ours: truth[theirs] for theirs, ours in _NAMES.items()}
        tally.paper(path.name, "administrative_document", wanted, papers)
    return tally


def made_up(count: int, first: int, reader: Reader, types: TypeCatalogue) -> Tally:
    """Specimens of every type that is a paper to understand."""
    tally = Tally()
    known = [type_id for type_id in TYPE_IDS if types.get(type_id) is not None]
    for type_id in known:
        for seed in range(first, first + count):
            with tempfile.TemporaryDirectory() as folder:
                readings, truth = _specimen(type_id, seed, Path(folder), reader)
            papers = _papers(readings, "scan.pdf", None, types)
            tally.paper(f"{type_id} {seed}", type_id, truth, papers)
        print(f"  {type_id}", file=sys.stderr, flush=True)
    return tally


def _papers(
    readings: Sequence[PageReading], name: str, verdict: Verdict | None, types: TypeCatalogue
) -> tuple[Paper, ...]:
    return understand(readings, file_name=name, signatures=verdict, types=types).papers


def _specimen(type_id: str, seed: int, folder: Path, reader: Reader) -> tuple[list[PageReading], dict[str, str | None]]:
    paper = make_paper(type_id, seed, damage=Damage.level(seed % LEVELS, seed))
    readings = []
    for number, page in enumerate(paper.pages, 1):
        path = folder / f"{number}.jpg"
        page.convert("RGB").save(path, quality=paper.jpeg_quality, dpi=(paper.dpi, paper.dpi))
        readings += [one.model_copy(update={"page": number}) for one in reader.read(path, "jpeg")]
    return readings, dict(paper.fields)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.reading", description=__doc__)
    parser.add_argument("--scans", type=Path, help="folder with PDF files and truth.json")
    parser.add_argument("--specimens", type=int, default=0, help="papers of every type")
    parser.add_argument("--first", type=int, default=0, help="seed of the first specimen")
    parser.add_argument("--cache", type=Path, help="folder that keeps readings between runs")
    return parser.parse_args()


def _sets(options: argparse.Namespace) -> Iterator[tuple[str, Tally]]:
    reader, types = Reader(options.cache), TypeCatalogue.load()
    if options.scans is not None:
        yield "real scans", scans(options.scans, reader, types)
    if options.specimens:
        yield "specimens", made_up(options.specimens, options.first, reader, types)


def main() -> int:
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    wrong, started = 0, time.process_time()
    for name, tally in _sets(_arguments()):
        print(f"== {name}\n{table(tally)}\n")
        wrong += len(tally.wrong)
    print(f"CPU of this process, engine apart: {time.process_time() - started:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
