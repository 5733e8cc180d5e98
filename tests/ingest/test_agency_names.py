"""Names of agencies as strange layouts print them: broken over lines, beside titles, behind TM., cut by the page."""

from __future__ import annotations

import pytest

from ingest import agencies
from ingest.fields.letter import header_of
from ingest.fields.signature import signer_of, signing_agency
from ingest.naming import title_of
from ingest.sheet import sheet_of
from ingest.understand import understand
from schemas.evidence import FieldReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, centred, letter, page, read_again

TYPES = TypeCatalogue.load()
MOTTO = (
    centred(0.0601, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=0.68),
    centred(0.0801, "Độc lập - Tự do - Hạnh phúc", middle=0.68),
)


def test_the_last_word_of_a_name_is_no_school() -> None:
    rows = [
        centred(0.06, "UBND TỈNH LÂM ĐỒNG", middle=0.25),
        centred(0.08, "SỞ NÔNG NGHIỆP VÀ MÔI", middle=0.25),
        centred(0.1, "TRƯỜNG", middle=0.25),
        Row(0.18, 0.12, "Số: 84/QĐ-SNNMT"),
        *MOTTO,
    ]
    header = header_of(sheet_of(page(*rows)))
    assert header.agency is not None and header.agency.value == "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"
    assert header.parent is not None and header.parent.value == "UBND TỈNH LÂM ĐỒNG"


def test_a_title_near_the_head_is_no_part_of_the_agency() -> None:
    rows = [
        centred(0.06, "ỦY BAN NHÂN DÂN", middle=0.25),
        centred(0.08, "PHƯỜNG LƯƠNG VĂN TRI", middle=0.25),
        *MOTTO,
        centred(0.12, "GIẤY PHÉP XÂY DỰNG", middle=0.46),
        Row(0.1, 0.2, "Cấp cho: Ông Lê Văn Mẫu"),
    ]
    sheet = sheet_of(page(*rows))
    header = header_of(sheet, (), title_of(sheet, TYPES))
    assert header.agency is not None and header.agency.value == "ỦY BAN NHÂN DÂN PHƯỜNG LƯƠNG VĂN TRI"


def test_who_signs_for_an_agency_names_it() -> None:
    sheet = sheet_of(letter(authority=("TM. ỦY BAN NHÂN DÂN HUYỆN TRÀ ÔN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")))
    found = signing_agency([sheet])
    assert found is not None and found.value == "ỦY BAN NHÂN DÂN HUYỆN TRÀ ÔN"
    assert signing_agency([sheet_of(letter(authority=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")))]) is None


def test_a_branch_office_is_no_head_of_an_office() -> None:
    sheet = sheet_of(letter(authority=("CHI NHÁNH VĂN PHÒNG", "ĐĂNG KÝ ĐẤT ĐAI", "GIÁM ĐỐC")))
    found, (authority, _) = signing_agency([sheet]), signer_of([sheet])
    assert found is not None and found.value == "CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI"
    assert authority is not None and authority.value == "GIÁM ĐỐC"


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("ỦY BAN NHÂN DÂN", True),
        ("UBND", True),
        ("CÔNG AN", True),
        ("TRƯỜNG", True),
        ("ỦY BAN NHÂN DÂN XÃ MẪU", False),
        ("SỞ TƯ PHÁP", False),
        ("PHÒNG ĐĂNG KÝ KINH DOANH", False),
    ],
)
def test_a_head_alone_names_no_agency(name: str, bare: bool) -> None:
    assert agencies.is_bare(name) is bare


def _agency(x: float) -> FieldReading:
    rows = [
        *MOTTO,
        centred(0.12, "GIẤY CHỨNG NHẬN KẾT HÔN", middle=0.5),
        Row(0.1, 0.2, "Họ và tên vợ: TRẦN THỊ MẪU"),
        Row(0.1, 0.23, "Họ và tên chồng: LÊ VĂN MẪU"),
        Row(x, 0.26, "Nơi đăng ký: Ủy ban nhân dân xã Đại Lãnh, tỉnh Khánh Hòa"),
    ]
    reading = read_again(page(*rows))
    return understand([reading], file_name="", signatures=None, types=TYPES).papers[0].fields["agency"]


def test_what_the_edge_of_the_page_cuts_waits_for_a_person() -> None:
    assert _agency(0.1).accepted
    assert not _agency(0.995 - 0.0095 * len("Nơi đăng ký: Ủy ban nhân dân xã Đại Lãnh, tỉnh Khánh Hòa")).accepted
