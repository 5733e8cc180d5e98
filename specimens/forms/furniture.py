"""What most forms share: the case they are filled for, motto, agency block, signature block, the MẪU mark."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from specimens.fonts import font
from specimens.people import Household, Person
from specimens.press import Press, Run, Text
from specimens.truth import Facts
from specimens.words import long_date

STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
MARK = "MẪU"
TODAY = date(2026, 9, 15)  # no paper of a dossier is younger


@dataclass
class Case:
    """What a form is filled with: the household, the chance of this one paper, and the facts gathered."""

    home: Household
    rng: random.Random
    layout: str
    facts: Facts = field(default_factory=Facts)
    people: list[str] = field(default_factory=list)

    def put(self, name: str, value: str | date, *printed: str) -> str:
        """Record a field of the truth; returns what to print."""
        return self.facts.put(name, value, *printed)

    def put_day(self, name: str, day: date) -> date:
        """Record a day that is printed in the long form ('ngày 05 tháng 02 năm 2024')."""
        self.facts.put(name, day, long_date(day))
        return day

    def meet(self, *people: Person) -> None:
        """Record who the paper is about."""
        self.people += [p.name for p in people if p.name not in self.people]

    def day(self, first: date, last: date) -> date:
        """A working day between two days."""
        day = first + timedelta(days=self.rng.randrange(max(1, (last - first).days)))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def serial(self, top: int = 300) -> int:
        """A running number of an office's year."""
        return self.rng.randint(1, top)

    def official(self, index: int = 0) -> str:
        """The name of one of the commune's officials."""
        return self.home.officials[index]


def committee(case: Case, day: date) -> str:
    """'Ủy ban nhân dân xã …, huyện …, tỉnh …' as it stands in a line of text."""
    return "Ủy ban nhân dân " + ", ".join(case.home.home.units(day))


def committee_caps(case: Case, day: date) -> tuple[str, str]:
    """The same committee as a letterhead prints it, in one or two rows: ('ỦY BAN NHÂN DÂN', 'XÃ …')."""
    return "ỦY BAN NHÂN DÂN", case.home.home.units(day)[0].upper()


def seal_rim(case: Case, day: date) -> str:
    """What runs round the committee's seal."""
    return " ".join(committee_caps(case, day)) + " * "


def shrunk(press: Press, text: str, face: str, room: float) -> Run:
    """The text in the body size, or in a smaller one that fits on a line of `room` mm."""
    run = Run(text, face, press.look.size)
    while press.width_of(run) > room and run.size and run.size > 7:
        run = replace(run, size=run.size - 0.25)
    return run


def motto(press: Press, x0: float, x1: float, *, size: float | None = None) -> None:
    """State name, motto and its line, centred between x0 and x1."""
    size = size or press.look.size
    room = x1 - x0
    first = Run(STATE, "b", size - 0.5)
    while press.width_of(first) > room and first.size:
        first = replace(first, size=first.size - 0.25)
    press.flow(first, x0=x0, x1=x1 + 0.5, align="centre")
    second = Run(MOTTO, "b", min(size + 0.5, (first.size or size) + 1))
    press.flow(second, x0=x0, x1=x1, align="centre")
    half = press.width_of(second) / 2
    middle = (x0 + x1) / 2
    press.rule(middle - half, middle + half, below=1.4)


def letterhead(
    press: Press,
    agency: Sequence[str],
    number: Text | None,
    dated: Text | None,
    *,
    parent: Sequence[str] = (),
    subject: str = "",
) -> None:
    """Decree 30's head: agency under its parent at the left, motto at the right; number and place-date below. The left
    block comes first in reading order. Rows of `agency` are bold, rows of `parent` are not."""
    top, split = press.y, press.x0 + (press.x1 - press.x0) * 0.40
    left = press.x0 - 6
    size = press.look.size - 0.5
    for row in parent:
        press.flow(row, x0=left, x1=split, align="centre", size=size)
    for row in agency:
        press.flow(row, x0=left, x1=split, align="centre", face="b", size=size)
    middle, half = (left + split) / 2, min(12, press.width_of(agency[-1], "b") / 3)
    press.rule(middle - half, middle + half)
    press.space(0.25)
    row_y = max(press.y, top + 2 * size * 25.4 / 72 * press.look.leading + 1.5)
    if number is not None:
        press.y = row_y
        press.flow(number, x0=left, x1=split, align="centre", size=press.look.size)
    if subject:
        press.flow(subject, x0=left + 3, x1=split - 3, align="centre", size=press.look.size - 1)
    deepest = press.y
    press.y = top
    motto(press, split + 2, press.x1 + 4)
    if dated is not None:
        press.y = max(press.y + 1.5, row_y)
        press.flow(dated, x0=split + 2, x1=press.x1 + 4, align="centre", face="i", size=press.look.size)
    press.y = max(press.y, deepest)


def place_date(place: str, day: date, *, hand_day: bool = False) -> Text:
    """'Bình Minh, ngày 05 tháng 02 năm 2024' in italics; `hand_day` leaves the day to a pen."""
    if not hand_day:
        return Run(f"{place}, {long_date(day)}", "i")
    rest = long_date(day).split(" ", 2)
    return [Run(f"{place}, ngày ", "i"), Run(rest[1], "hand"), Run(f" {rest[2]}", "i")]


def title(
    press: Press, rows: Sequence[str], *, size: float | None = None, before: float = 0.8, after: float = 0.6
) -> None:
    """Centred bold rows."""
    press.space(before)
    for row in rows:
        press.flow(row, align="centre", face="b", size=size or press.look.size + 2)
    press.space(after)


def signature(
    press: Press,
    rows: Sequence[str],
    name: str,
    *,
    rim: str,
    note: str = "",
    x0: float | None = None,
    x1: float | None = None,
    sealed: bool = True,
) -> None:
    """Authority and title in bold capitals, room for hand and seal, the signer's name, at the right (or between x0 and
    x1)."""
    start = press.x0 + (press.x1 - press.x0) * 0.48 if x0 is None else x0
    end = press.x1 + 2 if x1 is None else x1
    for row in rows:
        press.flow(shrunk(press, row, "b", end - start), x0=start, x1=end + 0.5, align="centre")
    if note:
        press.flow(shrunk(press, note, "i", end - start - 6), x0=start, x1=end, align="centre")
    high = press.rng.uniform(25, 31)
    press.sign_here((start + end) / 2, press.y + high * 0.6, rim=rim, sealed=sealed)
    press.y += high
    press.flow(name, x0=start, x1=end, align="centre", face="b")


def row(press: Press, label: str, text: str, *, face: str = "", dots: bool = False, after: float = 0.15) -> None:
    """A label and its value on a line (or more); `dots` sets the value on a form's dotted line."""
    press.flow([Run(label), Run(text, face)], leader=dots, after=after)


def thirds(press: Press, *texts: Text, dots: bool = False, after: float = 0.15) -> None:
    """Texts side by side, each with the same share of the width."""
    wide = (press.x1 - press.x0) / len(texts)
    press.cells([(press.x0 + wide * i, text) for i, text in enumerate(texts)], leader=dots, after=after)


def mark(press: Press) -> None:
    """MẪU on every page: a boxed word in grey or red, in the bottom margin."""
    colour = press.rng.choice(((128, 128, 128), (196, 60, 60)))
    for leaf in press.leaves:
        face = font("sans", "b", round(press.px(7)))
        x, y = press.px(press.width / 2), press.px(press.height - 9)
        box = leaf.draw.textbbox((x, y), MARK, font=face, anchor="mm")
        leaf.draw.text((x, y), MARK, font=face, fill=colour, anchor="mm")
        pad = press.px(1.2)
        frame = (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad)
        leaf.draw.rectangle(frame, outline=colour, width=max(1, round(press.px(0.4))))
        leaf.lines.append(MARK)
