"""Giấy khai sinh (three prints: 2016 form, older preprinted form filled by hand, typed one) and trích lục khai sinh."""

from __future__ import annotations

from datetime import date, timedelta

from specimens.forms.furniture import (
    Case,
    committee,
    committee_caps,
    letterhead,
    motto,
    place_date,
    seal_rim,
    signature,
    title,
)
from specimens.people import Person
from specimens.press import Press, Run, Text
from specimens.words import capitalised, date_words, long_date, slashed

CERTIFICATE_LAYOUTS = ("form2016", "form2010", "form2010_hand")
EXTRACT_LAYOUTS = ("extract2020", "extract2015")


def certificate(press: Press, case: Case) -> None:
    """The main paper, handed out once."""
    if case.layout == "form2016":
        _certificate_2016(press, case)
    else:
        _certificate_2010(press, case)


def _registered(case: Case, child: Person) -> date:
    day = child.birth + timedelta(days=case.rng.randint(3, 55))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _born_at(case: Case, child: Person) -> str:
    place = case.home.home
    return case.rng.choice(
        (
            f"Bệnh viện đa khoa {', '.join(place.units(child.birth)[1:])}",
            f"Trạm y tế {', '.join(place.units(child.birth))}",
            f"Bệnh viện Phụ sản {place.units(child.birth)[-1]}",
        )
    )


def _pen(case: Case) -> str:
    return "hand" if case.layout.endswith("hand") else case.rng.choice(("", "", "b"))


def _certificate_2016(press: Press, case: Case) -> None:
    child, day = case.home.child, _registered(case, case.home.child)
    case.meet(child, case.home.husband, case.home.wife)
    number = f"{case.serial()}/{day.year}"
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, ["GIẤY KHAI SINH"], size=press.look.size + 7, before=1.2, after=0)
    if case.rng.random() < 0.5:
        press.flow("(BẢN CHÍNH)", align="centre", face="b")
    press.space(0.2)
    press.flow([Run("Số: "), Run(case.put("number", number))], x0=press.x1 - 52)
    if case.rng.random() < 0.6:
        book = f"{case.rng.randint(1, 3):02d}/{day.year}"
        press.flow([Run("Quyển số: "), Run(case.put("book_number", book))], x0=press.x1 - 52)
    press.space(0.5)
    dots = case.rng.random() < 0.6
    pen = _pen(case)
    name = case.put("full_name", child.name, child.name.upper() if case.rng.random() < 0.6 else child.name)
    press.flow([Run("Họ, chữ đệm, tên: "), Run(name, "b")], leader=dots, after=0.15)
    born = slashed(child.birth) if case.rng.random() < 0.7 else long_date(child.birth)[5:]
    words = date_words(child.birth)
    born = case.put("birth_date", child.birth, born)
    press.flow([Run("Ngày, tháng, năm sinh: "), Run(born, pen)], leader=dots, after=0.15)
    press.flow([Run("Ghi bằng chữ: "), Run(words, pen)], leader=dots, after=0.15)
    third = (press.x1 - press.x0) / 3
    cells: list[tuple[float, Text]] = [
        (press.x0, [Run("Giới tính: "), Run(case.put("sex", child.sex), pen)]),
        (press.x0 + third, [Run("Dân tộc: "), Run(case.put("ethnicity", child.ethnicity), pen)]),
        (press.x0 + 2 * third, [Run("Quốc tịch: "), Run(case.put("nationality", child.nationality), pen)]),
    ]
    press.cells(cells, leader=dots, after=0.15)
    _line(press, "Nơi sinh: ", case.put("birth_place", _born_at(case, child)), pen, dots)
    _line(press, "Quê quán: ", case.put("hometown", child.hometown.address(child.birth)), pen, dots)
    _line(press, "Số định danh cá nhân: ", case.put("personal_id", child.personal_id), pen, dots)
    _parent(press, case, "mẹ", "mother_name", case.home.wife, pen, dots, day)
    _parent(press, case, "cha", "father_name", case.home.husband, pen, dots, day)
    asker = case.rng.choice((case.home.husband, case.home.wife))
    _line(press, "Họ, chữ đệm, tên người đi khai sinh: ", asker.name, pen, dots)
    _line(
        press,
        "Giấy tờ tùy thân: ",
        f"CCCD số {asker.personal_id}" if day.year >= 2016 else f"CMND số {asker.old_id}",
        pen,
        dots,
    )
    _line(press, "Nơi đăng ký khai sinh: ", case.put("agency", committee(case, day)), pen, dots)
    _line(press, "Ngày, tháng, năm đăng ký: ", case.put("registration_date", day, slashed(day)), pen, dots)
    press.space(0.8)
    rim = seal_rim(case, day)
    note = "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ và đóng dấu)"
    rows = ["NGƯỜI KÝ GIẤY KHAI SINH"]
    signer = case.put("signer_name", case.official())
    signature(press, rows, signer, rim=rim, note=note)


def _line(press: Press, label: str, text: str, pen: str, dots: bool) -> None:
    press.flow([Run(label), Run(text, pen)], leader=dots, after=0.15)


def _parent(
    press: Press,
    case: Case,
    word: str,
    name: str,
    parent: Person,
    pen: str,
    dots: bool,
    day: date,
    *,
    old: bool = False,
) -> None:
    third = (press.x1 - press.x0) / 3
    label = f"Họ và tên {word}: " if old else f"Họ, chữ đệm, tên người {word}: "
    press.flow(
        [Run(label), Run(case.put(name, parent.name), "hand" if pen == "hand" else "b")], leader=dots, after=0.15
    )
    cells: list[tuple[float, Text]] = [
        (press.x0, [Run("Năm sinh: "), Run(str(parent.birth.year), pen)]),
        (press.x0 + third, [Run("Dân tộc: "), Run(parent.ethnicity, pen)]),
        (press.x0 + 2 * third, [Run("Quốc tịch: "), Run(parent.nationality, pen)]),
    ]
    if old:
        cells = cells[1:] + cells[:1]
        cells = [(press.x0 + third * i, text) for i, (_, text) in enumerate(cells)]
    press.cells(cells, leader=dots, after=0.15)
    where = case.home.home.address(day, case.home.spot)
    _line(press, "Nơi thường trú/tạm trú: " if old else "Nơi cư trú: ", where, pen, dots)


def _certificate_2010(press: Press, case: Case) -> None:
    child, pen = case.home.citizen, _pen(case)
    case.meet(child, case.home.father, case.home.mother)
    hand = pen == "hand"
    day = _registered(case, child)
    book = f"{case.rng.randint(1, 3):02d}"
    press.box(14, 12, press.width - 10, press.height - 16, colour=(170, 90, 90), weight=0.8)
    top = press.y
    for row in committee_caps(case, day):
        press.flow(row, x0=press.x0 - 4, x1=press.x0 + 54, align="centre", face="b", size=press.look.size - 1.5)
    press.y = top
    motto(press, press.x0 + 56, press.x1)
    press.space(0.3)
    number = case.put("number", f"{case.serial():02d}")
    press.flow([Run("Số: "), Run(number, pen)], x0=press.x1 - 48)
    press.flow([Run("Quyển số: "), Run(case.put("book_number", f"{book}/{day.year}"), pen)], x0=press.x1 - 48)
    title(press, ["GIẤY KHAI SINH"], size=press.look.size + 8, before=0.4)
    half = (press.x1 - press.x0) * 0.68
    name = case.put("full_name", child.name, child.name.upper() if not hand else child.name)
    cells: list[tuple[float, Text]] = [
        (press.x0, [Run("Họ và tên: "), Run(name, pen or "b")]),
        (press.x0 + half, [Run("Giới tính: "), Run(case.put("sex", child.sex), pen)]),
    ]
    press.cells(cells, leader=True, after=0.2)
    born = case.put("birth_date", child.birth, slashed(child.birth))
    press.flow([Run("Ngày, tháng, năm sinh: "), Run(born, pen)], leader=True, after=0.2)
    press.flow([Run("(Bằng chữ: "), Run(date_words(child.birth), pen), Run(")")], leader=False, after=0.2)
    _line(press, "Nơi sinh: ", case.put("birth_place", _born_at(case, child)), pen, True)
    cells = [
        (press.x0, [Run("Dân tộc: "), Run(case.put("ethnicity", child.ethnicity), pen)]),
        (press.x0 + (press.x1 - press.x0) / 2, [Run("Quốc tịch: "), Run(case.put("nationality", "Việt Nam"), pen)]),
    ]
    press.cells(cells, leader=True, after=0.2)
    _line(press, "Quê quán: ", case.put("hometown", child.hometown.address(day)), pen, True)
    _parent(press, case, "cha", "father_name", case.home.father, pen, True, day, old=True)
    _parent(press, case, "mẹ", "mother_name", case.home.mother, pen, True, day, old=True)
    _line(press, "Nơi đăng ký: ", case.put("agency", committee(case, day)), pen, True)
    registered = case.put("registration_date", day, slashed(day))
    _line(press, "Ngày, tháng, năm đăng ký: ", registered, pen, True)
    _line(press, "Ghi chú: ", "Đăng ký đúng hạn", pen, True)
    if hand:
        case.facts.by_hand.update(case.facts.fields)
    press.space(0.6)
    start = press.y
    asker = case.rng.choice((case.home.father, case.home.mother))
    press.flow("NGƯỜI ĐI KHAI SINH", x0=press.x0, x1=press.x0 + 66, align="centre", face="b", size=press.look.size - 1)
    press.flow(asker.name, x0=press.x0, x1=press.x0 + 66, align="centre", face="hand" if hand else "i")
    press.y = start
    rim = seal_rim(case, day)
    chair = case.rng.choice(("CHỦ TỊCH", "PHÓ CHỦ TỊCH"))
    signature(press, ["TM. ỦY BAN NHÂN DÂN", chair], case.put("signer_name", case.official()), rim=rim)


def extract(press: Press, case: Case) -> None:
    """A copy of the entry in the register, asked for later."""
    child = case.home.child
    case.meet(child, case.home.husband, case.home.wife)
    entered = _registered(case, child)
    day = case.day(max(entered + timedelta(days=60), date(2021, 1, 10)), date(2026, 8, 28))
    old = case.layout == "extract2015"
    number = case.put("number", f"{case.serial(900)}/TLKS-BS" if not old else f"{case.serial(900)}/{day.year}/TLKS-BS")
    letterhead(press, committee_caps(case, day), f"Số: {number}", place_date(case.home.home.town(day), day))
    title(press, ["TRÍCH LỤC KHAI SINH"], size=press.look.size + 3, before=1.2, after=0)
    press.flow("(BẢN SAO)", align="centre", face="b", after=0.7)
    if old and case.rng.random() < 0.8:
        book = f"{case.rng.randint(1, 4):02d}/{entered.year}"
        press.flow(f"Quyển số: {case.put('book_number', book)}", align="right", after=0.3)
    pen, dots = case.rng.choice(("", "b")), old
    name = case.put("full_name", child.name, child.name.upper() if case.rng.random() < 0.5 else child.name)
    half = press.x0 + (press.x1 - press.x0) * 0.62
    sex = case.put("sex", child.sex)
    if old:
        press.cells(
            [(press.x0, [Run("Họ, chữ đệm, tên: "), Run(name, "b")]), (half, [Run("Giới tính: "), Run(sex)])], after=0.2
        )
    else:
        press.flow([Run("Họ, chữ đệm, tên: "), Run(name, "b")], after=0.2)
    born = case.put("birth_date", child.birth, slashed(child.birth))
    _line(press, "Ngày, tháng, năm sinh: ", f"{born} ({capitalised(date_words(child.birth))})", pen, False)
    cells: list[tuple[float, Text]] = [] if old else [(press.x0, [Run("Giới tính: "), Run(sex, pen)])]
    cells.append((0, [Run("Dân tộc: "), Run(case.put("ethnicity", child.ethnicity), pen)]))
    cells.append((0, [Run("Quốc tịch: "), Run(case.put("nationality", "Việt Nam"), pen)]))
    width = (press.x1 - press.x0) / len(cells)
    press.cells([(press.x0 + width * i, text) for i, (_, text) in enumerate(cells)], leader=dots, after=0.2)
    _line(press, "Nơi sinh: ", case.put("birth_place", _born_at(case, child)), pen, dots)
    _line(press, "Quê quán: ", case.put("hometown", child.hometown.address(child.birth)), pen, dots)
    _line(press, "Số định danh cá nhân: ", case.put("personal_id", child.personal_id), pen, dots)
    _parent(press, case, "mẹ", "mother_name", case.home.wife, pen, dots, entered)
    _parent(press, case, "cha", "father_name", case.home.husband, pen, dots, entered)
    label = "Đăng ký khai sinh tại: " if old else "Nơi đăng ký khai sinh: "
    _line(press, label, case.put("agency", committee(case, entered)), pen, dots)
    at = case.put("registration_date", entered, slashed(entered))
    entry = f"{case.serial()}/{entered.year}"
    label = "Số: " if old else "Số đăng ký: "
    press.flow([Run(label), Run(entry, pen), Run(" ngày "), Run(at, pen)], after=0.2)
    _line(press, "Ghi chú: ", "Không", pen, dots)
    source = case.rng.choice(("Sổ đăng ký khai sinh", "Cơ sở dữ liệu hộ tịch điện tử"))
    press.flow(f"Thực hiện trích lục từ {source}.", face="i", after=0.8)
    rim = seal_rim(case, day)
    note = "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ và đóng dấu)"
    signature(press, ["NGƯỜI KÝ TRÍCH LỤC"], case.put("signer_name", case.official(1)), rim=rim, note=note)
