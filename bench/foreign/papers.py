"""From forms to scanned papers: a form filled with made-up values, printed by Chromium, drawn as a picture, scanned."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import jinja2
import pypdfium2
from markupsafe import Markup, escape
from PIL import Image

from bench.foreign.people import People, day_in_words, in_words, word_lists
from bench.foreign.scanner import scanned

_FORMS = Path(__file__).parent / "forms"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 240  # seconds for one run of the browser
_TOGETHER = 40  # forms in one run of it
_DAYS: dict[str, Callable[[date], str]] = {
    "slash": lambda d: f"{d:%d/%m/%Y}",
    "dash": lambda d: f"{d:%d-%m-%Y}",
    "dot": lambda d: f"{d:%d.%m.%Y}",
    "short": lambda d: f"{d.day}/{d.month}/{d.year}",
    "long": lambda d: f"ngày {d.day:02d} tháng {d.month:02d} năm {d.year}",
    "letter": lambda d: f"ngày {d.day:02d} tháng {d.month if d.month > 2 else f'{d.month:02d}'} năm {d.year}",
    "bare": lambda d: f"{d.day:02d} tháng {d.month:02d} năm {d.year}",
}


def _layouts() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for path in sorted(_FORMS.glob("*.*.html")):
        type_id, layout = path.name.split(".")[:2]
        found.setdefault(type_id, []).append(layout)
    return {type_id: tuple(layouts) for type_id, layouts in found.items()}


LAYOUTS = _layouts()
"""The layouts of each type that there are forms for."""


@dataclass
class Foreign:
    """A scanned paper with its truth: `fields` by the product's names (`unprinted`: true though they stand nowhere),
    `lines` of each page in the order of printing."""

    type_id: str
    layout: str
    seed: int
    dpi: int
    quality: int
    fields: dict[str, str] = field(default_factory=dict)
    unprinted: set[str] = field(default_factory=set)
    pages: list[Image.Image] = field(default_factory=list)
    lines: list[tuple[str, ...]] = field(default_factory=list)

    def put(self, name: str, shown: object, value: object = None) -> Markup:
        """Record a field's truth (its value, where that is not what is shown) and show it."""
        self.fields[name] = " ".join(str(shown if value is None else value).split())
        return Markup("<b class=v>") + escape(str(shown)) + Markup("</b>")

    def put_unseen(self, name: str, value: str) -> str:
        """Record what is true though the page does not say it."""
        self.fields[name] = value
        self.unprinted.add(name)
        return ""

    def put_day(self, name: str, day: date, form: str = "slash") -> Markup:
        """Record a date and show it in one of the forms of writing."""
        return self.put(name, _DAYS[form](day), day.isoformat())


def foreign_papers(chosen: Sequence[tuple[str, str, int]], folder: Path) -> Iterator[Foreign]:
    """The papers (type, layout, seed), in that order; the same choice gives the same papers. Raises FileNotFoundError
    without a Chromium, and subprocess.SubprocessError when it does not print."""
    for start in range(0, len(chosen), _TOGETHER):
        forms = [filled(*one) for one in chosen[start : start + _TOGETHER]]
        pdf = pypdfium2.PdfDocument(_printed([html for _, html in forms], folder))
        number = 0
        for paper, html in forms:
            for _ in range(html.count("<section")):
                _scan(paper, pdf[number])
                number += 1
            yield paper
        pdf.close()


def _scan(paper: Foreign, page: pypdfium2.PdfPage) -> None:
    rng = random.Random(f"scan {paper.type_id} {paper.layout} {paper.seed} {len(paper.pages)}")
    text = page.get_textpage().get_text_range()
    paper.lines.append(tuple(line for part in text.splitlines() if (line := part.strip())))
    paper.pages.append(scanned(page.render(scale=paper.dpi / 72).to_pil(), rng))


def filled(type_id: str, layout: str, seed: int) -> tuple[Foreign, str]:
    """A form with its values, and as HTML. Raises jinja2.TemplateNotFound for a layout that there is not."""
    people = People(f"foreign {type_id} {layout} {seed}")
    rng = random.Random(f"look {type_id} {layout} {seed}")
    paper = Foreign(type_id, layout, seed, rng.choice((200, 200, 240, 300)), rng.randint(55, 92))
    margins = f"{rng.randint(12, 20)}mm {rng.randint(12, 18)}mm 8mm {rng.randint(18, 28)}mm"
    style = (
        f"font-family:'{rng.choice(word_lists()['fonts'])}';font-size:{rng.uniform(11.6, 13.6):.1f}pt;"
        f"line-height:{rng.uniform(1.25, 1.6):.2f};padding:{margins}"
    )
    html = (
        _environment()
        .get_template(f"{type_id}.{layout}.html")
        .render(
            c=people,
            put=paper.put,
            put_day=paper.put_day,
            put_unseen=paper.put_unseen,
            show=_DAYS,
            date=date,
            in_words=in_words,
            day_in_words=day_in_words,
            style=style,
            sign_angle=rng.randint(-14, 14),
            seal_x=rng.randint(-22, 4),
        )
    )
    return paper, html


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FORMS), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )


def _printed(forms: Sequence[str], folder: Path) -> bytes:
    """The forms as one PDF; every section of a form is a page."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise FileNotFoundError("chromium: install the Debian package chromium")
    css = (_FORMS / "paper.css").read_text("utf-8")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        page, pdf = Path(work) / "forms.html", Path(work) / "forms.pdf"
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{css}</style>" + "".join(forms), "utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-pdf-header-footer")
        command = [browser, *options, f"--user-data-dir={work}/profile", f"--print-to-pdf={pdf}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
        return pdf.read_bytes()
