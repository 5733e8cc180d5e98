"""Numbers and days written by hand: how often the recogniser of lines and the reader of digits agree, and are wrong.

`python -m bench.handwriting --pages N [--first SEED] [--out FILE]` makes pages of letter heads ("Số: …/QĐ-UBND",
"ngày … tháng …") in three kinds of handwriting, scans them badly, reads them as the product does, and compares. Kind
`points` is what the recogniser of lines has learnt, `arcs` what the reader of digits has learnt, `fonts` are fonts like
pens that neither has seen. Prints for each kind what every reader alone gets right, and what both agree on at rising
sureness: the share of all values, and how many of these are wrong. The limit of acceptance (`pen` in
ingest/data/calibration.toml) is the least sureness at which less than one in a thousand is wrong in every kind.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ingest.acceptance import Known, best_of, decide, grounds_of
from ingest.evidence import Found
from ingest.fields.letter import header_of
from ingest.handdigits import DigitReader
from ingest.linereader import LineReader
from ingest.ocr import PixelWord, Script
from ingest.penwords import pen_word
from ingest.read import Readers, read_page
from ingest.sheet import Sheet, sheet_of
from schemas import doubts
from schemas.reading import PageReading
from schemas.types import FieldRule, TypeCatalogue
from specimens.damage import Damage, scan
from specimens.fonts import font
from training.handwriting import Hand
from training.penstrokes import digit, leaned

STYLES = ("points", "arcs", "fonts")
LIMITS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
_ROWS, _WIDE, _HIGH, _DPI = 13, 1654, 2339, 200
_PENS = (
    "dkg", "femkeklaver", "Humor-Sans", "KleeOne", "BecauseWe", "kiloji", "Ecolier-court", "YuseiMagic", "Rufscript",
    "setofont", "YozFont", "Z003", "ComicNeue",
)  # fmt: skip
"""Files of fonts like pens, by the beginning of their names; none of them has anything been trained on."""

Writer = Callable[[random.Random, np.ndarray[Any, np.dtype[np.uint8]], str, float, float, float, int], float]


@dataclass(frozen=True)
class Value:
    """One value: what is true, what each reader read (None: nothing), how sure both together are, and whether nothing
    but their sureness could keep the value from being accepted."""

    style: str
    kind: str
    true: str
    lines: str | None
    digits: str | None
    lines_sure: float
    digits_sure: float
    carried: bool


class SilentOcr:
    """In the place of tesseract, which cannot read handwriting."""

    name = "silent"

    def words(self, grey: object, dpi: float, *, block: bool) -> list[PixelWord]:  # noqa: ARG002
        """Nothing."""
        return []

    def script(self, grey: object, dpi: float) -> Script | None:  # noqa: ARG002
        """Nothing."""
        return None


# --- pages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A row of a page: the digits written for the number and the day, the printed month and year."""

    number: str
    day: str
    month: int
    year: int


def page_of(seed: int, style: str) -> tuple[Image.Image, list[Row]]:
    """A scanned page of letter heads in the upper third, and what was written."""
    rng = random.Random(f"hands:{style}:{seed}")
    sheet = np.full((_HIGH, _WIDE), 255, np.uint8)
    rows = []
    for index in range(_ROWS):
        row = Row(_number(rng), _day(rng), rng.choice((1, 3, 5, 7, 8, 10, 12)), rng.randint(2016, 2026))
        family = rng.choice(("times", "times", "arial", "serif"))
        y = 90 + 57 * index + rng.randint(-3, 3)
        _line(
            rng, sheet, (f"Số:{' ' * rng.randint(0, 1)}", row.number, "/QĐ-UBND"), 110, y, font(family, "", 36), style
        )
        dated = "Quảng Ngãi, ngày ", row.day, f" tháng {row.month:02d} năm {row.year}"
        _line(rng, sheet, dated, 800, y, font(family, rng.choice(("", "i", "i")), 36), style)
        rows.append(row)
    damage = Damage(
        skew=rng.uniform(-1, 1), noise=rng.choice((0, rng.uniform(0, 12))), blur=rng.choice((0, rng.uniform(0.3, 1.0))),
        light=rng.choice((0, 0.15)), grey=True, fax=rng.random() < 0.2, jpeg=rng.choice((88, 60, 40)),
    )  # fmt: skip
    page = Image.fromarray(sheet)
    if rng.random() < 0.3:
        share = rng.uniform(0.5, 0.85)  # scanned at 100 to 170 dpi
        page = page.resize((round(_WIDE * share), round(_HIGH * share)), Image.Resampling.BOX)
    return scan(page, damage, round(_DPI * page.width / _WIDE), rng), rows


def _number(rng: random.Random) -> str:
    digits = rng.choice((1, 2, 2, 2, 3, 3, 4))
    number = str(rng.randint(10 ** (digits - 1), 10**digits - 1))
    return number.zfill(2) if rng.random() < 0.8 else number


def _day(rng: random.Random) -> str:
    day = rng.randint(1, 31)
    return f"{day:02d}" if rng.random() < 0.7 else str(day)


def _line(
    rng: random.Random, sheet: Any, parts: tuple[str, str, str], x: float, y: float, face: Any, style: str
) -> None:
    """Print, handwriting, print; sometimes over a dotted leader."""
    before, by_hand, after = parts
    x = _printed(sheet, before, x, y, face) + rng.uniform(-0.05, 0.35) * face.size
    start, ink = x, rng.randint(0, 110)
    base = y + rng.uniform(-0.12, 0.1) * face.size
    x = WRITERS[style](rng, sheet, by_hand, x, base, float(face.size), ink)
    x += rng.uniform(0.05, 0.5) * face.size
    if rng.random() < 0.2:
        for dot in np.arange(start, x, rng.uniform(7, 11)):
            cv2.circle(sheet, (round(dot), round(y)), 1, 60, -1)
    _printed(sheet, after, x, y, face)


def _printed(sheet: Any, text: str, x: float, y: float, face: ImageFont.FreeTypeFont) -> float:
    image = Image.fromarray(sheet)
    ImageDraw.Draw(image).text((x, y), text, font=face, fill=15, anchor="ls")
    sheet[:] = np.array(image)
    return x + float(face.getlength(text))


# --- hands -----------------------------------------------------------------------------------------------------------


def _by_points(rng: random.Random, sheet: Any, text: str, x: float, y: float, em: float, ink: int) -> float:
    hand = Hand(rng, em)
    hand.write(sheet, text, x, y, ink)
    return x + hand.advance(text)


def _by_arcs(rng: random.Random, sheet: Any, text: str, x: float, y: float, em: float, ink: int) -> float:
    tall, wide, slant = em * rng.uniform(0.55, 1.05), rng.uniform(0.7, 1.3), rng.gauss(0.14, 0.13)
    pen, apart = max(1, round(em * rng.uniform(0.04, 0.11))), rng.uniform(0.02, 0.22)
    for char in text:
        strokes = leaned(digit(rng, char), slant, wide, rng.gauss(0, 0.03))
        every = np.concatenate(strokes)
        left, lift = float(every[:, 0].min()), rng.gauss(0, 0.03)
        for stroke in strokes:
            at = np.stack([x + (stroke[:, 0] - left) * tall, y + (stroke[:, 1] - 1 + lift) * tall], axis=1)
            cv2.polylines(sheet, [np.round(at * 16).astype(np.int32)], False, ink, pen, cv2.LINE_AA, 4)
        x += (float(np.ptp(every[:, 0])) + apart) * tall
    return x


def _by_font(rng: random.Random, sheet: Any, text: str, x: float, y: float, em: float, ink: int) -> float:
    """Letters of a font, leaned, spread and bent a little by slow waves."""
    face = _sized(rng.choice(_pens()), round(em * rng.uniform(0.95, 1.5)))
    spread, room = rng.uniform(0, 0.12) * em, round(em)
    width = round(sum(face.getlength(char) + spread for char in text)) + 2 * room
    image = Image.new("L", (width, round(2.6 * em)), 255)
    at = float(room)
    for char in text:
        ImageDraw.Draw(image).text((at, 1.8 * em), char, font=face, fill=ink, anchor="ls")
        at += face.getlength(char) + spread
    ys, xs = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    lean, size = rng.gauss(0.05, 0.12), rng.uniform(0, 0.05) * em
    waves = [rng.uniform(0.6, 2.0) / em * 3 for _ in range(4)]
    turned = xs + lean * (ys - 1.8 * em) + size * np.sin(waves[0] * xs + waves[1] * ys + rng.uniform(0, 6))
    down = ys + size * np.sin(waves[2] * xs + waves[3] * ys + rng.uniform(0, 6))
    drawn = cv2.remap(np.array(image), turned, down.astype(np.float32), cv2.INTER_LINEAR, borderValue=255)
    left, top = round(x) - room, round(y - 1.8 * em)
    part = sheet[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    np.minimum(part, drawn[: part.shape[0], : part.shape[1]], out=part)
    return x + (at - room)


WRITERS: dict[str, Writer] = {"points": _by_points, "arcs": _by_arcs, "fonts": _by_font}


@cache
def _pens() -> tuple[Path, ...]:
    files = sorted(path for path in Path("/usr/share/fonts").rglob("*") if path.suffix in (".ttf", ".otf", ".t1"))
    found = tuple(path for path in files if path.name.startswith(_PENS) and "Bold" not in path.name)
    if not found:
        raise RuntimeError("no font like a pen: apt-get install fonts-dkg-handwriting fonts-bwht fonts-klee …")
    return found


@cache
def _sized(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


# --- reading ---------------------------------------------------------------------------------------------------------


def values_of(reading: PageReading, rows: Sequence[Row], style: str) -> Iterator[Value]:
    """What the product makes of each row, taken for the head of a paper of its own."""
    whole = sheet_of(reading)
    kind = TypeCatalogue.load().get("administrative_document")
    assert kind is not None
    rules = {rule.name: rule for rule in kind.fields}
    for index, row in enumerate(rows):
        middle = (90 + 57 * index - 10) / _HIGH
        sheet = Sheet(reading, tuple(line for line in whole.lines if abs(line.y - middle) < 25 / _HIGH))
        header = header_of(sheet, kind.type_names)
        number, day = row.number.zfill(2), f"{row.year}-{row.month:02d}-{int(row.day):02d}"
        yield _value(rules["number"], header.number, sheet, number, style)
        yield _value(rules["issued_date"], header.date, sheet, day, style)


def _value(rule: FieldRule, own: Found | None, sheet: Sheet, true: str, style: str) -> Value:
    if own is None:
        return Value(style, rule.kind, true, None, None, 0.0, 0.0, False)
    pen = pen_word(rule, own, None, [sheet])
    found = [own, pen] if pen is not None else [own]
    best = best_of(rule, found)
    grounds, reading = grounds_of(rule, best, found), decide(rule, found, Known({}))
    only = reading is not None and set(reading.doubts) <= {doubts.HANDWRITTEN_SUSPECTED}
    return Value(
        style, rule.kind, true, own.value, pen.value if pen is not None else None, own.confidence,
        pen.confidence if pen is not None else 0.0, only and grounds is not None and grounds.group == "pen",
    )  # fmt: skip


def measured(pages: int, first: int) -> Iterator[Value]:
    """All values of so many pages in every kind of handwriting."""
    readers = Readers(SilentOcr(), LineReader(), DigitReader())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        for seed in range(first, first + pages):
            for style in STYLES:
                page, rows = page_of(seed, style)
                page.save(path)
                yield from values_of(read_page(path, "png", 1, readers), rows, style)


def table(values: Sequence[Value]) -> str:
    """For a person."""
    rows = []
    for style in STYLES:
        for kind in ("number", "date"):
            mine = [one for one in values if (one.style, one.kind) == (style, kind)]
            if not mine:
                continue
            lines = sum(one.lines == one.true for one in mine) / len(mine)
            said = [one for one in mine if one.digits is not None]
            digits = sum(one.digits == one.true for one in said)
            rows.append(
                f"{style:7} {kind:7} {len(mine):5} values; lines right {100 * lines:5.1f} %; digits say"
                f" {100 * len(said) / len(mine):5.1f} %, right of these {100 * digits / max(1, len(said)):5.1f} %"
            )
    rows.append(f"{'least':>6} " + " ".join(f"{style:>24}" for style in STYLES) + f"{'all':>25}")
    for least in LIMITS:
        cells = []
        for chosen in (*((style,) for style in STYLES), STYLES):
            mine = [one for one in values if one.style in chosen]
            above = [one for one in mine if one.carried and min(one.lines_sure, one.digits_sure) >= least]
            wrong = sum(one.lines != one.true for one in above)
            share = 100 * len(above) / max(1, len(mine))
            cells.append(f"{share:5.1f} % ({len(above):5}) {wrong:3} wrong")
        rows.append(f"{least:6.2f} " + " ".join(cells))
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, read, compare, print."""
    parser = argparse.ArgumentParser(prog="bench.handwriting", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=40, help="of 26 values, in every kind of handwriting")
    parser.add_argument("--first", type=int, default=50000, help="seed of the first page")
    parser.add_argument("--out", type=Path, help="keep every value as JSON lines")
    options = parser.parse_args(arguments)
    values = []
    for value in measured(options.pages, options.first):
        values.append(value)
        if options.out is not None:
            with options.out.open("a") as out:
                out.write(json.dumps(asdict(value), ensure_ascii=False) + "\n")
    print(table(values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
