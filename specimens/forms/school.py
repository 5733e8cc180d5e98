"""Bằng tốt nghiệp of schools and universities, copied onto a sheet: the inside of the folded paper."""

from __future__ import annotations

from datetime import date

from specimens.forms.furniture import Case, motto, place_date, row, shrunk, signature, thirds
from specimens.press import Colour, Press, Run
from specimens.words import slashed

LAYOUTS = ("secondary", "university")
RED: Colour = (176, 34, 40)
MAJORS = ("Luật", "Kế toán", "Công nghệ thông tin", "Quản lý đất đai", "Xã hội học", "Sư phạm Toán học")


def diploma(press: Press, case: Case) -> None:
    """The schools' by the department of education, the universities' by their rector."""
    person, school = case.home.citizen, case.layout == "secondary"
    case.meet(person)
    press.box(12, 10, press.width - 10, 178 if school else 200, colour=(190, 160, 90), weight=1.2)
    motto(press, press.x0 + 20, press.x1 - 20)
    press.space(0.8)
    finished = person.birth.year + (18 if school else 22)
    day = case.day(date(finished, 7, 10), date(finished, 11, 20))
    place = case.home.home
    if school:
        agency = f"SỞ GIÁO DỤC VÀ ĐÀO TẠO {place.province_name(day).upper()}"
        chief, level = "GIÁM ĐỐC", "Bằng tốt nghiệp trung học phổ thông"
    else:
        agency = f"TRƯỜNG ĐẠI HỌC {case.rng.choice(('TÂY MẪU', 'KINH TẾ MẪU', 'BÁCH KHOA MẪU'))}"
        chief, level = "HIỆU TRƯỞNG", case.rng.choice(("Bằng cử nhân", "Bằng kỹ sư", "Bằng tốt nghiệp đại học"))
    press.flow(chief, align="centre", face="b")
    press.flow(case.put("agency", agency), align="centre", face="b")
    press.flow("cấp", align="centre", face="i", after=0.2)
    case.put("level", level, level.upper())
    high = Run(level.upper(), "b", press.look.size + 8)
    title = high if press.width_of(high) < press.x1 - press.x0 else shrunk(press, level.upper(), "b", 150)
    press.flow(title, align="centre", colour=RED, after=0.4)
    if not school:
        row(press, "Ngành: ", case.put("major", case.rng.choice(MAJORS)), face="b", after=0.25)
    given = [Run("Cho: ")] if school else [Run(f"Cho: {person.title} ")]
    press.flow([*given, Run(case.put("full_name", person.name, person.name.upper()), "b")], after=0.25)
    born = case.put("birth_date", person.birth, slashed(person.birth))
    row(press, "Ngày, tháng, năm sinh: " if school else "Ngày sinh: ", born, after=0.25)
    if school:
        row(press, "Nơi sinh: ", case.put("birth_place", person.hometown.address(person.birth)), after=0.25)
        thirds(
            press,
            [Run("Giới tính: "), Run(case.put("sex", person.sex))],
            [Run("Dân tộc: "), Run(case.put("ethnicity", person.ethnicity))],
            after=0.25,
        )
        where = f"Trung học phổ thông {case.rng.choice(('Trần Phú', 'Lê Quý Đôn', 'Nguyễn Huệ'))}"
        row(press, "Học sinh trường: ", case.put("school", where), after=0.25)
        row(press, "Khóa thi: ", f"Tháng {case.rng.choice((6, 7))} năm {finished}", after=0.25)
    else:
        row(press, "Năm tốt nghiệp: ", case.put("graduation_year", str(finished)), after=0.25)
    grades = ("Trung bình", "Khá", "Giỏi") if school else ("Trung bình", "Khá", "Giỏi", "Xuất sắc")
    row(press, "Xếp loại tốt nghiệp: ", case.put("grade", case.rng.choice(grades)), after=0.25)
    row(press, "Hình thức đào tạo: ", case.put("mode", "Chính quy"), after=0.4)
    half = press.x0 + (press.x1 - press.x0) * 0.45
    dated = place_date(place.province_name(day), case.put_day("issued_date", day))
    press.flow(dated, x0=half, align="centre", after=0.1)
    top = press.y
    signature(press, [chief], case.put("signer_name", case.official(3)), rim=f"{agency} * ", x0=half)
    bottom, press.y = press.y, top + 22
    serial = (
        f"{case.rng.choice('ABC')} {case.rng.randrange(10**7):07d}" if school else f"{case.rng.randrange(10**6):06d}"
    )
    press.flow([Run("Số hiệu: "), Run(case.put("serial_number", serial))], x1=half, after=0.1)
    word = "Số vào sổ gốc cấp văn bằng: " if not school else "Số vào sổ cấp bằng: "
    register = f"{case.serial(900):04d}/{finished}" if school else f"{case.serial(900):04d}/ĐH.{finished}"
    press.flow([Run(word), Run(case.put("register_number", register))], x1=half)
    press.y = max(press.y, bottom)
