"""The picture of a run: error by damage for every reader, and precision against coverage of what is accepted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench.reading.engines import OURS
from bench.reading.papers import SCANS
from specimens.fonts import font

WIDTH, ROW, TOP, FOOT = 1760, 30, 120, 160
LEFT_PANEL = (330, 880)  # where the first panel's axis begins and ends, pixels
RIGHT_PANEL = (1040, 1700)
INK, SOFT, LINE, PAPER = "#1b2230", "#5a6272", "#dcd7ca", "#ffffff"
COLOURS = ("#17456b", "#b3261e", "#c98a1b", "#7a7f8c", "#226548")
CER = (0.001, 1.0)
ERROR = (0.0005, 0.5)  # 1 − precision; whatever is better lies on the edge, which says 100 %
GOAL_PRECISION, GOAL_COVERAGE = 0.999, 0.90


@dataclass(frozen=True)
class Axis:
    """A scale from values to pixels; `log` for shares over several powers of ten."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; what lies outside is drawn on the edge."""
        inside = min(max(value, min(self.low, self.high)), max(self.low, self.high))
        low, high, here = (math.log(v) if self.log else v for v in (self.low, self.high, inside))
        return self.start + (here - low) / (high - low) * (self.end - self.start)


def draw(told: Mapping[str, Any], path: Path) -> None:
    """Write the picture of a results.json's content as PNG."""
    rows = [group for group in told["groups"] if not group["damage"].startswith("all") and _cer(group)]
    height = max(760, TOP + FOOT + ROW * (len(rows) + 2))
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(picture)
    _errors(pen, rows, height)
    _acceptance(pen, told["curves"], height)
    made = f"{told['made'][:16]} · {told['machine']['cpu']} · {told['command']}"
    pen.text((40, height - 28), made[:180], font=font("sans", "", 15), fill=SOFT)
    picture.save(path)


def _cer(group: Mapping[str, Any]) -> dict[str, float]:
    """By reader; of known passages for real scans, whose whole text nobody knows."""
    name = "passage_cer" if group["set"] == SCANS else "cer"
    return {reader: text[name] for reader, text in group["text"].items() if text[name] is not None}


def _errors(pen: ImageDraw.ImageDraw, rows: Sequence[Mapping[str, Any]], height: int) -> None:
    _heading(pen, 40, "Sai ký tự theo hư hại", "Character error rate by damage (log scale)")
    axis = Axis(*CER, *LEFT_PANEL, log=True)
    bottom = TOP + ROW * (len(rows) + 2)
    for value in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
        x = axis.at(value)
        pen.line((x, TOP, x, bottom), fill=LINE)
        pen.text((x, bottom + 6), f"{100 * value:g} %", font=font("sans", "", 15), fill=SOFT, anchor="ma")
    readers = list(dict.fromkeys(name for row in rows for name in row["text"]))
    y, before = TOP, ""
    for row in rows:
        if row["set"] != before:
            before = row["set"]
            said = "Bản quét thật · known passages" if before == SCANS else "Giấy mẫu · specimens"
            pen.text((40, y + ROW / 2), said, font=font("sans", "b", 17), fill=INK, anchor="lm")
            y += ROW
        pen.text((LEFT_PANEL[0] - 16, y + ROW / 2), row["damage"], font=font("sans", "", 17), fill=INK, anchor="rm")
        pen.line((LEFT_PANEL[0], y + ROW / 2, LEFT_PANEL[1], y + ROW / 2), fill=LINE)
        for reader, cer in reversed(_cer(row).items()):
            size = 8 if reader == OURS else 6
            _dot(pen, axis.at(cer), y + ROW / 2, size, COLOURS[readers.index(reader) % len(COLOURS)])
        y += ROW
    x = 40.0
    for number, reader in enumerate(readers):
        _dot(pen, x + 6, height - 58, 6, COLOURS[number % len(COLOURS)])
        label = "Một Lần" if reader == OURS else reader
        pen.text((x + 18, height - 58), label, font=font("sans", "", 15), fill=INK, anchor="lm")
        x += 40 + font("sans", "", 15).getlength(label)


def _acceptance(pen: ImageDraw.ImageDraw, curves: Mapping[str, Any], height: int) -> None:
    _heading(
        pen,
        RIGHT_PANEL[0] - 90,
        "Tự nhận: đúng bao nhiêu, phủ bao nhiêu",
        "Printed fields accepted without a person: line = by confidence alone, circle = as the product decides",
    )
    bottom = height - FOOT
    across, down = Axis(0, 1, *RIGHT_PANEL), Axis(*ERROR, TOP, bottom, log=True)
    for share in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x = across.at(share)
        pen.line((x, TOP, x, bottom), fill=LINE)
        pen.text((x, bottom + 6), f"{100 * share:.0f} %", font=font("sans", "", 15), fill=SOFT, anchor="ma")
    pen.text((across.at(0.5), bottom + 30), "phủ · coverage", font=font("sans", "", 15), fill=SOFT, anchor="ma")
    for error in (ERROR[0], 0.001, 0.01, 0.1, 0.5):
        y = down.at(error)
        pen.line((RIGHT_PANEL[0], y, RIGHT_PANEL[1], y), fill=LINE)
        said = "100 %" if error == ERROR[0] else f"{100 * (1 - error):g} %"
        pen.text((RIGHT_PANEL[0] - 10, y), said, font=font("sans", "", 15), fill=SOFT, anchor="rm")
    goal = (across.at(GOAL_COVERAGE), TOP, RIGHT_PANEL[1], down.at(1 - GOAL_PRECISION))
    pen.rectangle(goal, fill="#e8f2ec", outline="#226548")
    pen.text((goal[0] - 8, goal[1] + 4), "mục tiêu · goal", font=font("sans", "", 15), fill="#226548", anchor="ra")
    for number, (name, found) in enumerate(curves.items()):
        colour = COLOURS[(0, 1, 4, 2)[number % 4]]
        line = [(across.at(coverage), down.at(max(ERROR[0], 1 - right))) for _, coverage, right in found["points"]]
        if len(line) > 1:
            pen.line(line, fill=colour, width=3, joint="curve")
        chosen = found["chosen"]
        y = bottom + 62 + 22 * number
        _dot(pen, RIGHT_PANEL[0] + 24, y, 6, colour)
        if chosen["precision"] is not None:
            _dot(pen, across.at(chosen["coverage"]), down.at(max(ERROR[0], 1 - chosen["precision"])), 10, colour)
        pen.text((RIGHT_PANEL[0] + 40, y), _label(name, chosen), font=font("sans", "", 15), fill=INK, anchor="lm")


def _label(name: str, chosen: Mapping[str, Any]) -> str:
    if chosen["precision"] is None:
        return f"{name}: không có gì được tự nhận · nothing accepted"
    return f"{name}: {100 * chosen['coverage']:.1f} % / {100 * chosen['precision']:.2f} % ({chosen['wrong']} sai)"


def _heading(pen: ImageDraw.ImageDraw, x: float, first: str, second: str) -> None:
    pen.text((x, 34), first, font=font("sans", "b", 26), fill=INK)
    pen.text((x, 70), second, font=font("sans", "", 16), fill=SOFT)


def _dot(pen: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: str) -> None:
    pen.ellipse((x - size, y - size, x + size, y + size), fill=colour, outline=PAPER)
