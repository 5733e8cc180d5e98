"""When a value is accepted without a person, and why not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ingest.acceptance import resembles
from ingest.understand import understand
from schemas import doubts
from schemas.evidence import FieldReading, Paper, Verdict
from schemas.reading import PageReading, Word
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, birth, centred, letter, page, read_again, signature, signed

TYPES = TypeCatalogue.load()


def _paper(reading: PageReading, name: str = "scan.pdf", signatures: Verdict | None = None) -> Paper:
    (paper,) = understand([reading], file_name=name, signatures=signatures, types=TYPES).papers
    return paper


def _sources(reading: FieldReading) -> set[str]:
    return {witness.source for witness in reading.evidence}


# --- handwriting -----------------------------------------------------------------------------------------------------


def test_a_number_from_ocr_alone_is_never_accepted() -> None:
    field = _paper(letter(number_sure=0.97)).fields["number"]
    assert (field.value, field.accepted, field.doubts) == ("84", False, (doubts.HANDWRITTEN_SUSPECTED,))


def test_a_number_that_the_file_name_confirms_is_accepted() -> None:
    fields = _paper(letter(), "84 QĐ UB.signed.pdf").fields
    assert fields["number"].accepted and fields["code"].accepted
    assert fields["code"].value == "84/QĐ-UBND"
    assert _sources(fields["number"]) == {"ocr", "file_name"}


def test_a_file_name_that_says_otherwise_is_a_disagreement() -> None:
    field = _paper(letter(), "85 QĐ UB.pdf").fields["number"]
    assert not field.accepted and doubts.WITNESSES_DISAGREE in field.doubts


def test_a_file_name_of_another_type_is_no_witness() -> None:
    field = _paper(letter(), "84 TB.pdf").fields["number"]
    assert not field.accepted and _sources(field) == {"ocr"}


def test_a_file_name_alone_is_shown_and_not_accepted() -> None:
    field = _paper(letter(number="Số: ⁄z4 /QĐ-UBND"), "84 QĐ UB.pdf").fields["number"]
    assert (field.value, field.accepted) == ("84", False)


@pytest.mark.parametrize(
    ("written", "told", "same"),
    [
        ("4‡", "47", True),
        ("/6", "16", True),
        ("0-ị", "01", True),
        ("515", "575/UBND-KT", True),
        ("27–", "2021-12-27", True),
        ("041", "01", True),
        ("441", "11", False),
        ("4", "04", False),
        ("85", "84", False),
        ("‡‡", "47", False),
        ("z/41", "11", False),
        ("đ", "08", False),
        ("", "08", False),
    ],
)
def test_what_handwriting_looks_like(written: str, told: str, same: bool) -> None:
    assert resembles(written, told) == same


def test_a_file_name_that_the_handwriting_looks_like_is_accepted() -> None:
    fields = _paper(letter(number="Số: 8‡ /QĐ-UBND", number_sure=0.4), "84 QĐ UB.pdf").fields
    assert (fields["number"].value, fields["number"].accepted) == ("84", True)
    assert (fields["code"].value, fields["code"].accepted) == ("84/QĐ-UBND", True)


def test_a_signing_day_that_the_handwriting_looks_like_is_accepted() -> None:
    reading = letter(place="Quảng Ngãi, ngày 0Š tháng 02 năm 2025", place_sure=0.4)
    field = _paper(reading, signatures=signed(signature("2025-02-03T10:47:25+07:00"))).fields["issued_date"]
    assert (field.value, field.accepted) == ("2025-02-03", True)


def _told(register: Mapping[str, str], reading: PageReading | None = None, name: str = "scan.pdf") -> Paper:
    read = reading or letter(number="Số: ⁄z4 /QĐ-UBND")
    (paper,) = understand([read], file_name=name, signatures=None, types=TYPES, register=register).papers
    return paper


def test_a_register_alone_is_shown_and_not_accepted() -> None:
    field = _told({"number": "84"}).fields["number"]
    assert (field.value, field.accepted, _sources(field)) == ("84", False, {"ocr", "register"})


def test_a_register_and_a_file_name_that_agree_are_accepted() -> None:
    fields = _told({"number": "84", "code": "84/QĐ-UBND"}, name="84 QĐ UB.pdf").fields
    assert fields["number"].accepted and fields["code"].accepted


def test_a_register_confirms_what_was_read() -> None:
    fields = _told({"number": "9", "issued_date": "03/02/2025"}, letter(number="Số: 09/QĐ-UBND")).fields
    assert fields["number"].accepted and fields["issued_date"].accepted


def test_a_register_that_says_otherwise_is_a_disagreement() -> None:
    fields = _told({"number": "85", "signer_name": "Trần Phước Hiển"}, letter()).fields
    assert doubts.WITNESSES_DISAGREE in fields["number"].doubts
    assert doubts.WITNESSES_DISAGREE in fields["signer_name"].doubts


def test_a_registers_short_form_of_a_text_says_nothing() -> None:
    fields = _told({"subject": "Kế hoạch tràn dầu", "agency": "ủy ban nhân dân tỉnh Quảng Ngãi"}, letter()).fields
    assert _sources(fields["subject"]) == {"ocr"}
    assert fields["agency"].accepted and "register" in _sources(fields["agency"])


def test_a_born_digital_number_is_proof() -> None:
    fields = _paper(letter(number="Số: 542 /QĐ-UBND", source="text_layer"), "vht507.pdf").fields
    assert fields["number"].value == "542" and fields["number"].accepted
    assert fields["issued_date"].accepted


def test_a_file_name_does_not_overrule_a_text_layer() -> None:
    field = _paper(letter(source="text_layer"), "85 QĐ UB.pdf").fields["number"]
    assert field.value == "84" and field.accepted


def test_a_date_from_ocr_alone_is_never_accepted() -> None:
    field = _paper(letter(place_sure=0.97)).fields["issued_date"]
    assert (field.value, field.doubts) == ("2025-02-03", (doubts.HANDWRITTEN_SUSPECTED,))


def test_the_signing_day_confirms_the_date() -> None:
    field = _paper(letter(), signatures=signed(signature("2025-02-03T10:47:25+07:00"))).fields["issued_date"]
    assert field.accepted and _sources(field) == {"ocr", "signature_time"}


def test_a_day_before_signing_is_possible_but_not_proved() -> None:
    field = _paper(letter(), signatures=signed(signature("2025-02-05T10:47:25+07:00"))).fields["issued_date"]
    assert field.value == "2025-02-03" and field.doubts == (doubts.HANDWRITTEN_SUSPECTED,)


def test_a_day_after_signing_is_implausible() -> None:
    field = _paper(letter(), signatures=signed(signature("2025-02-01T10:47:25+07:00"))).fields["issued_date"]
    assert not field.accepted and doubts.DATE_IMPLAUSIBLE in field.doubts


def test_the_signing_day_alone_is_a_guess() -> None:
    reading = letter(place="Quảng Ngãi, ngàyồŠ tháng 02 năm 2025")
    field = _paper(reading, signatures=signed(signature("2025-02-03T10:47:25+07:00"))).fields["issued_date"]
    assert (field.value, field.accepted) == ("2025-02-03", False)


# --- letters ---------------------------------------------------------------------------------------------------------


def test_a_notation_confirms_itself_by_title_and_agency() -> None:
    field = _paper(letter(number_sure=0.7)).fields["notation"]
    assert field.value == "QĐ-UBND" and field.accepted


def test_a_notation_that_fits_nothing_needs_two_readers() -> None:
    reading = letter(number="Số: 84 /QĐ-STC")
    assert _paper(reading).fields["notation"].doubts == (doubts.NOT_CONFIRMED,)
    assert _paper(read_again(reading)).fields["notation"].accepted


def test_an_agency_of_a_known_province_snaps_and_is_confirmed_by_place() -> None:
    fields = _paper(letter()).fields
    assert fields["agency"].value == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI" and fields["agency"].accepted
    assert fields["place"].accepted


def test_an_authority_that_decree_30_would_write_so_is_complete() -> None:
    assert _paper(letter()).fields["signer_authority"].accepted
    deputy = letter(authority=("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"))
    assert _paper(deputy).fields["signer_authority"].accepted


@pytest.mark.parametrize(
    "authority",
    [
        ("TM. ỦY BAN NHÂN DÂN",),
        ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "CHỦ TỊCH"),
        ("TM. ỦY BAN NHÂN DÂN", "NGƯỜI ĐƯỢC GIAO"),
    ],
)
def test_an_authority_that_may_have_lost_a_line_waits(authority: tuple[str, ...]) -> None:
    assert not _paper(letter(authority=authority)).fields["signer_authority"].accepted


def test_an_authority_that_begins_lower_than_the_recipients_may_have_lost_its_first_line() -> None:
    reading = letter(authority=("", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"))
    assert _paper(reading).fields["signer_authority"].doubts == (doubts.NOT_CONFIRMED,)


# --- forms -----------------------------------------------------------------------------------------------------------


def _fields(reading: PageReading) -> Mapping[str, FieldReading]:
    return _paper(reading).fields


NAMES_AND_NUMBERS = {"full_name", "mother_name", "father_name", "personal_id", "registration_date"}
WORDS = {"sex", "birth_date", "ethnicity", "nationality", "birth_place"}  # the date stands there in words, too


def test_a_clear_birth_certificate() -> None:
    fields = _fields(read_again(birth()))
    assert {name for name, field in fields.items() if field.accepted} >= NAMES_AND_NUMBERS | WORDS


def test_one_reader_however_sure_carries_no_name_and_no_number() -> None:
    fields = _fields(birth(sure=1.0))
    assert all(fields[name].doubts == (doubts.NOT_CONFIRMED,) for name in NAMES_AND_NUMBERS)
    assert all(fields[name].accepted for name in WORDS)


def test_one_weak_word_spoils_a_name() -> None:
    reading = birth()
    weak = tuple(word.model_copy(update={"confidence": 0.8}) if word.text == "Hồng" else word for word in reading.words)
    field = _fields(read_again(reading.model_copy(update={"words": weak}), sure=0.4))["full_name"]
    assert field.doubts == (doubts.LOW_CONFIDENCE,) and field.confidence == 0.88


def test_readers_that_doubt_different_words_are_sure_together() -> None:
    weak = birth()
    weak = weak.model_copy(update={"words": tuple(_doubted(word, "Hồng", 0.8) for word in weak.words)})
    looks = tuple(
        look.model_copy(update={"words": tuple(_doubted(word, "Thị", 0.4) for word in look.words)})
        for look in read_again(birth()).seconds
    )
    field = _fields(weak.model_copy(update={"seconds": looks}))["full_name"]
    assert field.accepted and field.confidence == 0.982


def _doubted(word: Word, text: str, sure: float) -> Word:
    return word.model_copy(update={"confidence": sure}) if word.text == text else word


@pytest.mark.parametrize(("old", "new"), [("Trạm", "Trám"), ("Minh", "Minh và")])
def test_wording_speaks_against_two_readers_that_agree(old: str, new: str) -> None:
    words = [word.model_copy(update={"text": word.text.replace(old, new)}) for word in birth().words]
    fields = _fields(read_again(birth().model_copy(update={"words": tuple(words)})))
    assert fields["birth_place"].doubts == (doubts.NOT_CONFIRMED,)


def _married(*more: Row) -> PageReading:
    return page(
        centred(0.14, "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN"),
        Row(0.1, 0.3, "Họ, chữ đệm, tên: LÊ MINH TUẤN", 0.9),
        Row(0.1, 0.33, "Tình trạng hôn nhân: Chưa đăng ký kết hôn với ai."),
        *more,
    )


def test_a_name_that_stands_again_in_the_other_case_is_confirmed() -> None:
    again = _married(Row(0.1, 0.25, "Xét đề nghị của ông Lê Minh Tuấn, về việc cấp giấy"))
    assert _fields(again)["full_name"].accepted


@pytest.mark.parametrize(
    "text", ["Xét đề nghị của LÊ MINH TUẤN về", "Xét đề nghị của Lê Minh Tuân về", "Lê Minh Tuấnh"]
)
def test_the_same_shapes_or_other_marks_confirm_nothing(text: str) -> None:
    field = _fields(_married(Row(0.1, 0.25, text)))["full_name"]
    assert field.doubts == (doubts.NOT_CONFIRMED,)


def test_digits_and_words_that_differ_are_a_contradiction() -> None:
    field = _fields(birth(born="05/08/2016"))["birth_date"]
    assert not field.accepted and doubts.RULE_CONTRADICTS in field.doubts


def test_words_make_up_for_weak_digits() -> None:
    assert _fields(birth(sure=0.85))["birth_date"].accepted


@pytest.mark.parametrize("number", ["051216000123", "051315000123", "999316000123"])
def test_a_personal_number_that_contradicts_the_paper(number: str) -> None:
    field = _fields(birth(personal_id=number))["personal_id"]
    assert not field.accepted and doubts.RULE_CONTRADICTS in field.doubts


def test_a_registration_before_the_birth_is_implausible() -> None:
    words = "Ngày năm tháng tư năm hai nghìn không trăm mười sáu"
    field = _fields(birth(born="05/04/2016", words=words))["registration_date"]
    assert doubts.DATE_IMPLAUSIBLE in field.doubts


def test_missing_required_fields_are_told_and_optional_ones_left_out() -> None:
    reading = page(
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.14, "GIẤY KHAI SINH"),
        Row(0.1, 0.3, "Nơi sinh: Huế"),
    )
    fields = _fields(reading)
    assert fields["full_name"].value is None
    assert fields["full_name"].doubts == (doubts.MISSING_REQUIRED,)
    assert "book_number" not in fields


def test_a_value_outside_a_closed_list_is_told() -> None:
    assert _fields(birth(sex="Xyzt"))["sex"].doubts == (doubts.NOT_IN_LIST,)


def test_a_tax_code_is_proved_by_its_check_digit() -> None:
    rows = [
        centred(0.14, "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP"),
        Row(0.1, 0.3, "Mã số doanh nghiệp: 0100109106", 0.85),
        Row(0.1, 0.33, "Đăng ký lần đầu: ngày 03 tháng 12 năm 2014"),
    ]
    paper = _paper(page(*rows))
    assert paper.fields["business_code"].accepted
    assert next(s for s in paper.subjects if s.role == "business").id_kind == "mst"
    wrong = _paper(page(rows[0], Row(0.1, 0.3, "Mã số doanh nghiệp: 0100109107"), rows[2]))
    assert wrong.fields["business_code"].doubts == (doubts.MALFORMED,)


CARD = [
    centred(0.15, "CĂN CƯỚC CÔNG DÂN"),
    centred(0.17, "Citizen Identity Card"),
    Row(0.3, 0.2, "Số / No.: 051316000123"),
    Row(0.3, 0.22, "Họ và tên / Full name:"),
    Row(0.3, 0.235, "NGUYỄN THỊ HỒNG NHUNG"),
    Row(0.3, 0.25, "Ngày sinh / Date of birth: 05/03/2016"),
]
QR = "051316000123||Nguyễn Thị Hồng Nhung|05032016|Nữ|Xã Bình Minh, tỉnh Quảng Ngãi|01042024"


def test_a_qr_code_proves_a_card() -> None:
    fields = _paper(page(*CARD, codes=[QR])).fields
    assert fields["personal_id"].accepted and "qr" in _sources(fields["personal_id"])
    assert fields["full_name"].value == "Nguyễn Thị Hồng Nhung" and fields["full_name"].accepted


def test_a_card_without_its_code_is_read_by_its_words() -> None:
    fields = _paper(read_again(page(*CARD))).fields
    assert fields["full_name"].value == "Nguyễn Thị Hồng Nhung"
    assert fields["personal_id"].value == "051316000123" and fields["personal_id"].accepted


def test_every_witness_is_kept_with_its_place_and_engine() -> None:
    field = _paper(letter(), "84 QĐ UB.pdf").fields["number"]
    ocr = next(witness for witness in field.evidence if witness.source == "ocr")
    assert ocr.page == 1 and ocr.box is not None and ocr.engine == "test" and ocr.config == "test"


def test_applications_filled_by_hand_are_never_accepted() -> None:
    rows = [
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.14, "TỜ KHAI ĐĂNG KÝ KHAI SINH"),
        Row(0.1, 0.3, "Họ, chữ đệm, tên người yêu cầu: Nguyễn Thị Hồng Nhung"),
        Row(0.1, 0.5, "Tôi cam đoan"),
    ]
    fields = _paper(page(*rows)).fields
    assert fields["applicant_name"].value == "Nguyễn Thị Hồng Nhung"
    assert not any(field.accepted for field in fields.values())
