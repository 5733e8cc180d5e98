"""Pictures of stored papers: a page as a person sees it, and the spot a value was read from."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from motlan.wiring import House
from portal.pictures import page_jpeg, spot_of
from schemas.errors import RecordMissing


def test_a_page_and_a_spot_of_it_are_shown_upright(town: House) -> None:
    for document in town.ledger.documents(state="DONE"):
        manifest = town.records.head(document.record)
        assert manifest is not None
        page = Image.open(io.BytesIO(page_jpeg(town, manifest, 1, 600)))
        assert page.format == "JPEG" and max(page.size) >= 500 and page.width <= 600
        for field in manifest.fields.values():
            spot = spot_of(manifest, field)
            assert 1 <= spot.page <= len(manifest.source.pages)
        with pytest.raises(RecordMissing):
            page_jpeg(town, manifest, len(manifest.source.pages) + 1, 600)
