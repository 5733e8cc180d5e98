"""Phiếu lý lịch tư pháp (số 1 from the justice department, số 2 from the police) and giấy ủy quyền."""

from __future__ import annotations

from datetime import date

from specimens.forms.furniture import Case, letterhead, motto, place_date, row, signature, thirds, title
from specimens.people import Person
from specimens.press import Press, Run
from specimens.words import long_date, slashed

RECORD_LAYOUTS = ("number1", "number2")
ATTORNEY_LAYOUTS = ("two_parties", "one_party")
TASKS = (
    "Nộp hồ sơ và nhận kết quả giải quyết thủ tục cấp đổi giấy chứng nhận quyền sử dụng đất tại cơ quan có thẩm quyền",
    "Nhận lương hưu và các khoản trợ cấp hằng tháng tại cơ quan bảo hiểm xã hội",
    "Thay mặt làm thủ tục sang tên xe mô tô tại cơ quan đăng ký xe",
)
TERMS = ("01 năm kể từ ngày ký", "06 tháng kể từ ngày chứng thực", "Đến khi hoàn thành công việc ủy quyền")


def record(press: Press, case: Case) -> None:
    """Number 1 for the person, number 2 for authorities (with parents and spouse)."""
    person, home = case.home.citizen, case.home.home
    case.meet(person)
    one = case.layout == "number1"
    day = case.day(date(2019, 1, 7), date(2025, 2, 20)) if one else case.day(date(2025, 7, 2), date(2026, 8, 28))
    province = home.units(day)[-1].upper()
    agency, parent = ("SỞ TƯ PHÁP", f"ỦY BAN NHÂN DÂN {province}") if one else (f"CÔNG AN {province}", "BỘ CÔNG AN")
    case.put("agency", agency)
    number = case.put("number", f"{case.serial(6000):02d}/{'STP-LLTP' if one else 'PV06-LLTP'}")
    dated = place_date(home.province_name(day), case.put_day("issued_date", day))
    letterhead(press, (agency,), f"Số: {number}", dated, parent=(parent,))
    title(press, ["PHIẾU LÝ LỊCH TƯ PHÁP SỐ 1" if one else "PHIẾU LÝ LỊCH TƯ PHÁP SỐ 2"], before=1.3)
    press.flow("Căn cứ Luật Lý lịch tư pháp ngày 17 tháng 6 năm 2009;", indent=10, after=0.2)
    press.flow("XÁC NHẬN:", align="centre", face="b", after=0.2)
    name = case.put("full_name", person.name, person.name.upper())
    row(press, "1. Họ và tên: ", name, face="b")
    born = case.put("birth_date", person.birth, slashed(person.birth))
    row(press, "2. Giới tính: ", case.put("sex", person.sex))
    row(press, "3. Ngày, tháng, năm sinh: ", born)
    row(press, "4. Nơi sinh: ", case.put("birth_place", person.hometown.address(person.birth)))
    row(press, "5. Quốc tịch: ", case.put("nationality", "Việt Nam"))
    row(press, "6. Nơi thường trú: ", case.put("address", home.address(day, case.home.spot)))
    row(press, "7. Nơi tạm trú: ", "Không")
    issued = f" cấp ngày {slashed(person.card()[0])} tại Cục Cảnh sát QLHC về TTXH"
    label = "8. Giấy CMND/Hộ chiếu: Căn cước công dân số: " if one else "8. Số định danh cá nhân/Hộ chiếu: "
    press.flow([Run(label), Run(case.put("personal_id", person.personal_id)), Run(issued if one else "")], after=0.15)
    at = 9
    if not one:
        row(press, "9. Họ và tên cha: ", case.home.father.name)
        row(press, "10. Họ và tên mẹ: ", case.home.mother.name)
        row(press, "11. Họ và tên vợ (chồng): ", case.home.spouse.name)
        at = 12
    row(press, f"{at}. Tình trạng án tích: ", case.put("criminal_record", "Không có án tích"))
    ban = "Không bị cấm" if not one else "Không có thông tin"
    text = "Thông tin về cấm đảm nhiệm chức vụ, thành lập, quản lý doanh nghiệp, hợp tác xã: "
    row(press, f"{at + 1}. {text}", ban, after=0.8)
    rows = ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"] if one else ["TL. GIÁM ĐỐC", "TRƯỞNG PHÒNG"]
    signature(press, rows, case.put("signer_name", case.official(2)), rim=f"{agency} * ")


def attorney(press: Press, case: Case) -> None:
    """A citizen lets another do something: two parties, or the one who gives the power alone."""
    giver, taker, home = case.home.citizen, case.home.spouse, case.home.home
    case.meet(giver, taker)
    day = case.day(date(2021, 1, 4), date(2026, 8, 28))
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, ["GIẤY ỦY QUYỀN"], size=press.look.size + 4, before=1.2)
    two = case.layout == "two_parties"
    if two:
        law = "Căn cứ Bộ luật Dân sự số 91/2015/QH13 ngày 24 tháng 11 năm 2015;"
        press.flow(law, indent=10, face="i", after=0.2)
        where = f"tại Ủy ban nhân dân {home.units(day)[0]}, chúng tôi gồm có:"
        press.flow([Run("Hôm nay, "), Run(case.put("date", day, long_date(day))), Run(f", {where}")], indent=10)
    press.space(0.3)
    press.flow("I. BÊN ỦY QUYỀN (sau đây gọi là Bên A):" if two else "1. Người ủy quyền:", face="b", after=0.15)
    _party(press, case, "principal", giver, day, two=two)
    heading = "II. BÊN ĐƯỢC ỦY QUYỀN (sau đây gọi là Bên B):" if two else "2. Người được ủy quyền:"
    press.flow(heading, face="b", after=0.15)
    _party(press, case, "agent", taker, day, two=two)
    task = case.put("task", case.rng.choice(TASKS))
    row(press, "III. Nội dung ủy quyền: " if two else "3. Phạm vi ủy quyền: ", f"{task}.", after=0.2)
    term = case.put("term", case.rng.choice(TERMS))
    row(press, "IV. Thời hạn ủy quyền: " if two else "4. Thời hạn ủy quyền: ", f"{term}.", after=0.2)
    oath = "Chúng tôi cam đoan những thông tin nêu trên là đúng sự thật và chịu trách nhiệm trước pháp luật."
    press.flow(oath if two else oath.replace("Chúng tôi", "Tôi"), indent=10, align="justify", after=0.5)
    half = press.x0 + (press.x1 - press.x0) / 2
    if not two:
        dated = place_date(home.town(day), case.put_day("date", day))
        press.flow(dated, x0=half, align="centre", after=0.1)
    top = press.y
    if two:
        signature(
            press, ["BÊN ĐƯỢC ỦY QUYỀN"], taker.name, rim="", note="(Ký, ghi rõ họ tên)", x1=half - 4, x0=press.x0,
            sealed=False,
        )  # fmt: skip
        press.y = top
    word = "BÊN ỦY QUYỀN" if two else "NGƯỜI ỦY QUYỀN"
    signature(press, [word], giver.name, rim="", note="(Ký, ghi rõ họ tên)", x0=half, sealed=False)


def _party(press: Press, case: Case, who: str, person: Person, day: date, *, two: bool) -> None:
    name, born = case.put(f"{who}_name", person.name), slashed(person.birth)
    born = case.put(f"{who}_birth_date", person.birth, born)
    number = case.put(f"{who}_id", person.personal_id)
    issued = slashed(person.card()[0])
    if two:
        row(press, f"{person.title}: ", name, face="b")
        thirds(press, [Run("Sinh ngày: "), Run(born)], [Run("CCCD số: "), Run(number)])
        row(press, "Cấp ngày: ", f"{issued}, nơi cấp: Cục Cảnh sát QLHC về TTXH")
        row(press, "Nơi thường trú: ", case.put(f"{who}_address", case.home.home.address(day, case.home.spot)))
    else:
        row(press, "Họ và tên: ", name, face="b")
        row(press, "Ngày, tháng, năm sinh: ", born)
        row(press, "Số định danh cá nhân/CCCD: ", f"{number}, cấp ngày {issued}")
        row(press, "Nơi cư trú: ", case.put(f"{who}_address", case.home.home.address(day, case.home.spot)))
    press.space(0.2)
