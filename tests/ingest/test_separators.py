"""Separator sheets: their code's text, what is never believed, and what they do to the pages around them."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from ingest.barcodes import codes_of
from ingest.separators import SEPARATOR_TITLE, BatchHeader, Separator, parse, read_sheet
from ingest.sheet import sheet_of
from ingest.splitting import Split, split
from ingest.understand import understand
from motlan.sheets import write_sheets
from schemas.errors import BadSetting, OutputExists, SeparatorUnread, SeparatorUntrusted
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, birth, blank, centred, letter, page

TYPES = TypeCatalogue.load()
HEADER = BatchHeader("H99.01", "L-2026/01", papers=2, pages=5)
SHEET = Separator("H99.15-260105-0001", pages=3, type="birth_certificate")


@pytest.mark.parametrize("sheet", [HEADER, SHEET, BatchHeader("H99", "L1"), Separator("HS-2")])
def test_a_sheet_is_what_its_text_says(sheet: BatchHeader | Separator) -> None:
    assert parse(sheet.text) == sheet


@pytest.mark.parametrize(
    "text",
    [
        SHEET.text.replace(":3:", ":4:"),
        SHEET.text.replace("MOTLAN1", "MOTLAN2"),
        SHEET.text[:-1],
        "MOTLAN1:S:HS-1",
        "MOTLAN1:",
    ],
)
def test_a_text_that_was_changed_cut_or_is_of_another_version_is_not_believed(text: str) -> None:
    with pytest.raises(SeparatorUntrusted):
        parse(text)


@pytest.mark.parametrize("code", ["056099000001", "HS 1", "hs-1", "A:B", "", "A" * 41])
def test_codes_that_are_none_or_may_be_id_numbers_are_refused(code: str) -> None:
    with pytest.raises(BadSetting):
        Separator(code)


def _sheet(text: str, number: int) -> PageReading:
    return page(centred(0.1, SEPARATOR_TITLE), number=number, codes=[text])


def _split(*readings: PageReading, is_signed: bool = False) -> Split:
    return split(map(sheet_of, readings), TYPES, signed=is_signed)


def test_a_separator_splits_what_nothing_else_would_and_belongs_to_no_paper() -> None:
    body = Row(0.2, 0.5, "Các cơ quan, đơn vị chủ động phối hợp.")
    found = _split(_sheet(HEADER.text, 1), page(body, number=2), _sheet(SHEET.text, 3), blank(4), page(body, number=5))
    assert [part.pages for part in found.papers] == [[2], [5]]
    assert found.apart == [1, 3, 4], "the blank back of a sheet goes with it"
    assert found.sheets == {1: HEADER, 3: SHEET}
    assert [part.separator for part in found.papers] == [None, SHEET]


def test_papers_behind_one_separator_are_still_told_apart() -> None:
    found = _split(_sheet(SHEET.text, 1), birth(page_number=2), letter(page_number=3))
    assert [(part.pages, part.separator, part.follows_separator) for part in found.papers] == [
        ([2], SHEET, True),
        ([3], SHEET, False),
    ]


def test_a_sheet_that_cannot_be_trusted_or_read_stays_a_page_and_is_told() -> None:
    forged = _sheet(SHEET.text.replace(":3:", ":9:"), 2)
    unread = page(centred(0.1, SEPARATOR_TITLE), number=3)
    found = _split(birth(), forged, unread)
    assert [part.pages for part in found.papers] == [[1, 2, 3]] and not found.apart
    assert found.notices == [SeparatorUntrusted.code, SeparatorUnread.code]


def test_a_signed_file_is_not_split_by_sheets_either() -> None:
    found = _split(birth(), _sheet(SHEET.text, 2), birth(page_number=3), is_signed=True)
    assert [part.pages for part in found.papers] == [[1, 2, 3]] and found.notices == ["SIGNED_FILE_NOT_SPLIT"]


def test_other_codes_on_a_page_make_no_sheet() -> None:
    assert read_sheet(sheet_of(page(Row(0.2, 0.5, "Mã hồ sơ"), codes=["https://mau.vn/MOTLAN1:S:A::X"]))) is None


def test_the_type_on_a_separator_is_a_witness_not_the_truth() -> None:
    def types_behind(sheet: Separator, reading: PageReading) -> tuple[str, tuple[str, ...], str | None]:
        readings = [_sheet(sheet.text, 1), reading]
        (paper,) = understand(readings, file_name="a.pdf", signatures=None, types=TYPES).papers
        return paper.type, paper.doubts, paper.dossier

    vague = page(Row(0.3, 0.5, "xx yy zz"), number=2)
    assert types_behind(SHEET, birth(page_number=2)) == ("birth_certificate", (), SHEET.dossier)
    assert types_behind(SHEET, vague) == ("birth_certificate", ("TYPE_UNCERTAIN",), SHEET.dossier)
    other = Separator("HS-2", type="marriage_certificate")
    assert types_behind(other, birth(page_number=2)) == ("birth_certificate", ("TYPE_UNCERTAIN",), "HS-2")


def test_a_printed_sheet_is_read_back_from_its_picture(tmp_path: Path) -> None:
    out = tmp_path / "phiếu.pdf"
    assert write_sheets([HEADER, SHEET], TYPES, out) == 2
    with pypdfium2.PdfDocument(out) as document:
        pictures = [document[number].render(scale=100 / 72, grayscale=True).to_numpy().copy() for number in range(2)]
    assert [parse(codes_of(picture, 100).barcodes[0].text) for picture in pictures] == [HEADER, SHEET]
    with pytest.raises(OutputExists):
        write_sheets([HEADER], TYPES, out)
