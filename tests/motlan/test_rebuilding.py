"""Rebuilding from an archive that has lost a part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from motlan.rebuilding import rebuild
from motlan.wiring import House
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import drain, drop


def test_a_paper_whose_text_is_lost_is_told_and_still_found_by_its_fields(
    archive: Callable[..., House], tmp_path: Path
) -> None:
    house = archive()
    write_paper(make_paper("birth_certificate", 11, dpi=150), tmp_path / "a.pdf")
    drop(house, tmp_path / "a.pdf")
    drain(house)
    record = next(house.records.records())
    manifest = house.records.head(record)
    text = manifest.representation("text") if manifest else None
    assert manifest is not None and text is not None
    with house.archive.path(text.sha256) as kept:
        kept.unlink()
    report = rebuild(house, lambda *_: None)
    assert report.wrong == ({"record": record, "what": "BLOB_MISSING"},)
    assert report.indexed == 1
    assert [hit.record for hit in house.index.find_words(manifest.type_name, house.unit_code)] == [record]
