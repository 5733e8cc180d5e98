"""Folding, tone style and the judgement whether a text is Vietnamese."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.vietnamese import fold, is_syllable, nfc, script_of, syllable_share, tone_style

VIETNAMESE = "aăâeêioôơuưyàáảãạằắẳẵặầấẩẫậđbcdghklmnpqrstvxAĂÂĐÊÔƠƯÐð ỳýỷỹỵ\u0300\u0301\u0309\u0303\u0323\u200b.-/09"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hoà Bình", "hoa binh"),
        ("Hòa Bình", "hoa binh"),
        ("thuỷ", "thuy"),
        ("thủy", "thuy"),
        ("Đường Điện Biên Phủ", "duong dien bien phu"),
        ("đ", "d"),
        ("Đ", "d"),
        ("Ð", "d"),  # eth, as typed by old fonts
        ("ð", "d"),
        ("Ɖ", "d"),
        (unicodedata.normalize("NFD", "QUYẾT ĐỊNH"), "quyet dinh"),
        ("  nhiều\u00a0 khoảng\n\ttrắng ", "nhieu khoang trang"),
        ("Nguyễn Thị Ơ Ư", "nguyen thi o u"),
        ("zero\u200bwidth so\u00adft", "zerowidth soft"),
        ("15/QĐ-UBND", "15/qd-ubnd"),
        ("", ""),
        ("ภาษาไทย", "ภาษาไทย"),  # vowels of other scripts are not accents
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=VIETNAMESE) | st.text())
def test_fold_twice_is_fold_once_and_ignores_the_normal_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@given(st.text(alphabet=VIETNAMESE))
def test_fold_of_vietnamese_is_ascii(text: str) -> None:
    assert fold(text).isascii()


@pytest.mark.parametrize(
    ("text", "styled"),
    [
        ("hoà", "hòa"),
        ("HOÀ", "HÒA"),
        ("Thuỷ", "Thủy"),
        ("khoẻ", "khỏe"),
        ("uỷ ban", "ủy ban"),
        ("quý", "quý"),
        ("Quỳ Hợp", "Quỳ Hợp"),
        ("hoàn toàn", "hoàn toàn"),
        ("huỳnh", "huỳnh"),
        ("ngoại", "ngoại"),
        (unicodedata.normalize("NFD", "hoà"), "hòa"),
        ("hòa", "hòa"),
    ],
)
def test_tone_style(text: str, styled: str) -> None:
    assert tone_style(text) == styled


@example("oà\u0300")  # two tones: no syllable
@given(st.text(alphabet=VIETNAMESE))
def test_tone_style_never_changes_the_folded_form(text: str) -> None:
    assert fold(tone_style(text)) == fold(text)
    assert tone_style(tone_style(text)) == tone_style(text)


def test_nfc_composes() -> None:
    assert nfc("e\u0302\u0301") == "ế"


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "quốc",
        "gì",
        "giếng",
        "gia",
        "Việt",
        "NAM",
        "khuỷu",
        "huỵch",
        "quỳnh",
        "thuở",
        "Nguyễn",
        "xoong",
        "uyên",
        "yêu",
        "ỷ",
        "Đắk",
        "nghỉ",
        "hoà",
        "hòa",
        "được",
    ],
)
def test_well_formed(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word",
    [
        "Hcok",
        "xA",
        "HQI",
        "lap",
        "Viet",
        "phtic",
        "this",
        "kan",
        "ngi",
        "ghan",
        "cêm",
        "tất̀",
        "càt",
        "strong",
        "wifi",
        "zalo",
        "b",
        "khuyếnn",
        "toań",
    ],
)
def test_ill_formed(word: str) -> None:
    assert not is_syllable(word)


GOOD = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc",
    "UBND TỈNH NINH BÌNH Số: 15/QĐ-UBND Ninh Bình, ngày 05 tháng 3 năm 2024",
    "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư; Xét đề nghị của "
    "Giám đốc Sở Tài nguyên và Môi trường tại Tờ trình số 12/TTr-STNMT",
    "Thửa đất số: 123, Tờ bản đồ số: 45; diện tích: 250,5 m2; thời hạn sử dụng đất: lâu dài; TM. ỦY BAN NHÂN DÂN",
    "Họ, chữ đệm, tên: TRẦN VĂN AN; giới tính: Nam; dân tộc: Kinh; quê quán: xã Tân An, Long An",
]
BAD = [
    "CONG Hcok xA HQI CHU NGHIA VIET NAM Doc lap - Tu do - Hanh phtic",
    "CONG Hcok xA HQI",
    "IJY BAN NHAN DAN TiNH NINH BiNH cQNG HoA xA Hgr cHU NGHiA VIET NAM",
    "The quick brown fox can jump so long on an old man and a hen in the inn",
    "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp töï do haïnh phuùc",  # VNI bytes shown as Latin
    "Céng hßa x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do H¹nh phóc",  # TCVN3 bytes shown as Latin
    "cong hoa xa hoi chu nghia viet nam khong dau nao trong ca doan van nay",
    "",
    "12/3/2024 456 -- ///",
]


@pytest.mark.parametrize("text", GOOD)
def test_administrative_text_scores_high(text: str) -> None:
    assert syllable_share(text) >= 0.9
    assert syllable_share(unicodedata.normalize("NFD", text)) == syllable_share(text)


@pytest.mark.parametrize("text", BAD)
def test_garbage_and_other_languages_score_low(text: str) -> None:
    assert syllable_share(text) <= 0.5


def test_numbers_and_abbreviations_do_not_count() -> None:
    assert syllable_share("UBND 15/QĐ-UBND CT07 H41.16-230925-0001 quyết định") == 1.0


@given(st.text())
def test_share_is_a_share(text: str) -> None:
    assert 0.0 <= syllable_share(text) <= 1.0


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Quyết định 15", "latin"),
        ("Решение суда", "cyrillic"),
        ("中华人民共和国", "han"),
        ("العربية", "arabic"),
        ("ภาษาไทย", "thai"),
        ("한국어", "hangul"),
        ("ひらがな", "kana"),
        ("ລາວ", "lao"),
        ("ខ្មែរ", "khmer"),
        ("123 --", "none"),
        ("Quyết định số 中", "latin"),
    ],
)
def test_script_of(text: str, script: str) -> None:
    assert script_of(text) == script
