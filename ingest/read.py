"""Reading one page: its own text layer if that proves itself, else the cleaned picture through a recogniser."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from ingest.barcodes import Codes, codes_of
from ingest.cleaning import LEAST_DPI, Cleaned, Ink, PaperBox, clean, ink_of, is_blank, strengthened, without_rules
from ingest.fieldlines import field_lines
from ingest.handdigits import DigitReader
from ingest.kinds import MediaKind
from ingest.layerreading import LayerWord, covers, in_reading_order, is_vietnamese, layer_words
from ingest.layout import Stack, blocks_of, stack, with_titles
from ingest.leaders import marked, without_leaders, without_remains
from ingest.legibility import MUCH_WRITTEN, hardly_read, mean_confidence, notices_of, proven, worth
from ingest.linereader import LineReader
from ingest.ocr import Ocr, PixelWord
from ingest.pagelines import ReadLine, read_lines
from ingest.pagepicture import PagePicture, Pixels
from ingest.pages import PageSource, open_pages
from ingest.pdfpages import PdfPages
from ingest.penspots import pen_words
from ingest.photographs import straightened
from ingest.placing import MIRROR, as_stored, level_box, turned_box, unit
from ingest.rings import without_rings
from ingest.stampwords import with_stamps
from ingest.upright import MANY_MARKS, Attitude, Turn, attitude, levelled, turned
from schemas.errors import MirroredPage
from schemas.reading import Box, PageReading, PenWord, SecondLook, Word
from schemas.types import TypeCatalogue

__all__ = ["READING_CONFIG", "LineReader", "Ocr", "Readers", "read_page"]

READING_CONFIG = (
    "reading-7 two-readers fields-twice differing-third grey200 inks-faded tied-on"
    " flat level rules-off blurred-leaders-off titles-small blocks-psm6 sheets-straight pale-strong"
)
"""Names the cleaning and the engine's settings; changed whenever either changes what is read."""

_LAYER_DPI = 150.0
_TURNS: dict[int, Turn] = {0: 0, 90: 90, 180: 180, 270: 270}
_RIM_LETTERS = 3
_CLEARLY_MORE = 1.2


@dataclass(frozen=True)
class Readers:
    """Who reads pictures of pages: `first` our own recogniser, which reads every line (None where its weights are
    missing), `second` the engine that reads again what matters, or alone, `third` another one for the lines over which
    these two differ (None where it is not installed). What matters is where fields of `types` stand (None: whatever
    looks as if one might)."""

    second: Ocr
    first: LineReader | None = None
    digits: DigitReader | None = None  # reads again what a pen wrote between print; None where its weights are missing
    types: TypeCatalogue | None = None
    third: Ocr | None = None

    @property
    def name(self) -> str:
        """The name of the reader of whole pages."""
        return self.first.name if self.first is not None else self.second.name

    @property
    def second_name(self) -> str:
        """The name of those who read again."""
        return self.second.name if self.third is None else f"{self.second.name}+{self.third.name.rpartition('-')[2]}"


def read_page(path: Path, kind: MediaKind, page: int, readers: Readers) -> PageReading:
    """Read page `page` (from 1) of a taken file. It is decoded once; nothing of it stays in memory or on the disk.
    Raises Truncated where its picture breaks off, PageTooSlow where the recogniser does not end."""
    with open_pages(path, kind) as source:
        stamps = _stamps(source, page)
        reading = _from_layer(source, page) if isinstance(source, PdfPages) else None
        reading = reading or _from_picture(source.picture(page, LEAST_DPI), page, readers)
    if not stamps:
        return reading
    upright = [LayerWord(stamp.text, turned_box(stamp.box, reading.rotation)) for stamp in stamps]
    return reading.model_copy(update={"words": with_stamps(reading.words, upright), "blank": False})


def _stamps(source: PageSource, page: int) -> list[LayerWord]:
    if not isinstance(source, PdfPages) or not source.has_stamps(page):
        return []
    return layer_words(source.text_only(page, stamps=True))


# --- the text layer --------------------------------------------------------------------------------------------------


def _from_layer(source: PdfPages, page: int) -> PageReading | None:
    if not source.may_have_text(page):
        return None
    words = layer_words(source.text_only(page))
    if not is_vietnamese(words):
        return None
    picture = source.rendered(page, _LAYER_DPI, stamps=False)
    cleaned = clean(picture)
    ink = ink_of(cleaned.grey, cleaned.dpi)
    if not covers(words, ink):
        return None
    return _layer_reading(words, cleaned, ink, page)


def _layer_reading(words: list[LayerWord], cleaned: Cleaned, ink: Ink, page: int) -> PageReading:
    height, width = cleaned.grey.shape
    blocks = [
        Box(x0=b.left / width, y0=b.top / height, x1=b.right / width, y1=b.bottom / height)
        for b in blocks_of(ink, (height, width), cleaned.dpi)
    ]
    return PageReading(
        page=page,
        width=width,
        height=height,
        dpi=cleaned.dpi,
        source="text_layer",
        words=in_reading_order(words, blocks),
        barcodes=codes_of(cleaned.grey, cleaned.dpi).barcodes,
        seals=tuple(_fractions(seal, width, height) for seal in cleaned.seals),
        confidence=1.0,
        engine="pdfplumber",
        config=READING_CONFIG,
    )


# --- the picture -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Upright:
    """The working copy the right way up, with what was read from it."""

    grey: Pixels
    dpi: float
    attitude: Attitude
    words: tuple[Word, ...]
    seconds: tuple[SecondLook, ...] = ()
    pens: tuple[PenWord, ...] = ()


def _from_picture(picture: PagePicture, page: int, readers: Readers) -> PageReading:
    """As the picture is, a photographed sheet straightened; where a scan cannot be read, as it is in a mirror: a page
    copied through its back."""
    sheet, place = straightened(picture)
    cleaned = clean(sheet)
    reading = _from_cleaned(cleaned, picture, page, readers)
    if place is not None:
        return as_stored(reading, place)
    if not reading.notices or not reading.words:
        return reading
    mirrored = replace(cleaned, grey=np.ascontiguousarray(cleaned.grey[:, ::-1]), seals=(), red=None)
    other = _from_cleaned(mirrored, picture, page, readers)
    if other.notices or worth(other.words) <= _CLEARLY_MORE * worth(reading.words):
        return reading
    told = as_stored(other, MIRROR)
    return told.model_copy(update={"seals": reading.seals, "notices": (MirroredPage.code,)})


def _from_cleaned(cleaned: Cleaned, picture: PagePicture, page: int, readers: Readers) -> PageReading:
    codes = codes_of(cleaned.grey, cleaned.dpi)
    cleaned = without_rings(replace(cleaned, grey=_without_codes(cleaned.grey, codes)))
    ink = ink_of(cleaned.grey, cleaned.dpi)
    blank = is_blank(cleaned, ink)
    pale = strengthened(cleaned) if blank or ink.count < MUCH_WRITTEN else None
    if pale is not None:
        cleaned, ink = pale, ink_of(pale.grey, pale.dpi)
    found = None if blank and pale is None else _recognised(cleaned, ink, codes, readers)
    width, height = picture.size
    if found is None or (blank and not proven(found.words)):
        return PageReading(
            page=page,
            width=width,
            height=height,
            dpi=picture.stored_dpi,
            source="none",
            blank=not codes.barcodes,
            barcodes=codes.barcodes,
            confidence=1.0,
            engine=readers.name,
            config=READING_CONFIG,
        )
    turn = found.attitude.turn
    paper_h, paper_w = cleaned.grey.shape
    if turn in (90, 270):
        width, height = height, width
    return PageReading(
        page=page,
        width=width,
        height=height,
        dpi=picture.stored_dpi,
        rotation=turn,
        skew=found.attitude.skew,
        source="ocr",
        words=found.words,
        seconds=found.seconds,
        pens=found.pens,
        barcodes=tuple(code.model_copy(update={"box": turned_box(code.box, turn)}) for code in codes.barcodes),
        seals=tuple(turned_box(_fractions(seal, paper_w, paper_h), turn) for seal in cleaned.seals),
        confidence=mean_confidence(found.words),
        engine=readers.name,
        config=READING_CONFIG,
        notices=notices_of(found.words, found.grey, found.dpi, readers.second),
    )


def _without_codes(grey: Pixels, codes: Codes) -> Pixels:
    """The page without its barcodes, which a recogniser reads as letters."""
    if not codes.barcodes:
        return grey
    bare = grey.copy()
    height, width = grey.shape
    for box in (code.box for code in codes.barcodes):
        bare[round(box.y0 * height) : round(box.y1 * height) + 1, round(box.x0 * width) : round(box.x1 * width) + 1] = (
            255
        )
    return bare


def _recognised(cleaned: Cleaned, ink: Ink, codes: Codes, readers: Readers) -> _Upright:
    """The page as read the way its marks stand; where hardly anything could be read so, the other way round, and the
    better of both. A page that can be read is read once."""
    stand = attitude(ink)
    told = _told(stand, codes.turn)
    if told is not None and (ink.count < MANY_MARKS or not stand.sure):
        stand = told
    elif not stand.sure:
        stand = _asked(cleaned, stand, readers)
    first = _read_standing(cleaned, ink, stand, readers)
    if not hardly_read(first.words, ink.count):
        return first
    other = told or _asked(cleaned, stand, readers)
    if other.turn == stand.turn:
        other = Attitude(_TURNS[(stand.turn + 180) % 360], stand.sure, stand.skew)
    second = _read_standing(cleaned, ink, other, readers)
    return second if worth(second.words) > _CLEARLY_MORE * worth(first.words) else first


def _read_standing(cleaned: Cleaned, ink: Ink, stand: Attitude, readers: Readers) -> _Upright:
    upright = turned(cleaned.grey, stand.turn)
    level = levelled(upright, stand.skew)
    level, leaders = without_leaders(without_rules(level, cleaned.dpi), cleaned.dpi)
    joined = marked(levelled_mask(ink.mask, stand), leaders, ink.dpi / cleaned.dpi)
    level_ink = Ink(ink.boxes, joined, ink.dpi, ink.dark)
    blocks = blocks_of(level_ink, level.shape, cleaned.dpi)
    if readers.first is not None:
        fields = partial(_fields_of, level.shape, stand.skew, readers.types)
        lines = read_lines(level, cleaned.dpi, blocks, readers.first, readers.second, fields, readers.third)
        words, seconds = _by_two(lines, level.shape, stand.skew, readers)
        pens = pen_words([line.letters for line in lines], level, stand.skew, readers.digits)
        paper_h, paper_w = cleaned.grey.shape
        seals = [turned_box(_fractions(seal, paper_w, paper_h), stand.turn) for seal in cleaned.seals]
        rim = _of_a_rim(words, seals)
        words = tuple(word for word in words if (word.block, word.line) not in rim)
        seconds = tuple(look for look in seconds if (look.block, look.line) not in rim)
        return _Upright(upright, cleaned.dpi, stand, words, seconds, pens)
    pile = stack(level, with_titles(blocks, level_ink, cleaned.dpi), cleaned.dpi)
    words = _placed(readers.second.words(pile.picture, cleaned.dpi, block=True), pile, stand.skew, level.shape)
    return _Upright(upright, cleaned.dpi, stand, words)


def _by_two(
    lines: Sequence[ReadLine], shape: tuple[int, int], skew: float, readers: Readers
) -> tuple[tuple[Word, ...], tuple[SecondLook, ...]]:
    """The page's words by our own recogniser, and what the second reader saw of the lines that matter."""
    words: list[Word] = []
    seconds: list[SecondLook] = []
    for line in lines:
        words += [_on_page(word, line.block, line.line, skew, shape) for word in line.words]
        if line.second is not None:
            seen = tuple(_on_page(word, line.block, line.line, skew, shape) for word in line.second)
            engine = readers.name if line.swapped else readers.second_name
            seconds.append(SecondLook(engine=engine, block=line.block, line=line.line, words=seen))
    return tuple(words), tuple(seconds)


def _fields_of(
    shape: tuple[int, int], skew: float, types: TypeCatalogue | None, lines: Sequence[ReadLine]
) -> Collection[tuple[int, int]] | None:
    """The lines of a level page that fields stand on; see `FieldLines`."""
    if types is None:
        return None
    words = [_on_page(word, line.block, line.line, skew, shape) for line in lines for word in line.words]
    return field_lines(words, shape, skew, types)


def _of_a_rim(words: Sequence[Word], seals: Sequence[Box]) -> set[tuple[int, int]]:
    """The lines (block, line) that are single letters of a seal's rim: a letter or two within the seal, and no more."""
    rows: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        rows.setdefault((word.block, word.line), []).append(word)
    return {
        key
        for key, row in rows.items()
        if sum(len(word.text) for word in row) <= _RIM_LETTERS
        and all(any(_middle_within(word.box, seal) for seal in seals) for word in row)
    }


def _middle_within(box: Box, around: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return around.x0 <= x <= around.x1 and around.y0 <= y <= around.y1


@lru_cache(maxsize=2048)  # asked of every word before and after the second look
def _on_page(word: PixelWord, block: int, line: int, skew: float, shape: tuple[int, int]) -> Word:
    """A word of the level page on the upright page."""
    box = level_box(word.left, word.top, word.width, word.height, skew, shape)
    return Word(text=word.text, box=box, confidence=round(word.confidence, 3), block=block, line=line)


def _told(stand: Attitude, turn: int | None) -> Attitude | None:
    """The attitude a QR code tells, if there is one and it lies along the lines."""
    if turn is None or turn % 180 != stand.turn % 180:
        return None
    return Attitude(_TURNS[turn], True, stand.skew)


def levelled_mask(mask: Pixels, stand: Attitude) -> Pixels:
    """The marks' mask turned and levelled like the page itself."""
    return np.asarray(255 - levelled(255 - turned(mask, stand.turn), stand.skew), dtype=np.uint8)


def _asked(cleaned: Cleaned, stand: Attitude, readers: Readers) -> Attitude:
    """Where the marks do not tell, the engine's own test may; where that cannot either, the page stays as it is."""
    script = readers.second.script(cleaned.grey, cleaned.dpi)
    turn = _TURNS.get(script.turn) if script is not None and script.turn_confidence >= 1.0 else None
    if turn is None:
        return stand
    return Attitude(turn, True, stand.skew if turn % 180 == stand.turn % 180 else 0.0)


def _placed(found: Sequence[PixelWord], pile: Stack, skew: float, shape: tuple[int, int]) -> tuple[Word, ...]:
    """Words back from the stack to the upright page; lines are numbered anew within each block."""
    words: list[Word] = []
    lines: dict[tuple[int, int], int] = {}
    for word in found:
        text = without_remains(word.text)
        if not text:
            continue
        block, x, y, scale = pile.place(word.left + word.width / 2, word.top + word.height / 2)
        size = word.width / scale, word.height / scale
        line = lines.setdefault((block, word.line), sum(1 for b, _ in lines if b == block))
        at = PixelWord(text, x - size[0] / 2, y - size[1] / 2, *size, word.confidence, line)
        words.append(_on_page(at, block, line, skew, shape))
    return tuple(words)


def _fractions(box: PaperBox | tuple[float, float, float, float], width: int, height: int) -> Box:
    x0, y0, x1, y1 = box
    return Box(x0=unit(x0 / width), y0=unit(y0 / height), x1=unit(x1 / width), y1=unit(y1 / height))
