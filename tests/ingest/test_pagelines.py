"""Two readers over the lines of a page: who is asked, who is believed, where words are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ingest import pagelines
from ingest.layout import Block
from ingest.linereader import Letter, LineReader
from ingest.ocr import PixelWord, Script
from ingest.pagelines import ReadLine, read_lines
from ingest.pagepicture import Pixels
from schemas.errors import ReaderWeightsBroken
from tests.ingest.sheets import BODY, DPI, font, sheet

WHOLE = (Block(0, 0, 1240, 1754),)


class Told(LineReader):
    """A first reader that says what it is told, all letters equally sure."""

    def __init__(self, *texts: str, sure: float = 0.99) -> None:
        self.name = "told"
        self._texts, self._sure = texts, sure

    def read(self, strips: Sequence[Pixels]) -> list[list[Letter]]:
        return [
            [Letter(char, (i + 0.5) * strip.shape[1] / len(text), self._sure) for i, char in enumerate(text)]
            for strip, text in zip(strips, self._texts * len(strips), strict=False)
        ]


class Second:
    """A second reader that sees one word on each strip, at each look the next one; it counts strips and looks."""

    name = "second"

    def __init__(self, *seen: tuple[str, float]) -> None:
        self.seen, self.asked, self.looks = seen or (("thấy", 0.9),), 0, 0

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> list[PixelWord]:
        assert block
        step = round(dpi * 13 / 72 * 40 / 30) + 18  # of a strip, with the gap below it
        self.asked = grey.shape[0] // step
        word, confidence = self.seen[self.looks % len(self.seen)]
        self.looks += 1
        return [PixelWord(word, 33, step * n + 33, 50, 25, confidence, n) for n in range(self.asked)]

    def script(self, grey: Pixels, dpi: float) -> Script | None:
        raise AssertionError((grey, dpi))  # nobody asks for it here


@cache
def real() -> LineReader:
    return LineReader()


def page(*lines: str) -> Pixels:
    picture, draw = sheet()
    for i, line in enumerate(lines):
        draw.text((180, 300 + 60 * i), line, font=font(13), fill="black", anchor="ls")
    return np.asarray(picture.convert("L"))


def text(line: ReadLine) -> str:
    return " ".join(word.text for word in line.words)


def test_our_recogniser_reads_lines_with_words_where_they_stand() -> None:
    lines = read_lines(page(*BODY), DPI, WHOLE, real(), Second())
    assert [text(line) for line in lines] == list(BODY)
    for i, (line, wanted) in enumerate(zip(lines, BODY, strict=True)):
        x = 180.0
        for word, printed in zip(line.words, wanted.split(), strict=True):
            width = font(13).getlength(printed)
            assert word.left == pytest.approx(x, abs=12)
            assert word.left + word.width == pytest.approx(x + width, abs=12)
            assert word.top + word.height == pytest.approx(300 + 60 * i, abs=9)
            x += width + font(13).getlength(" ")
        assert all(word.confidence > 0.5 for word in line.words)


def test_running_text_that_is_sure_is_read_once_and_what_may_be_a_field_twice() -> None:
    running = "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của Chánh Văn phòng Ủy"
    second = Second()
    level = page(running, "Họ và tên: Trần Văn Mẫu", running, "QUYẾT ĐỊNH")
    lines = read_lines(level, DPI, WHOLE, Told("Chữ"), second)
    assert [line.second is not None for line in lines] == [False, True, False, True]
    assert second.asked == 2


def test_who_knows_the_lines_of_fields_has_these_read_twice_and_doubted_ones() -> None:
    second = Second()
    level = page("Họ và tên: Trần Văn Mẫu", "Dân tộc: Kinh", "Quốc tịch: Việt Nam")
    lines = read_lines(level, DPI, WHOLE, Told("Chữ"), second, lambda _: {(0, 1)})
    assert [line.second is not None for line in lines] == [False, True, False]
    assert second.asked == 1
    lines = read_lines(level, DPI, WHOLE, Told("Chữ", sure=0.48), Second(), lambda _: {(0, 1)})
    assert all(line.second is not None for line in lines)


def test_the_rest_of_a_sentence_is_running_text_too() -> None:
    running = "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của Chánh Văn phòng Ủy"
    lines = read_lines(page(running, "ban nhân dân"), DPI, WHOLE, Told("ban"), Second())
    assert [line.second is not None for line in lines] == [False, False]
    lines = read_lines(page(running, "QUYẾT ĐỊNH"), DPI, WHOLE, Told("Ban"), Second())
    assert [line.second is not None for line in lines] == [False, True]


def test_a_line_that_the_first_reader_doubts_is_read_again() -> None:
    running = "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của Chánh Văn phòng Ủy"
    (line,) = read_lines(page(running), DPI, WHOLE, Told("chữ", sure=0.48), Second(("thấy", 0.6)))
    assert (text(line), [w.text for w in line.second or ()], line.swapped) == ("chữ", ["thấy"], False)


def test_where_the_first_reader_is_lost_and_the_second_is_not_its_words_are_the_lines() -> None:
    (line,) = read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("chữ số", sure=0.5), Second())
    assert (text(line), [w.text for w in line.second or ()], line.swapped) == ("thấy", ["chữ", "số"], True)


@pytest.mark.parametrize(
    ("seen", "kept", "looks"),
    [
        ([("Chữ", 0.9)], "Chữ", 1),
        ([("Chử", 0.5), ("Chữ", 0.9)], "Chữ", 2),
        ([("Chử", 0.9), ("Chữ", 0.5)], "Chử", 2),
        ([("Chữ", 0.5), ("Chử", 0.9)], "Chữ", 1),
        ([("Chử", 0.5), ("Chừ", 0.9)], "Chử", 2),
        ([("Chử", 0.5), ("", 0.9)], "Chử", 2),
    ],
)
def test_where_the_readers_differ_the_second_looks_once_more(
    seen: list[tuple[str, float]], kept: str, looks: int
) -> None:
    second = Second(*seen)
    (line,) = read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("Chữ"), second, lambda _: {(0, 0)})
    assert ([word.text for word in line.second or ()], second.looks) == ([kept], looks)


@pytest.mark.parametrize(
    ("second", "third", "kept"),
    [
        (("Chử", 0.9), ("Chữ", 0.6), "Chữ"),
        (("Chử", 0.9), ("Chữ", 0.4), "Chử"),
        (("Chử", 0.3), ("Chữ", 0.4), "Chữ"),
        (("Chử", 0.5), ("Chừ", 0.9), "Chử"),
    ],
)
def test_where_the_readers_differ_a_third_one_may_bear_the_first_out(
    second: tuple[str, float], third: tuple[str, float], kept: str
) -> None:
    one, two = Second(second), Second(third)
    (line,) = read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("Chữ"), one, lambda _: {(0, 0)}, two)
    assert ([word.text for word in line.second or ()], one.looks, two.looks) == ([kept], 1, 1)


def test_a_line_without_a_field_is_not_looked_at_a_third_time() -> None:
    second = Second()
    read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("chữ", sure=0.48), second, lambda _: set())
    assert (second.asked, second.looks) == (1, 1)


def test_between_digits_only_a_digit_can_stand() -> None:
    class Misread(Told):
        def read(self, strips: Sequence[Pixels]) -> list[list[Letter]]:
            [letters] = super().read(strips)
            return [[letter._replace(digit="8", digit_confidence=0.3) for letter in letters]]

    def read(said: str, sure: float) -> list[tuple[str, float]]:
        [line] = read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Misread(said, sure=sure), Second())
        return [(word.text, word.confidence) for word in line.words]

    assert read("2đ06/QĐ 123B", 0.89) == [("2806/QĐ", 0.3), ("123B", 0.89)]
    assert read("90M30", 0.99) == [("90M30", 0.99)]


@pytest.mark.parametrize("where", [(120, 240, 330, 480), (420, 280, 640, 480), (255, 285, 480, 510)])
def test_a_word_that_a_ring_ties_to_itself_is_read_with_its_line(where: tuple[int, int, int, int]) -> None:
    picture, draw = sheet()
    draw.text((260, 300), "Trần Hoàng Minh Tuấn", font=font(13, "bold"), fill="black", anchor="ls")
    draw.ellipse(where, outline="black", width=3)
    lines = read_lines(np.asarray(picture.convert("L")), DPI, WHOLE, real(), Second())
    assert "Trần Hoàng Minh Tuấn" in [text(line) for line in lines]


def test_a_line_goes_on_from_its_best_part_and_not_from_crumbs_of_a_seal_beside_it() -> None:
    picture, draw = sheet()
    draw.text((260, 300), "Trần Hoàng Minh Tuấn", font=font(13, "bold"), fill="black", anchor="ls")
    draw.text((231, 290), "ww", font=font(9), fill="black", anchor="ls")
    draw.ellipse((86, 177, 266, 357), outline="black", width=3)
    (line,) = read_lines(np.asarray(picture.convert("L")), DPI, WHOLE, real(), Second())
    assert "Trần Hoàng Minh Tuấn" in text(line)


def test_accents_of_capitals_larger_than_their_label_are_read() -> None:
    picture, draw = sheet()
    for i, line in enumerate(BODY):
        draw.text((180, 400 + 48 * i), line, font=font(12), fill="black", anchor="ls")
    draw.text((180, 300), "Họ và tên:", font=font(12), fill="black", anchor="ls")
    draw.text((310, 300), "TRỊNH VĂN THẮNG", font=font(16, "bold"), fill="black", anchor="ls")
    first, *_ = read_lines(np.asarray(picture.convert("L")), DPI, WHOLE, real(), Second())
    assert text(first) == "Họ và tên: TRỊNH VĂN THẮNG"


def test_specks_are_no_words() -> None:
    assert read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("/", sure=0.5), Second()) == []


def test_what_the_second_reader_saw_lies_where_it_stands_on_the_page() -> None:
    (line,) = read_lines(page("QUYẾT ĐỊNH"), DPI, WHOLE, Told("QUYẾT ĐỊNH"), Second())
    assert line.second is not None
    assert line.second[0].left == pytest.approx(180, abs=10)
    assert 262 < line.second[0].top < 292


def test_a_page_of_very_many_lines_is_read_again_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagelines, "_TOGETHER", 2)
    asked: list[int] = []

    class Counting(Second):
        def words(self, grey: Pixels, dpi: float, *, block: bool) -> list[PixelWord]:
            self.seen = ((f"lần{len(asked)}", 0.9 - 0.1 * len(asked)),)
            words = super().words(grey, dpi, block=block)
            asked.append(self.asked)
            return words

    lines = read_lines(page("QUYẾT ĐỊNH", "GIẤY XÁC NHẬN", "Họ và tên: Trần Văn Mẫu"), DPI, WHOLE, real(), Counting())
    assert asked == [2, 1, 2, 1]
    assert [[word.text for word in line.second or ()] for line in lines] == [["lần0"], ["lần0"], ["lần1"]]


def test_weights_that_are_missing_or_broken_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReaderWeightsBroken):
        LineReader(tmp_path / "none.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no weights")
    with pytest.raises(ReaderWeightsBroken):
        LineReader(tmp_path / "broken.onnx")
