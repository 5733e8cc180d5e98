"""The reading without mistakes says what the press printed, where it printed it."""

from __future__ import annotations

import numpy as np
import pytest

from specimens import make_paper
from specimens.readings import perfect_readings


@pytest.mark.parametrize(("type_id", "layout"), [("marital_status", "form2015"), ("administrative_document", "plan")])
def test_it_has_every_printed_word_of_every_page(type_id: str, layout: str) -> None:
    paper = make_paper(type_id, 3, layout=layout, dpi=60)
    readings = perfect_readings(paper)
    assert [reading.page for reading in readings] == list(range(1, len(paper.pages) + 1))
    for reading, lines in zip(readings, paper.lines, strict=True):
        assert sorted(" ".join(lines).split()) == sorted([*reading.text().split(), "MẪU"])


def test_words_that_stand_side_by_side_are_one_line() -> None:
    (reading,) = perfect_readings(make_paper("marital_status", 3, layout="form2015", dpi=60))
    assert any(line.startswith("Dân tộc:") and "Quốc tịch:" in line for line in reading.text().splitlines())


def test_there_is_ink_where_a_word_is_said_to_be_and_none_beside_it() -> None:
    paper = make_paper("marital_status", 3, layout="form2015", dpi=100)
    (reading,) = perfect_readings(paper)
    grey = np.asarray(paper.pages[0].convert("L"))
    word = next(word for word in reading.words if word.text == "(Ký," or word.text == "hôn")
    y0, y1 = round(word.box.y0 * grey.shape[0]), round(word.box.y1 * grey.shape[0])
    x0, x1 = round(word.box.x0 * grey.shape[1]), round(word.box.x1 * grey.shape[1])
    assert grey[y0 : y1 + 1, x0 : x1 + 1].min() < 80
    assert grey[y0 : y1 + 1, x1 + 2 : x1 + 4].min() > 200
