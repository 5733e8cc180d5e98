"""When a number or a day written by hand is proven by two readers of it."""

from __future__ import annotations

from typing import Literal

import pytest

from ingest.understand import understand
from schemas import doubts
from schemas.evidence import FieldReading, Verdict
from schemas.reading import Box, PageReading, PenWord
from schemas.types import TypeCatalogue
from tests.ingest.written import HEIGHT, letter, read_again, signature, signed

TYPES = TypeCatalogue.load()


def seen(
    reading: PageReading, kind: Literal["number", "day"], text: str, sure: float = 0.97, y: float = 0.12
) -> PageReading:
    """The page as our own recogniser read it, with what the reader of digits saw on the line at `y`."""
    x = 0.2 if kind == "number" else 0.7
    box = Box(x0=x, y0=y, x1=x + 0.03, y1=y + HEIGHT)
    pen = PenWord(engine="motlan-digits-1", kind=kind, text=text, confidence=sure, box=box)
    return reading.model_copy(update={"engine": "motlan-lines-1", "pens": (*reading.pens, pen)})


def fields(reading: PageReading, name: str = "scan.pdf", signatures: Verdict | None = None) -> dict[str, FieldReading]:
    (paper,) = understand([reading], file_name=name, signatures=signatures, types=TYPES).papers
    return paper.fields


def test_a_number_that_both_readers_see_is_accepted_with_both_as_its_witnesses() -> None:
    found = fields(seen(letter(number_sure=0.97), "number", "84"))
    assert [(found[name].value, found[name].accepted) for name in ("number", "code")] == [
        ("84", True),
        ("84/QĐ-UBND", True),
    ]
    assert [(one.engine, one.value) for one in found["code"].evidence] == [
        ("motlan-lines-1", "84/QĐ-UBND"),
        ("motlan-digits-1", "84/QĐ-UBND"),
    ]


def test_a_day_that_both_readers_see_is_accepted() -> None:
    field = fields(seen(letter(place_sure=0.97), "day", "03"))["issued_date"]
    assert (field.value, field.accepted) == ("2025-02-03", True)


def test_a_single_digit_may_be_what_is_left_of_two() -> None:
    reading = letter(place="Quảng Ngãi, ngày 3 tháng 02 năm 2025", place_sure=0.97)
    assert not fields(seen(reading, "day", "3"))["issued_date"].accepted


def test_tesseract_cannot_read_handwriting_and_is_not_heard_against_both() -> None:
    reading = read_again(letter(number_sure=0.97), ("84", "34"))
    assert not fields(reading)["number"].accepted
    assert fields(seen(reading, "number", "84"))["number"].accepted


@pytest.mark.parametrize(("lines", "digits"), [(0.4, 0.99), (0.99, 0.4)])
def test_both_must_be_sure(lines: float, digits: float) -> None:
    field = fields(seen(letter(number_sure=lines), "number", "84", digits))["number"]
    assert (field.value, field.accepted, field.doubts) == ("84", False, (doubts.HANDWRITTEN_SUSPECTED,))


def test_readers_that_differ_are_a_disagreement() -> None:
    field = fields(seen(letter(number_sure=0.97), "number", "34"))["number"]
    assert (field.value, field.accepted) == ("84", False)
    assert doubts.WITNESSES_DISAGREE in field.doubts


def test_a_sure_reader_of_digits_is_heard_against_two_others() -> None:
    reading = read_again(letter(number_sure=0.97))
    assert fields(reading.model_copy(update={"engine": "motlan-lines-1"}))["number"].accepted
    assert not fields(seen(reading, "number", "34", 0.99))["number"].accepted
    assert fields(seen(reading, "number", "34", 0.3))["number"].accepted


def test_an_unsure_reader_of_digits_does_not_make_a_guess_the_better_one() -> None:
    reading = seen(letter(number="Số: 46 /QĐ-UBND", number_sure=0.69), "number", "46", 0.48)
    field = fields(reading, "16 QĐ UB.signed.pdf")["number"]
    assert (field.value, field.accepted) == ("16", False)


def test_what_a_witness_beside_the_paper_proves_stays_proven() -> None:
    field = fields(seen(letter(number_sure=0.97), "number", "34"), "84 QĐ UB.signed.pdf")["number"]
    assert (field.value, field.accepted) == ("84", True)


def test_a_sure_reader_of_digits_and_a_witness_beside_the_paper_prove_against_the_others() -> None:
    reading = read_again(letter(number="Số: 04 /QĐ-UBND", number_sure=0.99), ("04", "2f"))
    found = fields(seen(reading, "number", "01", 0.96), "01 QĐ UB.signed.pdf")
    assert [(found[name].value, found[name].accepted) for name in ("number", "code")] == [
        ("01", True),
        ("01/QĐ-UBND", True),
    ]
    unsure = fields(seen(reading, "number", "01", 0.5), "01 QĐ UB.signed.pdf")["number"]
    assert not unsure.accepted
    other = fields(seen(reading, "number", "01", 0.96), "07 QĐ UB.signed.pdf")["number"]
    assert not other.accepted


def test_digits_of_another_line_are_no_witness() -> None:
    assert not fields(seen(letter(number_sure=0.97), "number", "84", y=0.16))["number"].accepted


def test_a_day_after_the_signing_is_not_accepted_though_both_see_it() -> None:
    reading = seen(letter(place="Quảng Ngãi, ngày 13 tháng 02 năm 2025", place_sure=0.97), "day", "13")
    field = fields(reading, signatures=signed(signature()))["issued_date"]
    assert (field.accepted, field.doubts) == (False, (doubts.DATE_IMPLAUSIBLE,))


def test_without_our_own_recogniser_nothing_is_proven() -> None:
    reading = seen(letter(number_sure=0.97), "number", "84").model_copy(update={"engine": "tesseract-5"})
    assert not fields(reading)["number"].accepted
