"""The register that a clerk drops along: every way people save such lists, and rows that cannot be used."""

from __future__ import annotations

import unicodedata

import pytest

from ingest.register import MAX_BYTES, is_register, read_register
from ingest.understand import Survey
from schemas.errors import RegisterUnreadable
from schemas.types import TypeCatalogue
from tests.ingest.written import Row as Line
from tests.ingest.written import birth, page

TYPES = TypeCatalogue.load()
LETTER = TYPES.types["administrative_document"]
TEXT = (
    "Tệp;Số;Ký hiệu;Ngày;Loại;Trích yếu;Người ký;Số trang\n"
    '84 QĐ.pdf;84;QĐ-UBND;03/02/2025;Quyết định;"Về việc ""thử""; có chấm phẩy";Trần Văn Mẫu;2\n'
)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        unicodedata.normalize("NFD", TEXT).encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("; có", ", có").replace(";", ",").replace('"Về việc ""thử"", có', '"Về việc ""thử""; có').encode(),
        "\n".join(line.upper() if n == 0 else line for n, line in enumerate(TEXT.splitlines())).encode(),
    ],
    ids=["plain", "bom", "nfd", "crlf", "commas", "capitals"],
)
def test_lists_as_people_save_them(data: bytes) -> None:
    register = read_register(data)
    assert not register.wrong
    (row,) = register.rows
    assert (row.file, row.pages, row.number, row.type_id(TYPES)) == ("84 QĐ.pdf", 2, 2, "administrative_document")
    assert row.fields(LETTER) == {
        "number": "84",
        "notation": "QĐ-UBND",
        "issued_date": "03/02/2025",
        "type_name": "Quyết định",
        "subject": 'Về việc "thử"; có chấm phẩy',
        "signer_name": "Trần Văn Mẫu",
    }


def test_headings_are_the_labels_of_any_type_or_the_fields_names() -> None:
    (row,) = read_register("ten tep,Họ tên mẹ,personal_id\na.pdf,Lê Thị Mẫu,051316000123\n".encode()).rows
    found = row.fields(TYPES.types["birth_certificate"])
    assert found == {"mother_name": "Lê Thị Mẫu", "personal_id": "051316000123"}
    assert row.fields(LETTER) == {}, "a letter has no such fields"


def test_bad_rows_are_told_with_their_numbers_and_the_others_stay() -> None:
    text = "tệp,trang,số trang\n\na.pdf,1,2\n,3,4\nb.pdf,x,1\nc.pdf,1,1,thừa\nd.pdf,1,\nd.pdf,1,\ne.pdf,0,\n"
    register = read_register(text.encode())
    assert [row.file for row in register.rows] == ["a.pdf"]
    assert sorted(bad.details["row"] for bad in register.wrong) == [4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "data", [b"", "tệp;số\n".encode("utf-16"), b"a;b\n1;2\n", b"x" * (MAX_BYTES + 1)], ids=["", "utf16", "none", "big"]
)
def test_what_is_no_register_is_refused_whole(data: bytes) -> None:
    with pytest.raises(RegisterUnreadable):
        read_register(data)


def test_files_are_found_by_name_whatever_way_it_is_written() -> None:
    name = unicodedata.normalize("NFD", "Thư mục\\Đơn.PDF")
    register = read_register(f"tệp\n{name}\n".encode())
    assert list(register.by_file()) == ["thư mục/đơn.pdf"]
    assert is_register("SỔ.CSV") and not is_register("so.csv.pdf")


def test_the_type_in_a_register_is_a_hint_for_a_person() -> None:
    (row,) = read_register("tệp,loại\na.pdf,Giấy khai sinh\n".encode()).rows
    vague = Survey([page(Line(0.3, 0.5, "xx yy zz"))], None, TYPES).paper(1, "a.pdf", row)
    assert (vague.type, vague.doubts) == ("birth_certificate", ("TYPE_UNCERTAIN",))
    plain = Survey([birth()], None, TYPES).paper(1, "a.pdf", row)
    assert (plain.type, plain.doubts) == ("birth_certificate", ())
