"""What file names, signatures, QR codes and machine-readable lines tell."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.sheet import sheet_of
from ingest.witnesses import (
    card_from_mrz,
    card_from_qr,
    mrz_check_digit,
    number_in_name,
    signing_witness,
)
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, page, signature, signed

LETTER = TypeCatalogue.load().types["administrative_document"]


@pytest.mark.parametrize(
    ("name", "number", "abbreviation"),
    [
        ("84 QĐ UB.signed_20250513_162846.pdf", "84", "QĐ"),
        ("47 QĐ UB.signed (1)_20250510_124908.pdf", "47", "QĐ"),
        ("01CT_20250509_154257.pdf", "01", "CT"),
        ("22 TTR.signed.pdf", "22", "TTr"),
        ("2770 (08-CT-UBND)..signed_20250220_102437.pdf", "08", "CT"),
        ("23BC.signed.pdf", "23", "BC"),
        ("15-qd-ubnd.pdf", "15", "QĐ"),
        ("575 UB.signed_20250510_124908.pdf", "575", None),
        ("5 TB-UBND.pdf", "05", "TB"),
    ],
)
def test_numbers_in_file_names(name: str, number: str, abbreviation: str | None) -> None:
    found = number_in_name(name, LETTER.type_names)
    assert found is not None
    assert (found.number, found.abbreviation) == (number, abbreviation)


@pytest.mark.parametrize(
    "name",
    [
        "05.signed_20250517_044750.pdf",
        "vht507.signed_20250510.pdf",
        "scan0012.pdf",
        "2024.pdf",
        "12 QĐ va 13 QĐ.pdf",
        "7 CTY.pdf",
    ],
)
def test_names_that_tell_no_number(name: str) -> None:
    assert number_in_name(name, LETTER.type_names) is None


def test_a_timestamp_is_utc() -> None:
    found = signing_witness(signed(signature("2025-01-17T17:30:00+00:00", source="timestamp")))
    assert found.days == (date(2025, 1, 18),)


def test_a_claimed_time_may_be_local_time_marked_as_utc() -> None:
    found = signing_witness(signed(signature("2025-01-17T17:30:00+00:00")))
    assert found.days == (date(2025, 1, 17), date(2025, 1, 18))


def test_the_stamps_own_words_count_before_the_clock() -> None:
    stamp = "Ký bởi: Ủy ban nhân dân\nThời gian ký: 17/01/2025 17:06:30"
    assert signing_witness(signed(signature("2025-01-19T10:00:00+00:00", stamp=stamp))).days == (date(2025, 1, 17),)


def test_the_first_signature_gives_the_day() -> None:
    found = signing_witness(signed(signature("2025-02-10T08:00:00+07:00"), signature("2025-02-08T14:42:41+07:00")))
    assert found.last_day == date(2025, 2, 8)


def test_an_invalid_signature_is_no_witness() -> None:
    found = signing_witness(signed(signature(verdict="INVALID", stamp="11")))
    assert (found.days, found.numbers, found.signers) == ((), (), ())


def test_number_stamps_are_told() -> None:
    assert signing_witness(signed(signature(stamp=" 542 "))).numbers == (("542", 1),)


def test_no_signatures_tell_nothing() -> None:
    assert signing_witness(None).days == ()


QR = "051316000123|123456789|NGUYỄN THỊ HỒNG NHUNG|05032016|Nữ|Xã Bình Minh, tỉnh Quảng Ngãi|01042024"


def test_a_cards_qr_code_tells_its_fields() -> None:
    found = card_from_qr(page(codes=[QR]))
    assert {name: one.value for name, one in found.items()} == {
        "personal_id": "051316000123",
        "full_name": "Nguyễn Thị Hồng Nhung",
        "birth_date": "2016-03-05",
        "sex": "Nữ",
        "address": "Xã Bình Minh, tỉnh Quảng Ngãi",
        "issued_date": "2024-04-01",
    }


@pytest.mark.parametrize("text", ["https://example.vn/x", "12|34|x|y|z|a|b", "|".join(["051316000123"] * 3)])
def test_other_codes_are_no_card(text: str) -> None:
    assert card_from_qr(page(codes=[text])) == {}


def test_a_date_that_does_not_exist_is_left_out() -> None:
    assert "birth_date" not in card_from_qr(page(codes=[QR.replace("05032016", "31022016")]))


def _mrz(number: str = "051316000123", born: str = "160305", sex: str = "F", ends: str = "300305") -> tuple[str, str]:
    short = number[3:]
    top = f"IDVNM{short}{mrz_check_digit(short)}{number}<<{mrz_check_digit(number)}"
    middle = f"{born}{mrz_check_digit(born)}{sex}{ends}{mrz_check_digit(ends)}VNM{'<' * 11}"
    return top, middle + mrz_check_digit(top[5:30] + middle[0:7] + middle[8:15] + middle[18:29])


def test_check_digit_of_the_standards_example() -> None:
    assert mrz_check_digit("D231458907") == "7" or mrz_check_digit("520727") == "3"
    assert mrz_check_digit("520727") == "3"  # ICAO 9303 part 3, appendix A


def test_machine_readable_lines_tell_the_card() -> None:
    top, middle = _mrz()
    found = card_from_mrz(sheet_of(page(Row(0.3, 0.5, top), Row(0.3, 0.52, middle))))
    assert {name: one.value for name, one in found.items()} == {
        "personal_id": "051316000123",
        "birth_date": "2016-03-05",
        "sex": "Nữ",
        "expiry_date": "2030-03-05",
    }


def test_blanks_and_a_misread_first_letter_do_no_harm() -> None:
    top, middle = _mrz()
    rows = (Row(0.3, 0.5, f"TDVNM{top[5:9]} {top[9:]}"), Row(0.3, 0.52, middle))
    assert card_from_mrz(sheet_of(page(*rows)))["personal_id"].value == "051316000123"


@pytest.mark.parametrize("place", [5, 16, 26])
def test_one_misread_digit_in_the_first_line_silences_the_lines(place: int) -> None:
    top, middle = _mrz()
    wrong = top[:place] + str((int(top[place]) + 1) % 10) + top[place + 1 :]
    assert card_from_mrz(sheet_of(page(Row(0.3, 0.5, wrong), Row(0.3, 0.52, middle)))) == {}
