"""Made-up people: numbers consistent with the person, never a number that anybody could carry."""

from __future__ import annotations

import random
from datetime import date

import pytest

from schemas.identifiers import Cccd, DossierCode, Mst
from specimens import make_paper
from specimens.people import MERGER_DAY, make_household, places, tax_code
from specimens.words import date_words, long_date, number_words


@pytest.mark.parametrize("seed", range(25))
def test_the_number_says_province_sex_century_and_year(seed: int) -> None:
    home = make_household(seed)
    for person in (home.citizen, home.spouse, home.father, home.mother, home.child):
        number = person.personal_id
        assert number[:3] == person.hometown.code
        assert int(number[3]) == (person.birth.year // 100 - 19) * 2 + (person.sex == "Nữ")
        assert number[4:6] == f"{person.birth.year % 100:02d}"
        assert number[6:8] == "99"
        assert len(number) == 12


@pytest.mark.parametrize("seed", range(25))
def test_a_household_is_possible(seed: int) -> None:
    home = make_household(seed)
    assert home.husband.sex == "Nam"
    assert home.wife.sex == "Nữ"
    assert home.child.birth > home.married.replace(day=1)
    assert (home.married - max(home.husband.birth, home.wife.birth)).days > 20 * 365
    assert home.child.name.split()[0] == home.husband.name.split()[0]
    assert home == make_household(seed)


def test_tax_codes_carry_their_check_digit() -> None:
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    for seed in range(50):
        digits = [int(char) for char in tax_code(random.Random(seed))]
        assert digits[9] == 10 - sum(d * w for d, w in zip(digits, weights, strict=False)) % 11
        assert digits[:2] == [9, 9]


def test_addresses_lose_their_district_on_the_day_of_the_merger() -> None:
    for place in places():
        before, after = place.units(date(2025, 6, 30)), place.units(MERGER_DAY)
        assert (len(before), len(after)) == (3, 2)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (5, "năm"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (105, "một trăm lẻ năm"),
        (2005, "hai nghìn không trăm lẻ năm"),
        (1_500_000_000, "một tỷ năm trăm triệu"),
    ],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert number_words(number) == words


def test_dates_as_decree_30_writes_them() -> None:
    assert long_date(date(2024, 2, 5)) == "ngày 05 tháng 02 năm 2024"
    assert long_date(date(2024, 11, 25)) == "ngày 25 tháng 11 năm 2024"
    assert date_words(date(2001, 3, 4)) == "Ngày bốn, tháng ba, năm hai nghìn không trăm lẻ một"


def test_the_houses_own_identifiers_accept_the_numbers() -> None:
    company, slip = make_paper("business_registration", 5, dpi=40), make_paper("appointment_slip", 5, dpi=40)
    assert Mst.parse(company.fields["business_code"]).number == company.fields["business_code"]
    assert DossierCode.parse(slip.fields["dossier_code"])
    for person in (make_household(5).citizen, make_household(5).child):
        number = Cccd.parse(person.personal_id)
        assert number.birth_year == person.birth.year
        assert number.province is not None
