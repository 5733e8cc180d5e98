"""How well a page could be read, told from its words: whether they are sure, and whether they are Vietnamese."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.ocr import Ocr
from ingest.pagepicture import Pixels
from schemas.errors import ForeignScript, UnreadableScan
from schemas.reading import Word
from schemas.vietnamese import script_of, syllable_share

MUCH_WRITTEN = 60
"""Marks of a page that is not nearly empty."""

_SURE_WORD = 0.6
_FEW_WORDS = 3
_UNREADABLE_SHARE = 0.35
_UNREADABLE_MEAN = 0.45
_FOREIGN_SHARE = 0.4
_MIN_WORDS_FOR_LANGUAGE = 8
_UNSURE_PAGE, _SURE_PAGE = 0.5, 0.75


def mean_confidence(words: Sequence[Word]) -> float:
    """Weighted by length: a page of good words is not spoilt by specks read as letters."""
    letters = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 3) if letters else 0.0


def worth(words: Sequence[Word]) -> float:
    """How much of the page was surely read."""
    return sum(word.confidence * len(word.text) for word in words if word.confidence >= _SURE_WORD)


def proven(words: Sequence[Word]) -> bool:
    """Whether what was read of a page that looks blank is writing: what shines through from the other side, and grain,
    give no sure words."""
    text = " ".join(word.text for word in words)
    return mean_confidence(words) >= _SURE_PAGE and syllable_share(text) >= _FOREIGN_SHARE


def hardly_read(words: Sequence[Word], marks: int) -> bool:
    """Much is written, but what was read are unsure words that are not Vietnamese: as a page on its head reads."""
    if marks < MUCH_WRITTEN:
        return False
    mean = mean_confidence(words)
    if mean < _UNSURE_PAGE:
        return True
    return mean < _SURE_PAGE and syllable_share(" ".join(word.text for word in words)) < _FOREIGN_SHARE


def notices_of(words: Sequence[Word], grey: Pixels, dpi: float, engine: Ocr) -> tuple[str, ...]:
    """UNREADABLE_SCAN: few of the words are sure. FOREIGN_SCRIPT: the words, sure or not, are no Vietnamese, and the
    engine names another script, or they are sure and still none."""
    sure = [word for word in words if word.confidence >= _SURE_WORD]
    weak = (
        len(sure) < _FEW_WORDS
        or len(sure) < _UNREADABLE_SHARE * len(words)
        or mean_confidence(words) < _UNREADABLE_MEAN
    )
    text = " ".join(word.text for word in words)
    share = syllable_share(text)
    if len(words) >= _MIN_WORDS_FOR_LANGUAGE and share < _FOREIGN_SHARE:
        script = engine.script(grey, dpi)
        named = script is not None and script.script not in ("Latin", "Vietnamese") and script.script_confidence > 0.5
        if named or not weak or script_of(text) not in ("latin", "none"):
            return (ForeignScript.code,)
    return (UnreadableScan.code,) if weak else ()
