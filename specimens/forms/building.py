"""Giấy phép xây dựng: for a house of a family, and for works of an organisation."""

from __future__ import annotations

from datetime import date

from specimens.forms.furniture import Case, committee_caps, letterhead, place_date, row, signature, title
from specimens.press import Press, Run
from specimens.words import slashed

LAYOUTS = ("house", "works")
WORKS = ("Nhà làm việc và trưng bày sản phẩm", "Nhà xưởng sản xuất số 2", "Trạm bơm tăng áp", "Trường mầm non tư thục")


def permit(press: Press, case: Case) -> None:
    """Issued by the commune, district or construction department; good for starting within twelve months."""
    owner, home, house = case.home.citizen, case.home.home, case.layout == "house"
    case.meet(owner)
    day = case.day(date(2021, 3, 5), date(2026, 8, 28))
    units = home.units(day)
    rows = committee_caps(case, day) if len(units) == 2 else ("ỦY BAN NHÂN DÂN", units[1].upper())
    agency = rows if house else ("SỞ XÂY DỰNG",)
    parent = () if house else (f"ỦY BAN NHÂN DÂN {units[-1].upper()}",)
    case.put("agency", " ".join(agency), *agency)
    number = case.put("number", f"{case.serial(900):02d}/GPXD")
    place = home.town(day) if house and len(units) == 2 else home.province_name(day)
    dated = place_date(place, case.put_day("issued_date", day))
    letterhead(press, agency, f"Số: {number}", dated, parent=parent)
    title(press, ["GIẤY PHÉP XÂY DỰNG"], size=press.look.size + 4, before=1.2, after=0)
    if house:
        press.flow("(Sử dụng cho nhà ở riêng lẻ)", align="centre", face="i")
    press.space(0.4)
    company = f"Công ty TNHH {owner.name.split()[-1]} Phát"
    if house:
        given = [Run("1. Cấp cho: Ông (bà): " if case.rng.random() < 0.5 else "1. Cấp cho ông (bà): ")]
        press.flow([*given, Run(case.put("investor", owner.name), "b")], after=0.2)
    else:
        press.flow([Run("1. Cấp cho: "), Run(case.put("investor", company), "b")], after=0.2)
    row(press, "Địa chỉ: ", case.put("investor_address", home.address(day, case.home.spot)), after=0.2)
    name = case.put("works", "Nhà ở riêng lẻ" if house else case.rng.choice(WORKS))
    row(press, "2. Được phép xây dựng công trình: ", name, after=0.2)
    row(press, "- Theo thiết kế: ", f"Hồ sơ bản vẽ số {case.serial(90):02d}/TK", after=0.1)
    row(press, "- Do: ", "Công ty cổ phần Tư vấn thiết kế Mẫu lập", after=0.1)
    press.flow("- Gồm các nội dung sau:", after=0.1)
    parcel, sheet = str(case.rng.randint(3, 900)), str(case.rng.randint(1, 70))
    spot = f"Thửa đất số {parcel}, tờ bản đồ số {sheet}, {home.address(day)}"
    row(press, "+ Vị trí xây dựng: ", case.put("site", spot), after=0.1)
    row(press, "+ Cốt nền xây dựng công trình: ", f"+0,{case.rng.randint(15, 60)} m", after=0.1)
    row(press, "+ Mật độ xây dựng: ", f"{case.rng.randint(45, 90)} %; hệ số sử dụng đất: 1,8", after=0.1)
    row(press, "+ Chỉ giới đường đỏ: ", "Theo quy hoạch; chỉ giới xây dựng: lùi 2,4 m", after=0.1)
    floors = case.rng.randint(1, 5)
    ground = f"{case.rng.randint(60, 300)},{case.rng.randint(0, 9)}"
    total = f"{case.rng.randint(320, 990)},{case.rng.randint(0, 9)}"
    label = "+ Diện tích xây dựng tầng 1 (tầng trệt): " if house else "+ Diện tích xây dựng: "
    press.flow([Run(label), Run(case.put("ground_area", ground.replace(",", "."), ground)), Run(" m²")], after=0.1)
    case.put("floor_area", total.replace(",", "."), total)
    word = "+ Tổng diện tích sàn: " if not house else "+ Tổng diện tích sàn xây dựng: "
    press.flow([Run(word), Run(total), Run(" m²")], after=0.1)
    high = f"{floors * 3 + 2},{case.rng.randint(1, 9)}"
    press.flow(f"+ Chiều cao công trình: {high} m; số tầng: {case.put('floors', f'{floors:02d}')}", after=0.2)
    paper = f"Giấy chứng nhận quyền sử dụng đất số phát hành BK {case.rng.randrange(10**6):06d} cấp ngày {slashed(day)}"
    row(press, "3. Giấy tờ về đất đai: ", paper, after=0.2)
    press.flow(
        "4. Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn 12 tháng kể từ ngày ký; quá thời hạn trên thì "
        "phải đề nghị gia hạn giấy phép xây dựng.",
        align="justify",
        after=0.6,
    )
    rows_above = ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"] if house else ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]
    signature(press, rows_above, case.put("signer_name", case.official(1)), rim=f"{' '.join(agency)} * ")
