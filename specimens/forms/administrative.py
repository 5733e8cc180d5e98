"""Văn bản hành chính after Decree 30/2020 in seven kinds, one to three pages each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from specimens.forms.furniture import Case, letterhead, place_date, signature, title
from specimens.press import Press, Run, Text

LAYOUTS = ("decision", "letter", "notice", "proposal", "report", "plan", "invitation")
RECIPIENTS = ("Như trên;", "Thường trực HĐND;", "Chủ tịch, các PCT UBND;", "Các phòng, ban, đơn vị;", "Cổng TTĐT;")


@dataclass(frozen=True)
class Issuer:
    """Who writes: letterhead rows, the notation's tail, the place before the date, titles of the signer."""

    parent: tuple[str, ...]
    agency: tuple[str, ...]
    tail: str
    place: str
    unit: str
    authority: tuple[str, ...]


@lru_cache(maxsize=1)
def wordings() -> dict[str, Any]:
    """The data file of wordings."""
    return tomllib.loads(resources.files("specimens").joinpath("data/administrative.toml").read_text(encoding="utf-8"))


def document(press: Press, case: Case) -> None:
    """One administrative document, complete with its signature block."""
    write(press, case, case.layout, pages=case.rng.choice((1, 1, 2, 2, 3)))


def write(press: Press, case: Case, kind: str, *, pages: int) -> None:
    """Head, title, text to fill about this many pages, recipients and signer."""
    words = wordings()[kind]
    day = case.day(date(2025, 7, 2), date(2026, 8, 28))
    issuer = _issuer(case, day)
    names = {"unit": issuer.unit, "year": str(day.year)}
    subject = case.rng.choice(words["subjects"]).format(**names)
    _head(press, case, words, issuer, day, subject)
    for row in words.get("basis", ()):
        press.flow(row.format(**names), indent=10, align="justify", face="i", after=0.25)
    if words["abbr"] == "QĐ":
        press.flow("QUYẾT ĐỊNH:", align="centre", face="b", after=0.3)
    body = [text.format(**names) for text in case.rng.sample(wordings()["common"], 8)]
    _body(press, body * pages, pages)
    for article in words.get("articles", ()):
        head, rest = article.format(**names).split(". ", 1)
        press.flow([Run(f"{head}. ", "b"), Run(rest)], indent=10, align="justify", after=0.25)
    if "closing" in words:
        press.flow(words["closing"].format(**names), indent=10, align="justify", after=0.25)
    _end(press, case, issuer)


def _issuer(case: Case, day: date) -> Issuer:
    ward, *_, province = case.home.home.units(day)
    leader = case.rng.choice((("CHỦ TỊCH",), ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")))
    which = case.rng.choice(("commune", "commune", "province", "department"))
    if which == "department":
        rows, tail = case.rng.choice(((("SỞ NỘI VỤ",), "SNV"), (("SỞ TƯ PHÁP",), "STP"), (("SỞ TÀI CHÍNH",), "STC")))
        chief = case.rng.choice((("GIÁM ĐỐC",), ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")))
        parent = ("ỦY BAN NHÂN DÂN", province.upper())
        return Issuer(parent, rows, tail, case.home.home.province_name(day), province, chief)
    unit, place = (
        (ward, case.home.home.town(day)) if which == "commune" else (province, case.home.home.province_name(day))
    )
    return Issuer((), ("ỦY BAN NHÂN DÂN", unit.upper()), "UBND", place, unit, ("TM. ỦY BAN NHÂN DÂN", *leader))


def _head(press: Press, case: Case, words: dict[str, Any], issuer: Issuer, day: date, subject: str) -> None:
    abbr = words["abbr"]
    number = f"{case.serial(2600):02d}"
    notation = f"{abbr}-{issuer.tail}" if abbr else f"{issuer.tail}-{case.rng.choice(('VX', 'KT', 'NC', 'VP'))}"
    by_pen = case.rng.random() < 0.4
    case.put("agency", " ".join(issuer.agency), *issuer.agency)
    if issuer.parent:
        case.put("parent_agency", " ".join(issuer.parent), *issuer.parent)
    case.put("number", number)
    case.put("notation", notation)
    case.put("code", f"{number}/{notation}")
    case.put("place", issuer.place)
    case.put_day("issued_date", day)
    case.facts.fields["subject"] = subject
    coded: Text = [Run("Số: "), Run(number, "hand" if by_pen else ""), Run(f"/{notation}")]
    if by_pen:
        case.facts.by_hand.update(("number", "code", "issued_date"))
    dated = place_date(issuer.place, day, hand_day=by_pen)
    letterhead(press, issuer.agency, coded, dated, parent=issuer.parent, subject="" if abbr else subject)
    case.facts.printed["subject"] = (subject,)
    if abbr:
        case.put("type_name", words["type_name"], words["type_name"].upper())
        title(press, [words["type_name"].upper()], size=press.look.size + 1, before=1.1, after=0)
        inset = case.rng.choice((12, 22))
        press.flow(subject, x0=press.x0 + inset, x1=press.x1 - inset, align="centre", face="b")
        press.rule((press.x0 + press.x1) / 2 - 14, (press.x0 + press.x1) / 2 + 14, below=2.2)
        press.space(0.9)
        if abbr == "QĐ":
            head = issuer.authority[-1] if case.rng.random() < 0.3 else " ".join(issuer.agency)
            press.flow(head, align="centre", face="b", after=0.4)
    else:
        case.facts.unprinted("type_name", words["type_name"])
        press.space(0.8)
    if "to" in words:
        _addressed(press, [row.format(unit=issuer.unit) for row in words["to"]])


def _addressed(press: Press, rows: list[str]) -> None:
    """'Kính gửi': one addressee on the line, several in a list below it."""
    if len(rows) == 1:
        press.flow(f"Kính gửi: {rows[0]}", align="centre", after=0.6)
        return
    press.flow("Kính gửi:", x0=press.x0 + 28)
    for row in rows:
        press.flow(f"- {row}", x0=press.x0 + 50)
    press.space(0.6)


def _body(press: Press, paragraphs: list[str], pages: int) -> None:
    """Paragraphs until the wanted page is about half full."""
    for number, text in enumerate(paragraphs, 1):
        if len(press.leaves) >= pages and press.y > press.height * 0.52:
            return
        lead = f"{number}. " if number % 3 == 0 else ""
        press.flow(lead + text, indent=10, align="justify", after=0.25)


def _end(press: Press, case: Case, issuer: Issuer) -> None:
    high = (len(issuer.authority) + 1) * 6.5 + 34
    if press.y + high > press.height - 24:
        press.turn_page()
    press.space(0.6)
    top, half = press.y, press.x0 + (press.x1 - press.x0) * 0.45
    press.flow("Nơi nhận:", x1=half, face="bi", size=press.look.size - 1.5)
    for row in (*case.rng.sample(RECIPIENTS, 3), f"Lưu: VT, {case.rng.choice(('VP', 'NC', 'TH'))}."):
        press.flow(f"- {row}", x1=half, size=press.look.size - 2.5)
    press.y = top
    signer = case.put("signer_name", case.official())
    case.put("signer_authority", "; ".join(issuer.authority), *issuer.authority)
    signature(press, issuer.authority, signer, rim=f"{' '.join(issuer.agency)} * ")
