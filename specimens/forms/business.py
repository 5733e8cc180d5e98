"""Giấy chứng nhận đăng ký doanh nghiệp (companies) and đăng ký hộ kinh doanh (household businesses)."""

from __future__ import annotations

from datetime import date, timedelta

from specimens.forms.furniture import Case, committee_caps, letterhead, signature, title
from specimens.people import tax_code
from specimens.press import Press, Run
from specimens.words import capitalised, dong, long_date, number_words, slashed

LAYOUTS = ("company", "company_changed", "household")
TRADES = ("Thương mại Dịch vụ", "Xây dựng", "Nông sản", "Vận tải", "Chế biến Thủy sản", "Du lịch", "Công nghệ")


def certificate(press: Press, case: Case) -> None:
    """Whom the State knows under which number."""
    if case.layout == "household":
        _household(press, case)
    else:
        _company(press, case)


def _company(press: Press, case: Case) -> None:
    owner = case.home.citizen
    case.meet(owner)
    first = case.day(date(2014, 7, 1), date(2026, 4, 30))
    changed = case.layout == "company_changed"
    day = (
        case.day(first + timedelta(days=90), max(first + timedelta(days=120), date(2026, 8, 28))) if changed else first
    )
    place = case.home.home
    province = place.units(day)[-1].upper()
    finance = day >= date(2025, 3, 1)
    parent = (f"SỞ {'TÀI CHÍNH' if finance else 'KẾ HOẠCH VÀ ĐẦU TƯ'}", province)
    case.put("agency", "PHÒNG ĐĂNG KÝ KINH DOANH")
    letterhead(press, ("PHÒNG ĐĂNG KÝ KINH DOANH",), None, None, parent=parent)
    title(press, ["GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP"], size=press.look.size + 2, before=1.5, after=0)
    press.flow("CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN", align="centre", face="b", after=0.4)
    code = case.put("business_code", tax_code(case.rng))
    press.flow([Run("Mã số doanh nghiệp: "), Run(code, "b")], align="centre", after=0.2)
    case.put_day("first_registered", first)
    press.flow(
        f"Đăng ký lần đầu: {long_date(first)}" if case.rng.random() < 0.5 else f"Đăng ký lần đầu, {long_date(first)}",
        align="centre",
        face="i",
        after=0.1,
    )
    case.put_day("issued_date", day)
    if changed:
        press.flow(f"Đăng ký thay đổi lần thứ: {case.rng.randint(1, 9)}, {long_date(day)}", align="centre", face="i")
    press.space(0.5)
    trade = (
        f"{case.rng.choice(TRADES)} {owner.name.split()[-1]} {case.rng.choice(('Phát', 'Thịnh', 'Gia', 'An', 'Tiến'))}"
    )
    name = case.put("business_name", f"CÔNG TY TNHH MTV {trade}".upper())
    press.flow("1. Tên công ty", face="b", after=0.1)
    press.flow([Run("Tên công ty viết bằng tiếng Việt: "), Run(name)], after=0.1)
    press.flow("Tên công ty viết tắt:", after=0.1)
    press.flow("2. Địa chỉ trụ sở chính", face="b", after=0.1)
    press.flow(case.put("head_office", place.address(day, case.home.spot) + ", Việt Nam"), after=0.1)
    press.flow(f"Điện thoại: {case.home.phone}", after=0.1)
    amount = case.rng.choice((100, 300, 500, 900, 1000, 1800, 4900, 9000, 20000)) * 1_000_000
    press.flow(
        [Run("3. Vốn điều lệ: ", "b"), Run(case.put("charter_capital", str(amount), dong(amount))), Run(" đồng")],
        after=0.1,
    )
    press.flow(f"Bằng chữ: {capitalised(number_words(amount))} đồng", after=0.1)
    press.flow("4. Thông tin về chủ sở hữu", face="b", after=0.1)
    press.flow([Run("Họ và tên: "), Run(owner.name.upper()), Run(f"    Giới tính: {owner.sex}")], after=0.1)
    press.flow(f"Sinh ngày: {slashed(owner.birth)}  Dân tộc: {owner.ethnicity}  Quốc tịch: Việt Nam", after=0.1)
    press.flow(f"Số giấy tờ pháp lý của cá nhân: {owner.personal_id}", after=0.1)
    press.flow("5. Người đại diện theo pháp luật của công ty", face="b", after=0.1)
    boss = case.put("representative_name", owner.name, owner.name.upper())
    press.flow([Run("* Họ và tên: "), Run(boss), Run(f"    Giới tính: {owner.sex}")], after=0.1)
    press.flow("Chức danh: Giám đốc", after=0.1)
    press.flow(f"Địa chỉ liên lạc: {place.address(day, case.home.spot)}, Việt Nam", after=0.6)
    signature(press, ["TRƯỞNG PHÒNG"], case.official(2), rim=f"PHÒNG ĐĂNG KÝ KINH DOANH * {province} * ")


def _household(press: Press, case: Case) -> None:
    owner, place = case.home.citizen, case.home.home
    case.meet(owner)
    day = case.day(date(2021, 2, 1), date(2026, 8, 28))
    merged = len(place.units(day)) == 2
    unit = place.units(day)[0 if merged else 1]
    agency = ("ỦY BAN NHÂN DÂN", unit.upper()) if not merged else committee_caps(case, day)
    room = "PHÒNG KINH TẾ" if merged else "PHÒNG TÀI CHÍNH - KẾ HOẠCH"
    case.put("agency", room)
    letterhead(press, (room,), None, None, parent=(" ".join(agency),))
    title(press, ["GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH"], size=press.look.size + 1.5, before=1.5, after=0.2)
    code = case.put("business_code", tax_code(case.rng))
    press.flow([Run("Mã số hộ kinh doanh: "), Run(code, "b")], align="centre", after=0.2)
    case.put_day("first_registered", day)
    case.put_day("issued_date", day)
    press.flow(f"Đăng ký lần đầu, {long_date(day)}", align="centre", face="i", after=0.6)
    name = f"HỘ KINH DOANH {' '.join(owner.name.split()[-2:]).upper()}"
    press.flow([Run("1. Tên hộ kinh doanh: ", "b"), Run(case.put("business_name", name))], after=0.2)
    press.flow(
        [
            Run("2. Địa chỉ trụ sở hộ kinh doanh: ", "b"),
            Run(case.put("head_office", place.address(day, case.home.spot))),
        ],
        after=0.2,
    )
    press.flow(
        [Run("3. Ngành, nghề kinh doanh: ", "b"), Run("Bán lẻ lương thực, thực phẩm; dịch vụ ăn uống")], after=0.2
    )
    amount = case.rng.choice((30, 50, 80, 120, 200, 350)) * 1_000_000
    press.flow(
        [Run("4. Vốn kinh doanh: ", "b"), Run(case.put("charter_capital", str(amount), dong(amount))), Run(" đồng")],
        after=0.1,
    )
    press.flow(f"Bằng chữ: {capitalised(number_words(amount))} đồng", after=0.2)
    press.flow("5. Thông tin về chủ hộ kinh doanh:", face="b", after=0.2)
    boss = case.put("representative_name", owner.name, owner.name.upper())
    press.flow([Run("Họ và tên: "), Run(boss), Run(f"    Giới tính: {owner.sex}")], after=0.2)
    press.flow(f"Sinh ngày: {slashed(owner.birth)}  Dân tộc: {owner.ethnicity}  Quốc tịch: Việt Nam", after=0.2)
    press.flow(f"Số định danh cá nhân: {owner.personal_id}", after=0.2)
    press.flow(f"Nơi ở hiện tại: {place.address(day, case.home.spot)}", after=0.2)
    press.flow("6. Chủ thể thành lập hộ kinh doanh: Cá nhân", after=0.7)
    signature(press, ["TRƯỞNG PHÒNG"], case.official(2), rim=f"{room} * {unit.upper()} * ")
