"""How a page is drawn: templates, the words of the visitor's language, and the forms of dates and numbers."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from portal.navigation import entries
from portal.texts import LANGUAGES, Texts
from portal.visitor import Visitor
from schemas.errors import MotlanError

HERE = Path(__file__).parent
STATIC = HERE / "static"
VIETNAM = timezone(timedelta(hours=7))
LANGUAGE_COOKIE = "lang"


def language_of(request: Request) -> str:
    """Vietnamese unless the visitor chose another (`?lang=`, then the cookie)."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def texts_of(request: Request) -> Texts:
    """The words of the visitor's language."""
    return Texts(language_of(request))


def said(request: Request, error: MotlanError) -> str:
    """What an error says to the visitor."""
    return texts_of(request).error(error)


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, or a part of one for htmx. All templates know `t`, `visitor`, `language`, `here`, `csrf_field`."""
    language = language_of(request)
    visitor: Visitor = getattr(request.state, "visitor", None) or Visitor()
    known = {
        "request": request,
        "t": Texts(language),
        "language": language,
        "visitor": visitor,
        "here": request.url.path,
        "navigation": entries(visitor),
        "csrf_field": Markup('<input type="hidden" name="csrf" value="{}">').format(visitor.csrf),
    }
    return HTMLResponse(_environment().get_template(template).render(known | values), status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day,
        "moment": moment,
        "clock": clock,
        "grouped": grouped,
        "size": size,
        "decimal": decimal,
        "fours": fours,
    }
    environment.globals |= {"static": static}
    return environment


@cache
def static(name: str) -> str:
    """The address of a file of `portal/static`, with its digest: it may be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def day(value: date | datetime | str | None) -> str:
    """`03/10/2026`; a dash for nothing. Text of ISO 8601 is taken too."""
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(VIETNAM)
    return f"{value:%d/%m/%Y}"


def moment(value: datetime | str | None) -> str:
    """`03/10/2026 09:12` in Vietnam's time."""
    if value is None or value == "":
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def clock(value: datetime) -> str:
    """`09:12` in Vietnam's time."""
    return f"{value.astimezone(VIETNAM):%H:%M}"


def grouped(number: str | None) -> str:
    """Digits in threes, for people who compare them one by one."""
    if not number or not number.isdigit():
        return number or "–"
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))


def fours(text: str) -> str:
    """A code in groups of four, for typing."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


@pass_context
def size(context: Context, number: int | None) -> str:
    """Bytes as people say them."""
    value, unit = float(number or 0), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{decimal(context, value, 0 if unit == 'B' else 1)} {unit}"


@pass_context
def decimal(context: Context, value: float, places: int = 1) -> str:
    """A number with the language's decimal sign: a comma in Vietnamese."""
    text = f"{value:.{places}f}"
    return text if context["language"] == "en" else text.replace(".", ",")
