"""The visible stamp of a copy (Decree 30/2020, Appendix I, part II): profile data, layout, and pyHanko's appearance."""

# mypy: allow-untyped-calls
# (pyHanko is only partly annotated)

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Name
from PIL import ImageFont
from pyhanko.pdf_utils import generic, layout
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.stamp import TextStamp, TextStampStyle

_HERE = Path(__file__).parent
_POINTS_PER_MM = 72 / 25.4
_HANOI = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class StampProfile:
    """How a stamp looks and where it stands: one version of one profile file. Lengths in mm, size in points."""

    id: str
    version: int
    source: str
    font: str
    size: int
    leading: float
    margin_top: float
    margin_right: float
    width: float
    lines: tuple[str, ...]
    time_format: str

    @classmethod
    @cache
    def load(cls, name: str) -> StampProfile:
        """The profile `signing/profiles/<name>.toml`."""
        data = tomllib.loads((_HERE / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))
        return cls(**{**data, "lines": tuple(data["lines"])})

    @property
    def font_file(self) -> Path:
        return _HERE / "fonts" / self.font


@dataclass(frozen=True)
class StampFacts:
    """What a stamp says: the form of copy (SAO Y, SAO LỤC, TRÍCH SAO), the agency, the time of signing (with zone)."""

    copy_form: str
    agency: str
    at: datetime


@dataclass(frozen=True)
class Placed:
    """A stamp laid out for one page: its lines, the widget's rectangle on the stored page, and the page's turn."""

    lines: tuple[str, ...]
    rect: tuple[int, int, int, int]
    rotation: int


def place(profile: StampProfile, facts: StampFacts, pdf: Path) -> Placed:
    """Lay the stamp out in the top right corner of the upright first page."""
    lines = tuple(_lines(profile, facts))
    font = _face(profile)
    width = max(font.getlength(line) for line in lines) / _FACE_SIZE * profile.size + 2
    height = len(lines) * profile.size * profile.leading + 2
    with pikepdf.open(pdf) as document:
        page = document.pages[0]
        x0, y0, x1, y1 = (float(side) for side in page.cropbox)
        rotation = int(page.obj.get(Name.Rotate, 0)) % 360
    across, down = (x1 - x0, y1 - y0) if rotation % 180 == 0 else (y1 - y0, x1 - x0)
    right = across - profile.margin_right * _POINTS_PER_MM
    top = down - profile.margin_top * _POINTS_PER_MM
    upright = (max(0.0, right - width), max(0.0, top - height), right, top)
    left, low, high_x, high_y = _turned(upright, rotation, x1 - x0, y1 - y0)
    return Placed(lines, (round(left + x0), round(low + y0), round(high_x + x0), round(high_y + y0)), rotation)


def _turned(
    box: tuple[float, float, float, float], rotation: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """A rectangle of the upright page on the stored page of `width` x `height`."""
    left, low, right, top = box
    return {
        0: (left, low, right, top),
        90: (width - top, left, width - low, right),
        180: (width - right, height - top, width - left, height - low),
        270: (low, height - right, top, height - left),
    }[rotation]


_FACE_SIZE = 1000


@cache
def _face(profile: StampProfile) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(profile.font_file), _FACE_SIZE)


def _lines(profile: StampProfile, facts: StampFacts) -> Sequence[str]:
    """The filled lines, each wrapped at spaces to the profile's width."""
    when = facts.at.astimezone(_HANOI).strftime(profile.time_format)
    room = profile.width * _POINTS_PER_MM / profile.size * _FACE_SIZE
    rows: list[str] = []
    for template in profile.lines:
        row = ""
        for word in template.format(copy_form=facts.copy_form, agency=facts.agency, time=when).split():
            longer = f"{row} {word}".strip()
            if row and _face(profile).getlength(longer) > room:
                rows.append(row)
                longer = word
            row = longer
        rows.append(row)
    return rows


class _TurnedStamp(TextStamp):
    """A text stamp that stands upright on a page shown turned: its form is laid out upright and turned by /Matrix."""

    def as_form_xobject(self) -> Any:
        form = super().as_form_xobject()
        a, b, c, d = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[self.style.turn]
        if self.style.turn:
            matrix = (generic.NumberObject(value) for value in (a, b, c, d, 0, 0))
            form[generic.pdf_name("/Matrix")] = generic.ArrayObject(matrix)
        return form


@dataclass(frozen=True)
class CopyStampStyle(TextStampStyle):
    """pyHanko's style for a placed stamp; `turn` is the page's /Rotate."""

    turn: int = 0

    def create_stamp(self, writer: Any, box: Any, text_params: Any) -> _TurnedStamp:
        upright = box if self.turn % 180 == 0 else layout.BoxConstraints(width=box.height, height=box.width)
        return _TurnedStamp(writer=writer, style=self, box=upright, text_params=text_params)


def style_of(profile: StampProfile, placed: Placed) -> CopyStampStyle:
    """Black upright text in the profile's font and size, no frame, no picture."""
    return CopyStampStyle(
        border_width=0,
        stamp_text="\n".join(placed.lines).replace("%", "%%"),
        turn=placed.rotation,
        text_box_style=TextBoxStyle(
            font=GlyphAccumulatorFactory(str(profile.font_file), font_size=profile.size),
            font_size=profile.size,
            leading=round(profile.size * profile.leading),
            box_layout_rule=_TOP_LEFT,
        ),
        inner_content_layout=_TOP_LEFT,
    )


_TOP_LEFT = layout.SimpleBoxLayoutRule(
    x_align=layout.AxisAlignment.ALIGN_MIN,
    y_align=layout.AxisAlignment.ALIGN_MAX,
    margins=layout.Margins.uniform(0),
    inner_content_scaling=layout.InnerScaling.NO_SCALING,
)
