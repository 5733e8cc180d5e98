"""A page out of focus is not blank: somebody must hear that it cannot be read."""

from __future__ import annotations

from pathlib import Path

from ingest.ocr import TesseractOcr
from ingest.read import Readers, read_page
from specimens import make_paper
from specimens.scans import write_paper


def test_a_page_out_of_focus_is_unreadable_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "mo.pdf"
    write_paper(make_paper("unreadable", 2, layout="blurred", dpi=150), path)
    reading = read_page(path, "pdf", 1, Readers(TesseractOcr()))
    assert not reading.blank and "UNREADABLE_SCAN" in reading.notices
