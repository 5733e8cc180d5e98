"""Pictures of stored papers: a page as a person sees it, and the spot a value was read from."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from motlan.wiring import House
from portal.drawn import Drawn
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


def test_a_picture_is_drawn_once_and_forgotten_when_there_are_too_many() -> None:
    drawn, made = Drawn(most=10), []

    def draw(name: str) -> bytes:
        made.append(name)
        return name.encode() * 4

    for name in ("a", "b", "a", "c", "a", "b"):
        assert drawn.get(name, lambda name=name: draw(name)) == name.encode() * 4
    assert made == ["a", "b", "c", "b"]
