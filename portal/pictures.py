"""The picture of the very spot a value was read from."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from ingest.pages import open_pages
from ledger import ReviewRow
from portal.parts import Parts
from schemas.errors import RecordMissing
from schemas.manifest import Manifest
from schemas.reading import Box, PageReading

MARGIN = 0.02  # of the page, so that a person sees what stands around


def spot_picture(parts: Parts, review: ReviewRow, out: Path) -> None:
    """Write a PNG of the doubted field's place (the whole first page when the field has none). Raises RecordMissing."""
    document = parts.ledger.document(review.document_id)
    manifest = parts.records.head(document.record)
    original = manifest.representation("original") if manifest else None
    if manifest is None or original is None:
        raise RecordMissing()
    field = manifest.fields.get(review.field) if review.field else None
    seen = next((w for w in field.evidence if w.page and w.box), None) if field else None
    page = seen.page if seen and seen.page else manifest.source.pages[0]
    box = seen.box if seen and seen.box else Box(x0=0, y0=0, x1=1, y1=1)
    file = parts.ledger.file(document.file_id)
    with parts.archive.path(original.sha256) as path, open_pages(path, file.kind or "pdf") as pages:
        picture = Image.fromarray(pages.picture(page).rgb)
    picture = picture.rotate(-_rotation(parts, manifest, page), expand=True)
    width, height = picture.size
    picture.crop(
        (
            int(max(0, box.x0 - MARGIN) * width),
            int(max(0, box.y0 - MARGIN) * height),
            int(min(1, box.x1 + MARGIN) * width),
            int(min(1, box.y1 + MARGIN) * height),
        )
    ).save(out, format="PNG")


def _rotation(parts: Parts, manifest: Manifest, page: int) -> int:
    kept = manifest.representation("data")
    if kept is None:
        return 0
    with parts.archive.open(kept.sha256) as stream:
        readings = [PageReading.model_validate(item) for item in json.load(stream)]
    return next((reading.rotation for reading in readings if reading.page == page), 0)
