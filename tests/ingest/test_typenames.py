"""The name that a title says, of a closed list of names that begin alike."""

from __future__ import annotations

import pytest

from ingest.typenames import named, surely_named
from schemas.types import TypeCatalogue

TYPES = TypeCatalogue.load()
DIPLOMAS, LETTERS = (TYPES.get(kind).type_names for kind in ("diploma", "administrative_document"))


@pytest.mark.parametrize("torn", ["BẰNG TỐT NGHIỆP", "BẰNG TỐT NGHIỆP TRUNG HỌC", "BẰNG TỐT NGHIỆP TRUNG HOC P"])
def test_a_torn_title_is_offered_and_not_believed(torn: str) -> None:
    assert named(torn, DIPLOMAS) is not None
    assert surely_named(DIPLOMAS, torn) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("BẰNG TỐT NGHIỆP TRUNG HỌC PHỔ THÔNG", "Bằng tốt nghiệp trung học phổ thông"),
        ("BÂNG TÔT NGHIEP TRUNG HQC PHO THÔNG", "Bằng tốt nghiệp trung học phổ thông"),
    ],
)
def test_a_whole_title_is_believed_with_a_misread_letter(title: str, name: str) -> None:
    assert surely_named(DIPLOMAS, title) == name


def test_a_short_title_that_is_like_no_other_is_believed() -> None:
    assert surely_named(LETTERS, "QUYÊT ĐINI") == "Quyết định"
    assert surely_named(LETTERS, "GIẤY KHAI SINH") is None
