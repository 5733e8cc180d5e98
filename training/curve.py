"""Draw the learning curve of a run, or of several that began one with the other's weights: `python -m training.curve
FOLDER… [--to FILE]` writes an SVG."""

from __future__ import annotations

import argparse
import json
import math
from itertools import pairwise
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "recogniser-curve.svg"
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 320, 56, 96, 24, 40
_LINES = (
    ("cer", "#9aa5b1", "dòng, trọng số hiện thời · lines, as it is"),
    ("cer_smooth", "#b3261e", "dòng, đã làm mượt · lines, smoothed"),
    ("cer_pages", "#1f6f8b", "dòng cắt từ trang xấu · cut from bad pages"),
)
_TICKS = (1, 2, 3, 5, 10, 20, 50, 100)


def drawn(courses: list[list[dict[str, float]]]) -> str:
    """CER (percent, log scale) over minutes, for lines held apart; each course has lines of its own, and begins at a
    dashed line."""
    points, begins = [], [0.0]
    for course in courses:
        points += [{**point, "minutes": begins[-1] + point["minutes"]} for point in course]
        begins.append(points[-1]["minutes"])
    longest = max(point["minutes"] for point in points)
    least = min(point[key] for point in points for key, _, _ in _LINES if key in point)
    low, high = math.log10(min(least, 2) * 0.9), 2.0

    def x(minutes: float) -> float:
        return round(_LEFT + minutes / longest * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(rate: float) -> float:
        share = (math.log10(max(rate, 10**low)) - low) / (high - low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#36404a"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    ]
    for tick in _TICKS:
        if math.log10(tick) >= low:
            parts.append(f'<path d="M{_LEFT} {y(tick)}H{_WIDTH - _RIGHT}" stroke="#e4e8ec"/>')
            parts.append(f'<text x="{_LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick} %</text>')
    for minutes in range(0, int(longest) + 1, 20):
        parts.append(f'<text x="{x(minutes)}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{minutes}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">phút học · minutes of training</text>')
    parts.append(f'<text x="{_LEFT}" y="14">CER, dòng để riêng · lines held apart</text>')
    for begin in begins[1:-1]:
        parts.append(f'<path d="M{x(begin)} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#9aa5b1" stroke-dasharray="4 4"/>')
    for number, (key, colour, label) in enumerate(_LINES):
        for begin, to in pairwise(begins):
            part = [point for point in points if begin < point["minutes"] <= to and key in point]
            path = " ".join(f"{x(point['minutes'])},{y(point[key])}" for point in part)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        end, row = points[-1].get(key), _TOP + 16 + 18 * number
        if end is None:
            continue
        parts.append(f'<text x="{x(longest) + 6}" y="{y(end) + 4}" fill="{colour}">{end:.2f} %</text>')
        parts.append(f'<text x="{_WIDTH - _RIGHT - 8}" y="{row}" text-anchor="end" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.curve", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, default=PICTURE)
    options = parser.parse_args()
    curves = [(folder / "curve.jsonl").read_text("utf-8").splitlines() for folder in options.folders]
    options.to.write_text(drawn([[json.loads(line) for line in curve] for curve in curves]), "utf-8")
    print(options.to)


if __name__ == "__main__":
    main()
