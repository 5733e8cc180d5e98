"""The figures to reach, and whether a group of papers reaches them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.reading.engines import OCRMYPDF, OURS, OWN_ALONE, TESSERACT_CLEANED

PLAIN, FULL = OCRMYPDF
Figures = Mapping[str, Any]  # what summary.Group.as_dict() tells


@dataclass(frozen=True)
class Goal:
    """One figure: `value` of a group (None where it was not measured), reached from `least` or up to `most`."""

    name: str
    english: str
    value: Callable[[Figures], float | None]
    least: float | None = None
    most: float | None = None
    times: bool = False  # a ratio rather than a share

    def said(self) -> str:
        """The goal itself."""
        sign, bound = ("≥", self.least) if self.least is not None else ("≤", self.most)
        return f"{sign} {self.shown(bound)}"

    def shown(self, value: float | None) -> str:
        """A value as people read it."""
        if value is None:
            return "–"
        number = f"{value if self.times else 100 * value:.2f}".rstrip("0").rstrip(".")
        return f"{number} ×" if self.times else f"{number} %"

    def reached(self, value: float | None) -> bool | None:
        """None where nothing was measured."""
        if value is None:
            return None
        return value >= self.least if self.least is not None else self.most is not None and value <= self.most


def _field(part: str, figure: str) -> Callable[[Figures], float | None]:
    return lambda group: group["fields"][part][figure]


def _times(above: str, below: str) -> Callable[[Figures], float | None]:
    """CPU seconds of one by those of another."""

    def value(group: Figures) -> float | None:
        seconds = group["cpu_seconds_a_page"]
        return seconds[above] / seconds[below] if above in seconds and seconds.get(below) else None

    return value


def _errors(ours: str, theirs: Sequence[str]) -> Callable[[Figures], float | None]:
    """CER of one by the best of the others; of known passages where no whole text is known."""

    def value(group: Figures) -> float | None:
        for figure in ("cer", "passage_cer"):
            rates = {name: text[figure] for name, text in group["text"].items() if text[figure] is not None}
            others = [rates[name] for name in theirs if name in rates]
            if ours in rates and others and min(others) > 0:
                return float(rates[ours] / min(others))
        return None

    return value


def _wrong_by_hand(group: Figures) -> float | None:
    told = group["fields"]["hand_number_day"]
    return told["wrong"] / told["there"] if told["there"] else None


def goals_table(groups: Mapping[str, Figures]) -> str:
    """The goals as text, one column a group: reached ✓ or not ✗."""
    rows = [f"{'GOALS':44}{'':>10} " + " ".join(f"{name:>22}" for name in groups)]
    for goal in GOALS:
        marks = {True: "✓", False: "✗", None: " "}
        values = (goal.value(group) for group in groups.values())
        cells = (f"{goal.shown(value)} {marks[goal.reached(value)]}" for value in values)
        rows.append(f"{goal.name:44}{goal.said():>10} " + " ".join(f"{cell:>22}" for cell in cells))
    return "\n".join(rows)


GOALS = (
    Goal("CER so với OCRmyPDF", "CER by OCRmyPDF's", _errors(OURS, tuple(OCRMYPDF)), most=0.25, times=True),
    Goal("Mục in đọc đúng nguyên văn", "printed fields exact", _field("printed", "exact"), least=0.97),
    Goal("Mục tự nhận đúng", "auto-accepted that are right", _field("printed", "precision"), least=0.999),
    Goal("Mục in được tự nhận", "printed fields auto-accepted", _field("printed", "coverage"), least=0.90),
    Goal("Số định danh tự nhận đúng", "accepted ID numbers right", _field("id_numbers", "precision"), least=0.9999),
    Goal("Số, ngày viết tay nhận sai", "hand-written, wrong and accepted", _wrong_by_hand, most=0.0),
    Goal("Số, ngày viết tay có chứng cứ", "hand-written, proven", _field("hand_number_day", "coverage"), least=0.70),
    Goal("Tên người ký", "signer's name exact", _field("signer", "exact"), least=0.95),
    Goal("Loại giấy tờ", "paper type right", lambda group: group["type_right"], least=0.99),
    Goal(
        "Nhanh hơn OCRmyPDF --deskew --rotate-pages", "pages per CPU second", _times(FULL, OURS), least=15, times=True
    ),
    Goal("Nhanh hơn OCRmyPDF", "pages per CPU second", _times(PLAIN, OURS), least=8, times=True),
    Goal(
        "CER máy đọc riêng so với tesseract",
        "our reader alone, same cleaned pages",
        _errors(OWN_ALONE, (TESSERACT_CLEANED,)),
        most=0.5,
        times=True,
    ),
    Goal("Thời gian máy đọc riêng", "by tesseract's", _times(OWN_ALONE, TESSERACT_CLEANED), most=0.2, times=True),
)
