"""The press: sets runs of text in millimetres on page pictures and remembers every line it printed, in order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from specimens.fonts import font

Align = Literal["left", "right", "centre", "justify"]
Colour = tuple[int, int, int]
MM_PER_POINT = 25.4 / 72
BLACK: Colour = (18, 18, 20)
INKS: tuple[Colour, ...] = ((22, 34, 110), (16, 48, 150), (30, 30, 40), (12, 24, 84))


@dataclass(frozen=True)
class Look:
    """What differs between two prints of one form: font, size (points), leading, left margin (mm), pen ink."""

    family: str = "times"
    size: float = 13
    leading: float = 1.25
    left: float = 28
    right: float = 16
    top: float = 18
    ink: Colour = INKS[0]
    paper: Colour = (255, 255, 255)
    by_hand: bool = False


def make_look(rng: random.Random, families: Sequence[str] = ("times", "times", "times", "arial", "serif")) -> Look:
    """A look by chance, within what offices use."""
    family = rng.choice(list(families))
    wide = family in ("serif", "sans", "schola", "bookman")
    return Look(
        family=family,
        size=rng.choice((11, 11.5)) if wide else rng.choice((12.5, 13, 13, 13.5)),
        leading=rng.choice((1.22, 1.28, 1.36)),
        left=rng.choice((25, 28, 30)),
        right=rng.choice((15, 17)),
        top=rng.choice((15, 18, 20)),
        ink=rng.choice(INKS),
        paper=rng.choice(((255, 255, 255), (255, 255, 255), (253, 252, 248))),
    )


@dataclass(frozen=True)
class Run:
    """A stretch of text in one face: "", "b", "i", "bi", or "hand" for what a pen wrote."""

    text: str
    face: str = ""
    size: float | None = None
    colour: Colour | None = None
    family: str | None = None


Text = str | Run | Sequence[Run]


def runs_of(text: Text, face: str = "") -> list[Run]:
    """Any text as runs; `face` is the one for plain strings."""
    if isinstance(text, str):
        return [Run(text, face)]
    return [text] if isinstance(text, Run) else list(text)


@dataclass(frozen=True)
class SignSpot:
    """Where a seal and a signature belong: centre in mm, the seal's rim texts, the signer."""

    page: int
    x: float
    y: float
    rim: str
    centre: str
    sealed: bool = True


@dataclass(frozen=True)
class PrintedWord:
    """A word where it was set: left, top, right and bottom in fractions of the page, and its baseline's height."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    by_hand: bool = False


@dataclass
class Leaf:
    """One page in the making."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    lines: list[str] = field(default_factory=list)
    words: list[PrintedWord] = field(default_factory=list)


@dataclass(frozen=True)
class _Piece:
    text: str
    run: Run
    width: float
    glue: bool  # no space before it


class Press:
    """Prints on the current page from `y` (mm) downwards; `turn_page` starts the next one."""

    def __init__(
        self, look: Look, dpi: int, rng: random.Random, *, width: float = 210, height: float = 297, flows: bool = False
    ) -> None:
        self.look, self.dpi, self.rng = look, dpi, rng
        self.width, self.height, self.flows = width, height, flows
        self.leaves: list[Leaf] = []
        self.spots: list[SignSpot] = []
        self.y = 0.0
        self.turn_page()

    # -- pages -------------------------------------------------------------------------------------------------

    def turn_page(self) -> None:
        """A fresh page."""
        size = (round(self.width / 25.4 * self.dpi), round(self.height / 25.4 * self.dpi))
        image = Image.new("RGB", size, self.look.paper)
        self.leaves.append(Leaf(image, ImageDraw.Draw(image)))
        self.y = self.look.top
        if self.flows and len(self.leaves) > 1:
            self.y -= 6
            self.flow(str(len(self.leaves)), align="centre")  # Decree 30: pages are numbered from the second on
            self.y = self.look.top

    @property
    def leaf(self) -> Leaf:
        return self.leaves[-1]

    @property
    def x0(self) -> float:
        return self.look.left

    @property
    def x1(self) -> float:
        return self.width - self.look.right

    def px(self, mm: float) -> float:
        """Millimetres to pixels."""
        return mm / 25.4 * self.dpi

    def space(self, lines: float) -> None:
        """Leave some lines of the body size empty."""
        self.y += lines * self.look.size * MM_PER_POINT * self.look.leading

    def sign_here(self, x: float, y: float, *, rim: str, centre: str = "", sealed: bool = True) -> None:
        """Remember where the seal and the signature go."""
        self.spots.append(SignSpot(len(self.leaves) - 1, x, y, rim, centre, sealed))

    # -- text --------------------------------------------------------------------------------------------------

    def font_of(self, run: Run) -> ImageFont.FreeTypeFont:
        """The loaded font of a run at this press's resolution."""
        points = run.size or self.look.size
        if run.face == "hand":
            return font("hand", "", round(points * 1.18 * self.dpi / 72))
        return font(run.family or self.look.family, run.face, round(points * self.dpi / 72))

    def flow(
        self,
        text: Text,
        *,
        x0: float | None = None,
        x1: float | None = None,
        indent: float = 0,
        align: Align = "left",
        face: str = "",
        size: float | None = None,
        colour: Colour | None = None,
        leader: bool = False,
        after: float = 0,
        record: bool = True,
    ) -> list[str]:
        """Set a paragraph between x0 and x1 (mm) from `y` on, wrapping at words; returns its lines. `leader` draws the
        dots of a form under written values and up to the right edge; `after` is extra space in lines."""
        x0, x1 = self.x0 if x0 is None else x0, self.x1 if x1 is None else x1
        runs = [self._dressed(r, size, colour) for r in runs_of(text, face)]
        step = max(r.size or self.look.size for r in runs) * MM_PER_POINT * self.look.leading
        rows = self._wrap(runs, self.px(x1 - x0), self.px(indent))
        for number, row in enumerate(rows):
            if self.flows and self.y + step > self.height - 22:
                self.turn_page()
            self.y += step
            start = x0 + (indent if number == 0 else 0)
            self._set_row(row, start, x1, align, last=number == len(rows) - 1, leader=leader)
            if record:
                self.leaf.lines.append(_row_text(row))
        self.space(after)
        return [_row_text(row) for row in rows]

    def cells(self, cells: Sequence[tuple[float, Text]], *, leader: bool = False, after: float = 0) -> None:
        """Texts side by side from given x (mm) to the next one's; one printed line when none of them wraps."""
        top, deepest = self.y, self.y
        printed: list[list[str]] = []
        edges = [x for x, _ in cells[1:]] + [self.x1 + 1.5]
        for (x, text), edge in zip(cells, edges, strict=True):
            self.y = top
            printed.append(self.flow(text, x0=x, x1=edge - 1.5, leader=leader, record=False))
            deepest = max(deepest, self.y)
        self.y = deepest
        if all(len(lines) == 1 for lines in printed):
            self.leaf.lines.append(" ".join(lines[0] for lines in printed))
        else:
            self.leaf.lines += [line for lines in printed for line in lines]
        self.space(after)

    def rule(self, x0: float, x1: float, *, below: float = 1.2, weight: float = 0.25, colour: Colour = BLACK) -> None:
        """A horizontal line a little below the last baseline."""
        y = self.px(self.y + below)
        self.leaf.draw.line((self.px(x0), y, self.px(x1), y), fill=colour, width=max(1, round(self.px(weight))))

    def box(self, x0: float, y0: float, x1: float, y1: float, *, colour: Colour = BLACK, weight: float = 0.3) -> None:
        """An empty rectangle, in mm."""
        corners = (self.px(x0), self.px(y0), self.px(x1), self.px(y1))
        self.leaf.draw.rectangle(corners, outline=colour, width=max(1, round(self.px(weight))))

    def width_of(self, text: Text, face: str = "") -> float:
        """The width of a text on one line, in mm."""
        return sum(self.font_of(r).getlength(r.text) for r in runs_of(text, face)) / self.dpi * 25.4

    # -- setting -----------------------------------------------------------------------------------------------

    def _dressed(self, run: Run, size: float | None, colour: Colour | None) -> Run:
        ink = self.look.ink if run.face == "hand" else BLACK
        return replace(run, size=run.size or size, colour=run.colour or colour or ink)

    def _wrap(self, runs: Sequence[Run], room: float, indent: float) -> list[list[_Piece]]:
        rows: list[list[_Piece]] = [[]]
        left = room - indent
        for word in _words(runs, self.font_of):
            width = sum(p.width for p in word)
            gap = self.font_of(word[0].run).getlength(" ")
            if rows[-1] and width + gap > left:
                rows.append([])
                left = room
            left -= width + (gap if rows[-1] else 0)
            rows[-1] += word
        return rows

    def _set_row(self, row: Sequence[_Piece], x0: float, x1: float, align: Align, *, last: bool, leader: bool) -> None:
        gaps = [0.0 if p.glue or i == 0 else self.font_of(p.run).getlength(" ") for i, p in enumerate(row)]
        total = sum(p.width for p in row) + sum(gaps)
        spare = self.px(x1 - x0) - total
        x = self.px(x0) + (spare / 2 if align == "centre" else spare if align == "right" else 0)
        holes = sum(1 for gap in gaps if gap)
        stretch = spare / holes if align == "justify" and not last and holes and spare > 0 else 0.0
        dots_from: float | None = None
        for piece, gap in zip(row, gaps, strict=True):
            x += gap + (stretch if gap else 0)
            if leader and dots_from is None and piece.run.face == "hand":
                dots_from = x
            self._set_piece(piece, x, leader=leader)
            x += piece.width
        if leader:
            self._dots(x + self.px(0.6) if dots_from is None else dots_from, self.px(x1))

    def _set_piece(self, piece: _Piece, x: float, *, leader: bool) -> None:
        y = self.px(self.y)
        if piece.run.face == "hand":
            y += self.px(self.rng.uniform(-0.25, 0.2) - (0.7 if leader else 0.2))
        face = self.font_of(piece.run)
        self.leaf.draw.text((x, y), piece.text, font=face, fill=piece.run.colour, anchor="ls")
        wide, high = self.leaf.image.size
        left, top, right, bottom = face.getbbox(piece.text, anchor="ls")
        place = ((x + left) / wide, (y + top) / high, (x + right) / wide, (y + bottom) / high)
        hand = piece.run.face == "hand"
        before = self.leaf.words[-1] if piece.glue and self.leaf.words else None
        if before is None:
            self.leaf.words.append(PrintedWord(piece.text, *place, base=self.px(self.y) / high, by_hand=hand))
            return
        box = (before.x0, min(before.y0, place[1]), max(before.x1, place[2]), max(before.y1, place[3]))
        self.leaf.words[-1] = PrintedWord(before.text + piece.text, *box, before.base, before.by_hand or hand)

    def _dots(self, start: float, end: float) -> None:
        dot, step = max(1, round(self.px(0.22))), self.px(1.05)
        y, x = round(self.px(self.y)), (start // step + 1) * step
        while x < end:
            left = round(x)
            self.leaf.draw.rectangle((left, y - dot, left + dot - 1, y - 1), fill=(60, 60, 64))
            x += step


def _row_text(row: Sequence[_Piece]) -> str:
    return "".join(p.text if p.glue or i == 0 else f" {p.text}" for i, p in enumerate(row))


def _words(runs: Sequence[Run], font_of: Callable[[Run], ImageFont.FreeTypeFont]) -> list[list[_Piece]]:
    """Runs cut at spaces; pieces of different runs without a space between stay one word."""
    words: list[list[_Piece]] = []
    open_word = False
    for run in runs:
        parts = run.text.split(" ")
        for number, part in enumerate(parts):
            if number > 0:
                open_word = False
            if not part:
                continue
            piece = _Piece(part, run, font_of(run).getlength(part), glue=open_word)
            if open_word:
                words[-1].append(piece)
            else:
                words.append([piece])
            open_word = True
    return words
