"""Naming papers, secrecy and subjects: the whole of understand()."""

from __future__ import annotations

import pytest

from ingest.understand import UNKNOWN_NAME, understand
from schemas import doubts
from schemas.evidence import Understanding
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, birth, blank, centred, letter, page, read_again, signature, signed

TYPES = TypeCatalogue.load()


def _understand(*readings: PageReading, name: str = "scan.pdf") -> Understanding:
    return understand(readings, file_name=name, signatures=None, types=TYPES)


def test_an_exact_title_names_the_type() -> None:
    (paper,) = _understand(birth()).papers
    assert (paper.type, paper.type_name, paper.doubts) == ("birth_certificate", "Giấy khai sinh", ())
    assert paper.type_confidence > 0.9


@pytest.mark.parametrize("title", ["GIÂY KHAI SINH", "GIẤYKHAI SINH", "GIẤY KHAI SIN"])
def test_a_title_with_a_misread_letter_is_still_named(title: str) -> None:
    reading = birth()
    words = " ".join(word.text for word in reading.words)
    assert "GIẤY KHAI SINH" in words
    rows = [centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), centred(0.14, title), Row(0.1, 0.3, "Nơi sinh: Huế")]
    (paper,) = _understand(page(*rows)).papers
    assert paper.type == "birth_certificate"


def test_a_title_between_two_types_is_doubted() -> None:
    rows = [centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), centred(0.14, "CHỨNG GIẤY KHAI SINH")]
    (paper,) = _understand(page(*rows, Row(0.1, 0.3, "Nơi sinh: Huế"))).papers
    assert doubts.TYPE_UNCERTAIN in paper.doubts
    assert paper.subjects == ()


def test_the_same_words_in_small_letters_are_no_title() -> None:
    (paper,) = _understand(page(centred(0.14, "giấy khai sinh"), Row(0.1, 0.4, "Kính thưa quý vị"))).papers
    assert paper.type == "unknown"


def test_a_title_below_the_top_third_is_no_title() -> None:
    (paper,) = _understand(page(centred(0.6, "GIẤY KHAI SINH"), Row(0.1, 0.7, "Kính thưa quý vị"))).papers
    assert paper.type == "unknown"


def test_unknown_says_unknown() -> None:
    (paper,) = _understand(page(centred(0.1, "THỰC ĐƠN HÔM NAY"), Row(0.1, 0.3, "Phở bò, bún chả"))).papers
    assert (paper.type, paper.type_name) == ("unknown", UNKNOWN_NAME)
    assert paper.doubts == (doubts.TYPE_UNKNOWN,)
    assert paper.fields == {} and paper.subjects == ()
    assert paper.needs_review


def test_a_blank_file_is_an_unknown_paper() -> None:
    (paper,) = _understand(blank(1)).papers
    assert paper.type == "unknown"


def test_a_letter_without_a_title_is_a_cong_van() -> None:
    reading = letter(
        number="Số: 575 /UBND-KTTH",
        title="",
        subject=(),
        more=[Row(0.17, 0.15, "V/v tham gia ý kiến dự thảo"), Row(0.4, 0.25, "Kính gửi: Sở Tài chính")],
    )
    (paper,) = _understand(reading).papers
    assert paper.type == "administrative_document"
    assert paper.fields["type_name"].value == "Công văn"
    assert paper.fields["subject"].value == "V/v tham gia ý kiến dự thảo"


def test_a_title_that_goes_on_names_an_application() -> None:
    rows = [
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.14, "ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP"),
        Row(0.1, 0.5, "Tôi cam đoan những lời khai trên là đúng."),
    ]
    (paper,) = _understand(page(*rows)).papers
    assert paper.type == "application_form"


def test_an_unreadable_card_is_named_by_its_qr_code_and_doubted() -> None:
    code = "051316000123||Nguyễn Thị Hồng Nhung|05032016|Nữ|Xã Bình Minh, tỉnh Quảng Ngãi|01042024"
    (paper,) = _understand(page(Row(0.3, 0.5, "xx yy zz"), codes=[code])).papers
    assert paper.type == "citizen_card"
    assert doubts.TYPE_UNCERTAIN in paper.doubts
    assert paper.fields["personal_id"].accepted


def test_subjects_come_from_accepted_fields_only() -> None:
    (paper,) = _understand(read_again(birth())).papers
    child = next(subject for subject in paper.subjects if subject.role == "child")
    assert (child.name, child.id_kind, child.number) == ("Nguyễn Thị Hồng Nhung", "cccd", "051316000123")
    (doubted,) = _understand(birth(sure=0.7)).papers
    assert doubted.subjects == ()
    assert doubted.fields["full_name"].value == "Nguyễn Thị Hồng Nhung"


def test_the_types_access_level_is_the_papers() -> None:
    (paper,) = _understand(birth()).papers
    assert paper.access_level == "personal"


@pytest.mark.parametrize("stamp", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "| MẬT |", "MẶT", "TÓI MẬT", "M Ậ T"])
def test_a_secrecy_stamp_ends_the_work(stamp: str) -> None:
    found = _understand(birth(), letter(page_number=2, more=[Row(0.2, 0.145, stamp)]))
    assert found.secrecy_page == 2
    assert found.papers == ()


@pytest.mark.parametrize(
    "text",
    [
        "bảo đảm an toàn, bảo mật thanh toán",
        "MẬT ONG RỪNG NGUYÊN CHẤT",
        "GIỮ BÍ MẬT NHÀ NƯỚC",
        "mật",
        "MẶT TRẬN TỔ QUỐC",
    ],
)
def test_words_of_a_sentence_are_no_stamp(text: str) -> None:
    assert _understand(letter(more=[Row(0.2, 0.4, text)])).secrecy_page is None


def test_urgency_is_recorded() -> None:
    assert _understand(letter(more=[Row(0.2, 0.145, "HỎA TỐC")])).notices == ("URGENCY HỎA TỐC",)


def test_the_name_of_a_bundle_speaks_for_none_of_its_papers() -> None:
    found = _understand(letter(), birth(page_number=2), name="84 QĐ UB.pdf")
    assert not found.papers[0].fields["number"].accepted


def test_a_signed_file_with_a_draft_has_the_letters_signer() -> None:
    draft = letter(title="NGHỊ QUYẾT", signer="Bùi Thị Quỳnh Vân", page_number=2)
    readings = [letter(title="TỜ TRÌNH", number="Số: 22 /TTr-UBND", signer="Nguyễn Hoàng Giang"), draft]
    found = understand(readings, file_name="22 TTR.pdf", signatures=signed(signature()), types=TYPES)
    (paper,) = found.papers
    assert paper.fields["signer_name"].value == "Nguyễn Hoàng Giang"
    assert paper.fields["notation"].value == "TTr-UBND"
