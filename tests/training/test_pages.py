"""Lines cut from whole made-up pages say what their labels say."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from ingest.linereader import LineReader
from ingest.lines import STRIP_HEIGHT
from specimens.fonts import font_path
from training.fonts import Fonts
from training.lines import LineMaker
from training.pages import PageMaker
from training.texts import Texts


def maker(seed: int) -> PageMaker:
    files = tuple(font_path(name) for name in ("texgyretermes-regular.otf", "NotoSans-Regular.ttf"))
    fonts = Fonts(((1.0, files),), (font_path("texgyrechorus-mediumitalic.otf"),))
    return PageMaker(LineMaker(Texts(1, papers=1), fonts, seed), seed)


def test_strips_of_damaged_pages_carry_the_text_that_was_printed_there() -> None:
    made = maker(2)
    lines = [line for _ in range(3) for line in made.page()]
    assert len(lines) > 60
    assert all(picture.shape[0] == STRIP_HEIGHT and len(text) <= picture.shape[1] // 4 for picture, text in lines)
    read = ["".join(letter.char for letter in letters).strip() for letters in LineReader().read([p for p, _ in lines])]
    edits = sum(Levenshtein.distance(text, one) for (_, text), one in zip(lines, read, strict=True))
    assert edits < 0.10 * sum(len(text) for _, text in lines)  # a wrong label would cost half a line each time


def test_the_same_seed_makes_the_same_pages() -> None:
    first, again, other = (list(maker(seed).page()) for seed in (4, 4, 5))
    assert [text for _, text in first] == [text for _, text in again] != [text for _, text in other]
    assert all((a == b).all() for (a, _), (b, _) in zip(first, again, strict=True))
