"""Several files as one PDF: a paper that was photographed page by page, or scanned in pieces. Pictures go in as they
are stored, pages of PDFs as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest import keptpages, picturepdf
from ingest.kinds import MediaKind
from schemas.errors import FilesNotJoinable


@dataclass(frozen=True)
class Piece:
    """Pages (from 1, in this order) of a file; `dpi` is the scale of each."""

    path: Path
    kind: MediaKind
    pages: tuple[int, ...]
    dpi: tuple[float, ...]


def join_files(pieces: Sequence[Piece], work: Path) -> Path:
    """A PDF in `work` with the pages of all pieces, one after the other. Same pieces, same bytes. Raises
    FilesNotJoinable for a PDF with layers: which of them are shown cannot be kept."""
    parts = []
    for place, piece in enumerate(pieces):
        folder = work / f"{place:04d}"
        folder.mkdir()
        parts.append(_as_pdf(piece, folder))
    return picturepdf.join(parts, work / "joined.pdf")


def _as_pdf(piece: Piece, work: Path) -> Path:
    if piece.kind != "pdf":
        return picturepdf.write_pages(piece.path, piece.kind, piece.pages, piece.dpi, work)
    if keptpages.hides_layers(piece.path):
        raise FilesNotJoinable(reason="có tệp PDF gồm nhiều lớp ẩn hiện")
    with keptpages.taken(piece.path, piece.pages) as pdf:
        pdf.save(work / "pages.pdf")
    return work / "pages.pdf"
