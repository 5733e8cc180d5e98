"""Xác nhận thông tin về cư trú, form CT07 of the Ministry of Public Security, with the table of the household."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from specimens.forms.furniture import Case, committee_caps, letterhead, place_date, signature, title
from specimens.people import Person
from specimens.press import Press, Run
from specimens.words import slashed

LAYOUTS = ("ct07_2023", "ct07_2021")
COLUMNS = (
    "TT",
    "Họ, chữ đệm và tên",
    "Ngày, tháng, năm sinh",
    "Giới tính",
    "Số định danh cá nhân",
    "Quan hệ với chủ hộ",
)


def confirmation(press: Press, case: Case) -> None:
    """Good for one year, or 30 days for those without a fixed place."""
    person, new = case.home.citizen, case.layout == "ct07_2023"
    head = person if case.rng.random() < 0.6 else case.home.spouse
    case.meet(person, head, case.home.child)
    day = case.day(date(2024, 1, 5) if new else date(2021, 9, 1), date(2026, 8, 28) if new else date(2023, 11, 30))
    form = "66/2023/TT-BCA ngày 17/11/2023" if new else "56/2021/TT-BCA ngày 15/5/2021"
    press.flow(f"Mẫu CT07 ban hành kèm theo TT số {form}", align="right", face="i", size=8.5)
    press.space(0.3)
    number = f"{case.serial(2000):02d}/XN"
    case.put("number", number)
    unit = case.home.home.units(day)
    agency = ("CÔNG AN " + committee_caps(case, day)[1],)
    parent = ("CÔNG AN " + unit[1].upper(),)
    case.put("agency", agency[0], agency[0])
    letterhead(
        press,
        agency,
        f"Số: {number}",
        place_date(case.home.home.town(day), case.put_day("issued_date", day)),
        parent=parent,
    )
    title(press, ["XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"], before=1.0)
    size = press.look.size - 0.5
    press.flow(f"{'1. ' if new else ''}Theo đề nghị của {person.title}: {person.name}", size=size, after=0.1)
    press.flow(
        f"2. Công an {unit[0]} xác nhận thông tin về cư trú như sau:"
        if new
        else "Kết quả xác nhận thông tin về cư trú:",
        size=size,
        after=0.1,
    )
    rows = _rows(case, person, head, day)
    for number_of, (label, text) in enumerate(rows, 1):
        press.flow([Run(f"{'2.' if new else ''}{number_of}. {label}: "), Run(text)], size=size, after=0.08)
    press.flow(f"{3 if new else 13}. Thông tin về các thành viên khác trong hộ gia đình:", size=size, after=0.4)
    _table(press, [p for p in (case.home.citizen, case.home.spouse, case.home.child) if p is not head], head)
    press.space(0.4)
    press.flow("Xác nhận này có giá trị trong thời hạn 01 năm kể từ ngày cấp./.", indent=8, size=size, after=0.5)
    rows_above = ["TRƯỞNG CÔNG AN " + unit[0].split()[0].upper()] if new else ["THỦ TRƯỞNG CƠ QUAN ĐĂNG KÝ CƯ TRÚ"]
    rim = f"{agency[0]} * "
    note = "(Ký, ghi rõ họ tên, đóng dấu)"
    signature(press, rows_above, case.put("signer_name", case.official(2)), rim=rim, note=note)


def _rows(case: Case, person: Person, head: Person, day: date) -> list[tuple[str, str]]:
    here = case.home.home.address(day, case.home.spot)
    name = person.name.upper() if case.rng.random() < 0.5 else person.name
    return [
        ("Họ, chữ đệm và tên", case.put("full_name", person.name, name)),
        ("Ngày, tháng, năm sinh", case.put("birth_date", person.birth, slashed(person.birth))),
        ("Giới tính", person.sex),
        ("Số định danh cá nhân", case.put("personal_id", person.personal_id)),
        ("Dân tộc", f"{person.ethnicity}; Tôn giáo: {person.religion}; Quốc tịch: Việt Nam"),
        ("Quê quán", person.hometown.address(day)),
        ("Nơi thường trú", case.put("permanent_address", here)),
        ("Nơi tạm trú", "Không"),
        ("Nơi ở hiện tại", here),
        ("Họ, chữ đệm và tên chủ hộ", case.put("household_head", head.name)),
        ("Quan hệ với chủ hộ", "Chủ hộ" if head is person else "Vợ" if person.sex == "Nữ" else "Chồng"),
        ("Số định danh cá nhân của chủ hộ", head.personal_id),
    ]


def _table(press: Press, members: list[Person], head: Person) -> None:
    widths = (8, 48, 30, 14, 36)
    edges = [press.x0]
    for width in widths:
        edges.append(edges[-1] + width)
    edges.append(press.x1 + 4)
    rows = [COLUMNS]
    for number, person in enumerate(members, 1):
        tie = "Con" if person.birth.year > head.birth.year + 15 else ("Vợ" if person.sex == "Nữ" else "Chồng")
        rows.append((str(number), person.name, slashed(person.birth), person.sex, person.personal_id, tie))
    for index, row in enumerate(rows):
        _table_row(press, edges, row, bold=index == 0)


def _table_row(press: Press, edges: list[float], row: tuple[str, ...], *, bold: bool) -> None:
    top, size = press.y + 1.2, press.look.size - 2.5
    press.y = top
    deepest = top
    printed: list[list[str]] = []
    for text, x0, x1 in zip(row, edges[:-1], edges[1:], strict=True):
        press.y = top
        face = "b" if bold else ""
        printed.append(press.flow(text, x0=x0 + 1, x1=x1 - 1, align="centre", face=face, size=size, record=False))
        deepest = max(deepest, press.y)
    for x0, x1 in pairwise(edges):
        press.box(x0, top, x1, deepest + 1.8, weight=0.2)
    if all(len(lines) == 1 for lines in printed):
        press.leaf.lines.append(" ".join(lines[0] for lines in printed))
    else:
        press.leaf.lines += [line for lines in printed for line in lines]
    press.y = deepest + 0.6
