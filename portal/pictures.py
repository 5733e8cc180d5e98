"""Pictures of a stored paper: a page as a person sees it, and the very spot a value was read from."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ingest.kinds import MediaKind
from ingest.pages import open_pages
from ingest.pdfpages import PdfPages
from ledger import ReviewRow
from portal.drawn import Drawn
from portal.parts import Parts
from schemas.errors import RecordMissing
from schemas.evidence import FieldReading
from schemas.manifest import Manifest
from schemas.reading import Box, PageReading

MARGIN = 0.02  # of the page, so that a person sees what stands around
WHOLE = Box(x0=0, y0=0, x1=1, y1=1)
QUALITY = 80  # of JPEG, for the screen
SCREEN_DPI = 150.0
_drawn = Drawn()


@dataclass(frozen=True)
class Spot:
    """Where something stands: the page within the paper (from 1) and the box in fractions of the upright page."""

    page: int
    box: Box


def spot_of(manifest: Manifest, field: FieldReading | None) -> Spot:
    """The place a field was read from; the whole first page when it has none."""
    seen = next((w for w in field.evidence if w.page and w.box), None) if field else None
    if seen is None or seen.page not in manifest.source.pages or seen.box is None:
        return Spot(1, WHOLE)
    return Spot(manifest.source.pages.index(seen.page) + 1, seen.box)


def page_jpeg(parts: Parts, manifest: Manifest, page: int, width: int, box: Box = WHOLE) -> bytes:
    """A page of a paper (from 1), or the part of it in that box, upright, as the original shows it, at most that many
    pixels wide. Raises RecordMissing for a page the paper does not have. Who looks is written down first (`access`)."""
    original, data = manifest.representation("original"), manifest.representation("data")
    if original is None or not 1 <= page <= len(manifest.source.pages):
        raise RecordMissing()

    def draw() -> bytes:
        with upright_page(parts, manifest, page) as picture:
            return _jpeg(picture.crop(_pixels(box, picture.size, 0.0)), width)

    place = (manifest.source.pages[page - 1], width, box.x0, box.y0, box.x1, box.y1)
    return _drawn.get((original.sha256, data and data.sha256, *place), draw)


def sealed_jpeg(parts: Parts, manifest: Manifest, page: int, width: int) -> bytes:
    """A page of the sealed PDF (from 1) with the seal's stamp on it: what is handed over. As page_jpeg otherwise."""
    archival = manifest.representation("archival")
    if archival is None or not 1 <= page <= len(manifest.source.pages):
        raise RecordMissing()

    def draw() -> bytes:
        with parts.archive.path(archival.sha256) as path, closing(PdfPages(path)) as pages:
            return _jpeg(Image.fromarray(pages.rendered(page, SCREEN_DPI).rgb), width)

    return _drawn.get((archival.sha256, page, width), draw)


@contextmanager
def upright_page(parts: Parts, manifest: Manifest, page: int) -> Iterator[Image.Image]:
    """The picture of a page of the paper (from 1), turned upright."""
    original = manifest.representation("original")
    if original is None or not 1 <= page <= len(manifest.source.pages):
        raise RecordMissing()
    number = manifest.source.pages[page - 1]
    with parts.archive.path(original.sha256) as path, open_pages(path, _kind(original.media_type)) as pages:
        picture = Image.fromarray(pages.picture(number).rgb)
    yield picture.rotate(-_rotation(parts, manifest, number), expand=True)


def spot_picture(parts: Parts, review: ReviewRow, out: Path) -> None:
    """Write a PNG of the doubted field's place (the whole first page when the field has none). Raises RecordMissing."""
    manifest = parts.records.head(parts.ledger.document(review.document_id).record)
    if manifest is None:
        raise RecordMissing()
    spot = spot_of(manifest, manifest.fields.get(review.field) if review.field else None)
    with upright_page(parts, manifest, spot.page) as picture:
        picture.crop(_pixels(spot.box, picture.size, MARGIN)).save(out, format="PNG")


def _jpeg(picture: Image.Image, width: int) -> bytes:
    picture.thumbnail((width, width * 4), reducing_gap=1.0)  # twice as fast, and nobody sees it on a screen
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _pixels(box: Box, size: tuple[int, int], margin: float) -> tuple[int, int, int, int]:
    width, height = size
    return (
        int(max(0, box.x0 - margin) * width),
        int(max(0, box.y0 - margin) * height),
        int(min(1, box.x1 + margin) * width),
        int(min(1, box.y1 + margin) * height),
    )


def _kind(media_type: str) -> MediaKind:
    """As what its pages are opened: every kind of picture alike."""
    return "pdf" if media_type == "application/pdf" else "png"


def page_size(parts: Parts, manifest: Manifest, page: int) -> tuple[int, int] | None:
    """Width and height in pixels of the upright picture of a page of the paper (from 1), without drawing it; None where
    nothing was read of it."""
    if not 1 <= page <= len(manifest.source.pages):
        return None
    reading = _reading(parts, manifest, manifest.source.pages[page - 1])
    return (reading.width, reading.height) if reading else None


def _rotation(parts: Parts, manifest: Manifest, page: int) -> int:
    reading = _reading(parts, manifest, page)
    return reading.rotation if reading else 0


def _reading(parts: Parts, manifest: Manifest, page: int) -> PageReading | None:
    kept = manifest.representation("data")
    if kept is None:
        return None
    with parts.archive.open(kept.sha256) as stream:
        found = next((item for item in json.load(stream) if item["page"] == page), None)
    return None if found is None else PageReading.model_validate(found)
