"""Trích lục khai tử, giấy chứng tử, and giấy chứng nhận nuôi con nuôi."""

from __future__ import annotations

from datetime import date, timedelta

from specimens.forms.furniture import (
    Case,
    committee,
    committee_caps,
    letterhead,
    motto,
    place_date,
    row,
    seal_rim,
    signature,
    thirds,
    title,
)
from specimens.people import Person
from specimens.press import Press, Run
from specimens.words import date_words, long_date, slashed

DEATH_LAYOUTS = ("extract2020", "certificate2008")
ADOPTION_LAYOUTS = ("columns2020", "lines2011")
CAUSES = ("Bệnh già", "Bệnh tim mạch", "Tai biến mạch máu não", "Ung thư phổi")
SIGN_NOTE = "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ và đóng dấu)"


def death(press: Press, case: Case) -> None:
    """The extract handed out since 2016, and the certificate of before."""
    if case.layout == "extract2020":
        _extract(press, case)
    else:
        _death_certificate(press, case)


def _registered(case: Case, died: date) -> date:
    day = died + timedelta(days=case.rng.randint(1, 14))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _extract(press: Press, case: Case) -> None:
    person = case.home.father
    case.meet(person)
    died = case.day(date(2020, 9, 1), date(2026, 7, 30))
    day = _registered(case, died)
    number = case.put("number", f"{case.serial():02d}/TLKT{case.rng.choice(('', '-BS'))}")
    letterhead(press, committee_caps(case, day), f"Số: {number}", place_date(case.home.home.town(day), day))
    title(press, ["TRÍCH LỤC KHAI TỬ"], size=press.look.size + 4, before=1.4, after=0)
    if number.endswith("BS"):
        press.flow("(BẢN SAO)", align="centre", face="b")
    press.space(0.6)
    caps = case.rng.random() < 0.6
    row(press, "Họ, chữ đệm, tên: ", case.put("full_name", person.name, person.name.upper() if caps else person.name))
    row(press, "Ngày, tháng, năm sinh: ", case.put("birth_date", person.birth, slashed(person.birth)))
    thirds(
        press,
        [Run("Giới tính: "), Run(case.put("sex", person.sex))],
        [Run("Dân tộc: "), Run(case.put("ethnicity", person.ethnicity))],
        [Run("Quốc tịch: "), Run(case.put("nationality", "Việt Nam"))],
    )
    row(press, "Số định danh cá nhân: ", case.put("personal_id", person.personal_id))
    row(press, "Giấy tờ tùy thân: ", f"Căn cước công dân số {person.personal_id}")
    row(press, "Nơi cư trú cuối cùng: ", case.put("last_address", case.home.home.address(died, case.home.spot)))
    _died(press, case, died, "Đã chết vào lúc: ", dots=False)
    row(press, "Nguyên nhân chết: ", case.put("death_cause", case.rng.choice(CAUSES)))
    notice = f"Số {case.serial(90):02d}/GBT do Trạm y tế {case.home.home.units(died)[0]} cấp ngày {slashed(died)}"
    row(press, "Giấy báo tử/Giấy tờ thay thế Giấy báo tử: ", notice)
    row(press, "Họ, chữ đệm, tên người đi khai tử: ", case.home.citizen.name)
    row(press, "Giấy tờ tùy thân: ", f"CCCD số {case.home.citizen.personal_id}")
    row(press, "Nơi đăng ký khai tử: ", case.put("agency", committee(case, day)))
    row(press, "Ngày, tháng, năm đăng ký: ", case.put("registration_date", day, slashed(day)))
    row(press, "Ghi chú: ", "Không")
    press.space(0.6)
    signer = case.put("signer_name", case.official())
    signature(press, ["NGƯỜI KÝ TRÍCH LỤC"], signer, rim=seal_rim(case, day), note=SIGN_NOTE)


def _died(press: Press, case: Case, died: date, label: str, *, dots: bool) -> None:
    """Hour, day and place of the death; the day in words under it."""
    hour = f"{case.rng.randint(0, 23):02d} giờ {case.rng.randrange(0, 60, 5):02d} phút, "
    press.flow([Run(label), Run(hour), Run(case.put("death_date", died, long_date(died)))], leader=dots, after=0.15)
    row(press, "Ghi bằng chữ: ", date_words(died), dots=dots)
    place = case.rng.choice(
        (case.home.home.address(died, case.home.spot), f"Bệnh viện đa khoa {case.home.home.units(died)[-1]}")
    )
    row(press, "Nơi chết: ", case.put("death_place", place), dots=dots)


def _death_certificate(press: Press, case: Case) -> None:
    person = case.home.father
    case.meet(person)
    died = case.day(date(2008, 9, 1), date(2015, 11, 30))
    day = _registered(case, died)
    press.box(14, 12, press.width - 10, press.height - 16, colour=(90, 90, 120), weight=0.8)
    top = press.y
    for text in committee_caps(case, day):
        press.flow(text, x0=press.x0 - 4, x1=press.x0 + 54, align="centre", face="b", size=press.look.size - 1.5)
    press.y = top
    motto(press, press.x0 + 56, press.x1)
    press.space(0.4)
    press.flow([Run("Số: "), Run(case.put("number", f"{case.serial():02d}"))], x0=press.x1 - 48)
    book = f"{case.rng.randint(1, 3):02d}/{day.year}"
    press.flow([Run("Quyển số: "), Run(case.put("book_number", book))], x0=press.x1 - 48)
    title(press, ["GIẤY CHỨNG TỬ"], size=press.look.size + 8, before=0.6)
    half = press.x0 + (press.x1 - press.x0) * 0.68
    name = case.put("full_name", person.name, person.name.upper())
    sex = case.put("sex", person.sex)
    press.cells([(press.x0, [Run("Họ và tên: "), Run(name, "b")]), (half, f"Giới tính: {sex}")], leader=True, after=0.2)
    row(press, "Ngày, tháng, năm sinh: ", case.put("birth_date", person.birth, slashed(person.birth)), dots=True)
    thirds(
        press,
        [Run("Dân tộc: "), Run(case.put("ethnicity", person.ethnicity))],
        [Run("Quốc tịch: "), Run(case.put("nationality", "Việt Nam"))],
        dots=True,
    )
    address = case.put("last_address", case.home.home.address(died, case.home.spot))
    row(press, "Nơi thường trú/tạm trú cuối cùng: ", address, dots=True)
    row(press, "Số giấy CMND/Hộ chiếu: ", case.put("personal_id", person.old_id), dots=True)
    _died(press, case, died, "Đã chết vào lúc: ", dots=True)
    row(press, "Nguyên nhân chết: ", case.put("death_cause", case.rng.choice(CAUSES)), dots=True)
    row(press, "Nơi đăng ký: ", case.put("agency", committee(case, day)), dots=True)
    registered = case.put("registration_date", day, slashed(day))
    row(press, "Ngày, tháng, năm đăng ký: ", registered, dots=True)
    row(press, "Ghi chú: ", "", dots=True)
    press.space(0.8)
    signer = case.put("signer_name", case.official(1))
    signature(press, ["NGƯỜI KÝ GIẤY CHỨNG TỬ"], signer, rim=seal_rim(case, day), note=SIGN_NOTE)


def adoption(press: Press, case: Case) -> None:
    """Adoption within the country: both parents side by side, or one under the other."""
    father, mother, child = case.home.husband, case.home.wife, case.home.child
    case.meet(child, father, mother)
    first = max(date(2021, 3, 1) if case.layout == "columns2020" else date(2011, 6, 1), child.birth)
    day = case.day(first + timedelta(days=60), max(first + timedelta(days=400), date(2026, 6, 30)))
    number = case.put("number", f"{case.serial(60):02d}/{day.year}")
    top = press.y
    for text in committee_caps(case, day):
        press.flow(text, x0=press.x0 - 6, x1=press.x0 + 58, align="centre", face="b", size=press.look.size - 0.5)
    press.flow([Run("Số: "), Run(number)], x0=press.x0 - 6, x1=press.x0 + 58, align="centre")
    bottom, press.y = press.y, top
    motto(press, press.x0 + 62, press.x1 + 4)
    press.y = max(press.y, bottom)
    rows = ["GIẤY CHỨNG NHẬN", "NUÔI CON NUÔI TRONG NƯỚC"] if case.layout == "columns2020" else []
    title(press, rows or ["GIẤY CHỨNG NHẬN NUÔI CON NUÔI"], size=press.look.size + 4, before=1.2, after=0.6)
    if case.layout == "columns2020":
        _side_by_side(press, case, father, mother, day)
    else:
        _parent(press, case, "Cha nuôi", "father", father, day)
        _parent(press, case, "Mẹ nuôi", "mother", mother, day)
    _child(press, case, child)
    row(press, "Nơi đăng ký nuôi con nuôi: ", case.put("agency", committee(case, day)), after=0.25)
    row(press, "Ngày, tháng, năm đăng ký: ", case.put("registration_date", day, slashed(day)), after=0.25)
    press.space(0.5)
    signer = case.put("signer_name", case.official(1))
    signature(press, ["NGƯỜI KÝ GIẤY CHỨNG NHẬN"], signer, rim=seal_rim(case, day), note=SIGN_NOTE)


def _papers(case: Case, who: str, person: Person) -> tuple[str, str, str]:
    """Name, day of birth and number of a parent, as printed."""
    return (
        case.put(f"{who}_name", person.name),
        case.put(f"{who}_birth_date", person.birth, slashed(person.birth)),
        case.put(f"{who}_id", person.personal_id),
    )


def _side_by_side(press: Press, case: Case, father: Person, mother: Person, day: date) -> None:
    half = press.x0 + (press.x1 - press.x0) / 2 + 2
    left, right = _papers(case, "father", father), _papers(case, "mother", mother)
    where = case.home.home.address(day)
    rows = (
        (f"Họ, chữ đệm, tên cha nuôi: {left[0]}", f"Họ, chữ đệm, tên mẹ nuôi: {right[0]}"),
        (f"Ngày, tháng, năm sinh: {left[1]}", f"Ngày, tháng, năm sinh: {right[1]}"),
        (f"Dân tộc: {father.ethnicity}", f"Dân tộc: {mother.ethnicity}"),
        ("Quốc tịch: Việt Nam", "Quốc tịch: Việt Nam"),
        (f"Nơi cư trú: {where}", f"Nơi cư trú: {where}"),
        (f"Số định danh: {left[2]}", f"Số định danh: {right[2]}"),
    )
    for one, other in rows:
        press.cells([(press.x0 - 4, one), (half, other)], after=0.2)
    press.space(0.4)


def _parent(press: Press, case: Case, word: str, who: str, person: Person, day: date) -> None:
    name, born, number = _papers(case, who, person)
    row(press, f"Họ và tên {word.lower()}: ", name, face="b", after=0.2)
    row(press, "Ngày, tháng, năm sinh: ", born, after=0.2)
    thirds(press, f"Dân tộc: {person.ethnicity}", "Quốc tịch: Việt Nam", after=0.2)
    row(press, "Nơi thường trú: ", case.home.home.address(day, case.home.spot), after=0.2)
    row(press, "Số CCCD/Hộ chiếu: ", number, after=0.35)


def _child(press: Press, case: Case, child: Person) -> None:
    word = "Họ, chữ đệm, tên con nuôi: " if case.layout == "columns2020" else "Họ và tên con nuôi: "
    row(press, word, case.put("child_name", child.name), face="b", after=0.2)
    thirds(
        press,
        [Run("Giới tính: "), Run(case.put("child_sex", child.sex))],
        [Run("Dân tộc: "), Run(child.ethnicity)],
        "Quốc tịch: Việt Nam",
        after=0.2,
    )
    born = case.put("child_birth_date", child.birth, slashed(child.birth))
    row(press, "Ngày, tháng, năm sinh: ", born, after=0.2)
    place = f"Bệnh viện đa khoa {case.home.home.units(child.birth)[-1]}"
    row(press, "Nơi sinh: ", case.put("child_birth_place", place), after=0.2)
    if case.layout == "columns2020":
        row(press, "Số định danh cá nhân: ", case.put("child_id", child.personal_id), after=0.4)
