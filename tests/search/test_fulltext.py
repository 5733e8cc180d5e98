"""What of a long paper's text is findable, and that it stays within its bounds."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from search import fulltext
from search.fts5 import Fts5Index
from search.fulltext import findable, pages_in
from search.index import Entry
from search.keys import BlindIndex


def test_pages_come_whole_however_the_bytes_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Hộ tịch\nxã Thủy Lợi\f\fỦy ban nhân dân\f"
    for block in range(1, 9):
        monkeypatch.setattr(fulltext, "_BLOCK", block)
        assert list(pages_in(BytesIO(text.encode()))) == text.split("\f")


def test_a_paper_of_usual_length_is_indexed_as_it_stands() -> None:
    assert findable(["một\nhai", "", "ba"]) == "một\nhai\n\nba"
    assert findable([]) == ""


def test_any_word_finds_a_very_long_paper_and_its_text_stays_bounded(tmp_path: Path) -> None:
    words = " ".join(f"từ{n}" for n in range(1000))
    pages = [f"{words} trang{number}" for number in range(1, 801)] + ["Nguyễn Thị Cuối Cùng"]
    text = findable(pages)
    assert sum(map(len, pages)) > 4 * fulltext.MAX_RUNNING
    assert len(text) < fulltext.MAX_RUNNING + fulltext.MAX_FURTHER
    index = Fts5Index(tmp_path / "index.sqlite", BlindIndex(b"k" * 32))
    index.put(Entry("r", 1, "U", "t", "T", "public", text=text))
    for query in ("trang1", "trang799", "nguyen thi cuoi cung", "từ999 trang800"):
        assert [hit.match for hit in index.find_words(query, None)] not in ([], ["near"]), query


def test_words_beyond_the_bound_are_no_longer_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "MAX_RUNNING", 10)
    monkeypatch.setattr(fulltext, "MAX_FURTHER", 12)
    text = findable(["một hai ba bốn", "Bốn năm", "sáu bảy tám chín mười"])
    assert text == "một hai ba\nbốn năm sáu"
