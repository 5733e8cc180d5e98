"""Forms as tables: labels without colons in one column, values in the next, read column by column by the layout."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.evidence import Found
from ingest.fields.forms import Form
from ingest.naming import title_of
from ingest.sheet import sheet_of
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, page

TYPES = TypeCatalogue.load()
STEP = 0.03


def _columns(*columns: Sequence[Row]) -> PageReading:
    """The columns one after the other, each a block of its own."""
    whole = page(*columns[0])
    parts = [(block, page(*rows)) for block, rows in enumerate(columns)]
    words = [word.model_copy(update={"block": block}) for block, part in parts for word in part.words]
    return whole.model_copy(update={"words": tuple(words)})


def _table(x: float, *texts: str) -> list[Row]:
    return [Row(x, 0.3 + STEP * number, text) for number, text in enumerate(texts) if text]


def _find(reading: PageReading, type_id: str, name: str) -> Found | None:
    kind = TYPES.types[type_id]
    rule = kind.field(name)
    assert rule is not None
    sheet = sheet_of(reading)
    return next(iter(Form(kind, [sheet], title_of(sheet, TYPES)).find(rule)), None)


def _value(reading: PageReading, type_id: str, name: str) -> str | None:
    found = _find(reading, type_id, name)
    return found.value if found is not None else None


def test_a_value_in_the_next_cell_stands_behind_its_label() -> None:
    labels = _table(0.1, "Họ và tên", "Giới tính", "Nơi sinh", "Nơi cư trú", "Số định danh cá nhân")
    values = _table(0.4, "LÊ VĂN MẪU", "Nam", "xã Bình Mẫu, tỉnh Lâm Đồng", "", "068080995008")
    reading = _columns(labels, [*values, Row(0.4, 0.3 + 3 * STEP, "Thôn Đoài, xã Bình Mẫu, tỉnh Lâm Đồng")])
    names = ("full_name", "sex", "birth_place", "address", "personal_id")
    assert [_value(reading, "judicial_record", name) for name in names] == [
        "Lê Văn Mẫu",
        "Nam",
        "xã Bình Mẫu, tỉnh Lâm Đồng",
        "Thôn Đoài, xã Bình Mẫu, tỉnh Lâm Đồng",
        "068080995008",
    ]


def test_a_label_over_two_lines_of_its_cell_has_the_value_beside_it() -> None:
    labels = [Row(0.1, 0.3, "Họ, chữ đệm và"), Row(0.1, 0.318, "tên"), Row(0.1, 0.36, "Giới tính")]
    reading = _columns(labels, [Row(0.4, 0.3, "LÊ VĂN MẪU"), Row(0.4, 0.36, "Nam")])
    assert _value(reading, "marital_status", "full_name") == "Lê Văn Mẫu"
    assert _value(reading, "marital_status", "sex") == "Nam"


def test_a_label_over_two_lines_may_begin_behind_its_number() -> None:
    labels = [Row(0.1, 0.3, "5 Giới tính"), Row(0.1, 0.33, "6 Họ, chữ đệm và tên"), Row(0.119, 0.348, "chủ hộ")]
    reading = _columns(labels, [Row(0.5, 0.3, "Nam"), Row(0.5, 0.33, "LÊ VĂN MẪU")])
    assert _value(reading, "residence_confirmation", "household_head") == "Lê Văn Mẫu"
    assert _value(reading, "residence_confirmation", "full_name") is None


def test_a_value_goes_on_in_its_cell_and_not_in_the_next_row() -> None:
    labels = _table(0.1, "Nơi thường trú", "", "Họ và tên chủ hộ")
    values = _table(0.4, "Thôn Đoài Thượng, xã Bình Mẫu Thượng, huyện Mẫu", "", "LÊ VĂN MẪU")
    wrapped = [*values, Row(0.4, 0.3 + 0.6 * STEP, "Sơn, tỉnh Lâm Đồng")]
    reading = _columns(labels, sorted(wrapped, key=lambda row: row.y))
    address = "Thôn Đoài Thượng, xã Bình Mẫu Thượng, huyện Mẫu Sơn, tỉnh Lâm Đồng"
    assert _value(reading, "residence_confirmation", "permanent_address") == address
    assert _value(reading, "residence_confirmation", "household_head") == "Lê Văn Mẫu"


def test_a_value_that_began_above_its_label_is_not_surely_whole() -> None:
    labels = [Row(0.1, 0.3, "Giới tính"), Row(0.1, 0.35, "Nơi thường trú")]
    values = [Row(0.4, 0.3, "Nam"), Row(0.4, 0.331, "Thôn Đoài, xã Bình"), Row(0.4, 0.35, "Mẫu, tỉnh Lâm Đồng")]
    found = _find(_columns(labels, values), "residence_confirmation", "permanent_address")
    assert found is None or found.unsure


def test_columns_that_both_bear_labels_stay_columns() -> None:
    husband = _table(0.1, "Họ, chữ đệm, tên chồng", "LÊ VĂN MẪU", "Sinh ngày: 01/02/1990")
    wife = _table(0.55, "Họ, chữ đệm, tên vợ", "TRẦN THỊ MẪU", "Sinh ngày: 03/04/1991")
    reading = _columns(husband, wife)
    names = ("husband_name", "wife_name", "husband_birth_date", "wife_birth_date")
    assert [_value(reading, "marriage_certificate", name) for name in names] == [
        "Lê Văn Mẫu",
        "Trần Thị Mẫu",
        "1990-02-01",
        "1991-04-03",
    ]


def test_a_title_that_holds_a_label_is_none() -> None:
    rows = [
        Row(0.3, 0.14, "GIẤY XÁC NHẬN"),
        Row(0.25, 0.16, "TÌNH TRẠNG HÔN NHÂN"),
        Row(0.25, 0.19, "ỦY BAN NHÂN DÂN XÃ MẪU"),
        Row(0.1, 0.3, "Tình trạng hôn nhân: Chưa kết hôn với ai"),
    ]
    assert _value(page(*rows), "marital_status", "status") == "Chưa kết hôn với ai"


def test_a_label_of_other_forms_ends_a_value() -> None:
    reading = page(Row(0.1, 0.3, "Họ và tên: LÊ VĂN MẪU Chức danh: Giám đốc"), Row(0.1, 0.33, "Mã số thuế: 0101"))
    assert _value(reading, "judicial_record", "full_name") == "Lê Văn Mẫu"


def test_the_number_of_the_next_label_is_no_part_of_a_value() -> None:
    reading = page(
        Row(0.1, 0.3, "4. Dân tộc: Khmer"),
        Row(0.28, 0.3, "5. Quốc tịch: Việt Nam"),
        Row(0.1, 0.25, "Họ, chữ đệm, tên: LÊ VĂN MẪU"),
    )
    assert _value(reading, "death_extract", "ethnicity") == "Khmer"
    assert _value(reading, "death_extract", "nationality") == "Việt Nam"


def test_a_value_ends_before_a_label_nobody_knows() -> None:
    reading = page(Row(0.1, 0.3, "Họ và tên: LÊ VĂN MẪU"), Row(0.5, 0.3, "Bí danh: Hai Mẫu"))
    assert _value(reading, "judicial_record", "full_name") == "Lê Văn Mẫu"


def test_letters_of_the_label_read_as_a_word_are_no_part_of_the_value() -> None:
    reading = page(Row(0.1, 0.3, "Nơi sinh: nh: xã Bình Mẫu, tỉnh Lâm Đồng"))
    assert _value(reading, "judicial_record", "birth_place") == "xã Bình Mẫu, tỉnh Lâm Đồng"


@pytest.mark.parametrize(("gap", "torn"), [(0.016, True), (0.08, False)])
def test_a_value_whose_line_the_layout_tore_in_two_is_not_whole(gap: float, torn: bool) -> None:
    text = "Nơi sinh: Bệnh viện Phụ sản"
    behind = Row(0.1 + 0.0095 * len(text) + gap, 0.3, "Nhi huyện Tân Phú, tỉnh Đồng Nai")
    found = _find(_columns([Row(0.1, 0.3, text)], [behind]), "judicial_record", "birth_place")
    assert found is not None and found.unsure is torn


@pytest.mark.parametrize(("mark", "value"), [("- ", "Đơn theo mẫu; Bản sao"), ("", "Đơn theo mẫu Bản sao")])
def test_items_of_a_list_are_told_apart_by_their_marks_alone(mark: str, value: str) -> None:
    reading = page(Row(0.1, 0.3, "Hồ sơ gồm:"), Row(0.1, 0.32, f"{mark}Đơn theo mẫu"), Row(0.1, 0.34, f"{mark}Bản sao"))
    found = _find(reading, "appointment_slip", "papers")
    assert found is not None and (found.value, found.unsure) == (value, not mark)


def test_a_label_whose_part_of_the_form_is_not_marked_is_shown_and_not_accepted() -> None:
    once = Row(0.1, 0.3, "Họ và tên: LÊ VĂN MẪU")
    found = _find(page(once), "business_registration", "representative_name")
    assert found is not None and (found.value, found.unsure) == ("Lê Văn Mẫu", True)
    twice = page(once, Row(0.1, 0.33, "Họ và tên: TRẦN THỊ MẪU"))
    assert _find(twice, "business_registration", "representative_name") is None


def test_nothing_but_the_country_follows_a_province() -> None:
    body = Row(0.1, 0.5, "Một dòng dài để thấy mép phải của trang giấy này nằm ở đâu, nghĩa là ở đây.")
    long = "Địa chỉ: Thôn Đoài Thượng, xã Bình Mẫu, huyện Mẫu Sơn Đông, tỉnh Lâm Đồng"
    other = page(Row(0.1, 0.3, long), Row(0.1, 0.32, "Bên A giao cho bên B những việc sau"), body)
    country = page(Row(0.1, 0.3, long + ","), Row(0.1, 0.32, "Việt Nam"), body)
    wanted = long.removeprefix("Địa chỉ: ")
    assert _value(other, "application_form", "address") == wanted
    assert _value(country, "application_form", "address") == f"{wanted}, Việt Nam"
