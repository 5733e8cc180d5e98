"""Administrative units before and after the reform, and where they decide between two readers."""

from __future__ import annotations

import pytest

from ingest.places import is_spelled, names_units, proper, province_today
from ingest.understand import understand
from schemas import doubts
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, centred, page, read_again

TYPES = TypeCatalogue.load()


@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        (
            "Trạm y tế xã Hòa Phú, huyện Củ Chỉ, thành phố Hồ Chí Minh",
            "xã Hòa Phú, huyện Củ Chi, thành phố Hồ Chí Minh",
        ),
        (
            "phường Yên Thanh, thành phổ Uông Bi, tinh Quảng Ninh",
            "phường Yên Thanh, thành phố Uông Bí, tỉnh Quảng Ninh",
        ),
        ("Thôn An Vĩnh, xã La Hiên, tinh Thái Nguyên, Việt Nam", "xã La Hiên, tỉnh Thái Nguyên, Việt Nam"),
        ("CÔNG AN PHƯỜNG BÔ XUYÊN", "CÔNG AN PHƯỜNG BỒ XUYÊN"),
        ("xã Vinh Tien", "xã Vinh Tien"),  # Vĩnh Tiến, Vĩnh Tiên: both are
        ("xã Hoa Sen Trắng, huyện Củ Chi", "xã Hoa Sen Trắng, huyện Củ Chi"),
        ("Số 5 đường Xã Đàn", "Số 5 đường Xã Đàn"),
    ],
)
def test_units_take_their_official_spelling(read: str, wanted: str) -> None:
    assert proper(read).endswith(wanted)


def test_old_provinces_and_those_of_today() -> None:
    assert province_today("Hải Dương") == "Hải Phòng"
    assert province_today("hải phòng") == "Hải Phòng"
    assert province_today("Thừa Thiên Huế") == province_today("Huế") == "Huế"
    assert province_today("Việt Nam") is None


@pytest.mark.parametrize(
    ("one", "other", "accepted"),
    [
        ("huyện Củ Chỉ, thành phố Hồ Chí Minh", "huyện Củ Chi, thành phổ Hồ Chí Minh", True),
        ("thôn Đông, huyện Củ Chỉ", "thôn Đống, huyện Củ Chi", False),
    ],
)
def test_the_list_decides_only_over_units(one: str, other: str, accepted: bool) -> None:
    reading = page(
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.14, "GIẤY KHAI SINH"),
        Row(0.12, 0.2, "Họ, chữ đệm, tên: Nguyễn Thị Hồng Nhung"),
        Row(0.12, 0.22, f"Quê quán: {one}"),
        Row(0.12, 0.24, "Giới tính: Nữ"),
    )
    again = read_again(reading, (one, other))
    (paper,) = understand([again], file_name="scan.pdf", signatures=None, types=TYPES).papers
    field = paper.fields["hometown"]
    assert field.accepted == accepted
    assert (
        field.value == "huyện Củ Chi, thành phố Hồ Chí Minh" if accepted else doubts.WITNESSES_DISAGREE in field.doubts
    )


@pytest.mark.parametrize(
    ("text", "spelled", "named"),
    [
        ("Xóm Bến, xã Khánh Phú, huyện Khánh Vĩnh, tỉnh Khánh Hòa", True, True),
        ("Xóm Bến, xã Khánh Phú, huyện Khánt Vĩnh, tỉnh Khánh Hòa", False, True),
        ("Thửa đất số 834, Xã Đại Hải, huyện Kế Sách, tỉnh", False, True),  # cut off
        ("xã Ea Drăng, tỉnh Đắk Lắk", True, True),
        ("ỦY BAN NHÂN DÂN PHƯỜNG PHỔ YÊN", True, True),
        ("ỦY BAN NHÂN DÂN PHƯỜNG PHỐ YÊN", True, False),
        ("Số 12 đường Hoa Sen, xã Hoa Sen Trắng, tỉnh Lâm Đồng", True, True),  # no such commune: nothing against it
    ],
)
def test_what_no_syllable_or_unit_is_speaks_against_a_place(text: str, spelled: bool, named: bool) -> None:
    assert (is_spelled(text), names_units(text)) == (spelled, named)
