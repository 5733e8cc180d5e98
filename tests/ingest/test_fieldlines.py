"""Which lines of a page a second reader is asked for."""

from __future__ import annotations

from ingest.fieldlines import field_lines
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import HEIGHT_PX, WIDTH_PX, Row, page

MOTTO = (
    Row(0.3, 0.05, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    Row(0.38, 0.07, "Độc lập - Tự do - Hạnh phúc"),
)
BIRTH = (
    *MOTTO,
    Row(0.4, 0.15, "GIẤY KHAI SINH"),
    Row(0.1, 0.25, "Họ, chữ đệm, tên: Hoàng Thị Tuyết"),
    Row(0.1, 0.28, "Ngày, tháng, năm sinh: 18/10/2015"),
    Row(0.1, 0.31, "Họ, chữ đệm, tên người mẹ: Trịnh Thị Trang"),
    Row(0.1, 0.34, "Tình trạng sức khỏe: bình thường"),
)


def asked(reading: PageReading) -> set[str] | None:
    told = field_lines(reading.words, (HEIGHT_PX, WIDTH_PX), reading.skew, TypeCatalogue.load())
    if told is None:
        return None
    return {" ".join(w.text for w in row) for row in reading.lines() if (row[0].block, row[0].line) in told}


def test_lines_with_a_value_of_the_papers_type_and_no_others() -> None:
    wanted = {row.text for row in BIRTH if row.y in (0.25, 0.28, 0.31)}
    assert asked(page(*BIRTH)) == wanted
    assert asked(page(*BIRTH, skew=2.0)) == wanted


def test_a_page_that_does_not_say_what_it_is_says_nothing_of_its_lines() -> None:
    assert asked(page(*MOTTO, Row(0.1, 0.25, "Họ, chữ đệm, tên: Hoàng Thị Tuyết"))) is None
    assert asked(page(Row(0.4, 0.15, "GIẤY KHAI SINH"), Row(0.1, 0.25, "Đã nhận đủ hồ sơ"))) is None


def test_nothing_was_read() -> None:
    assert asked(page()) == set()
