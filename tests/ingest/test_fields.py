"""Finding values on forms and letters, and bringing them to their normal form."""

from __future__ import annotations

from datetime import date

import pytest

from ingest import agencies
from ingest.evidence import Found
from ingest.fields import kinds
from ingest.fields.forms import Form
from ingest.fields.letter import header_of, subject_of
from ingest.fields.numerals import date_in_words, number_in_words
from ingest.fields.signature import signer_of
from ingest.naming import title_of
from ingest.sheet import find_labels, sheet_of
from schemas.reading import PageReading
from schemas.types import FieldRule, TypeCatalogue
from tests.ingest.written import Row, birth, centred, letter, page

TYPES = TypeCatalogue.load()


def _find(reading: PageReading, type_id: str, name: str) -> list[Found]:
    kind = TYPES.types[type_id]
    rule = kind.field(name)
    assert rule is not None
    return Form(kind, [sheet_of(reading)]).find(rule)


def _value(reading: PageReading, type_id: str, name: str) -> str | None:
    found = _find(reading, type_id, name)
    return found[0].value if found else None


# --- numerals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mười lăm", 15),
        ("hai mươi mốt", 21),
        ("một trăm linh năm", 105),
        ("hai nghìn không trăm mười sáu", 2016),
        ("một nghìn chín trăm tám mươi tư", 1984),
        ("Một tỷ tám trăm triệu", 1_800_000_000),
        ("chín trăm triệu", 900_000_000),
    ],
)
def test_numbers_in_words(text: str, value: int) -> None:
    assert number_in_words(text) == value


@pytest.mark.parametrize("text", ["", "mười con gà", "hai ba", "trăm"])
def test_words_that_make_no_number(text: str) -> None:
    assert number_in_words(text) is None


def test_dates_in_words() -> None:
    assert date_in_words("Ngày hai mươi tám, tháng hai, năm hai nghìn không trăm mười lăm)") == date(2015, 2, 28)
    assert date_in_words("Ngày mồng năm tháng tư năm một nghìn chín trăm chín mươi") == date(1990, 4, 5)
    assert date_in_words("Ngày ba mươi tháng hai năm hai nghìn") is None
    assert date_in_words("không có") is None


# --- kinds -----------------------------------------------------------------------------------------------------------


def _rule(kind: str) -> FieldRule:
    return FieldRule.model_validate({"name": "x", "label": "x", "kind": kind, "labels": ["X"], "choices": ["a"]})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("name", "NGUYỄN THỊ HỒNG NHUNG", "Nguyễn Thị Hồng Nhung"),
        ("name", "Ông Mai Đình Toàn", "Mai Đình Toàn"),
        ("name", "Lê Văn An, sinh năm 1990", "Lê Văn An"),
        ("name", "Nhung", None),
        ("name", "H@ng Th1", None),
        ("date", "02/08/1987", "1987-08-02"),
        ("date", "16 giờ 00 phút, 29/07/2026", "2026-07-29"),
        ("date", "ngày 05 tháng 02 năm 2024", "2024-02-05"),
        ("date", "5.2.2024", "2024-02-05"),
        ("date", "06/1 1/1996", "1996-11-06"),
        ("date", "Điều 1 6/11/1996", "1996-11-06"),
        ("date", "31/02/2024", None),
        ("date", "1987", None),
        ("cccd", "051 316 000 123 do Cục cấp", "051316000123"),
        ("cccd", "05131600012", None),
        ("person_id", "CMND số 123456789", "123456789"),
        ("person_id", "Hộ chiếu số C1234567", "C1234567"),
        ("mst", "0100109106", "0100109106"),
        ("mst", "0100109107", None),
        ("money", "1.800.000.000 đồng", "1800000000"),
        ("area", "1.234,5 m²", "1234.5"),
        ("area", "342 m2", "342"),
        ("area", "707.5 m2", "707.5"),
        ("area", "1.581.5 m2", "1581.5"),
        ("number", "17.5", None),
        ("number", "A17", None),
        ("code", "528/TLKS-BS", "528/TLKS-BS"),
        ("code", "CH 01647", "CH 01647"),
        ("number", "170;", "170"),
        ("address", "...... Xã Bình Minh, tỉnh Quảng Ngãi ......", "Xã Bình Minh, tỉnh Quảng Ngãi"),
        ("text", " . ", None),
    ],
)
def test_normal_forms(kind: str, text: str, value: str | None) -> None:
    assert kinds.normal(_rule(kind), text) == value


@pytest.mark.parametrize(
    ("text", "value", "distance"),
    [("Nữ", "Nữ", 0), ("NỮ", "Nữ", 0), ("Việt Nam", "Việt Nam", 0), ("Viêt Nam", "Việt Nam", 1), ("Lào", None, 0)],
)
def test_closed_lists_snap_with_a_recorded_distance(text: str, value: str | None, distance: int) -> None:
    assert kinds.snapped(text, ["Nam", "Nữ", "Việt Nam"]) == (value, distance)


def test_a_tie_does_not_snap() -> None:
    assert kinds.snapped("Kinx", ["Kina", "Kinb"]) == (None, 0)


def test_names_that_may_have_lost_a_part_are_not_plausible() -> None:
    assert kinds.name_is_plausible("Lương Thị Ngân")
    assert not kinds.name_is_plausible("Thị Ngân")
    assert not kinds.name_is_plausible("Hoàng Tuấn")
    assert not kinds.name_is_plausible("John Xyz Smith")


# --- labels ----------------------------------------------------------------------------------------------------------


def _labels(text: str, *labels: str) -> list[str]:
    return [hit.label for hit in find_labels(sheet_of(page(Row(0.1, 0.5, text))).lines, labels)]


def test_the_longest_label_wins() -> None:
    assert _labels("Họ, chữ đệm, tên người mẹ: Lê An", "Họ, chữ đệm, tên", "Họ, chữ đệm, tên người mẹ") == [
        "Họ, chữ đệm, tên người mẹ"
    ]


def test_mother_is_not_taken_for_father() -> None:
    assert _labels("Họ, chữ đệm, tên người mẹ: Lê An", "Họ, chữ đệm, tên người cha") == []


def test_misread_marks_in_a_label_do_no_harm() -> None:
    assert _labels("Ngày, thảng, nâm sinh: 01/02/2003", "Ngày, tháng, năm sinh") == ["Ngày, tháng, năm sinh"]


def test_what_is_left_of_half_a_word_begins_no_label() -> None:
    assert _labels("ng date: 17/09/2018", "ngày / date") == []
    assert _labels("ngy date: 17/09/2018", "ngày / date") == ["ngày / date"]


def test_words_of_a_sentence_or_a_title_are_no_label() -> None:
    assert _labels("theo quy định về nơi sinh của trẻ em", "Nơi sinh") == []
    assert _labels("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN", "Ngày tiếp nhận") == []


def test_a_label_does_not_swallow_its_value() -> None:
    reading = page(Row(0.1, 0.5, "đ) Mục đích sử dụng: Đất ở tại nông thôn"), Row(0.1, 0.4, "a) Thửa đất số: 12"))
    assert _value(reading, "land_use_certificate", "purpose") == "Đất ở tại nông thôn"


def test_a_glued_colon_is_cut() -> None:
    assert _value(page(Row(0.1, 0.3, "Tình trạng hôn nhân:Chưa kết hôn")), "marital_status", "status") == "Chưa kết hôn"


# --- forms -----------------------------------------------------------------------------------------------------------


def test_values_end_at_the_next_label_of_the_line() -> None:
    reading = birth()
    assert _value(reading, "birth_certificate", "sex") == "Nữ"
    assert _value(reading, "birth_certificate", "ethnicity") == "Kinh"
    assert _value(reading, "birth_certificate", "nationality") == "Việt Nam"


def test_the_mothers_line_is_not_the_childs() -> None:
    rows = [
        Row(0.12, 0.22, "Họ, chữ đệm, tên: Nguyễn Thị Hồng Nhung"),
        Row(0.12, 0.4, "Họ, chữ đệm, tên người mẹ: Trần Thị Mai Lan"),
        Row(0.12, 0.43, "Dân tộc: Tày"),
    ]
    assert _value(page(*rows), "birth_certificate", "ethnicity") is None


def test_words_and_digits_of_a_date_are_both_read() -> None:
    (found,) = _find(birth(), "birth_certificate", "birth_date")
    assert (found.value, found.words_value) == ("2016-03-05", "2016-03-05")


def test_words_in_brackets_may_run_over_a_line() -> None:
    rows = [
        Row(0.12, 0.2, "Họ, chữ đệm, tên: Nguyễn Thị Hồng Nhung"),
        Row(0.12, 0.22, "Ngày, tháng, năm sinh: 05/03/2016 (Ngày năm tháng ba năm hai nghìn"),
        Row(0.12, 0.24, "không trăm mười sáu)"),
    ]
    (found,) = _find(page(*rows), "birth_extract", "birth_date")
    assert found.words_value == "2016-03-05"


def test_a_long_value_runs_over_lines_and_ends_at_a_label() -> None:
    long = "Nơi sinh: Bệnh viện đa khoa tỉnh Quảng Ngãi, phường Nghĩa Lộ, thành phố Quảng"
    rows = [
        Row(0.12, 0.22, "Họ, chữ đệm, tên: Nguyễn Thị Hồng Nhung"),
        Row(0.12, 0.25, long),
        Row(0.12, 0.27, "Ngãi"),
        Row(0.12, 0.29, "Quê quán: Xã Bình Minh"),
    ]
    value = _value(page(*rows), "birth_certificate", "birth_place")
    assert value is not None and value.endswith("thành phố Quảng Ngãi")


def test_a_value_that_ends_open_goes_on_below_wherever_its_line_ends() -> None:
    slip = page(
        Row(0.12, 0.2, "Mã hồ sơ: H53.69-260128-"),
        Row(0.2, 0.22, "0751"),
        Row(0.12, 0.26, "Cơ quan tiếp nhận: Bộ phận Một cửa xã Hòa Bình, nơi nhận và trả kết quả hồ sơ của người dân"),
    )
    assert _value(slip, "appointment_slip", "dossier_code") == "H53.69-260128-0751"
    land = page(
        Row(0.12, 0.2, "Địa chỉ thửa đất: xã Hòa Bình"),
        Row(0.12, 0.22, "Thời hạn sử dụng: Đến ngày"),
        Row(0.55, 0.2201, "Hình thức sử dụng: Sử dụng riêng của chủ"),
        Row(0.12, 0.24, "15/10/2058"),
        Row(0.12, 0.28, "Nguồn gốc sử dụng: Nhà nước giao đất có thu tiền"),
    )
    assert _value(land, "land_use_certificate", "term") == "Đến ngày 15/10/2058"


MARRIAGE = [
    Row(0.1, 0.3, "Họ, chữ đệm, tên chồng: Bùi Minh Đạt"),
    Row(0.55, 0.3, "Họ, chữ đệm, tên vợ: Hoàng Thị Uyên"),
    Row(0.1, 0.33, "Ngày, tháng, năm sinh: 02/08/1987"),
    Row(0.55, 0.33, "Ngày, tháng, năm sinh: 24/07/1996"),
    Row(0.1, 0.4, "Nơi đăng ký kết hôn: Ủy ban nhân dân xã Ea Ô"),
    Row(0.1, 0.43, "Ngày, tháng, năm đăng ký: 17/11/2021"),
]


@pytest.mark.parametrize("skew", [0.0, -2.9, 2.9])
def test_columns_are_told_apart_even_on_a_tilted_page(skew: float) -> None:
    reading = page(*MARRIAGE, skew=skew)
    assert _value(reading, "marriage_certificate", "husband_birth_date") == "1987-08-02"
    assert _value(reading, "marriage_certificate", "wife_birth_date") == "1996-07-24"
    assert _value(reading, "marriage_certificate", "registration_date") == "2021-11-17"


def test_the_wifes_column_may_be_the_left_one() -> None:
    swapped = [Row(0.65 - row.x if row.y < 0.4 else row.x, row.y, row.text) for row in MARRIAGE]
    assert _value(page(*swapped), "marriage_certificate", "wife_birth_date") == "1996-07-24"


def test_a_name_goes_on_where_its_column_ends_not_the_page() -> None:
    reading = page(
        Row(0.12, 0.2, "Họ, chữ đệm, tên vợ: LÊ THỊ HOA"),
        Row(0.52, 0.2001, "Họ, chữ đệm, tên chồng: ĐẶNG GIA"),
        Row(0.52, 0.22, "THỊNH"),
        Row(0.12, 0.24, "Dân tộc: Kinh"),
        Row(0.52, 0.2401, "Dân tộc: Kinh"),
        Row(0.12, 0.3, "Nơi đăng ký kết hôn: Ủy ban nhân dân xã Đại Lãnh, huyện Vạn Ninh, tỉnh Khánh Hòa, nước ta"),
    )
    assert _value(reading, "marriage_certificate", "husband_name") == "Đặng Gia Thịnh"


def test_without_one_spouses_name_neither_column_is_trusted() -> None:
    reading = page(*[row for row in MARRIAGE if "tên vợ" not in row.text])
    assert _value(reading, "marriage_certificate", "husband_birth_date") is None


def test_a_number_under_its_words_is_found() -> None:
    rows = [*MARRIAGE, Row(0.1, 0.36, "Giấy tờ tùy thân: Số định danh"), Row(0.1, 0.38, "066087992183")]
    assert _value(page(*rows), "marriage_certificate", "husband_id") == "066087992183"


def test_a_name_that_goes_on_below_is_not_surely_whole() -> None:
    rows = [Row(0.1, 0.3, "Họ, chữ đệm, tên: Ngô Thị Hồng"), Row(0.1, 0.32, "Quyên")]
    assert _find(page(*rows), "marital_status", "full_name")[0].unsure


def test_a_name_that_a_bracket_ends_is_whole_whatever_goes_on_below() -> None:
    rows = [Row(0.1, 0.3, "Họ, chữ đệm, tên: Ngô Thị Hồng (trú tại số 5"), Row(0.1, 0.32, "đường Lê Lợi)")]
    found = _find(page(*rows), "marital_status", "full_name")[0]
    assert (found.value, found.unsure) == ("Ngô Thị Hồng", False)


def test_a_name_in_the_left_column_runs_on_below_though_a_label_follows_on_its_line() -> None:
    rows = [
        Row(0.12, 0.3, "Họ, chữ đệm, tên vợ: VÕ THỊ HỒNG"),
        Row(0.52, 0.3, "Họ, chữ đệm, tên chồng: Đặng Gia Phúc"),
        Row(0.12, 0.32, "QUYÊN"),
        Row(0.12, 0.35, "Ngày, tháng, năm sinh: 16/11/1992"),
        Row(0.52, 0.35, "Ngày, tháng, năm sinh: 12/09/1980"),
    ]
    assert _value(page(*rows), "marriage_certificate", "wife_name") == "Võ Thị Hồng Quyên"


def test_an_address_ends_above_the_line_of_place_and_date() -> None:
    rows = [
        Row(0.12, 0.3, "Nơi cư trú: Thôn An Vĩnh, xã Phú Lâm, tỉnh Đồng Nai"),
        Row(0.2, 0.32, "Đồng Nai, ngày / date 19 tháng / month 08 năm / year 2025"),
    ]
    assert _value(page(*rows), "driving_licence", "address") == "Thôn An Vĩnh, xã Phú Lâm, tỉnh Đồng Nai"


def test_a_line_that_ends_at_the_edge_over_a_hole_is_not_surely_whole() -> None:
    rows = [
        Row(0.1, 0.30 + 0.02 * i, "Dòng chữ của tờ giấy này dài đến tận mép bên phải của trang giấy.") for i in range(5)
    ]
    long = Row(0.1, 0.4, "Nơi đăng ký kết hôn: Ủy ban nhân dân xã Đại Lãnh thuộc địa bàn huyện Vạn Ninh")
    sure = _find(page(*rows, long, Row(0.1, 0.42, "Ngày đăng ký: 01/02/2020")), "marriage_certificate", "agency")
    hole = _find(page(*rows, long, Row(0.1, 0.46, "Ngày đăng ký: 01/02/2020")), "marriage_certificate", "agency")
    assert (sure[0].unsure, hole[0].unsure) == (False, True)


@pytest.mark.parametrize("end", ["tỉnh Khánh", "thành phố Buôn Ma Thuột,"])
def test_an_agency_that_was_cut_off_is_unsure(end: str) -> None:
    row = Row(0.1, 0.3, f"Nơi đăng ký kết hôn: Ủy ban nhân dân xã Đại Lãnh, {end}")
    assert _find(page(row), "marriage_certificate", "agency")[0].unsure


@pytest.mark.parametrize(
    ("read", "proper", "whole"),
    [
        ("ỦY BAN NHÂN DÂN THÀNH PHÔ CÂN THƠ", "ỦY BAN NHÂN DÂN THÀNH PHỐ CẦN THƠ", True),
        ("UY BAN NHÂN DÂN XA BÌNH HÒA", "ỦY BAN NHÂN DÂN XÃ BÌNH HÒA", False),
        ("SỞ TÀI NGUYÊN VÀ MỐI TRƯỜNG TỈNH QUANG NAM", "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG TỈNH QUẢNG NAM", True),
        ("HỢP TÁC XÃ SÔNG XANH", "HỢP TÁC XÃ SÔNG XANH", False),
        ("PHÒNG TÀI CHÍNH - KỀÊ HOẠCH", "PHÒNG TÀI CHÍNH - KẾ HOẠCH", True),
        ("CHI NHANH VAN PHONG ĐANG KY ĐẤT ĐAI", "CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI", True),
        ("SỞ TƯ PHÁT", "SỞ TƯ PHÁT", False),
    ],
)
def test_agencies_take_their_proper_spelling(read: str, proper: str, whole: bool) -> None:
    found = agencies.snapped(read)
    assert (found[0], found[2]) == (proper, whole)
    assert (found[1] == 0) == (read == proper)


def test_a_list_under_a_label_is_one_value() -> None:
    rows = [
        Row(0.1, 0.3, "Thành phần hồ sơ nộp gồm:"),
        Row(0.1, 0.32, "1. Bản sao căn cước công dân"),
        Row(0.1, 0.34, "2. Xác nhận thông tin về cư trú"),
        Row(0.1, 0.36, "Số lượng hồ sơ: 01 (bộ)"),
    ]
    assert _value(page(*rows), "appointment_slip", "papers") == (
        "Bản sao căn cước công dân; Xác nhận thông tin về cư trú"
    )


def test_a_later_registration_counts_before_the_first_and_the_first_alone_is_unsure() -> None:
    first = Row(0.1, 0.3, "Đăng ký lần đầu: ngày 03 tháng 12 năm 2014")
    changed = Row(0.1, 0.33, "Đăng ký thay đổi lần thứ: 3, ngày 27 tháng 9 năm 2024")
    found = _find(page(first, changed), "business_registration", "issued_date")[0]
    assert (found.value, found.unsure) == ("2024-09-27", False)
    alone = _find(page(first), "business_registration", "issued_date")[0]
    assert alone.unsure


# --- letters ---------------------------------------------------------------------------------------------------------

NAMES = TYPES.types["administrative_document"].type_names


def test_the_header_of_a_letter() -> None:
    header = header_of(sheet_of(letter()), NAMES)
    values = {name: getattr(header, name).value for name in ("agency", "number", "notation", "code", "place", "date")}
    assert values == {
        "agency": "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
        "number": "84",
        "notation": "QĐ-UBND",
        "code": "84/QĐ-UBND",
        "place": "Quảng Ngãi",
        "date": "2025-02-03",
    }
    assert header.parent is None


def test_the_letter_that_tells_two_units_apart_belongs_to_the_name() -> None:
    rows = [
        Row(0.14, 0.05, "ỦY BAN NHÂN DÂN"),
        Row(0.14, 0.07, "XÃ PHÚ THÀNH A"),
        Row(0.14, 0.09, "Số: 370/GM-UBND"),
        Row(0.55, 0.09, "Phú Thành A, ngày 31 tháng 7 năm 2021"),
    ]
    header = header_of(sheet_of(page(*rows)), NAMES)
    assert header.agency is not None and header.agency.value == "ỦY BAN NHÂN DÂN XÃ PHÚ THÀNH A"


def test_full_stops_before_units_of_an_address_are_commas() -> None:
    rule = FieldRule(name="address", label="Địa chỉ", kind="address", labels=("Địa chỉ",))
    assert kinds.normal(rule, "Tổ 3. phường Mẫu. thành phố Huế") == "Tổ 3, phường Mẫu, thành phố Huế"
    assert kinds.normal(rule, "tỉnh Đắk Lắk. Việt Nam") == "tỉnh Đắk Lắk, Việt Nam"
    assert kinds.normal(rule, "Số 5. Ngõ 2, TP. Huế") == "Số 5. Ngõ 2, TP. Huế"


def test_a_house_number_far_below_is_no_letters_number() -> None:
    more = (Row(0.12, 0.4, "HỘ KINH DOANH MẪU"), Row(0.12, 0.44, "Số 184 đường Hùng Vương"))
    header = header_of(sheet_of(letter(number="Mã", more=more)))
    assert header.agency is not None and header.agency.value == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"


def test_a_parent_agency_stands_above() -> None:
    rows = [
        centred(0.06, "ỦY BAN NHÂN DÂN", middle=0.25),
        centred(0.08, "TỈNH QUẢNG NGÃI", middle=0.25),
        centred(0.1, "SỞ NÔNG NGHIỆP", middle=0.25),
        centred(0.12, "VÀ MÔI TRƯỜNG", middle=0.25),
        Row(0.18, 0.15, "Số: 5/TB-SNNMT"),
        centred(0.0601, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=0.68),
    ]
    header = header_of(sheet_of(page(*rows)), NAMES)
    assert header.agency is not None and header.agency.value == "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"
    assert header.parent is not None and header.parent.value == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"
    assert header.number is not None and header.number.value == "05"


@pytest.mark.parametrize(
    ("line", "number", "notation"),
    [
        ("Số: 2ƒ _ /CT-UBND", None, "CT-UBND"),
        ("Só:#3. /TTr-UBND", None, "TTr-UBND"),
        ("Số: 84 /QĐÐ-UBND", "84", "QĐ-UBND"),
        ("Số:⁄46 /CT-UBND", None, "CT-UBND"),
        ("Số: 542    /TB-UBND", "542", "TB-UBND"),
        ("Số:     /NQ-HĐND", None, "NQ-HĐND"),
    ],
)
def test_number_lines_as_recognisers_read_them(line: str, number: str | None, notation: str) -> None:
    header = header_of(sheet_of(letter(number=line)), NAMES)
    assert header.number is not None and header.notation is not None
    assert (header.number.value, header.notation.value) == (number, notation)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Quảng Ngãi, ngày 2# thángØ năm 2021", {"year": "2021"}),
        ("Quảng Ngãi, ngày A3 tháng 12 năm 2021", {"year": "2021", "month": "12"}),
        ("Quảng Ngãi, ngày 04tháng 02 năm 2025", {"year": "2025", "month": "02", "day": "04"}),
        ("Quảng Ngãi, ngàyồŠ tháng 02 năm 2025", {"year": "2025", "month": "02"}),
    ],
)
def test_dates_as_recognisers_read_them(line: str, parts: dict[str, str]) -> None:
    found = header_of(sheet_of(letter(place=line)), NAMES).date
    assert found is not None and found.partial == parts
    assert (found.value is not None) == (len(parts) == 3)


def _subject(reading: PageReading) -> Found | None:
    sheet = sheet_of(reading)
    return subject_of(sheet, title_of(sheet, TYPES), header_of(sheet, NAMES))


def test_a_subject_of_two_lines_ends_before_the_body() -> None:
    found = _subject(letter(subject=("Về việc triển khai sử dụng hóa đơn", "trên địa bàn tỉnh Quảng Ngãi")))
    assert found is not None
    assert found.value == "Về việc triển khai sử dụng hóa đơn trên địa bàn tỉnh Quảng Ngãi"
    assert not found.unsure


def test_a_subject_that_runs_into_the_body_is_unsure() -> None:
    body = Row(0.12, 0.23, "Thủ trưởng các cơ quan, đơn vị chịu trách nhiệm trước pháp luật về số liệu báo cáo này;")
    found = _subject(letter(subject=("Kết quả công tác năm 2026",), more=[body]))
    assert found is not None and found.unsure


def test_the_signature_block() -> None:
    reading = letter(authority=("TL. CHỦ TỊCH", "KT. CHÁNH VĂN PHÒNG", "PHO CHÁNH VĂN PHONG"), signer="Hà Thị Lê Vân")
    authority, signer = signer_of([sheet_of(reading)])
    assert authority is not None and authority.value == "TL. CHỦ TỊCH; KT. CHÁNH VĂN PHÒNG; PHÓ CHÁNH VĂN PHÒNG"
    assert signer is not None and signer.value == "Hà Thị Lê Vân" and not signer.unsure


def test_strokes_of_a_seal_that_stick_to_an_authority_are_no_part_of_it() -> None:
    authority, _ = signer_of([sheet_of(letter(authority=("u rựCHỦ TỊCH",)))])
    assert authority is not None and authority.value == "CHỦ TỊCH"


@pytest.mark.parametrize(("rest", "found"), [("TỊCH", True), ("NHÂN DÂN", False)])
def test_what_a_seal_left_of_a_title_begins_a_block_and_is_not_whole(rest: str, found: bool) -> None:
    authority, signer = signer_of([sheet_of(letter(authority=(rest,), signer="Trần Văn Mẫu"))])
    assert (authority is not None, signer is not None) == (found, found)
    assert authority is None or (authority.value, authority.unsure, authority.structural) == (rest, True, False)
    assert signer is None or (signer.value, signer.unsure) == ("Trần Văn Mẫu", True)


def test_a_name_that_lost_its_first_part_stands_off_centre() -> None:
    reading = letter(signer="", more=[Row(0.72, 0.85, "Thị Ngân Hà")])
    _, signer = signer_of([sheet_of(reading)])
    assert signer is not None and signer.unsure
