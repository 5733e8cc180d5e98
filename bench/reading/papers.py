"""What is read: made-up papers at levels of damage, papers of another generator, real scans, and the first and the last
again after each damage the bench makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pikepdf
from PIL import Image

from bench.foreign import LAYOUTS, Foreign, foreign_papers
from ingest.pages import open_pages
from schemas.evidence import Verdict
from schemas.reading import PageReading
from signing.verify import verify
from specimens import TYPE_IDS, Damage, Specimen, make_paper, pdf_bytes
from specimens.damage import DAMAGES, apply

SPECIMENS, SCANS, FOREIGN = "specimens", "scans", "foreign"
UNKNOWN, SECRET = "unknown", "secret"  # what is to be said of a paper that is of no type, or not to be read
AS_SCANNED = "as scanned"
_BASE_LEVEL = 1  # a damage comes on top of a paper from a good scanner
_RESCAN_QUALITY = 88
_LETTER = "administrative_document"
_TO_SAY = {"blank_back": UNKNOWN, "other_script": UNKNOWN, "unreadable": UNKNOWN, "secret_page": SECRET}
SCAN_FIELDS = {
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
}
"""truth.json's names of fields, and ours."""
_BY_HAND = frozenset({"number", "code", "issued_date"})
_PASSAGES = ("issuing_agency", "code_notation", "type_name", "place", "subject", "signer_name")

_T = TypeVar("_T")
LayerOf = Callable[[Path], Sequence[PageReading]]


@dataclass(frozen=True)
class Truth:
    """What is true of a paper. `type_id` may be UNKNOWN or SECRET. `fields` by our names, None for what the paper does
    not have; `whole`: the lines are all that stands on the paper. `by_hand` are written by hand, `unprinted` stand
    nowhere on the paper. `lines` are those of each page, None for a page whose text nobody knows; `passages` are texts
    that stand somewhere in the file."""

    type_id: str
    fields: Mapping[str, str | None]
    whole: bool = True
    by_hand: frozenset[str] = frozenset()
    unprinted: frozenset[str] = frozenset()
    lines: tuple[tuple[str, ...] | None, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperFile:
    """One paper as the file that is dropped: a PDF at `path`, shown to the product under `shown_name`, with the verdict
    on its signatures where somebody signed it. `name` is its own in the results."""

    set: str
    damage: str
    name: str
    path: Path
    shown_name: str
    truth: Truth
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Choice:
    """How much is read: papers of each type and level from seed `first` on, `levels`, real scans (None: all), damages,
    and how many papers of each set go through each of them (0: all). `foreign` papers of each layout of the other
    generator, or of those named in `layouts`."""

    types: tuple[str, ...] = TYPE_IDS
    specimens: int = 1
    first: int = 7000
    levels: tuple[int, ...] = (0, 1, 2, 3)
    dpi: int = 200
    scans: Path | None = None
    scan_count: int | None = None
    damages: tuple[str, ...] = DAMAGES
    per_damage: int = 6
    foreign: int = 0
    layouts: tuple[str, ...] = ()


def papers(choice: Choice, folder: Path, layer_of: LayerOf) -> Iterator[PaperFile]:
    """Every paper of the choice, made in `folder` one at a time; the file of the one before may be gone. The same
    choice gives the same bytes. `layer_of` reads a file's pages: a trustworthy text layer is the truth for the pictures
    made from it. Raises FileNotFoundError where `scans` has no truth.json."""
    made_up = [(kind, choice.first + copy) for copy in range(choice.specimens) for kind in choice.types]
    scans = _scan_rows(choice)
    for type_id, seed in made_up:
        for level in choice.levels:
            paper = make_paper(type_id, seed, dpi=choice.dpi, damage=Damage.level(level, seed))
            yield _specimen_file(paper, f"level {level}", list(paper.pages), folder)
    for other in foreign_papers(_foreign(choice), folder):
        yield _foreign_file(other, folder)
    for row in scans:
        yield _scan(choice, row)
    for turn, damage in enumerate(choice.damages):
        for type_id, seed in _sample(made_up, turn, choice.per_damage):
            paper = make_paper(type_id, seed, dpi=choice.dpi, damage=Damage.level(_BASE_LEVEL, seed))
            pages = [apply(page, damage, paper.dpi, f"{seed}.{n}") for n, page in enumerate(paper.pages)]
            yield _specimen_file(paper, damage, pages, folder)
        for row in _sample(scans, turn, choice.per_damage):
            yield _rescan(choice, row, damage, folder, layer_of)


def count(choice: Choice) -> int:
    """How many papers `papers` will yield."""
    made_up, scans = len(choice.types) * choice.specimens, len(_scan_rows(choice))
    sampled = sum(min(number, choice.per_damage or number) for number in (made_up, scans))
    return made_up * len(choice.levels) + len(_foreign(choice)) + scans + sampled * len(choice.damages)


def _sample(items: Sequence[_T], turn: int, size: int) -> Sequence[_T]:
    """`size` of the items (0: all), each turn going on where the one before ended, so that all have their turn."""
    if not items or not 0 < size < len(items):
        return items
    return [items[(turn * size + k) % len(items)] for k in range(size)]


# --- made-up papers --------------------------------------------------------------------------------------------------


def _specimen_file(paper: Specimen, damage: str, pages: Sequence[Image.Image], folder: Path) -> PaperFile:
    path = folder / "scan.pdf"
    path.write_bytes(_as_pdf(pages, paper.dpi, paper.jpeg_quality))
    odd = paper.type_id in _TO_SAY
    truth = Truth(
        type_id=_TO_SAY.get(paper.type_id, paper.type_id),
        fields={} if odd else paper.fields,
        whole=not odd,
        by_hand=frozenset(paper.by_hand),
        unprinted=frozenset(name for name, pieces in paper.printed.items() if not pieces),
        lines=tuple(None if odd else lines for lines in paper.lines),
    )
    return PaperFile(SPECIMENS, damage, f"{paper.type_id} {paper.seed} {paper.layout}", path, "scan.pdf", truth)


def _as_pdf(pages: Sequence[Image.Image], dpi: float, quality: int) -> bytes:
    """Each page at the resolution its picture names, or else at `dpi`."""
    buffer = BytesIO()
    with pikepdf.new() as pdf:
        for page in pages:
            own = round(page.info.get("dpi", (dpi, dpi))[0])
            with pikepdf.open(BytesIO(pdf_bytes([page], own, quality=quality))) as one:
                pdf.pages.extend(one.pages)
        pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


# --- papers of the other generator -----------------------------------------------------------------------------------


def _foreign(choice: Choice) -> list[tuple[str, str, int]]:
    """(type, layout, seed) of each."""
    return [
        (type_id, layout, choice.first + copy)
        for copy in range(choice.foreign)
        for type_id, layouts in LAYOUTS.items()
        for layout in layouts
        if type_id in choice.types and (not choice.layouts or layout in choice.layouts)
    ]


def _foreign_file(paper: Foreign, folder: Path) -> PaperFile:
    path = folder / "scan.pdf"
    path.write_bytes(_as_pdf(paper.pages, paper.dpi, paper.quality))
    truth = Truth(paper.type_id, paper.fields, unprinted=frozenset(paper.unprinted), lines=tuple(paper.lines))
    return PaperFile(FOREIGN, AS_SCANNED, f"{paper.type_id} {paper.seed} {paper.layout}", path, "scan.pdf", truth)


# --- real scans ------------------------------------------------------------------------------------------------------

_Row = Mapping[str, object]


def _scan_rows(choice: Choice) -> Sequence[_Row]:
    if choice.scans is None:
        return ()
    rows: list[_Row] = json.loads((choice.scans / "truth.json").read_text("utf-8"))
    return rows if choice.scan_count is None else rows[: choice.scan_count]


def _scan(choice: Choice, row: _Row) -> PaperFile:
    path = _path(choice, row)
    return PaperFile(SCANS, AS_SCANNED, path.name, path, path.name, _truth(row), verify(path, []))


def _rescan(choice: Choice, row: _Row, damage: str, folder: Path, layer_of: LayerOf) -> PaperFile:
    """The pages of a scan as pictures, damaged, in a new file: without signature, stamp and telling name, so that
    nothing but the pages speaks for what is written on them by hand."""
    source, target = _path(choice, row), folder / "scan.pdf"
    pages = []
    with open_pages(source, "pdf") as scan:
        for number in range(1, scan.count + 1):
            picture = scan.picture(number)
            seed = f"{source.name}.{number}"
            pages.append(apply(Image.fromarray(picture.rgb), damage, picture.dpi, seed))
    target.write_bytes(_as_pdf(pages, 200, _RESCAN_QUALITY))
    lines = tuple(
        tuple(reading.text().splitlines()) if reading.source == "text_layer" else None for reading in layer_of(source)
    )
    return PaperFile(SCANS, damage, source.name, target, "quét lại.pdf", replace(_truth(row), lines=lines))


def _path(choice: Choice, row: _Row) -> Path:
    assert choice.scans is not None
    return choice.scans / str(row["file"])


def _truth(row: _Row) -> Truth:
    fields = {ours: None if row[theirs] is None else str(row[theirs]) for theirs, ours in SCAN_FIELDS.items()}
    return Truth(
        type_id=_LETTER,
        fields=fields,
        whole=False,
        by_hand=_BY_HAND if row.get("number_and_day_handwritten") else frozenset(),
        passages=tuple(str(row[name]) for name in _PASSAGES if row.get(name)),
    )
