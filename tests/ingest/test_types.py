"""The types as data: complete, and faults named by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.understand import understand
from schemas.doubts import doubt_text, doubts
from schemas.errors import BadSetting
from schemas.types import FieldRule, TypeCatalogue, load_type
from schemas.vietnamese import nfc, tone_style
from specimens import layouts_of, make_paper
from specimens.readings import perfect_readings
from tests.ingest.written import Row, centred, letter, page, read_again

CATALOGUE = TypeCatalogue.load()
FIELDS = {
    "birth_certificate": "number book_number full_name sex birth_date birth_place ethnicity nationality hometown "
    "personal_id father_name mother_name registration_date agency signer_name",
    "birth_extract": "number book_number full_name sex birth_date birth_place ethnicity nationality hometown "
    "personal_id father_name mother_name registration_date agency signer_name",
    "marriage_certificate": "number husband_name husband_birth_date husband_id wife_name wife_birth_date wife_id "
    "registration_date agency signer_name",
    "marital_status": "number full_name birth_date personal_id status purpose issued_date agency signer_name",
    "residence_confirmation": "number household_head full_name birth_date personal_id permanent_address issued_date "
    "agency signer_name",
    "land_use_certificate": "serial_number register_number owner_name owner_id parcel_number map_sheet address area "
    "purpose term issued_date agency",
    "business_registration": "business_code business_name head_office charter_capital representative_name "
    "first_registered issued_date agency",
    "citizen_card": "personal_id full_name birth_date sex nationality hometown address expiry_date issued_date",
    "application_form": "applicant_name birth_date personal_id address request date",
    "appointment_slip": "dossier_code procedure_code applicant_name received_date due_date papers",
    "death_extract": "number book_number full_name sex birth_date personal_id last_address death_date death_place "
    "death_cause registration_date agency signer_name",
    "adoption_certificate": "number father_name father_birth_date father_id mother_name mother_birth_date mother_id "
    "child_name child_sex child_birth_date child_birth_place child_id registration_date agency signer_name",
    "judicial_record": "number full_name sex birth_date birth_place nationality address personal_id criminal_record "
    "issued_date agency signer_name",
    "power_of_attorney": "principal_name principal_birth_date principal_id principal_address agent_name "
    "agent_birth_date agent_id agent_address task term date",
    "construction_permit": "number investor investor_address works site ground_area floor_area floors issued_date "
    "agency signer_name",
    "diploma": "level full_name birth_date birth_place sex ethnicity school major graduation_year grade mode "
    "serial_number register_number issued_date agency signer_name",
    "health_insurance_card": "insurance_number full_name birth_date sex address clinic valid_from_date expiry_date "
    "five_years_date",
    "driving_licence": "licence_number full_name birth_date nationality address licence_class issued_date expiry_date "
    "passed_date",
    "land_transfer_contract": "number date agency seller_name seller_id buyer_name buyer_id certificate_number "
    "parcel_number map_sheet address area purpose term price",
    "land_registration_form": "applicant_name birth_date personal_id applicant_address parcel_number map_sheet address "
    "area purpose term origin date",
    "land_allocation_decision": "agency number place issued_date subject recipient_name parcel_number map_sheet "
    "address area purpose term form signer_name signer_authority",
    "administrative_document": "agency parent_agency number notation code type_name place issued_date subject "
    "signer_name signer_authority",
}
ADDED = (
    "death_extract", "adoption_certificate", "judicial_record", "power_of_attorney", "construction_permit", "diploma",
    "health_insurance_card", "driving_licence", "land_transfer_contract", "land_registration_form",
    "land_allocation_decision",
)  # fmt: skip
NOT_YET = {("health_insurance_card", "expiry_date")}  # the second date on its line: no rule reads it yet
ABBREVIATIONS = (  # Decree 30/2020, appendix III
    "NQ QĐ CT QC QyĐ TC TB HD CTr KH PA ĐA DA BC BB TTr HĐ CĐ BGN BTT GUQ GM GGT GNP PG PC PB SY TrS SL"
)

MINIMAL = """
id = "school_report"
name = "Học bạ"
version = 1
titles = ["HỌC BẠ"]
anchors = [{ text = "Kết quả học tập" }]
[[fields]]
name = "full_name"
label = "Họ và tên"
kind = "name"
labels = ["Họ và tên học sinh"]
required = true
[[subjects]]
role = "pupil"
name = "full_name"
"""


@pytest.mark.parametrize("type_id", FIELDS)
def test_built_in_types_have_their_fields(type_id: str) -> None:
    kind = CATALOGUE.get(type_id)
    assert kind is not None
    assert set(FIELDS[type_id].split()) <= {rule.name for rule in kind.fields}


def test_decree_30_has_all_its_abbreviations() -> None:
    kind = CATALOGUE.get("administrative_document")
    assert kind is not None
    known = {name.abbreviation for name in kind.type_names}
    assert set(ABBREVIATIONS.split()) <= known
    assert next(name for name in kind.type_names if name.name == "Công văn").titled is False


def test_unknown_type_is_none() -> None:
    assert CATALOGUE.get("unknown") is None


def test_a_province_adds_a_type_without_code(tmp_path: Path) -> None:
    (tmp_path / "school_report.toml").write_text(MINIMAL, "utf-8")
    types = TypeCatalogue.load(tmp_path)
    reading = page(
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.15, "HỌC BẠ"),
        Row(0.1, 0.3, "Họ và tên học sinh: Lê Minh An"),
        Row(0.1, 0.4, "Kết quả học tập: Giỏi"),
    )
    (paper,) = understand([read_again(reading)], file_name="a.pdf", signatures=None, types=types).papers
    assert paper.type == "school_report"
    assert paper.fields["full_name"].value == "Lê Minh An"
    assert paper.subjects[0].role == "pupil"


def test_a_province_replaces_a_built_in_type(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(MINIMAL.replace("school_report", "citizen_card"), "utf-8")
    kind = TypeCatalogue.load(tmp_path).get("citizen_card")
    assert kind is not None
    assert kind.name == "Học bạ"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("version = 1", "version = 0"), "version"),
        (("version = 1", "versoin = 1"), "versoin"),
        (('kind = "name"', 'kind = "nmae"'), "fields.0.kind"),
        (('name = "full_name"\n[[', 'name = "x"\n[['), "unknown field"),
        (('labels = ["Họ và tên học sinh"]', ""), "has no labels"),
        (('name = "full_name"\nlabel', 'name = "Full Name"\nlabel'), "fields.0.name"),
        (("required = true", 'scope = "nobody"'), "unknown scope"),
        (("required = true", "pattern = '['"), "no regular expression"),
        (("version = 1", "version = "), "line 4"),
    ],
)
def test_faults_are_named_by_file_and_key(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    text = MINIMAL.replace(*change)
    if named == "unknown field":
        text = MINIMAL.replace('role = "pupil"\nname = "full_name"', 'role = "pupil"\nname = "nobody"')
    (tmp_path / "faulty.toml").write_text(text, "utf-8")
    with pytest.raises(BadSetting) as caught:
        TypeCatalogue.load(tmp_path)
    assert "faulty.toml" in caught.value.hint_text
    assert named in caught.value.hint_text


def test_the_same_id_twice_is_a_fault(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(MINIMAL, "utf-8")
    with pytest.raises(BadSetting, match=r"already in a\.toml"):
        TypeCatalogue.load(tmp_path)


def test_a_file_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'id = "\xff"')
    with pytest.raises(BadSetting, match=r"latin\.toml"):
        load_type(path)


def test_every_doubt_has_a_sentence_that_says_what_to_do() -> None:
    assert all("→" in sentence for sentence in doubts().values())
    assert doubt_text("TYPE_UNKNOWN").startswith("Chưa nhận ra loại giấy tờ")
    assert doubt_text("FROM_A_LATER_VERSION") == "FROM_A_LATER_VERSION"


@pytest.mark.parametrize(("type_id", "layout"), [(t, layout) for t in ADDED for layout in layouts_of(t)])
def test_added_types_are_named_and_read_without_any_code_of_theirs(type_id: str, layout: str) -> None:
    made = make_paper(type_id, 3, layout=layout, dpi=60)
    (paper,) = understand(perfect_readings(made), file_name="scan.pdf", signatures=None, types=CATALOGUE).papers
    assert (paper.type, paper.doubts) == (type_id, ())
    read = {name: reading.value for name, reading in paper.fields.items()}
    wanted = {name: tone_style(nfc(value)) for name, value in made.fields.items() if (type_id, name) not in NOT_YET}
    assert {name: tone_style(nfc(read.get(name) or "")) for name in wanted} == wanted


def test_a_citizens_power_of_attorney_is_no_administrative_document() -> None:
    order = [kind.id for kind in CATALOGUE]
    assert order.index("power_of_attorney") < order.index("administrative_document")


def test_a_label_with_a_stroke_is_found_with_and_without_spaces_round_it() -> None:
    rule = FieldRule.model_validate(
        {"name": "x", "label": "x", "kind": "text", "labels": ["thường trú/tạm trú", "a / b"]}
    )
    assert rule.labels == ("thường trú/tạm trú", "a / b", "thường trútạm trú")


def test_a_special_case_of_nothing_is_a_fault(tmp_path: Path) -> None:
    special = 'special_of = "nothing"\nspecial_words = ["Về việc"]\nversion = 1'
    (tmp_path / "own.toml").write_text(MINIMAL.replace("version = 1", special), "utf-8")
    with pytest.raises(BadSetting, match="unknown type 'nothing'"):
        TypeCatalogue.load(tmp_path)


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Về việc giao đất cho ông Lê Văn An", "land_allocation_decision"),
        ("Về việc phê duyệt kế hoạch sử dụng đất", "administrative_document"),
    ],
)
def test_a_special_case_is_told_by_the_words_under_the_title(subject: str, wanted: str) -> None:
    basis = Row(0.2, 0.45, "Căn cứ Quyết định số 12/QĐ-UBND về việc giao đất;")
    reading = letter(subject=(subject,), more=(basis,))
    (paper,) = understand([reading], file_name="a.pdf", signatures=None, types=CATALOGUE).papers
    assert paper.type == wanted
