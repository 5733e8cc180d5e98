"""The figures of bench.reading: what counts as right, accepted and wrong, and who is compared with whom."""

from __future__ import annotations

import pytest

from bench.reading.goals import GOALS
from bench.reading.results import FieldResult, Hand, PaperResult
from bench.reading.scoring import TextScore
from bench.reading.summary import Group, curve, groups, table


def a_field(
    value: str | None, *, accepted: bool = False, confidence: float = 0.9, hand: Hand = "printed"
) -> FieldResult:
    """A name that is An in truth."""
    return FieldResult("full_name", "Họ và tên", "name", hand, "An", value, confidence, accepted, value == "An", (), ())


def a_paper(*fields: FieldResult, damage: str = "level 1", **more: object) -> PaperResult:
    """One page of 100 letters that we read with two mistakes in half a second, and a peer with eight in four."""
    given: dict[str, object] = {
        "texts": {"ours": TextScore(letters=100, edits=2), "ocrmypdf": TextScore(letters=100, edits=8)},
        "seconds": {"ours": 0.5, "ocrmypdf": 4.0},
        "reading_source": "ocr",
    }
    return PaperResult(
        set="specimens",
        damage=damage,
        name="a paper",
        pages=1,
        true_type="birth_certificate",
        read_type="birth_certificate",
        type_right=True,
        type_sure=True,
        papers=1,
        fields=fields,
        peak_mb={},
        **(given | more),  # type: ignore[arg-type]  # keyword arguments of PaperResult
    )


def test_exact_coverage_and_precision_of_printed_fields_and_of_those_alone() -> None:
    fields = [a_field("An", accepted=True), a_field("Án", accepted=True), a_field("An"), a_field(None)]
    told = Group([a_paper(*fields, a_field("Án", accepted=True, hand="by_hand"))]).as_dict()["fields"]["printed"]
    assert (told["exact"], told["coverage"], told["precision"], told["wrong"]) == (0.5, 0.25, 0.5, 1)


def test_a_value_accepted_for_what_is_not_on_the_paper_spoils_precision_only() -> None:
    field = FieldResult("sex", "Giới tính", "choice", "printed", None, "Nam", 1.0, True, False, (), ())
    told = Group([a_paper(field, a_field("An", accepted=True))]).as_dict()["fields"]["printed"]
    assert (told["there"], told["exact"], told["precision"]) == (1, 1.0, 0.5)


def test_readers_are_compared_only_on_papers_that_all_of_them_read() -> None:
    refused = a_paper(texts={"ours": TextScore(letters=100, edits=50)}, failures={"ocrmypdf": "refused"})
    layer = a_paper(reading_source="text_layer")
    group = Group([a_paper(), refused, layer])
    assert group.text()["ours"]["cer"] == 0.02
    assert group.speed() == {"ours": 0.5, "ocrmypdf": 4.0}


def test_the_curve_goes_down_the_confidences_and_takes_equal_ones_together() -> None:
    fields = [
        a_field("An", confidence=0.9),
        a_field("Án", confidence=0.9),
        a_field("An", confidence=0.5),
        a_field(None),
    ]
    assert curve([a_paper(*fields)])["points"] == [(0.9, 0.25, 0.5), (0.5, 0.5, pytest.approx(2 / 3))]


def test_goals_are_ratios_of_the_same_run() -> None:
    figures = Group([a_paper()]).as_dict()
    reached = {goal.name: goal.reached(goal.value(figures)) for goal in GOALS}
    assert reached["CER so với OCRmyPDF"] is True
    assert reached["Nhanh hơn OCRmyPDF"] is True
    assert reached["Nhanh hơn OCRmyPDF --deskew --rotate-pages"] is None


def test_damaged_papers_are_summed_apart_from_levels_and_named_when_wrong() -> None:
    papers = [a_paper(a_field("An")), a_paper(a_field("Án", accepted=True), damage="fax")]
    assert [key[1] for key in groups(papers)] == ["level 1", "fax", "all levels", "all damages", "all"]
    assert "ACCEPTED AND WRONG: 1\n  specimens fax a paper: full_name = 'Án', in truth 'An'" in table(papers)
