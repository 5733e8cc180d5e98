"""Giấy chứng nhận quyền sử dụng đất: the pink paper of 2009 (two pages) and the QR paper of 2025."""

from __future__ import annotations

from datetime import date

from specimens.codes import qr_picture
from specimens.forms.furniture import Case, motto, place_date, shrunk, signature, title
from specimens.press import Colour, Press, Run
from specimens.words import capitalised, number_words

LAYOUTS = ("form2009", "form2025")
PINK: Colour = (253, 238, 236)
RED: Colour = (190, 40, 50)
PURPOSES = ("Đất ở tại nông thôn", "Đất ở tại đô thị", "Đất trồng cây lâu năm", "Đất chuyên trồng lúa nước")


def certificate(press: Press, case: Case) -> None:
    """Owner on the first page, parcel on the second (2009); all on one page (2025)."""
    for leaf in press.leaves:
        leaf.image.paste(PINK, (0, 0, *leaf.image.size))
    if case.layout == "form2009":
        _form_2009(press, case)
    else:
        _form_2025(press, case)


def _area(case: Case) -> tuple[str, str, str]:
    """The area as a number with a dot, as printed, and in words."""
    whole, tenth = case.rng.randint(60, 1900), case.rng.choice((0, 0, 3, 5, 8))
    printed = f"{whole},{tenth}" if tenth or case.rng.random() < 0.5 else str(whole)
    words = number_words(whole) + (f" phẩy {number_words(tenth)}" if tenth else "")
    return printed.replace(",", "."), printed, capitalised(f"{words} mét vuông")


def _form_2009(press: Press, case: Case) -> None:
    owner, place = case.home.citizen, case.home.home
    case.meet(owner)
    day = case.day(date(2012, 3, 1), date(2024, 6, 28))
    press.space(1.5)
    motto(press, press.x0 + 20, press.x1 - 20)
    press.space(2.5)
    press.flow("GIẤY CHỨNG NHẬN", align="centre", face="b", size=press.look.size + 9, colour=RED)
    for row in ("QUYỀN SỬ DỤNG ĐẤT,", "QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT"):
        press.flow(shrunk(press, row, "b", press.x1 - press.x0), align="centre", colour=RED)
    press.space(2)
    press.flow("I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất", face="b", after=0.6)
    press.flow(
        [
            Run(f"{owner.title}: "),
            Run(case.put("owner_name", owner.name, owner.name.upper() if case.rng.random() < 0.5 else owner.name), "b"),
        ],
        after=0.3,
    )
    press.flow(
        [Run(f"Năm sinh: {owner.birth.year}, CCCD số: "), Run(case.put("owner_id", owner.personal_id))], after=0.3
    )
    press.flow(f"Địa chỉ thường trú: {place.address(day, case.home.spot)}", after=0.3)
    press.y = max(press.y + 20, press.height - 42)
    serial = f"{case.rng.choice('ABCD')}{case.rng.choice('ABEGHKLMNP')} {case.rng.randrange(1_000_000):06d}"
    press.flow(case.put("serial_number", serial), align="right", face="b", size=press.look.size + 2, colour=RED)
    press.turn_page()
    press.leaf.image.paste(PINK, (0, 0, *press.leaf.image.size))
    press.flow("II. Thửa đất, nhà ở và tài sản khác gắn liền với đất", face="b", after=0.3)
    press.flow("1. Thửa đất:", face="b", after=0.2)
    _parcel(press, case, ("a) ", "b) ", "c) ", "d) ", "đ) ", "e) ", "g) "), day)
    for row in (
        "2. Nhà ở: -/-",
        "3. Công trình xây dựng khác: -/-",
        "4. Rừng sản xuất là rừng trồng: -/-",
        "5. Cây lâu năm: -/-",
        "6. Ghi chú: Không",
    ):
        press.flow(row, after=0.2)
    press.space(0.5)
    _issued(press, case, day)
    press.space(0.5)
    register = f"{case.rng.choice(('CH', 'CS'))} {case.serial(9999):05d}"
    press.flow([Run("Số vào sổ cấp GCN: "), Run(case.put("register_number", register))], x0=press.x0)


def _parcel(press: Press, case: Case, marks: tuple[str, ...], day: date) -> None:
    place = case.home.home
    parcel = case.put("parcel_number", str(case.rng.randint(3, 980)))
    sheet = case.put("map_sheet", str(case.rng.randint(1, 72)))
    press.flow(
        [
            Run(f"{marks[0]}Thửa đất số: "),
            Run(parcel),
            Run("; tờ bản đồ số: " if case.layout == "form2009" else "; Tờ bản đồ số: "),
            Run(sheet),
        ],
        after=0.2,
    )
    where = case.put("address", place.address(day, case.home.spot))
    area, printed, words = _area(case)
    case.put("area", area, printed)
    size = [Run(f"Diện tích: {printed} m²" + (f" (Bằng chữ: {words})" if case.layout == "form2009" else ""))]
    address = [Run("Địa chỉ: "), Run(where)]
    first, second = (address, size) if case.layout == "form2009" else (size, address)
    purpose = case.put("purpose", case.rng.choice(PURPOSES))
    term = "Lâu dài" if purpose.startswith("Đất ở") else f"Đến ngày 15/10/{case.rng.choice((2043, 2063))}"
    use = [Run("Mục đích sử dụng: " if case.layout == "form2009" else "Loại đất: "), Run(purpose)]
    until = [
        Run("Thời hạn sử dụng: " if case.layout == "form2009" else "Thời hạn sử dụng đất: "),
        Run(case.put("term", term)),
    ]
    form = [
        Run("Hình thức sử dụng: " if case.layout == "form2009" else "Hình thức sử dụng đất: "),
        Run("Sử dụng riêng"),
    ]
    origin = [Run("Nguồn gốc sử dụng: Nhận chuyển nhượng đất được Nhà nước giao đất có thu tiền sử dụng đất")]
    order = (
        (first, second, form, use, until, origin)
        if case.layout == "form2009"
        else (first, use, until, form, second, origin)
    )
    for sign, runs in zip(marks[1:], order, strict=True):
        press.flow([Run(sign), *runs], after=0.2)


def _issued(press: Press, case: Case, day: date) -> None:
    half = press.x0 + (press.x1 - press.x0) * 0.44
    province = case.home.home.units(day)[-1]
    rows = (
        [f"SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG {province.upper()}"]
        if day < date(2025, 3, 1)
        else ["CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI"]
    )
    agency = case.put("agency", rows[0])
    dated = place_date(case.home.home.province_name(day), case.put_day("issued_date", day))
    press.flow(dated, x0=half, x1=press.x1 + 2, align="centre")
    signature(
        press,
        [agency, "KT. GIÁM ĐỐC" if day < date(2025, 3, 1) else "GIÁM ĐỐC"],
        case.official(3),
        rim=f"{agency} * ",
        x0=half,
    )


def _form_2025(press: Press, case: Case) -> None:
    owner = case.home.citizen
    case.meet(owner)
    day = case.day(date(2025, 3, 3), date(2026, 8, 28))
    serial = f"{case.rng.choice('AB')}{case.rng.choice('AEGH')} {case.rng.randrange(100_000_000):08d}"
    code = f"{case.rng.randrange(10**12):012d}"
    picture = qr_picture(f"{serial.replace(' ', '')}|{code}|{day:%d%m}{day.year}", round(press.px(20)))
    press.leaf.image.paste(picture, (round(press.px(press.x1 + 2)) - picture.width, round(press.px(12))))
    press.y += 6
    motto(press, press.x0, press.x1 - 22)
    title(press, ["GIẤY CHỨNG NHẬN"], size=press.look.size + 8, before=1.6, after=0)
    for row in ("QUYỀN SỬ DỤNG ĐẤT,", "QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT"):
        press.flow(shrunk(press, row, "b", press.x1 - press.x0), align="centre", colour=RED)
    press.space(0.8)
    press.flow("1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:", face="b", after=0.2)
    name = case.put("owner_name", owner.name)
    press.flow(
        [Run(f"{owner.title} "), Run(name, "b"), Run(", CCCD số: "), Run(case.put("owner_id", owner.personal_id))],
        after=0.4,
    )
    press.flow("2. Thông tin thửa đất:", face="b", after=0.2)
    _parcel(press, case, ("a) ", "b) ", "c) ", "d) ", "đ) ", "e) ", "g) "), day)
    press.flow("3. Thông tin tài sản gắn liền với đất: -/-", face="b", after=0.6)
    _issued(press, case, day)
    press.space(0.4)
    register = f"{case.rng.choice(('CN', 'VP'))} {case.serial(9999):05d}"
    press.flow([Run("Số vào sổ cấp Giấy chứng nhận: "), Run(case.put("register_number", register))], after=0.2)
    press.flow([Run("Mã Giấy chứng nhận: "), Run(code)], after=0.2)
    press.flow(case.put("serial_number", serial), align="right", face="b", colour=RED)
