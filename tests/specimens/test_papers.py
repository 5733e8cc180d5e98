"""Every kind of paper in every layout: pages, truth that stands on the page, the MẪU mark, the same bytes again."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import zxingcpp

from specimens import TYPE_IDS, Damage, Specimen, layouts_of, make_household, make_paper
from specimens.codes import check_digit, td1
from specimens.fonts import FAMILIES, PACKAGES, FontMissing, font, font_path
from specimens.papers import KINDS, layout_by_chance

EVERY = [(type_id, layout) for type_id in TYPE_IDS for layout in layouts_of(type_id)]
WITHOUT_FIELDS = {"blank_back", "other_script", "unreadable"}
FIELDS = {
    "birth_certificate": "number full_name sex birth_date birth_place ethnicity nationality hometown father_name "
    "mother_name registration_date agency signer_name",
    "birth_extract": "number full_name sex birth_date birth_place ethnicity nationality hometown personal_id "
    "father_name mother_name registration_date agency signer_name",
    "marriage_certificate": "number husband_name husband_birth_date husband_id wife_name wife_birth_date wife_id "
    "registration_date agency signer_name",
    "marital_status": "number full_name birth_date personal_id status purpose issued_date agency signer_name",
    "residence_confirmation": "number household_head full_name birth_date personal_id permanent_address issued_date "
    "agency signer_name",
    "land_use_certificate": "serial_number register_number owner_name owner_id parcel_number map_sheet address area "
    "purpose term issued_date agency",
    "business_registration": "business_code business_name head_office charter_capital representative_name "
    "first_registered issued_date agency",
    "citizen_card": "personal_id full_name birth_date sex nationality address expiry_date issued_date",
    "application_form": "applicant_name birth_date personal_id address request date",
    "appointment_slip": "dossier_code procedure_code applicant_name received_date due_date papers",
    "administrative_document": "agency number notation code type_name place issued_date subject signer_name "
    "signer_authority",
    "death_extract": "number full_name sex birth_date personal_id last_address death_date death_place agency",
    "adoption_certificate": "number father_name father_id mother_name mother_id child_name child_birth_date agency",
    "judicial_record": "number full_name sex birth_date personal_id criminal_record issued_date agency signer_name",
    "power_of_attorney": "principal_name principal_id agent_name agent_id task term date",
    "construction_permit": "number investor works site ground_area floor_area floors issued_date agency signer_name",
    "diploma": "level full_name birth_date grade serial_number register_number issued_date agency signer_name",
    "health_insurance_card": "insurance_number full_name birth_date sex clinic valid_from_date five_years_date",
    "driving_licence": "licence_number full_name birth_date address licence_class issued_date passed_date",
    "land_transfer_contract": "number date agency seller_name seller_id buyer_name buyer_id parcel_number price",
    "land_registration_form": "applicant_name personal_id parcel_number map_sheet area purpose origin date",
    "land_allocation_decision": "agency number issued_date subject recipient_name parcel_number area form signer_name",
    "secret_page": "secrecy agency code",
}


@lru_cache(maxsize=128)
def paper(type_id: str, layout: str) -> Specimen:
    return make_paper(type_id, 7, layout=layout, dpi=100)


@pytest.mark.parametrize(("type_id", "layout"), EVERY)
def test_each_layout_yields_pages_and_truth(type_id: str, layout: str) -> None:
    made = paper(type_id, layout)
    assert len(made.pages) == len(made.lines) >= 1
    assert all(page.size == (827, 1169) for page in made.pages)
    missing = set(FIELDS.get(type_id, "").split()) - set(made.fields)
    assert not missing
    assert all(value.strip() for value in made.fields.values())
    assert bool(made.fields) == (type_id not in WITHOUT_FIELDS)


@pytest.mark.parametrize(("type_id", "layout"), EVERY)
def test_what_is_true_stands_on_the_page(type_id: str, layout: str) -> None:
    made = paper(type_id, layout)
    text = " ".join(line for page in made.lines for line in page)
    assert set(made.printed) == set(made.fields)
    for name, pieces in made.printed.items():
        for piece in pieces:
            assert " ".join(piece.split()) in text, name


@pytest.mark.parametrize(("type_id", "layout"), EVERY)
def test_every_page_is_marked_as_made_up(type_id: str, layout: str) -> None:
    made = paper(type_id, layout)
    for page, lines in zip(made.pages, made.lines, strict=True):
        strip = np.asarray(page.convert("L").crop((300, 1105, 530, 1160)), dtype=int)
        assert (strip < strip.max() - 15).sum() > 150
        assert lines[-1:] == ("MẪU",) or type_id == "blank_back"


def test_the_same_seed_gives_the_same_picture_and_another_seed_another() -> None:
    damage = Damage.level(2, 5)
    one, again, other = (make_paper("marital_status", seed, dpi=100, damage=damage) for seed in (5, 5, 6))
    assert one.pages[0].tobytes() == again.pages[0].tobytes()
    assert one.fields == again.fields
    assert one.fields["full_name"] != other.fields["full_name"]


@pytest.mark.parametrize("type_id", TYPE_IDS)
def test_seeds_reach_every_layout(type_id: str) -> None:
    seen = {layout_by_chance(type_id, seed) for seed in range(5 * len(layouts_of(type_id)))}
    assert seen == set(layouts_of(type_id))
    assert make_paper(type_id, 1, dpi=40).layout == layout_by_chance(type_id, 1)


def test_papers_of_one_household_agree() -> None:
    home = make_household("agree")
    card, form = (make_paper(type_id, 3, dpi=60, household=home) for type_id in ("citizen_card", "application_form"))
    assert card.fields["personal_id"] == form.fields["personal_id"] == home.citizen.personal_id
    assert card.people == form.people == (home.citizen.name,)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="has no layout"):
        make_paper("birth_certificate", 1, layout="nowhere")


@pytest.mark.parametrize("layout", layouts_of("citizen_card"))
@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_cards_qr_reads_back_from_the_scan(layout: str, level: int) -> None:
    made = make_paper("citizen_card", 11, layout=layout, damage=Damage.level(level, 11))
    (code,) = zxingcpp.read_barcodes(np.asarray(made.pages[0].convert("L")))
    number, _, name, birth, sex, address, issued = code.text.split("|")
    fields = made.fields
    assert (number, name, sex, address) == (
        fields["personal_id"],
        fields["full_name"],
        fields["sex"],
        fields["address"],
    )
    assert f"{birth[4:]}-{birth[2:4]}-{birth[:2]}" == fields["birth_date"]
    assert f"{issued[4:]}-{issued[2:4]}-{issued[:2]}" == fields["issued_date"]


def test_the_slips_qr_at_the_top_left_names_the_dossier() -> None:
    made = make_paper("appointment_slip", 4, damage=Damage.level(1, 4))
    (code,) = zxingcpp.read_barcodes(np.asarray(made.pages[0].convert("L")))
    assert code.text == made.fields["dossier_code"]
    assert code.position.top_left.x < made.pages[0].width / 4
    assert code.position.top_left.y < made.pages[0].height / 8


def test_check_digits_of_the_specimen_in_icao_9303() -> None:
    # ICAO 9303 part 5, appendix A: I<UTOD231458907<<< / 7408122F1204159UTO<<<<<<<<<<<6
    assert [check_digit(text) for text in ("D23145890", "740812", "120415")] == ["7", "2", "9"]
    assert check_digit("D231458907<<<<<<<<<<<<<<<" + "7408122" + "1204159" + "<" * 11) == "6"


def test_the_machine_readable_zone_is_printed_and_consistent() -> None:
    home = make_household("zone")
    person = home.citizen
    made = make_paper("citizen_card", 2, layout="chip2021", dpi=100, household=home)
    first, second, third = made.lines[0][-4:-1]
    assert (first, second, third) == td1(person, person.card()[1])
    assert [len(row) for row in (first, second, third)] == [30, 30, 30]
    assert first[15:27] == person.personal_id
    assert first[14] == check_digit(first[5:14])
    assert second[29] == check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])


def test_every_letter_has_a_glyph_in_every_font_it_may_be_set_in() -> None:
    text = {char for type_id, layout in EVERY if type_id != "other_script" for char in paper(type_id, layout).text}
    letters = sorted(text - set(" \n\u00a0"))
    used = {family for kind in KINDS.values() for family in kind.families} | {"hand"}
    for family in used:
        for face in FAMILIES[family]:
            loaded = font(family, face, 40)
            nothing = bytes(loaded.getmask("\uffff"))
            assert [c for c in letters if bytes(loaded.getmask(c)) == nothing] == [], (family, face)


def test_a_missing_font_names_the_debian_package() -> None:
    for start, package in PACKAGES.items():
        with pytest.raises(FontMissing, match=package):
            font_path(f"{start}-not-there.otf")
