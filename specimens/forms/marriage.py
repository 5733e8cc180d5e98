"""Giấy chứng nhận kết hôn (wife and husband side by side) and giấy xác nhận tình trạng hôn nhân."""

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
from specimens.press import Press, Run
from specimens.words import slashed

MARRIAGE_LAYOUTS = ("wife_left", "husband_left", "wife_left_hand")
STATUS_LAYOUTS = ("form2020", "form2015")
LAW = (
    "Căn cứ Nghị định số 123/2015/NĐ-CP ngày 15 tháng 11 năm 2015 của Chính phủ quy định chi tiết một số điều và "
    "biện pháp thi hành Luật Hộ tịch;"
)
UNMARRIED = (
    "Hiện tại chưa đăng ký kết hôn với ai",
    "Từ khi đủ tuổi kết hôn đến nay chưa đăng ký kết hôn với ai",
)
MARRYING = "để làm thủ tục kết hôn"
PURPOSES = (
    "để làm thủ tục chuyển nhượng quyền sử dụng đất",
    "để bổ túc hồ sơ vay vốn ngân hàng",
    "để mua nhà ở xã hội",
)


def certificate(press: Press, case: Case) -> None:
    """Signed by both and by the committee, one for each of them."""
    wife, husband = case.home.wife, case.home.husband
    case.meet(husband, wife)
    day = case.day(case.home.married, case.home.married + timedelta(days=200))
    hand = case.layout.endswith("hand")
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, ["GIẤY CHỨNG NHẬN KẾT HÔN"], size=press.look.size + 6, before=1.5, after=0.3)
    number = case.put("number", f"{case.serial()}/{day.year}" if case.rng.random() < 0.6 else f"{case.serial():02d}")
    press.flow([Run("Số: "), Run(number, "hand" if hand else "")], x0=press.x1 - 45, after=0.8)
    sides = [("vợ", "wife", wife), ("chồng", "husband", husband)]
    if case.layout == "husband_left":
        sides.reverse()
    printed = [_side(case, word, prefix, person, day) for word, prefix, person in sides]
    middle = (press.x0 + press.x1) / 2
    for left, right in zip(*printed, strict=True):
        face = "hand" if hand else ("b" if left[0].startswith("Họ") else "")
        pair = ((press.x0, left), (middle + 2, right))
        press.cells([(x, [Run(label), Run(text, face)]) for x, (label, text) in pair], leader=hand, after=0.3)
    press.space(0.4)
    pen = "hand" if hand else ""
    press.flow(
        [Run("Nơi đăng ký kết hôn: "), Run(case.put("agency", committee(case, day)), pen)], leader=hand, after=0.3
    )
    at = case.put("registration_date", day, slashed(day))
    press.flow([Run("Ngày, tháng, năm đăng ký: "), Run(at, pen)], leader=hand, after=0.8)
    if hand:
        case.facts.by_hand.update(set(case.facts.fields))
    _hands(press, [(f"{word[0].upper()}{word[1:]}", person) for word, _, person in sides])
    rim = seal_rim(case, day)
    note = "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ và đóng dấu)"
    signature(press, ["NGƯỜI KÝ GIẤY CHỨNG NHẬN KẾT HÔN"], case.put("signer_name", case.official()), rim=rim, note=note)


def _side(case: Case, word: str, prefix: str, person: Person, day: date) -> list[tuple[str, str]]:
    name = person.name.upper() if case.rng.random() < 0.3 else person.name
    id_label = "CCCD số " if day.year >= 2016 else "Số định danh "
    return [
        (f"Họ, chữ đệm, tên {word}: ", case.put(f"{prefix}_name", person.name, name)),
        ("Ngày, tháng, năm sinh: ", case.put(f"{prefix}_birth_date", person.birth, slashed(person.birth))),
        ("Dân tộc: ", person.ethnicity),
        ("Quốc tịch: ", person.nationality),
        ("Nơi cư trú: ", _lives(case, prefix, day)),
        ("Giấy tờ tùy thân: ", id_label + case.put(f"{prefix}_id", person.personal_id)),
    ]


def _lives(case: Case, prefix: str, day: date) -> str:
    person = case.home.wife if prefix == "wife" else case.home.husband
    if person is case.home.citizen:
        return case.home.home.address(day, case.home.spot)
    return person.hometown.address(day)


def _hands(press: Press, sides: list[tuple[str, Person]]) -> None:
    top, middle = press.y, (press.x0 + press.x1) / 2
    for (word, person), x0 in zip(sides, (press.x0, middle), strict=True):
        press.y = top
        x1 = x0 + middle - press.x0
        press.flow(word, x0=x0, x1=x1, align="centre", face="b")
        press.flow("(Ký, ghi rõ họ, chữ đệm, tên)", x0=x0, x1=x1, align="centre", face="i", size=press.look.size - 1.5)
        press.sign_here((x0 + x1) / 2, press.y + 8, rim="", sealed=False)
        press.y += 17
        press.flow(person.name, x0=x0, x1=x1, align="centre")
    press.space(0.6)


def _married_to(case: Case) -> str:
    spouse = case.home.spouse
    return f"Hiện tại đang có {'vợ là bà' if spouse.sex == 'Nữ' else 'chồng là ông'} {spouse.name}"


def status(press: Press, case: Case) -> None:
    """Good for six months, for the purpose it names."""
    person = case.home.citizen
    case.meet(person)
    new = case.layout == "form2020"
    married = case.home.married
    before = married.year >= 2016 and case.rng.random() < 0.7
    day = (
        case.day(married - timedelta(days=150), married - timedelta(days=10))
        if before
        else case.day(max(married, date(2020, 8, 1)), date(2026, 8, 28))
    )
    number = case.put("number", f"{case.serial(600):02d}/UBND-XNTTHN" if new else f"{case.serial(600):02d}/XNTTHN")
    agency = committee_caps(case, day)
    case.put("agency", " ".join(agency), *agency)
    letterhead(press, agency, f"Số: {number}", place_date(case.home.home.town(day), case.put_day("issued_date", day)))
    title(press, ["GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN"], size=press.look.size + 2, before=1.3)
    asker = f"{person.title} {person.name}"
    press.flow(LAW, align="justify", indent=10, after=0.2)
    asked = f"Xét đề nghị của {asker}, về việc cấp Giấy xác nhận tình trạng hôn nhân cho {asker},"
    press.flow(asked, align="justify", indent=10, after=0.3)
    press.flow("XÁC NHẬN:", align="centre", face="b", after=0.3)
    name = case.put("full_name", person.name, person.name.upper() if case.rng.random() < 0.5 else person.name)
    press.flow([Run("Họ, chữ đệm, tên: "), Run(name, "b")], after=0.2)
    born = [Run("Ngày, tháng, năm sinh: "), Run(case.put("birth_date", person.birth, slashed(person.birth)))]
    if new:
        press.flow(born, after=0.2)
        third = (press.x1 - press.x0) / 3
        words = ((f"Giới tính: {person.sex}", 0), (f"Dân tộc: {person.ethnicity}", 1), ("Quốc tịch: Việt Nam", 2))
        press.cells([(press.x0 + third * i, text) for text, i in words], after=0.2)
        press.flow([Run("Số định danh cá nhân: "), Run(case.put("personal_id", person.personal_id))], after=0.2)
        press.flow(f"Giấy tờ tùy thân: Căn cước công dân số {person.personal_id}", after=0.2)
    else:
        press.cells([(press.x0, f"Giới tính: {person.sex}"), (press.x0 + 60, born)], after=0.2)
        press.cells([(press.x0, f"Dân tộc: {person.ethnicity}"), (press.x0 + 60, "Quốc tịch: Việt Nam")], after=0.2)
        press.flow([Run("Giấy tờ tùy thân: CCCD số "), Run(case.put("personal_id", person.personal_id))], after=0.2)
    press.flow(f"Nơi cư trú: {case.home.home.address(day, case.home.spot)}", after=0.2)
    state = case.put("status", case.rng.choice(UNMARRIED) if before else _married_to(case))
    press.flow([Run("Tình trạng hôn nhân: "), Run(state), Run(".")], after=0.2)
    purpose = case.put("purpose", case.rng.choice((*PURPOSES, MARRYING, MARRYING) if before else PURPOSES))
    press.flow([Run("Giấy này được cấp: " if new else "Giấy này được cấp "), Run(purpose), Run(".")], after=0.2)
    press.flow("Giấy này có giá trị sử dụng trong thời hạn 06 tháng, kể từ ngày cấp.", after=0.8)
    rim = seal_rim(case, day)
    signer = case.put("signer_name", case.official())
    rows = ["NGƯỜI KÝ GIẤY XÁC NHẬN"] if new else ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
    note = "(Ký, ghi rõ họ, chữ đệm, tên, chức vụ và đóng dấu)" if new else ""
    signature(press, rows, signer, rim=rim, note=note)
