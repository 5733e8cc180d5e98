"""Years of the lunar calendar that a reader misspelt."""

from __future__ import annotations

import pytest

from ingest.lunaryears import proper


@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        ("Tết nguyên đán Át Tỵ - năm 2025", "Tết nguyên đán Ất Tỵ - năm 2025"),
        ("TẾT GIAP THÌN", "TẾT GIÁP THÌN"),
        ("đón Xuân Bính Ngọ", "đón Xuân Bính Ngọ"),
        ("năm Ất", "năm Ất"),
        ("xã Bình Thân năm 2016", "xã Bình Thân năm 2016"),  # a place; the year is Bính Thân
        ("năm Đinh Ngọ", "năm Đinh Ngọ"),  # no year of the cycle
        ("trong năm giáp tỷ", "trong năm giáp tỷ"),
    ],
)
def test_only_a_year_that_is_announced_is_put_right(read: str, wanted: str) -> None:
    assert proper(read) == wanted
