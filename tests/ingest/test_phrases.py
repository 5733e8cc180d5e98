"""What wording says against a text that two readers agree on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ingest import phrases
from ingest.phrases import ends_open, has_other_marks, holds_a_stamp
from schemas.vietnamese import is_syllable, nfc


@pytest.mark.parametrize("text", ["H53.69-260128-", "Đến ngày", "Sử dụng vào mục đích trồng lúa và", "12/"])
def test_what_must_go_on_ends_open(text: str) -> None:
    assert ends_open(text)


@pytest.mark.parametrize(
    "text",
    [
        "H53.69-260128-0751",
        "Đến ngày 15/10/2058",
        "30 ngày",
        "trong thời gian đến",
        "Lâu dài",
        "trên địa bàn tỉnh",
        "số",
        "",
    ],
)
def test_what_is_whole_does_not(text: str) -> None:
    assert not ends_open(text)


@pytest.mark.parametrize("text", ["Bênh viện Đa khoa khu vực", "HỌ KINH DOANH TIẾN ĐẠT", "Thành phô Huế"])
def test_a_set_phrase_has_its_marks(text: str) -> None:
    assert has_other_marks(text)


@pytest.mark.parametrize(
    "text", ["Bệnh viện Đa khoa khu vực", "HỘ KINH DOANH TIẾN ĐẠT", "Trạm Y tế xã Hòa Bình", "bên cạnh"]
)
def test_other_words_and_the_phrase_itself_pass(text: str) -> None:
    assert not has_other_marks(text)


def test_the_words_of_a_stamp_in_a_text_are_seen() -> None:
    assert holds_a_stamp("Tờ khai theo mẫu ĐẾN Số: 1125 Ngày: 12/11/2025; Giấy xác nhận")
    assert not holds_a_stamp("Kinh phí ngày 12/11/2025 theo Quyết định số 12/QĐ-UBND")


def test_the_list_of_words_has_pairs_of_syllables_each_once() -> None:
    rows = (Path(phrases.__file__).parent / "data" / "compounds.txt").read_text("utf-8").splitlines()
    told = [word.strip() for row in rows if not row.startswith("#") for word in row.split(",")]
    assert [word for word in told if len(word.split()) != 2 or not all(map(is_syllable, word.split()))] == []
    assert [word for word, times in Counter(told).items() if times > 1] == []
    assert all(word == nfc(word).casefold() for word in told)
