"""The recogniser behind the `Ocr` port: Tesseract within this process (tesserocr), or as one process a picture
(pytesseract) where its library can't be used; both bounded in time."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pytesseract

from ingest.pagepicture import Pixels
from schemas.errors import OcrFailed, OcrLanguageMissing, OcrMissing, PageTooSlow

_COLUMNS = 12
_LEVEL, _BLOCK, _PAR, _LINE, _LEFT, _TOP, _WIDTH, _HEIGHT, _CONF, _TEXT = 0, 2, 3, 4, 6, 7, 8, 9, 10, 11
_WORD_LEVEL = "5"
SCRIPT_MODEL = "Vietnamese"


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
    """Tesseract with the Vietnamese model, one process a picture. Raises OcrMissing and OcrLanguageMissing when made,
    OcrFailed when it breaks off (killed, out of memory; worth another try), PageTooSlow when it does not end: a page
    that one core cannot read in `timeout` seconds (a normal page takes one) will not do better the next time, so it is
    the page's fault, not the moment's."""

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


class InProcessOcr:
    """The same Tesseract models within this process: no start of a program, no file, for each picture. Raises as
    `TesseractOcr` does; script detection, which few pages need, is left to that one."""

    def __init__(self, language: str = "vie", timeout: float = 120.0) -> None:
        import tesserocr

        self._beside = TesseractOcr(language, timeout)
        self._timeout = timeout
        try:
            self._api = tesserocr.PyTessBaseAPI(path=_models()[0], lang=language, oem=tesserocr.OEM.LSTM_ONLY)
        except RuntimeError as failure:
            raise OcrLanguageMissing(language=language) from failure
        self._api.SetVariable("tessedit_do_invert", "0")
        self._modes = {True: tesserocr.PSM.SINGLE_BLOCK, False: tesserocr.PSM.AUTO}
        self.name = f"tesserocr-{tesserocr.tesseract_version().split()[1]}-{language}"

    def words(self, grey: Pixels, dpi: float, *, block: bool) -> list[PixelWord]:
        """Words of a grey picture in reading order; see `Ocr`."""
        height, width = grey.shape
        self._api.SetPageSegMode(self._modes[block])
        self._api.SetImageBytes(np.ascontiguousarray(grey).tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(round(dpi))
        try:
            if not self._api.Recognize(round(self._timeout * 1000)):
                raise PageTooSlow(seconds=round(self._timeout))
            return _parsed(self._api.GetTSVText(0))
        finally:
            self._api.Clear()

    def script(self, grey: Pixels, dpi: float) -> Script | None:
        """Turn and script of the picture; None when there is too little text to tell."""
        return self._beside.script(grey, dpi)


def tesseract(language: str = "vie", timeout: float = 120.0) -> Ocr:
    """Tesseract the quicker way where its library works, else the other. Raises as they do."""
    try:
        return InProcessOcr(language, timeout)
    except (ImportError, OcrLanguageMissing):
        return TesseractOcr(language, timeout)


def arbiter() -> Ocr | None:
    """Tesseract with the model of the script, which was trained apart from the language's and has other mistakes; None
    where it is not installed. Raises OcrMissing."""
    try:
        return tesseract(SCRIPT_MODEL)
    except OcrLanguageMissing:
        return None


@lru_cache(maxsize=1)
def _models() -> tuple[str, frozenset[str]]:
    """Where the installed tesseract has its models, and their names: it lists them below the folder's name."""
    command = [pytesseract.pytesseract.tesseract_cmd, "--list-langs"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except FileNotFoundError as failure:
        raise OcrMissing() from failure
    match = re.search(r'"(.+)"', told.stdout + told.stderr)
    return match[1] if match else "", frozenset(told.stdout.splitlines())


@lru_cache(maxsize=8)
def _installed(language: str) -> str:
    """Tesseract's version, after making sure that it and its models are there."""
    try:
        version = str(pytesseract.get_tesseract_version())
    except pytesseract.TesseractNotFoundError as failure:
        raise OcrMissing() from failure
    for needed in (*language.split("+"), "osd"):
        if needed not in _models()[1]:
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
