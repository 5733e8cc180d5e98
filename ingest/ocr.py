"""The recogniser behind the `Ocr` port: Tesseract through pytesseract, one process a picture, bounded in time."""

from __future__ import annotations

import csv
import os
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import pytesseract

from ingest.pagepicture import Pixels
from schemas.errors import OcrFailed, OcrLanguageMissing, OcrMissing, PageTooSlow

_COLUMNS = 12
_LEVEL, _BLOCK, _PAR, _LINE, _LEFT, _TOP, _WIDTH, _HEIGHT, _CONF, _TEXT = 0, 2, 3, 4, 6, 7, 8, 9, 10, 11
_WORD_LEVEL = "5"


@dataclass(frozen=True)
class PixelWord:
    """A word in pixels of the picture that was read; `line` counts from 0 in reading order; confidence 0..1."""

    text: str
    left: float
    top: float
    width: float
    height: float
    confidence: float
    line: int


@dataclass(frozen=True)
class Script:
    """What orientation and script detection found: the clockwise turn that makes the picture upright, how sure (on
    tesseract's own scale), and the script's English name."""

    turn: int
    turn_confidence: float
    script: str
    script_confidence: float


class Ocr(Protocol):
    """A recogniser. Called in a worker's process, one call at a time; must leave nothing behind but its answer.

    `words` reads a grey picture (uint8, dark on light, upright). With `block` the lines are those of one column, to be
    read as they come; without it the engine finds columns itself. `script` may be None when it cannot tell."""

    name: str

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> Sequence[PixelWord]: ...

    def script(self, grey: Pixels, dpi: float) -> Script | None: ...


class TesseractOcr:
    """Tesseract with the Vietnamese model. Raises OcrMissing and OcrLanguageMissing when made, OcrFailed when it
    breaks off (killed, out of memory; worth another try), PageTooSlow when it does not end:
    a page that one core cannot read in `timeout` seconds (a normal page takes one) will not do better the next time,
    so it is the page's fault, not the moment's."""

    def __init__(self, language: str = "vie", timeout: float = 120.0) -> None:
        # Tesseract's own threads make it slower by far on a busy machine (tesseract #3109). pytesseract passes on this
        # process's environment and nothing else, so it is set here, once, unless the operator has.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        self._language, self._timeout = language, timeout
        self.name = f"tesseract-{_installed(language)}-{language}"

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> list[PixelWord]:
        """Words of a grey picture in reading order; see `Ocr`."""
        config = f"--psm {6 if block else 3} --dpi {round(dpi)} -c tessedit_do_invert=0 tsv"
        try:
            return _parsed(self._run(grey, self._language, config, "tsv"))
        except pytesseract.TesseractError as failure:
            raise OcrFailed(status=failure.status) from failure

    def script(self, grey: Pixels, dpi: float) -> Script | None:
        """Turn and script of the picture; None when there is too little text to tell."""
        try:
            report = self._run(grey, "osd", f"--psm 0 --dpi {round(dpi)}", "osd")
        except pytesseract.TesseractError:
            return None
        facts = dict(line.split(":", 1) for line in report.splitlines() if ":" in line)
        try:
            return Script(
                int(facts["Rotate"]),
                float(facts["Orientation confidence"]),
                facts["Script"].strip(),
                float(facts["Script confidence"]),
            )
        except (KeyError, ValueError):
            return None

    def _run(self, grey: Pixels, language: str, config: str, extension: str) -> str:
        """A PGM costs nothing to write; the PNG that pytesseract would write itself costs 0.7 s a page."""
        with tempfile.TemporaryDirectory(prefix="motlan-ocr-") as folder:
            picture = Path(folder) / "page.pgm"
            picture.write_bytes(cv2.imencode(".pgm", grey)[1].tobytes())
            try:
                answer = pytesseract.pytesseract.run_and_get_output(
                    str(picture), extension, language, config, timeout=self._timeout
                )
            except pytesseract.TesseractNotFoundError as failure:
                raise OcrMissing() from failure
            except pytesseract.TesseractError:
                raise
            except RuntimeError as failure:  # pytesseract's only sign of a timeout
                raise PageTooSlow(seconds=round(self._timeout)) from failure
        return str(answer)


@lru_cache(maxsize=8)
def _installed(language: str) -> str:
    """Tesseract's version, after making sure that it and its models are there."""
    try:
        version = str(pytesseract.get_tesseract_version())
        languages = set(pytesseract.get_languages(config=""))
    except pytesseract.TesseractNotFoundError as failure:
        raise OcrMissing() from failure
    for needed in (*language.split("+"), "osd"):
        if needed not in languages:
            raise OcrLanguageMissing(language=needed)
    return version


def _plain_letters(text: str) -> str:
    """Letters the Vietnamese model writes that no Vietnamese text has: the Icelandic eth for Đ (also doubled, "QĐÐ"),
    the fraction slash for a slash. Nothing is guessed: each has one reading."""
    return text.replace("ĐÐ", "Đ").replace("ÐĐ", "Đ").replace("Ð", "Đ").replace("⁄", "/")


def _parsed(table: str) -> list[PixelWord]:
    words: list[PixelWord] = []
    lines: dict[tuple[str, str, str], int] = {}
    for row in csv.reader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) != _COLUMNS or row[_LEVEL] != _WORD_LEVEL or not row[_TEXT].strip():
            continue
        line = lines.setdefault((row[_BLOCK], row[_PAR], row[_LINE]), len(lines))
        left, top, width, height = (float(row[i]) for i in (_LEFT, _TOP, _WIDTH, _HEIGHT))
        text = _plain_letters(unicodedata.normalize("NFC", row[_TEXT].strip()))
        confidence = min(1.0, max(0.0, float(row[_CONF]) / 100))
        words.append(PixelWord(text, left, top, width, height, confidence, line))
    return words
