"""Copies of identity cards: chip card of 2021 (QR on the front) and card of 2024, front and back on one sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PIL import Image, ImageDraw

from specimens.codes import card_qr, qr_picture, td1
from specimens.forms.furniture import MOTTO, STATE, Case
from specimens.people import Person
from specimens.press import MM_PER_POINT, Colour, Press, Run
from specimens.words import slashed

LAYOUTS = ("chip2021", "chip2021_enlarged", "card2024")
MOLES = ("trên sau đuôi mắt", "dưới trước cánh mũi", "dưới sau mép")
WIDE, HIGH = 85.6, 54.0  # ISO/IEC 7810 ID-1, mm
TINT: Colour = (226, 238, 236)
GREY: Colour = (90, 96, 100)


class Card:
    """Prints on one card picture; positions are millimetres on the card, grown by `scale`."""

    def __init__(self, press: Press, x: float, y: float, scale: float) -> None:
        self.press, self.x, self.y, self.scale = press, x, y, scale
        leaf = press.leaf
        corners = tuple(round(press.px(v)) for v in (x, y, x + WIDE * scale, y + HIGH * scale))
        radius = round(press.px(3 * scale))
        leaf.draw.rounded_rectangle(corners, radius, fill=TINT, outline=(150, 160, 160), width=2)

    def text(
        self, x: float, y: float, text: str | list[Run], *, size: float = 6, face: str = "", to: float = 84.5
    ) -> float:
        """Set text from (x, y); returns the y below it."""
        runs = [Run(text, face)] if isinstance(text, str) else text
        grown = [replace(run, size=(run.size or size) * self.scale) for run in runs]
        step = max(run.size or 0 for run in grown) * MM_PER_POINT * self.press.look.leading
        self.press.y = self.y + y * self.scale - step
        self.press.flow(grown, x0=self.x + x * self.scale, x1=self.x + to * self.scale)
        return (self.press.y - self.y) / self.scale

    def centred(
        self,
        y: float,
        text: str,
        *,
        size: float,
        face: str = "",
        x0: float = 22,
        x1: float = 70,
        colour: Colour | None = None,
    ) -> None:
        """Set one centred row."""
        self.press.y = self.y + (y - size * MM_PER_POINT * self.press.look.leading) * self.scale
        edges = (self.x + x0 * self.scale, self.x + x1 * self.scale)
        self.press.flow(Run(text, face, size * self.scale, colour), x0=edges[0], x1=edges[1], align="centre")

    def picture(self, x: float, y: float, picture: Image.Image) -> None:
        """Paste a picture with its top left corner at (x, y)."""
        at = (round(self.press.px(self.x + x * self.scale)), round(self.press.px(self.y + y * self.scale)))
        self.press.leaf.image.paste(picture, at)

    def pixels(self, mm: float) -> int:
        """A length on the card in pixels."""
        return round(self.press.px(mm * self.scale))


def copy(press: Press, case: Case) -> None:
    """Front and back below each other, as one-stop desks ask for them."""
    person = case.home.citizen
    case.meet(person)
    issued, expires = person.card()
    if case.layout == "card2024":
        issued = case.day(date(2024, 7, 2), date(2026, 6, 30))
    press.look = replace(press.look, leading=1.15)
    scale = 1.55 if case.layout.endswith("enlarged") else 1.0
    x = (press.width - WIDE * scale) / 2 + press.rng.uniform(-8, 8)
    y = press.rng.uniform(26, 40)
    front = Card(press, x, y, scale)
    if case.layout == "card2024":
        _front_2024(front, case, person)
    else:
        _front_2021(front, case, person, issued, expires)
    back = Card(press, x, y + (HIGH + press.rng.uniform(8, 14)) * scale, scale)
    finish = _back_2024 if case.layout == "card2024" else _back_2021
    finish(back, case, person, issued, expires)


def portrait(card: Card, x: float, y: float) -> None:
    """A grey head and shoulders: nobody's face."""
    wide, high = card.pixels(20), card.pixels(26)
    picture = Image.new("RGB", (wide, high), (206, 216, 220))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((wide * 0.28, high * 0.16, wide * 0.72, high * 0.62), fill=(150, 140, 134))
    draw.ellipse((wide * 0.06, high * 0.66, wide * 0.94, high * 1.4), fill=(96, 104, 116))
    card.picture(x, y, picture)


def _expiry(day: date) -> str:
    return "Không thời hạn" if day.year == 9999 else slashed(day)


def _pair(label: str, text: str, *, bold: bool = False) -> list[Run]:
    return [Run(f"{label}: ", "", 5, GREY), Run(text, "b" if bold else "", 6.4)]


def _front_2021(card: Card, case: Case, person: Person, issued: date, expires: date) -> None:
    home = case.put("address", case.home.home.address(issued, case.home.spot))
    card.picture(68, 2.5, qr_picture(card_qr(person, home, issued), card.pixels(15)))
    card.centred(5.5, STATE, size=6.2, face="b", x0=18, x1=67)
    card.centred(8.6, MOTTO, size=5.6, face="b", x0=18, x1=67)
    card.centred(14.5, "CĂN CƯỚC CÔNG DÂN", size=9.5, face="b", x0=20, x1=67, colour=(190, 36, 44))
    card.centred(17.5, "Citizen Identity Card", size=5.2, face="i", x0=20, x1=67)
    portrait(card, 3, 21)
    number = case.put("personal_id", person.personal_id)
    card.text(26, 22.5, [Run("Số / No.: ", "", 6.5), Run(number, "b", 10)])
    card.text(26, 26, [Run("Họ và tên / Full name:", "", 5, GREY)])
    card.text(26, 29.5, case.put("full_name", person.name, person.name.upper()), size=7.6, face="b")
    card.text(26, 33, _pair("Ngày sinh / Date of birth", case.put("birth_date", person.birth, slashed(person.birth))))
    card.text(
        26,
        36.3,
        [
            *_pair("Giới tính / Sex", case.put("sex", person.sex)),
            Run("  "),
            *_pair("Quốc tịch / Nationality", case.put("nationality", "Việt Nam")),
        ],
    )
    origin = case.put("hometown", person.hometown.bare_names(issued))
    below = card.text(26, 39.6, _pair("Quê quán / Place of origin", origin))
    card.text(26, below + 3.2, _pair("Nơi thường trú / Place of residence", home))
    card.text(3, 50.2, [Run("Có giá trị đến / Date of expiry:", "", 4, GREY)], to=26)
    card.text(
        3,
        52.6,
        case.put("expiry_date", expires if expires.year < 9999 else "Không thời hạn", _expiry(expires)),
        size=5,
        to=26,
    )


def _back_2021(card: Card, case: Case, person: Person, issued: date, expires: date) -> None:
    card.text(24, 5, [Run("Đặc điểm nhân dạng / Personal identification:", "", 5, GREY)])
    card.text(
        24,
        8,
        f"Nốt ruồi C: {case.rng.randint(1, 3)} cm {case.rng.choice(MOLES)} {case.rng.choice(('trái', 'phải'))}",
        size=5.8,
    )
    card.text(24, 13.5, _pair("Ngày, tháng, năm / Date, month, year", case.put("issued_date", issued, slashed(issued))))
    card.centred(17.5, "CỤC TRƯỞNG CỤC CẢNH SÁT", size=4.6, face="b", x0=24, x1=60)
    card.centred(19.8, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", size=4.6, face="b", x0=20, x1=64)
    card.centred(32.5, case.official(3), size=6, face="b", x0=24, x1=60)
    _chip(card)
    _zone(card, person, expires)


def _front_2024(card: Card, case: Case, person: Person) -> None:
    card.centred(5.5, STATE, size=6.4, face="b", x0=20, x1=84)
    card.centred(8.6, MOTTO, size=5.6, face="b", x0=20, x1=84)
    card.centred(15, "CĂN CƯỚC", size=10, face="b", x0=20, x1=84, colour=(190, 36, 44))
    card.centred(18, "IDENTITY CARD", size=5.2, x0=20, x1=84)
    portrait(card, 3, 21)
    card.text(26, 23, [Run("Số định danh cá nhân / Personal identification number:", "", 4.8, GREY)])
    card.text(26, 27.5, case.put("personal_id", person.personal_id), size=10, face="b")
    card.text(26, 31.5, [Run("Họ, chữ đệm và tên khai sinh / Full name:", "", 4.8, GREY)])
    card.text(26, 35, case.put("full_name", person.name, person.name.upper()), size=7.4, face="b")
    card.text(
        26,
        39,
        _pair("Ngày, tháng, năm sinh / Date of birth", case.put("birth_date", person.birth, slashed(person.birth))),
    )
    card.text(26, 42.8, _pair("Giới tính / Sex", case.put("sex", person.sex)))
    card.text(26, 46.6, _pair("Quốc tịch / Nationality", case.put("nationality", "Việt Nam")))


def _back_2024(card: Card, case: Case, person: Person, issued: date, expires: date) -> None:
    home = case.put("address", case.home.home.address(issued, case.home.spot))
    below = card.text(3, 4.5, _pair("Nơi cư trú / Place of residence", home), to=60)
    below = card.text(
        3, below + 3.4, _pair("Nơi đăng ký khai sinh / Place of birth", person.hometown.address(issued)), to=60
    )
    below = card.text(
        3,
        below + 3.4,
        _pair("Ngày, tháng, năm cấp / Date of issue", case.put("issued_date", issued, slashed(issued))),
        to=60,
    )
    end = case.put("expiry_date", expires if expires.year < 9999 else "Không thời hạn", _expiry(expires))
    card.text(3, below + 3.4, _pair("Ngày, tháng, năm hết hạn / Date of expiry", end), to=60)
    card.centred(32, "BỘ CÔNG AN", size=6, face="b", x0=34, x1=60)
    card.picture(64, 3, qr_picture(card_qr(person, home, issued), card.pixels(16)))
    _chip(card)
    _zone(card, person, expires)


def _chip(card: Card) -> None:
    wide, high = card.pixels(11.5), card.pixels(9)
    picture = Image.new("RGB", (wide, high), (214, 186, 110))
    draw = ImageDraw.Draw(picture)
    for part in (0.33, 0.66):
        draw.line((wide * part, 0, wide * part, high), fill=(150, 120, 60), width=2)
        draw.line((0, high * part, wide, high * part), fill=(150, 120, 60), width=2)
    card.picture(5, 24, picture)


def _zone(card: Card, person: Person, expires: date) -> None:
    """The machine-readable zone; a card without expiry says 991231."""
    for row, text in enumerate(td1(person, expires)):
        card.text(3.5, 40.5 + 4.6 * row, [Run(text, "b", 12.4, None, "typewriter")], to=86)
