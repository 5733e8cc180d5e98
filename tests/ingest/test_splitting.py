"""Where one paper ends and the next begins."""

from __future__ import annotations

from ingest.sheet import sheet_of
from ingest.splitting import Split, split
from schemas.errors import SignedFileNotSplit
from schemas.reading import PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, birth, blank, centred, letter, page

TYPES = TypeCatalogue.load()
BODY = [Row(0.15, 0.2 + 0.03 * i, "Các cơ quan, đơn vị chủ động phối hợp trong quá trình thực hiện.") for i in range(9)]


def _split(*readings: PageReading, signed: bool = False) -> tuple[tuple[int, ...], ...]:
    return _pages(split(map(sheet_of, readings), TYPES, signed=signed))


def _pages(found: Split) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(part.pages) for part in found.papers)


def test_a_page_without_a_title_goes_on() -> None:
    assert _split(letter(), page(*BODY, number=2)) == ((1, 2),)


def test_a_new_first_page_begins_a_paper() -> None:
    assert _split(letter(), page(*BODY, number=2), birth(page_number=3)) == ((1, 2), (3,))


def test_two_papers_of_the_same_type_are_two() -> None:
    assert _split(birth(), birth(page_number=2)) == ((1,), (2,))


def test_blank_pages_belong_to_the_paper_before() -> None:
    assert _split(birth(), blank(2), birth(page_number=3), blank(4)) == ((1, 2), (3, 4))


def test_a_blank_cover_belongs_to_the_first_paper() -> None:
    assert _split(blank(1), birth(page_number=2), birth(page_number=3)) == ((1, 2), (3,))


def test_a_file_of_blank_pages_is_one_paper() -> None:
    assert _split(blank(1), blank(2)) == ((1, 2),)


def test_the_word_decides_in_the_middle_of_a_letter_begins_nothing() -> None:
    decides = page(centred(0.12, "QUYẾT ĐỊNH:"), *BODY, number=2)
    assert _split(letter(), decides) == ((1, 2),)


def test_a_page_number_in_the_top_margin_means_going_on() -> None:
    numbered = letter(page_number=2, more=[centred(0.03, "2")])
    assert _split(letter(), numbered) == ((1, 2),)


def test_an_attached_draft_stays_with_its_letter() -> None:
    draft = letter(page_number=2, title="NGHỊ QUYẾT", more=[Row(0.2, 0.15, "DỰ THẢO")])
    assert _split(letter(title="TỜ TRÌNH"), draft) == ((1, 2),)


def test_a_signed_file_is_one_paper_and_says_so() -> None:
    sheets = [sheet_of(letter(title="TỜ TRÌNH")), sheet_of(letter(title="NGHỊ QUYẾT", page_number=2))]
    found = split(sheets, TYPES, signed=True)
    assert _pages(found) == ((1, 2),)
    assert found.notices == [SignedFileNotSplit.code]
    assert _pages(split(sheets, TYPES, signed=False)) == ((1,), (2,))


def test_a_form_without_motto_begins_by_its_title_and_anchors() -> None:
    card = page(
        centred(0.15, "CĂN CƯỚC CÔNG DÂN"),
        centred(0.17, "Citizen Identity Card"),
        Row(0.3, 0.22, "Họ và tên / Full name: LÊ MINH AN"),
        number=2,
    )
    assert _split(birth(), card) == ((1,), (2,))
