"""Copies of two cards that people carry, enlarged or at their size: health insurance and driving licence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from specimens.forms.card import GREY, HIGH, WIDE, Card, portrait
from specimens.forms.furniture import Case
from specimens.people import Person
from specimens.press import Press, Run
from specimens.words import slashed

INSURANCE_LAYOUTS = ("paper2015", "card2021")
LICENCE_LAYOUTS = ("pet2012", "pet2024")
CLINICS = ("Trạm y tế", "Trung tâm y tế", "Bệnh viện đa khoa")
CLASSES = ("A1", "B2", "C", "B", "A")


def _sheet(press: Press, scale: float) -> tuple[float, float]:
    """A sheet of tightly set lines; returns where the first card's corner goes."""
    press.look = replace(press.look, leading=1.15)
    return (press.width - WIDE * scale) / 2 + press.rng.uniform(-8, 8), press.rng.uniform(26, 44)


def insurance(press: Press, case: Case) -> None:
    """The paper card with a code of fifteen characters, and the card of 2021 with ten digits."""
    person = case.home.citizen
    case.meet(person)
    new, scale = case.layout == "card2021", press.rng.choice((1.3, 1.6))
    card = Card(press, *_sheet(press, scale), scale)
    start = case.day(date(2021, 4, 1), date(2026, 1, 1)) if new else case.day(date(2016, 1, 1), date(2021, 3, 1))
    card.centred(5, "BẢO HIỂM XÃ HỘI VIỆT NAM", size=6.4, face="b", x0=20, x1=84)
    card.centred(11, "THẺ BẢO HIỂM Y TẾ", size=10, face="b", x0=20, x1=84, colour=(30, 70, 150))
    ten = f"99{case.rng.randrange(10**8):08d}"  # 99 is no province: the number belongs to nobody
    number = ten if new else f"GD 4 99 {ten[:2]} {ten[2:5]} {ten[5:]}"
    card.text(22, 16.5, [Run("Mã số: ", "", 6.5), Run(case.put("insurance_number", number), "b", 9)])
    name = case.put("full_name", person.name, person.name.upper())
    card.text(22, 21, [Run("Họ và tên: ", "", 6), Run(name, "b", 7)])
    born = case.put("birth_date", person.birth, slashed(person.birth))
    sex = case.put("sex", person.sex)
    card.text(22, 25, [Run("Ngày sinh: ", "", 6), Run(born, "", 6.4), Run("    Giới tính: ", "", 6), Run(sex, "", 6.4)])
    if new:
        card.text(22, 29, [Run("Mã mức hưởng: 4    Mã nơi sinh sống: K1", "", 6)])
    else:
        home = case.put("address", case.home.home.address(start, case.home.spot))
        card.text(22, 29, [Run("Địa chỉ: ", "", 6), Run(home, "", 6)], to=84)
    clinic = f"{case.rng.choice(CLINICS)} {case.home.home.units(start)[0]}"
    card.text(22, 36, [Run("Nơi đăng ký KCB ban đầu: ", "", 6), Run(case.put("clinic", clinic), "", 6)])
    case.put("valid_from_date", start, slashed(start))
    word, tail = "Giá trị sử dụng: từ ngày ", ""
    if not new:
        end = start + timedelta(days=364)
        tail = f" đến ngày {case.put('expiry_date', end, slashed(end))}"
    card.text(22, 40, [Run(word, "", 6), Run(slashed(start), "b", 6), Run(tail, "", 6)])
    five = date(start.year + 5, start.month, 1)
    case.put("five_years_date", five, slashed(five))
    card.text(22, 44, [Run("Thời điểm đủ 05 năm liên tục: từ ngày ", "", 6), Run(slashed(five), "b", 6)])
    card.centred(50, "Nơi cấp, đổi thẻ: Bảo hiểm xã hội", size=5, x0=40, x1=84, colour=GREY)


def licence(press: Press, case: Case) -> None:
    """The plastic card, Vietnamese and English; front and, under it, the back."""
    person = case.home.citizen
    case.meet(person)
    new, scale = case.layout == "pet2024", press.rng.choice((1.0, 1.5))
    x, y = _sheet(press, scale)
    card = Card(press, x, y, scale)
    passed = case.day(date(2024, 8, 1), date(2026, 5, 1)) if new else case.day(date(2013, 2, 1), date(2024, 5, 1))
    issued = passed + timedelta(days=case.rng.randint(5, 20))
    card.centred(5, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=6, face="b", x0=20, x1=84)
    card.centred(8.2, "Độc lập - Tự do - Hạnh phúc", size=5.4, face="b", x0=20, x1=84)
    card.text(3, 5.2, [Run("BỘ GTVT" if not new else "BỘ CÔNG AN", "b", 5)], to=22)
    card.centred(14.5, "GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", size=7.4, face="b", x0=20, x1=84, colour=(180, 30, 40))
    portrait(card, 3, 18)
    number = case.put("licence_number", f"99{case.rng.randrange(10**10):010d}")  # 99 is no province
    card.text(26, 19.5, [Run("Số / No: ", "", 6), Run(number, "b", 8)])
    name = case.put("full_name", person.name, person.name.upper())
    card.text(26, 23.5, [Run("Họ tên / Full name: ", "", 5), Run(name, "b", 6.6)])
    born = case.put("birth_date", person.birth, slashed(person.birth))
    card.text(26, 27.2, [Run("Ngày sinh / Date of birth: ", "", 5), Run(born, "", 6.2)])
    nation = case.put("nationality", "Việt Nam", "VIỆT NAM")
    card.text(26, 30.6, [Run("Quốc tịch / Nationality: ", "", 5), Run(nation, "", 6)])
    home = case.put("address", case.home.home.address(issued, case.home.spot))
    below = card.text(26, 34, [Run("Nơi cư trú / Address: ", "", 5), Run(home, "", 5.8)])
    day, month, year = f"{issued:%d}", f"{issued:%m}", issued.year
    case.put("issued_date", issued, day)
    town = case.home.home.province_name(issued)
    dated = f"{town}, ngày / date {day} tháng / month {month} năm / year {year}"
    card.text(34, below + 3.4, [Run(dated, "i", 5)])
    kind = case.put("licence_class", case.rng.choice(CLASSES[3:] if new else CLASSES[:3]))
    card.text(3, 47.4, [Run("Hạng / Class: ", "", 5), Run(kind, "b", 8)], to=30)
    end = _end(issued, person, kind)
    label, last = "Có giá trị đến / Expires: ", "Không thời hạn" if end is None else slashed(end)
    if end is not None:
        case.put("expiry_date", end, last)
    card.text(3, 51.8, [Run(label, "", 5), Run(last, "", 5.6)], to=60)
    back = Card(press, x, y + (HIGH + press.rng.uniform(8, 14)) * scale, scale)
    back.centred(6, "CÁC LOẠI XE CƠ GIỚI ĐƯỜNG BỘ ĐƯỢC ĐIỀU KHIỂN", size=5, face="b", x0=4, x1=82)
    back.text(4, 12, [Run(f"Hạng {kind}: theo quy định của pháp luật về giao thông đường bộ", "", 5.4)])
    case.put("passed_date", passed, slashed(passed))
    back.text(4, 20, [Run("Ngày trúng tuyển / Beginning date: ", "", 5), Run(slashed(passed), "", 6)])


def _end(issued: date, person: Person, kind: str) -> date | None:
    """Licences for motorcycles have no end; of the others, ten years for cars, five for lorries."""
    if kind.startswith("A"):
        return None
    years = 5 if kind == "C" else 10
    return date(issued.year + years, person.birth.month, min(person.birth.day, 28))
