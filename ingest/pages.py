"""Pages of a taken file: judged before anything is decoded, then handed out one picture at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.kinds import MediaKind
from ingest.pagepicture import PagePicture
from ingest.pdfchecks import inspect_pdf
from ingest.pdfpages import PdfPages
from ingest.picturepages import PicturePages, inspect_picture
from ingest.staging import Limits
from schemas.errors import UnsupportedKind

__all__ = ["FileFacts", "PagePicture", "PageSource", "inspect", "open_pages"]


@dataclass(frozen=True)
class FileFacts:
    """Of a file that may be read: its pages, whether somebody signed it, and whether each page is one full-page picture
    and nothing else that can be seen (invisible text does not count)."""

    pages: int
    signed: bool
    plain_pictures: bool


class PageSource(Protocol):
    """Pages of an open file, numbered from 1. A picture is as a viewer shows the page; keep only one at a time. With
    `dpi` it may come coarser than it is stored, where that is cheaper to decode, but never below `dpi`."""

    @property
    def count(self) -> int: ...

    def picture(self, number: int, dpi: float | None = None) -> PagePicture: ...

    def close(self) -> None: ...


def inspect(path: Path, kind: MediaKind, limits: Limits) -> FileFacts:
    """Judge a file by its structure and headers; nothing is rendered. Raises Truncated, Encrypted, TooManyPages,
    PageTooLarge, NoPages, EmptyPage, UnsupportedKind (a ZIP is expanded first)."""
    if kind == "zip":
        raise UnsupportedKind(found="ZIP")
    if kind == "pdf":
        facts = inspect_pdf(path, limits)
        return FileFacts(facts.pages, facts.signed, facts.plain_pictures)
    return FileFacts(inspect_picture(path, kind, limits), signed=False, plain_pictures=True)


@contextlib.contextmanager
def open_pages(path: Path, kind: MediaKind) -> Iterator[PageSource]:
    """The file's pages; see `PageSource`. Raises as `inspect` does where the file cannot be opened."""
    if kind == "zip":
        raise UnsupportedKind(found="ZIP")
    source: PageSource = PdfPages(path) if kind == "pdf" else PicturePages(path)
    try:
        yield source
    finally:
        source.close()
