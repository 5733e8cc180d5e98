"""A long file is understood page by page: what is held does not grow with it, and nothing of weight is passed over."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

from ingest.understand import Survey
from schemas.reading import Box, PageReading
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, centred, letter, page

TYPES = TypeCatalogue.load()
LONG = 90
BODY = Row(0.15, 0.5, "Các cơ quan, đơn vị chủ động phối hợp trong quá trình thực hiện.")
SEAL = Box(x0=0.6, y0=0.7, x1=0.8, y1=0.85)


class Lazy(Sequence[PageReading]):
    """Makes a page when it is asked for, and counts the pages that somebody still holds."""

    def __init__(self, signed_on: int) -> None:
        self._signed_on = signed_on
        self._alive: weakref.WeakSet[PageReading] = weakref.WeakSet()
        self.most = 0

    def __len__(self) -> int:
        return LONG

    def __getitem__(self, index: object) -> PageReading:
        assert isinstance(index, int)
        if index >= LONG:
            raise IndexError
        made = self._made(index + 1)
        self._alive.add(made)
        if len(self._alive) > self.most:
            gc.collect()
            self.most = max(self.most, len(self._alive))
        return made

    def _made(self, number: int) -> PageReading:
        if number == 1:
            return letter(authority=(), signer="").model_copy(update={"page": 1})
        if number != self._signed_on:
            return page(BODY, number=number)
        signed = page(
            Row(0.15, 0.7, "Nơi nhận:"),
            centred(0.7001, "TM. ỦY BAN NHÂN DÂN", middle=0.7),
            centred(0.7201, "CHỦ TỊCH", middle=0.7),
            centred(0.85, "Trần Phước Hiền", middle=0.7),
            number=number,
        )
        return signed.model_copy(update={"seals": (SEAL,)})


def test_a_long_paper_is_one_paper_and_few_of_its_pages_are_held() -> None:
    readings = Lazy(signed_on=LONG)
    survey = Survey(readings, None, TYPES)
    paper = survey.paper(1, "dài.pdf", None)
    assert [len(part.pages) for part in survey.split.papers] == [LONG] == [len(paper.pages)]
    assert paper.type == "administrative_document" and readings.most < 30


def test_a_signature_before_long_annexes_is_found_by_its_seal() -> None:
    paper = Survey(Lazy(signed_on=LONG // 2), None, TYPES).paper(1, "dài.pdf", None)
    assert paper.fields["signer_name"].value == "Trần Phước Hiền"
