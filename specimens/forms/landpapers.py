"""Papers of land dealings: the contract of transfer, the form of registration, the decision that allocates land."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from specimens.forms.furniture import (
    Case,
    committee,
    committee_caps,
    letterhead,
    motto,
    place_date,
    row,
    signature,
    title,
)
from specimens.forms.land import PURPOSES
from specimens.people import Person
from specimens.press import Press, Run
from specimens.words import capitalised, dong, long_date, number_words, slashed

CONTRACT_LAYOUTS = ("notary", "commune")
REGISTRATION_LAYOUTS = ("typed", "by_hand")
ALLOCATION_LAYOUTS = ("family2014", "family2024")
ORIGINS = ("Nhận thừa kế từ cha mẹ", "Được Nhà nước giao đất không thu tiền", "Nhận chuyển nhượng năm 2004")


@dataclass(frozen=True)
class _Parcel:
    """A parcel as the truth has it; `area` printed with a comma."""

    number: str
    sheet: str
    area: str
    purpose: str
    term: str

    @classmethod
    def make(cls, case: Case) -> _Parcel:
        purpose = case.rng.choice(PURPOSES)
        area = f"{case.rng.randint(60, 990)},{case.rng.randint(1, 9)}"
        term = "Lâu dài" if purpose.startswith("Đất ở") else f"Đến ngày 15/10/{case.rng.choice((2043, 2063))}"
        return cls(str(case.rng.randint(3, 980)), str(case.rng.randint(1, 72)), area, purpose, term)

    @property
    def words(self) -> str:
        """The area in words."""
        whole, tenth = self.area.split(",")
        return capitalised(f"{number_words(int(whole))} phẩy {number_words(int(tenth))} mét vuông")

    def record(self, case: Case) -> None:
        """Into the truth."""
        case.put("parcel_number", self.number)
        case.put("map_sheet", self.sheet)
        case.put("area", self.area.replace(",", "."), self.area)
        case.put("purpose", self.purpose)
        case.put("term", self.term)


def contract(press: Press, case: Case) -> None:
    """Two pages: the parties and the parcel, then price and undertakings; notarised, or certified by the commune."""
    seller, buyer, notary = case.home.citizen, case.home.spouse, case.layout == "notary"
    case.meet(seller, buyer)
    day = case.day(date(2016, 1, 4), date(2026, 8, 28))
    place, parcel = case.home.home, _Parcel.make(case)
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, ["HỢP ĐỒNG CHUYỂN NHƯỢNG", "QUYỀN SỬ DỤNG ĐẤT"], size=press.look.size + 2, before=1.0, after=0.2)
    code = f"{case.serial(3000):04d}" + (f"/{day.year}/CCGD" if notary else "")
    label = "Số công chứng: " if notary else "Số chứng thực: "
    press.flow([Run(label), Run(case.put("number", code))], align="centre", after=0.4)
    at = f"Văn phòng công chứng {case.official(3).split()[-1]}" if notary else committee(case, day)
    case.put("agency", at)
    press.flow([Run("Hôm nay, "), Run(case.put("date", day, long_date(day))), Run(", chúng tôi gồm có:")], indent=10)
    row(press, "Nơi lập hợp đồng: ", at, after=0.2)
    _side(press, case, "BÊN CHUYỂN NHƯỢNG (sau đây gọi là Bên A):", "seller", seller, day)
    _side(press, case, "BÊN NHẬN CHUYỂN NHƯỢNG (sau đây gọi là Bên B):", "buyer", buyer, day)
    press.flow("ĐIỀU 1. QUYỀN SỬ DỤNG ĐẤT CHUYỂN NHƯỢNG", face="b", after=0.15)
    serial = f"{case.rng.choice('ABC')}{case.rng.choice('ABEGHKLMNP')} {case.rng.randrange(10**6):06d}"
    serial = case.put("certificate_number", serial)
    press.flow([Run("- Giấy chứng nhận quyền sử dụng đất số: "), Run(serial)], after=0.1)
    row(press, "- Thửa đất số: ", parcel.number, after=0.1)
    row(press, "- Tờ bản đồ số: ", parcel.sheet, after=0.1)
    row(press, "- Địa chỉ thửa đất: ", case.put("address", place.address(day)), after=0.1)
    press.flow(f"- Diện tích: {parcel.area} m² (bằng chữ: {parcel.words})", after=0.1)
    row(press, "- Hình thức sử dụng: ", "Sử dụng riêng", after=0.1)
    row(press, "- Mục đích sử dụng: ", parcel.purpose, after=0.1)
    row(press, "- Thời hạn sử dụng: ", parcel.term, after=0.1)
    row(press, "- Nguồn gốc sử dụng: ", case.rng.choice(ORIGINS), after=0.1)
    parcel.record(case)
    press.turn_page()
    press.flow("ĐIỀU 2. GIÁ CHUYỂN NHƯỢNG VÀ PHƯƠNG THỨC THANH TOÁN", face="b", after=0.15)
    price = case.rng.randint(12, 480) * 10_000_000
    printed = case.put("price", str(price), dong(price))
    words = capitalised(number_words(price))
    press.flow(f"1. Giá chuyển nhượng: {printed} đồng (bằng chữ: {words} đồng).", after=0.1)
    press.flow("2. Phương thức thanh toán: Chuyển khoản qua ngân hàng.", after=0.2)
    for heading, text in (
        (
            "ĐIỀU 3. VIỆC GIAO VÀ ĐĂNG KÝ QUYỀN SỬ DỤNG ĐẤT",
            "Bên A giao thửa đất cùng giấy tờ cho Bên B ngay sau khi ký.",
        ),
        (
            "ĐIỀU 4. TRÁCH NHIỆM NỘP THUẾ, PHÍ, LỆ PHÍ",
            "Thuế thu nhập cá nhân do Bên A nộp; lệ phí trước bạ do Bên B nộp.",
        ),
        (
            "ĐIỀU 5. CAM ĐOAN CỦA CÁC BÊN",
            "Việc giao kết hợp đồng này là tự nguyện, không bị lừa dối, không bị ép buộc.",
        ),
    ):
        press.flow(heading, face="b", after=0.1)
        press.flow(text, indent=8, align="justify", after=0.2)
    half, top = press.x0 + (press.x1 - press.x0) / 2, press.y + 3
    press.y = top
    signature(press, ["BÊN A"], seller.name, rim="", x0=press.x0, x1=half - 4, sealed=False)
    press.y = top
    signature(press, ["BÊN B"], buyer.name, rim="", x0=half, sealed=False)
    press.space(1)
    word = "LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN" if notary else "LỜI CHỨNG CỦA NGƯỜI CÓ THẨM QUYỀN CHỨNG THỰC"
    press.flow(word, align="centre", face="b", after=0.2)
    text = "Tôi chứng nhận các bên đã tự nguyện giao kết hợp đồng này và đã ký trước mặt tôi."
    press.flow(text, indent=8, align="justify", after=0.3)
    chief = ["CÔNG CHỨNG VIÊN"] if notary else ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
    signature(press, chief, case.official(2), rim=f"{at.upper()} * ")


def _side(press: Press, case: Case, heading: str, who: str, person: Person, day: date) -> None:
    press.flow(heading, face="b", after=0.1)
    row(press, f"{person.title}: ", case.put(f"{who}_name", person.name), face="b", after=0.1)
    born = case.put(f"{who}_birth_date", person.birth, slashed(person.birth))
    number = case.put(f"{who}_id", person.personal_id)
    press.cells([(press.x0, f"Sinh ngày: {born}"), (press.x0 + 62, f"CCCD số: {number}")], after=0.1)
    row(press, "Cấp ngày: ", f"{slashed(person.card()[0])}, nơi cấp: Cục Cảnh sát QLHC về TTXH", after=0.1)
    where = case.put(f"{who}_address", case.home.home.address(day, case.home.spot))
    row(press, "Nơi thường trú: ", where, after=0.2)


def registration(press: Press, case: Case) -> None:
    """The form with which somebody asks for land and what stands on it to be registered."""
    person, hand = case.home.citizen, case.layout == "by_hand"
    case.meet(person)
    day = case.day(date(2024, 8, 5), date(2026, 8, 28))
    face, place, parcel = "hand" if hand else "", case.home.home, _Parcel.make(case)
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, ["ĐƠN ĐĂNG KÝ ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT"], before=1.0, after=0.3)
    row(press, "Kính gửi: ", capitalised(committee(case, day)), dots=hand, after=0.3)
    press.flow("1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:", face="b", after=0.2)
    rows = [
        ("a) Họ và tên: ", case.put("applicant_name", person.name)),
        ("b) Ngày, tháng, năm sinh: ", case.put("birth_date", person.birth, slashed(person.birth))),
        ("c) Số CCCD/Định danh cá nhân: ", case.put("personal_id", person.personal_id)),
        ("d) Địa chỉ: ", case.put("applicant_address", place.address(day, case.home.spot))),
        ("đ) Điện thoại liên hệ: ", case.home.phone),
    ]
    after = 0.35 if hand else 0.15
    for label, text in rows:
        row(press, label, text, face=face, dots=hand, after=after)
    press.flow("2. Thửa đất đăng ký:", face="b", after=0.2)
    words = (
        ("a) Thửa đất số: ", parcel.number),
        ("b) Tờ bản đồ số: ", parcel.sheet),
        ("c) Địa chỉ thửa đất: ", case.put("address", place.address(day))),
        ("d) Diện tích: ", f"{parcel.area} m²"),
        ("đ) Sử dụng vào mục đích: ", parcel.purpose),
        ("e) Thời hạn đề nghị được sử dụng đất: ", parcel.term),
        ("g) Nguồn gốc sử dụng đất: ", case.put("origin", case.rng.choice(ORIGINS))),
    )
    for label, text in words:
        row(press, label, text, face=face, dots=hand, after=after)
    parcel.record(case)
    press.flow("3. Tài sản gắn liền với đất: Không đề nghị chứng nhận", after=0.2)
    press.flow("4. Giấy tờ kèm theo: Mảnh trích đo bản đồ địa chính thửa đất", after=0.3)
    oath = "Tôi xin cam đoan nội dung kê khai trên đơn là đúng sự thật."
    press.flow(oath, indent=8, after=0.5)
    half = press.x0 + (press.x1 - press.x0) * 0.45
    press.flow(
        place_date(place.town(day), case.put_day("date", day), hand_day=hand), x0=half, align="centre", after=0.1
    )
    note = "(Ký, ghi rõ họ tên)"
    signature(press, ["NGƯỜI VIẾT ĐƠN"], person.name, rim="", note=note, x0=half, sealed=False)
    if hand:
        case.facts.by_hand.update(case.facts.fields)


def allocation(press: Press, case: Case) -> None:
    """The committee's decision that gives a family land; what it says of the land stands in its first articles."""
    person, home, new = case.home.citizen, case.home.home, case.layout == "family2024"
    case.meet(person)
    day = case.day(date(2025, 7, 2), date(2026, 8, 28)) if new else case.day(date(2015, 1, 5), date(2024, 7, 1))
    units, parcel = home.units(day), _Parcel.make(case)
    agency = committee_caps(case, day) if new else ("ỦY BAN NHÂN DÂN", units[1].upper())
    case.put("agency", " ".join(agency), *agency)
    number = f"{case.serial(2000):02d}"
    case.put("number", f"{number}/QĐ-UBND")
    town = home.town(day) if new else home.province_name(day)
    case.put("place", town)
    letterhead(press, agency, f"Số: {number}/QĐ-UBND", place_date(town, case.put_day("issued_date", day)))
    title(press, ["QUYẾT ĐỊNH"], size=press.look.size + 1, before=1.0, after=0)
    purpose = "đất ở" if parcel.purpose.startswith("Đất ở") else "đất nông nghiệp"
    subject = f"Về việc giao đất cho {person.title.lower()} {person.name} để sử dụng vào mục đích {purpose}"
    case.put("subject", subject)
    press.flow(subject, x0=press.x0 + 14, x1=press.x1 - 14, align="centre", face="b", after=0.5)
    press.flow(f"ỦY BAN NHÂN DÂN {agency[1]}", align="centre", face="b", after=0.3)
    law = "Luật Đất đai ngày 18 tháng 01 năm 2024" if new else "Luật Đất đai ngày 29 tháng 11 năm 2013"
    for text in ("Luật Tổ chức chính quyền địa phương", law, "Tờ trình của cơ quan có chức năng quản lý đất đai"):
        press.flow(f"Căn cứ {text};", indent=10, face="i", after=0.1)
    press.flow("QUYẾT ĐỊNH:", align="centre", face="b", after=0.2)
    name = case.put("recipient_name", person.name)
    where = home.address(day, case.home.spot)
    given = [Run("Điều 1. ", "b"), Run(f"Giao cho {person.title.lower()} {name} (địa chỉ: {where}) thửa đất như sau:")]
    press.flow(given, indent=10, align="justify", after=0.15)
    row(press, "- Thửa đất số: ", f"{parcel.number}; tờ bản đồ số: {parcel.sheet}", after=0.1)
    row(press, "- Địa chỉ thửa đất: ", case.put("address", home.address(day)), after=0.1)
    row(press, "- Diện tích: ", f"{parcel.area} m²", after=0.1)
    row(press, "- Mục đích sử dụng đất: ", parcel.purpose, after=0.1)
    row(press, "- Thời hạn sử dụng đất: ", parcel.term, after=0.1)
    form = "Giao đất có thu tiền sử dụng đất" if purpose == "đất ở" else "Giao đất không thu tiền sử dụng đất"
    row(press, "- Hình thức giao đất: ", case.put("form", form), after=0.2)
    parcel.record(case)
    for head, text in (
        ("Điều 2. ", f"Giao cơ quan quản lý đất đai xác định mốc giới và giao đất trên thực địa cho {name}."),
        ("Điều 3. ", "Quyết định này có hiệu lực kể từ ngày ký."),
    ):
        press.flow([Run(head, "b"), Run(text)], indent=10, align="justify", after=0.2)
    press.space(0.4)
    top = press.y
    press.flow("Nơi nhận:", face="bi", size=press.look.size - 1.5)
    for text in ("- Như Điều 2;", "- Thuế cơ sở;", "- Lưu: VT, ĐĐ."):
        press.flow(text, size=press.look.size - 2.5)
    press.y = top
    rows = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH") if new else ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
    case.put("signer_authority", "; ".join(rows), *rows)
    signature(press, rows, case.put("signer_name", case.official()), rim=f"{' '.join(agency)} * ")
