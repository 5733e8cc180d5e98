"""The second generator of papers: what it says is true stands on the page, and nothing of it is the specimens'."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from bench.foreign import LAYOUTS, foreign_papers
from bench.foreign.papers import filled
from schemas.identifiers import Cccd, Mst
from schemas.types import TypeCatalogue

TYPES = TypeCatalogue.load()
ALL = [(type_id, layout) for type_id, layouts in LAYOUTS.items() for layout in layouts]


def test_there_are_ten_types_in_three_layouts_each() -> None:
    assert sum(len(layouts) >= 3 for layouts in LAYOUTS.values()) >= 10


@pytest.mark.parametrize(("type_id", "layout"), ALL)
def test_a_form_says_only_what_its_type_has_and_shows_it(type_id: str, layout: str) -> None:
    paper, html = filled(type_id, layout, 5)
    kind = TYPES.types[type_id]
    assert set(paper.fields) <= {rule.name for rule in kind.fields}
    assert {rule.name for rule in kind.fields if rule.required} - set(paper.fields) <= {"date"}
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
    for name in set(paper.fields) - paper.unprinted:
        rule = kind.field(name)
        assert rule is not None
        if rule.kind in ("name", "cccd", "person_id", "mst", "address"):
            assert paper.fields[name].casefold() in text.casefold(), name
        if rule.kind == "cccd":
            assert Cccd.parse(paper.fields[name]).province is not None
        if rule.kind == "mst":
            assert Mst.is_valid(paper.fields[name]) or Cccd.is_valid(paper.fields[name])
    assert "MẪU" in text
    assert filled(type_id, layout, 5)[1] == html


def test_papers_come_in_order_with_the_text_of_their_pages(tmp_path: Path) -> None:
    chosen = [("marital_status", "c", 3), ("birth_certificate", "a", 3)]
    papers = list(foreign_papers(chosen, tmp_path))
    assert [(paper.type_id, paper.layout, paper.seed) for paper in papers] == chosen
    for paper in papers:
        assert len(paper.pages) == len(paper.lines) == 1
        text = " ".join(paper.lines[0]).casefold()
        assert paper.fields["full_name"].casefold() in text
        assert paper.fields["personal_id"] in text
        assert paper.pages[0].height == pytest.approx(paper.pages[0].width * 297 / 210, rel=0.01)
