"""Two readers that differ over the form of a value only, or over a word that only one of them saw rightly."""

from __future__ import annotations

import pytest

from ingest.agreeing import in_one_form
from ingest.evidence import Again, Found


def both(first: str, second: str, kind: str = "text", *, sure: float = 0.9) -> tuple[str | None, str | None]:
    """What each of them is taken to have seen."""
    again = Again(second, second, 0.8, "second")
    found = in_one_form(Found(first, first, "ocr", sure, again=again, likeliest=first), kind)
    assert found.again is not None
    return found.value, found.again.value


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("tỉnh, giai đoạn 2021 – 2030", "tỉnh giai đoạn 2021 — 2030.", "tỉnh, giai đoạn 2021 – 2030"),
        ("về việc tham dự", "Về việc tham dự", "Về việc tham dự"),
        ("trên địa bản tỉnh", "trên địa bàn tỉnh", "trên địa bàn tỉnh"),
        ("thực hiện dự án mới", "thực hiện tự án mới", "thực hiện dự án mới"),
        ("Kinh doanh địch vụ Quảng Ngãi,", "Kinh doanh dịch vụ Quảng Ngãi", "Kinh doanh dịch vụ Quảng Ngãi,"),
    ],
)
def test_form_and_known_words_decide_between_two_readers(first: str, second: str, value: str) -> None:
    assert both(first, second) == (value, value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("học viên mới", "học viện mới"),  # both are words
        ("Kinh Tế Mới", "Kinh Tê Mới"),  # may be a name
        ("KINH TẾ MỚI", "KINH TÊ MỚI"),
        ("ở đầu, tư gia", "ở đâu, tư gia"),  # a comma between them
        ("dịa bàn tỉnh", "địa bản tỉnh"),  # nobody saw the word
        ("trên địa bàn tỉnh", "trên địa bản"),
    ],
)
def test_where_words_decide_nothing_both_stay_as_they_were_seen(first: str, second: str) -> None:
    assert both(first, second) == (first, second)


def test_names_are_not_touched() -> None:
    assert both("Địa bản", "Địa bàn", "name") == ("Địa bản", "Địa bàn")
