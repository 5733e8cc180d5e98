"""Identifiers: shapes, what a number says about its owner, check digits, and that no number is ever shown."""

from __future__ import annotations

import json
import pickle
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadIdentifier
from schemas.identifiers import (
    Cccd,
    Cmnd,
    DossierCode,
    Mst,
    Passport,
    mask_numbers,
    mst_check_digit,
    parse_any,
    provinces,
)

DIGITS = st.text("0123456789", min_size=12, max_size=12)
NINE = st.text("0123456789", min_size=9, max_size=9)


def test_cccd_says_province_sex_and_year() -> None:
    number = Cccd.parse("079 185.012-345")
    assert number.number == "079185012345"
    assert (number.province_code, number.province) == ("079", "Hồ Chí Minh")
    assert (number.sex, number.century, number.birth_year) == ("female", 1900, 1985)
    assert number.warnings == ()


@pytest.mark.parametrize(
    ("digit", "sex", "century"),
    [("0", "male", 1900), ("1", "female", 1900), ("2", "male", 2000), ("3", "female", 2000), ("4", "male", 2100)],
)
def test_cccd_sex_and_century(digit: str, sex: str, century: int) -> None:
    number = Cccd(f"001{digit}00000001")
    assert (number.sex, number.century, number.birth_year) == (sex, century, century)


def test_unknown_province_is_a_warning_only() -> None:
    number = Cccd.parse("999085012345")
    assert number.province is None
    assert number.warnings == ("UNKNOWN_PROVINCE",)


def test_province_table_has_the_63_codes() -> None:
    table = provinces()
    assert len(table) == 63
    assert (table["001"], table["077"], table["096"]) == ("Hà Nội", "Bà Rịa - Vũng Tàu", "Cà Mau")
    assert all(len(code) == 3 and code.isdigit() for code in table)


def test_cccd_agrees_with_what_the_paper_says() -> None:
    number = Cccd("079185012345")
    assert number.agrees_with(sex="Nữ", birth_date="1985-02-03", issued_on=date(2021, 5, 1)) == []
    assert number.agrees_with(sex="female", birth_date=date(1985, 1, 1)) == []
    assert number.agrees_with() == []
    assert number.agrees_with(sex="không rõ", birth_date="?") == []


def test_cccd_names_each_contradiction() -> None:
    found = Cccd("079185012345").agrees_with(sex="NAM", birth_date="1986", issued_on="1980-01-01")
    assert found == ["SEX_CONTRADICTS_NUMBER", "BIRTH_YEAR_CONTRADICTS_NUMBER", "ISSUED_BEFORE_BIRTH"]


@pytest.mark.parametrize("text", ["", "07918501234", "0791850123456", "07918501234a", "٠٧٩١٨٥٠١٢٣٤٥", "079/185/012345"])
def test_bad_cccd_is_refused(text: str) -> None:
    assert not Cccd.is_valid(text)
    with pytest.raises(BadIdentifier):
        Cccd.parse(text)


def test_full_width_digits_are_digits() -> None:
    assert Cccd.parse("０７９１８５０１２３４５").number == "079185012345"


def test_mst_check_digit_of_known_company_codes() -> None:
    # Codes printed on public invoices of large state companies.
    for code in ("0100109106", "0100686174", "0100100079", "0300588569"):
        assert Mst.parse(code).number == code


def test_mst_with_branch() -> None:
    assert Mst.parse("0100109106-001").number == "0100109106-001"
    assert Mst.parse("0100109106001").branch == "001"
    assert Mst.parse("0100 109 106").branch is None


@given(st.text("0123456789", min_size=9, max_size=9))
def test_mst_takes_one_tenth_digit_or_none(nine: str) -> None:
    valid = [digit for digit in "0123456789" if Mst.is_valid(nine + digit)]
    check = mst_check_digit(nine)
    assert 0 <= check <= 10
    assert valid == ([str(check)] if check < 10 else [])


@pytest.mark.parametrize("text", ["C1234567", "c12345678", "B 1234567"])
def test_passport(text: str) -> None:
    assert Passport.is_valid(text)


@pytest.mark.parametrize("text", ["1234567", "CC123456", "C123456", "C123456789", "Đ1234567"])
def test_bad_passport(text: str) -> None:
    assert not Passport.is_valid(text)


def test_dossier_code_says_agency_day_and_serial() -> None:
    code = DossierCode.parse(" h41.16–230925-0001 ")
    assert code.number == str(code) == "H41.16-230925-0001"
    assert (code.agency, code.received_on, code.serial) == ("H41.16", date(2023, 9, 25), 1)
    assert DossierCode.parse("000.00.16.H41-230925-0001").agency == "000.00.16.H41"


@pytest.mark.parametrize("text", ["H41.16-231325-0001", "H41.16-230925", "H41.16-230925-01", "41-230925-0001", ""])
def test_bad_dossier_code(text: str) -> None:
    assert not DossierCode.is_valid(text)


@pytest.mark.parametrize(
    ("text", "cls"),
    [
        ("079185012345", Cccd),
        ("023 456 789", Cmnd),
        ("0100109106", Mst),
        ("0100109106-001", Mst),
        ("C1234567", Passport),
        ("H41.16-230925-0001", DossierCode),
    ],
)
def test_parse_any(text: str, cls: type) -> None:
    assert type(parse_any(text)) is cls


@given(st.text())
def test_parse_any_knows_or_refuses(text: str) -> None:
    try:
        found = parse_any(text)
    except BadIdentifier:
        return
    assert parse_any(found.number) == found


@given(DIGITS)
def test_no_way_of_printing_shows_the_number(digits: str) -> None:
    number = Cccd(digits)
    for shown in (repr(number), str(number), f"{number}", f"{number!r}", number.masked, str([number])):
        assert digits[:-3] not in shown
    assert pickle.loads(pickle.dumps(number)) == number
    assert hash(number) == hash(Cccd(digits))


@given(st.text("0123456789 .-aB", max_size=20).filter(lambda t: sum(c.isdigit() for c in t) > 5))
def test_the_error_never_carries_the_number(text: str) -> None:
    for cls in (Cccd, Cmnd, Mst, Passport, DossierCode):
        try:
            cls.parse(text)
        except BadIdentifier as error:
            assert text not in str(error) + json.dumps(error.as_reason(), ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "079185012345",
        "Số CCCD: 079185012345 cấp ngày 01/02/2021",
        "079 185 012 345",
        "079.185.012.345",
        "0791 8501 2345",
        "0 7 9 1 8 5 0 1 2 3 4 5",
        "079185012345 01.02.2021",
        "01.02.2021 079185012345",
        "ngày 01-02-2021 079 185 012 345 nơi cấp",
        "079-185-012345",
        "IDVNM1850123455079185012345<<6",
        "079185012345|012345678|Trần Văn An",
        "079 185 012 345 đồng thời",
        "0791850123 45",
    ],
)
def test_personal_numbers_are_masked(text: str) -> None:
    digits = "".join(c for c in mask_numbers(text) if c.isdigit())
    for part in ("0791", "1850", "012345", "12345", "2345"):
        assert part not in digits


@pytest.mark.parametrize(
    "text", ["023456789", "023 456 789", "023.456.789", "CMND 02 345 6789", "271.234.567 Đồng Nai"]
)
def test_old_card_numbers_are_masked(text: str) -> None:
    assert not any(c.isdigit() for c in mask_numbers(text))


@pytest.mark.parametrize("text", ["Hộ chiếu số C1234567", "Passport No: C12345678", "hộ chiếu: B 1234567"])
def test_passports_are_masked_after_the_word(text: str) -> None:
    assert not any(c.isdigit() for c in mask_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "ngày 01.02.2021 tại",
        "ngày 01-02-2021 và 3.4.2022",
        "ngày 05 tháng 3 năm 2024",
        "Mã số thuế: 0100109106",
        "Mã số thuế: 0100109106-001",
        "Mã số thuế: 0100109106 12 Nguyễn Trãi",
        "Điện thoại 0912 345 678",
        "vốn điều lệ 150.000.000 đồng",
        "vốn điều lệ 100.000.000.000 VNĐ",
        "H41.16-230925-0001",
        "Thửa đất số 123, tờ bản đồ số 45, 250,5 m2",
        "15/QĐ-UBND",
    ],
)
def test_what_is_no_personal_number_stays(text: str) -> None:
    assert mask_numbers(text) == text


def test_masking_keeps_the_rest_and_the_length() -> None:
    assert mask_numbers("Số: 079185012345, cấp") == "Số: ••••••••••••, cấp"


GAPS = st.sampled_from(["", " ", ".", "-", "\u00a0", ". "])


@given(st.one_of(DIGITS, NINE), st.lists(GAPS, min_size=12, max_size=12), st.sampled_from(["", "Số ", "CCCD:"]))
def test_any_grouping_of_a_personal_number_is_masked(digits: str, gaps: list[str], before: str) -> None:
    spaced = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False)).rstrip(" .-\u00a0")
    shown = mask_numbers(f"{before}{spaced}, cấp ngày")
    assert not any(c.isdigit() for c in shown) or _reads_as_date(spaced)


def _reads_as_date(text: str) -> bool:
    return bool(re.search(r"[0-9]{1,2}([.-])[0-9]{1,2}\1(19|20)[0-9]{2}", text))


@given(st.text("0123456789 .-,aĐ/", max_size=40))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_numbers(mask_numbers(text)) == mask_numbers(text)
    assert len(mask_numbers(text)) == len(text)
