"""The scorers of bench.reading: what counts as an error, and what does not."""

from __future__ import annotations

import pytest

from bench.reading.scoring import Mistake, page_score, passages_score, same_value

LINES = ("ỦY BAN NHÂN DÂN XÃ MẪU", "Họ và tên: Nguyễn Văn An", "Số định danh: 001099000001")


def test_a_page_read_right_in_another_order_has_no_character_errors() -> None:
    score = page_score(LINES, "\n".join(reversed(LINES)))
    assert (score.edits, score.lost, score.word_misses) == (0, 0, 0)
    assert score.word_edits > 0  # the order of words is a measure of its own


def test_a_wrong_mark_is_one_edit_and_one_word() -> None:
    score = page_score(LINES, "\n".join(LINES).replace("Nguyễn", "Nguyên"))
    assert (score.edits, score.word_misses, score.word_edits) == (1, 1, 1)


def test_text_that_stands_nowhere_in_the_truth_counts_letter_by_letter() -> None:
    score = page_score(LINES, "\n".join([*LINES, "abc 12"]))
    assert (score.edits, score.extra) == (5, 5)


def test_a_line_that_is_not_there_costs_its_length_and_is_lost() -> None:
    score = page_score(LINES, "\n".join(LINES[:2]))
    assert (score.edits, score.lost) == (len(LINES[2]), 1)


def test_two_cells_of_a_row_may_be_read_as_two_columns() -> None:
    read = "Họ và tên chồng: Trần Văn Bình\nNăm sinh: 1980\nHọ và tên vợ: Lê Thị Cúc\nNăm sinh: 1985"
    truth = ("Họ và tên chồng: Trần Văn Bình Họ và tên vợ: Lê Thị Cúc", "Năm sinh: 1980 Năm sinh: 1985")
    assert page_score(truth, read).edits == 0


def test_leaders_the_mark_dashes_and_tone_places_are_no_errors() -> None:
    assert page_score(("Hòa ............ An - Bình", "MẪU"), "Hoà An – Bình").edits == 0


def test_passages_are_looked_for_anywhere_and_cost_no_more_than_their_length() -> None:
    text = "CỘNG HÒA\nVề việc cấp đât ở\nabc"
    assert passages_score(["về việc cấp đất ở"], text).passage_edits == 1
    assert passages_score(["xyzw"], "…").passage_edits == 4


@pytest.mark.parametrize(
    ("read", "true", "same"),
    [
        ("Hoà Bình", "Hòa Bình", True),
        ("a  b", "a b", True),
        ("an", "An", False),
        ("Hoa", "Hòa", False),
        (None, "An", False),
        (None, None, True),
    ],
)
def test_values_are_the_same_up_to_tone_place_and_spaces(read: str | None, true: str | None, same: bool) -> None:
    assert same_value(read, true) is same


def test_mistakes_name_the_line_what_was_read_for_it_and_what_stands_nowhere() -> None:
    mistakes: list[Mistake] = []
    page_score(LINES, "\n".join([LINES[0], LINES[1].replace("An", "Án"), LINES[2], "rác"]), mistakes)
    assert mistakes == [Mistake(LINES[1], LINES[1].replace("An", "Án"), 1), Mistake("", "rác", 3)]
