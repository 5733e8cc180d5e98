"""The archival PDF of a paper: PDF/A-2b with the page pictures untouched and an invisible Vietnamese text layer.

Three ways, tried in this order until the PDF/A check passes: *kept* (pages copied as they are), *converted* (OCRmyPDF
mends fonts and colours, text stays text), *rendered* (pages drawn at 300 dpi; only for files nothing else can mend).
The original file is only read.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name, pdfa

from ingest import keptpages, picturepdf
from ingest.glyphless import GlyphlessFont, packed
from ingest.textlayer import FONT_NAME, page_text
from ingest.xmp import ArchivalMeta, packet
from schemas.errors import NotArchivable
from schemas.reading import PageReading

__all__ = ["ArchivalMeta", "Route", "compose"]

Route = Literal["kept", "converted", "rendered"]
_VERSION = "1.7"  # of the written file, whatever the original's is: PDF/A-2 allows no later one
_RENDER_DPI = 300.0
_CONVERT_LIMIT = 900  # seconds for OCRmyPDF and Ghostscript on one paper


def compose(
    original: Path, kind: str, pages: Sequence[int], readings: Sequence[PageReading], out: Path, meta: ArchivalMeta
) -> Route:
    """Write the archival PDF of `pages` (from 1, blanks included) to `out` and say which way it went.

    `readings` belong to `pages`, in the same order. Same inputs, same bytes. Raises NotArchivable when no way gives a
    valid PDF/A-2b."""
    if len(pages) != len(readings) or not pages:
        raise ValueError("one reading for each page, and at least one page")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".compose-") as folder:
        work = Path(folder)
        ways: tuple[Route, ...] = ("kept", "converted", "rendered") if kind == "pdf" else ("kept",)
        problem = ""
        for way in ways:
            try:
                try:
                    _by(way, original, kind, pages, readings, out, meta, work)
                except pdfa.PdfaError as error:
                    if not _only_warnings(error):
                        raise
                    _by(way, original, kind, pages, readings, out, meta, work)
                return way
            except pdfa.PdfaError as error:
                problem = str(error)
            except (pikepdf.PdfError, pypdfium2.PdfiumError, subprocess.SubprocessError) as error:
                problem = type(error).__name__
        raise NotArchivable(detail=problem[:300])


def _only_warnings(error: pdfa.PdfaError) -> bool:
    """Whether the check may have been disturbed: pikepdf takes any Python warning that appears while it parses a page,
    also one of another thread, for damage of that page. Then a second try is worth more than a lesser way."""
    return all(finding.rule == "pikepdf:content-parse" for finding in error.report.findings)


def _by(
    way: Route,
    original: Path,
    kind: str,
    pages: Sequence[int],
    readings: Sequence[PageReading],
    out: Path,
    meta: ArchivalMeta,
    work: Path,
) -> None:
    if kind != "pdf":
        source = picturepdf.write_pages(original, kind, pages, [reading.dpi for reading in readings], work)
        with pikepdf.open(source) as pdf:
            return _finish(pdf, readings, out, meta)
    if way == "rendered":
        source = _render(original, pages, work)
        with pikepdf.open(source) as pdf:
            return _finish(pdf, readings, out, meta, all_text=True)
    if way == "converted":
        source = _convert(original, pages, work)
        with pikepdf.open(source) as pdf:
            return _finish(pdf, readings, out, meta)
    if keptpages.hides_layers(original):
        raise pikepdf.PdfError("layers")
    with keptpages.taken(original, pages) as pdf:
        return _finish(pdf, readings, out, meta)


def _finish(
    pdf: pikepdf.Pdf, readings: Sequence[PageReading], out: Path, meta: ArchivalMeta, *, all_text: bool = False
) -> None:
    """Text layers, rotation, metadata and declarations on an open PDF, then one checked save."""
    font = GlyphlessFont()
    laid = [
        page
        for page, reading in zip(pdf.pages, readings, strict=True)
        if _lay_text(pdf, page, reading, font, all_text=all_text)
    ]
    if laid:
        shared = font.build(pdf)
        for page in laid:
            page.add_resource(shared, Name.Font, Name("/" + FONT_NAME), replace_existing=True)
    pdfa.prepare(pdf, "2b", output_intent="sRGB")
    pdf.Root.Lang = pikepdf.String("vi")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.Root.Metadata = pdf.make_stream(packet(meta), Type=Name.Metadata, Subtype=Name.XML)
    if Name.Info in pdf.trailer:
        del pdf.trailer[Name.Info]
    # No object streams: one flipped bit then costs one object, not the catalogue and every page with it.
    plain = pikepdf.ObjectStreamMode.disable
    settings = {"deterministic_id": True, "object_stream_mode": plain, "force_version": _VERSION}
    pdfa.save(pdf, out, "2b", repair=False, **settings)


def _lay_text(
    pdf: pikepdf.Pdf, page: pikepdf.Page, reading: PageReading, font: GlyphlessFont, *, all_text: bool
) -> bool:
    """Turn the page upright and lay our text, unless its own text layer is the one that was trusted."""
    rotation = (int(page.obj.get(Name.Rotate, 0)) + reading.rotation) % 360
    page.obj.Rotate = rotation
    if reading.source == "text_layer" and not all_text:
        return False
    keptpages.drop_hidden_text(pdf, page)
    box = tuple(float(side) for side in page.cropbox)
    content = page_text(reading, font, rotation, (box[0], box[1], box[2], box[3]))
    if not content:
        return False
    page.contents_add(packed(pdf, b"q\n"), prepend=True)
    page.contents_add(packed(pdf, b"\nQ\n" + content))
    page.contents_coalesce()  # one stream, made while writing: the check holds the parts of every page in memory
    return True


def _convert(original: Path, pages: Sequence[int], work: Path) -> Path:
    """OCRmyPDF with its own OCR off: fonts embedded, colours managed, text kept. A program of its own, because
    Ghostscript may hang or crash on odd files and must not take the worker with it."""
    subset, out = work / "subset.pdf", work / "converted.pdf"
    with keptpages.taken(original, pages) as pdf:
        pdf.docinfo[Name.Title] = "-"  # Ghostscript 10.00 crashes on a file without an information dictionary
        pdf.save(subset)
    options = ["--mode", "strip", "--output-type", "pdfa-2", "--optimize", "0", "--jobs", "1", "--quiet"]
    command = [sys.executable, "-m", "ocrmypdf", *options, str(subset), str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=_CONVERT_LIMIT)
    if _shown_text(subset) != _shown_text(out):
        raise pikepdf.PdfError("the conversion changed the text")
    return out


def _shown_text(path: Path) -> list[str]:
    """The visible text of each page, without white space: Ghostscript 10.00 swaps Vietnamese letters in some fonts."""
    document = pypdfium2.PdfDocument(path)
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def _render(original: Path, pages: Sequence[int], work: Path) -> Path:
    """The last way: draw the pages, so that at least what a person saw is kept in a valid file."""
    document = pypdfium2.PdfDocument(original)
    document.init_forms()
    parts: list[Path] = []
    try:
        for number in pages:
            page = document[number - 1]
            picture = page.render(scale=_RENDER_DPI / 72, may_draw_forms=True).to_pil().convert("RGB")
            drawn = work / f"drawn-{len(parts):05d}.png"
            picture.save(drawn)
            parts.append(
                picturepdf.write_pages(drawn, "png", [1], [_RENDER_DPI], work).rename(drawn.with_suffix(".pdf"))
            )
            drawn.unlink()
    finally:
        document.close()
    return picturepdf.join(parts, work / "rendered.pdf")
