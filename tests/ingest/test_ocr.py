"""The contract of the `Ocr` port, for every engine that stands behind it, and what is Tesseract's own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.cleaning import clean
from ingest.ocr import InProcessOcr, Ocr, TesseractOcr, arbiter, tesseract
from ingest.pagepicture import PagePicture, Pixels
from schemas.errors import ErrorKind, OcrFailed, OcrLanguageMissing, OcrMissing, PageTooSlow
from tests.ingest.sheets import BODY, DPI, font, sheet

ENGINES: dict[str, type[TesseractOcr] | type[InProcessOcr]] = {"pytesseract": TesseractOcr, "tesserocr": InProcessOcr}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Ocr:
    made: Ocr = ENGINES[request.param]()
    return made


def printed(*lines: str) -> Pixels:
    picture, draw = sheet()
    for i, line in enumerate(lines):
        draw.text((150, 150 + 60 * i), line, font=font(13), fill="black")
    return clean(PagePicture(np.asarray(picture.crop((0, 0, 1240, 300 + 60 * len(lines)))), DPI)).grey


def test_words_come_with_text_place_line_and_confidence(engine: Ocr) -> None:
    words = engine.words(printed(*BODY[:3]), 200, block=True)
    assert " ".join(w.text for w in words) == " ".join(BODY[:3])
    assert sorted({w.line for w in words}) == [0, 1, 2]
    assert [w.line for w in words] == sorted(w.line for w in words)
    assert all(0 <= w.confidence <= 1 for w in words)
    assert np.mean([w.confidence for w in words]) > 0.8
    first = words[0]
    assert first.left == pytest.approx(200, abs=8)
    assert 195 < first.top < 225
    assert 15 < first.height < 40


def test_text_is_composed_vietnamese(engine: Ocr) -> None:
    (word,) = engine.words(printed("Nguyễn"), 200, block=True)
    assert word.text == "Nguyễn"


def test_an_empty_picture_has_no_words(engine: Ocr) -> None:
    assert list(engine.words(np.full((400, 600), 255, np.uint8), 200, block=True)) == []


def test_nothing_is_left_on_the_disk(engine: Ocr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine.words(printed(BODY[0]), 200, block=True)
    assert list(tmp_path.iterdir()) == []


def test_the_turn_of_a_page_is_told(engine: Ocr) -> None:
    page = printed(*BODY, *BODY)
    found = engine.script(np.ascontiguousarray(np.rot90(page)), 200)
    assert found is not None
    assert found.turn == 90


def test_an_empty_picture_has_no_script(engine: Ocr) -> None:
    assert engine.script(np.full((400, 600), 255, np.uint8), 200) is None


def test_the_name_says_engine_version_and_model(engine: Ocr) -> None:
    assert len(engine.name.split("-")) >= 3


# --- Tesseract's own -------------------------------------------------------------------------------------------------


def test_tesseract_runs_on_one_thread() -> None:
    TesseractOcr()
    assert os.environ["OMP_THREAD_LIMIT"]


def test_a_missing_model_is_for_the_operator() -> None:
    with pytest.raises(OcrLanguageMissing) as failure:
        TesseractOcr(language="xyz")
    assert failure.value.kind is ErrorKind.OPERATOR
    assert "tesseract-ocr-xyz" in failure.value.hint_text


def test_the_model_of_the_script_is_another_reader_of_vietnamese() -> None:
    third = arbiter()
    assert third is not None and third.name != tesseract().name
    words = third.words(printed(*BODY[:3]), 200, block=True)
    assert " ".join(w.text for w in words) == " ".join(BODY[:3])


def test_without_the_model_of_the_script_there_is_no_third_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.ocr.SCRIPT_MODEL", "xyz")
    assert arbiter() is None


def test_a_missing_program_is_for_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.ocr.pytesseract.pytesseract.tesseract_cmd", "no-such-tesseract")
    from ingest import ocr

    ocr._installed.cache_clear()
    with pytest.raises(OcrMissing) as failure:
        TesseractOcr()
    ocr._installed.cache_clear()
    assert failure.value.kind is ErrorKind.OPERATOR


def test_a_page_that_takes_too_long_is_the_pages_fault() -> None:
    grey = np.asarray(Image.effect_noise((1600, 2200), 120))
    with pytest.raises(PageTooSlow) as failure:
        TesseractOcr(timeout=0.2).words(grey, 200, block=True)
    assert failure.value.kind is ErrorKind.INPUT


def test_a_tesseract_that_is_killed_may_be_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = TesseractOcr()
    killed = tmp_path / "tesseract"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr("ingest.ocr.pytesseract.pytesseract.tesseract_cmd", str(killed))
    with pytest.raises(OcrFailed) as failure:
        engine.words(printed(BODY[0]), 200, block=True)
    assert failure.value.kind is ErrorKind.TRANSIENT
    assert failure.value.details == {"status": -9}
