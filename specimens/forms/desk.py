"""Papers of the one-stop desk: applications filled by hand on dotted lines, and the slip of receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from specimens.codes import qr_picture
from specimens.forms.furniture import Case, committee, committee_caps, motto, shrunk, signature, title
from specimens.press import Press, Run
from specimens.words import long_date, slashed

APPLICATION_LAYOUTS = ("request_hand", "register_copy_hand", "land_hand", "request_typed")
SLIP_LAYOUTS = ("slip2018", "slip2025")


@dataclass(frozen=True)
class _Wording:
    title: tuple[str, ...]
    name: str
    number: str
    address: str
    request: str


_WORDINGS = {
    "request": _Wording(
        ("ĐƠN ĐỀ NGHỊ",), "Tôi tên là: ", "Số định danh cá nhân/CCCD: ", "Nơi cư trú: ", "Nội dung đề nghị: ",
    ),
    "register_copy": _Wording(
        ("TỜ KHAI", "CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH"), "Họ, chữ đệm, tên người yêu cầu: ", "Giấy tờ tùy thân: ",
        "Nơi cư trú: ", "Đề nghị cơ quan cấp bản sao trích lục: ",
    ),
    "land": _Wording(
        ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT",), "1. Người sử dụng đất - Họ và tên: ", "Số CCCD: ",
        "Địa chỉ: ", "2. Nội dung biến động: ",
    ),
}  # fmt: skip
OATH = (
    "Tôi cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật về cam đoan "
    "của mình."
)
PICK_UP = ("Bộ phận Tiếp nhận và Trả kết quả", "Bưu chính công ích", "Trực tuyến")
REQUESTS = {
    "request": (
        "Xin xác nhận tình trạng nhà ở để làm hồ sơ vay vốn",
        "Xin cấp lại giấy xác nhận khuyết tật cho người thân",
        "Xin hỗ trợ chi phí mai táng cho đối tượng bảo trợ xã hội",
    ),
    "register_copy": (
        "Trích lục khai sinh (bản sao) cho con",
        "Trích lục kết hôn (bản sao)",
        "Trích lục khai sinh cho bản thân",
    ),
    "land": (
        "Chuyển nhượng toàn bộ thửa đất cho người khác",
        "Tặng cho quyền sử dụng đất cho con",
        "Chuyển mục đích sử dụng đất sang đất ở",
    ),
}
PROCEDURES = (
    ("1.001193", "Đăng ký khai sinh", 1),
    ("1.000894", "Đăng ký kết hôn", 1),
    ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân", 3),
    ("2.000635", "Cấp bản sao Trích lục hộ tịch", 1),
    ("1.012786", "Đăng ký biến động quyền sử dụng đất", 10),
    ("1.001612", "Đăng ký thành lập hộ kinh doanh", 3),
)
ENCLOSED = (
    "Tờ khai theo mẫu",
    "Giấy khai sinh (bản sao)",
    "Bản sao căn cước công dân",
    "Giấy chứng nhận quyền sử dụng đất (bản chính)",
    "Giấy xác nhận tình trạng hôn nhân",
    "Giấy chứng nhận kết hôn (bản sao)",
    "Xác nhận thông tin về cư trú",
)


def application(press: Press, case: Case) -> None:
    """Labels printed, values mostly by hand."""
    person, hand = case.home.citizen, case.layout.endswith("hand")
    key = case.layout.rsplit("_", 1)[0]
    wording, pen = _WORDINGS[key], "hand" if hand else ""
    case.meet(person)
    day = case.day(date(2025, 7, 2), date(2026, 9, 12))
    motto(press, press.x0 + 20, press.x1 - 20)
    title(press, wording.title, before=1.4)
    to = committee(case, day) if key != "land" else "Chi nhánh Văn phòng đăng ký đất đai"
    press.flow(
        [Run("Kính gửi: ", "b" if not hand else ""), Run(to, pen)],
        align="centre" if not hand else "left",
        x0=press.x0 + (12 if hand else 0),
        leader=hand,
        after=0.5,
    )
    rows = [
        (
            wording.name,
            case.put("applicant_name", person.name, person.name.upper() if case.rng.random() < 0.4 else person.name),
        ),
        ("Ngày, tháng, năm sinh: ", case.put("birth_date", person.birth, slashed(person.birth))),
        (wording.number, case.put("personal_id", person.personal_id)),
        (wording.address, case.put("address", case.home.home.address(day, case.home.spot))),
        ("Số điện thoại: ", case.home.phone),
        (wording.request, case.put("request", case.rng.choice(REQUESTS[key]))),
        ("Lý do: ", case.rng.choice(("Bổ sung hồ sơ cá nhân", "Làm thủ tục nhập học cho con", "Bản cũ bị thất lạc"))),
    ]
    for label, text in rows:
        press.flow([Run(label), Run(text, pen)], leader=hand, after=0.45 if hand else 0.25)
    if hand:
        for _ in range(case.rng.randint(0, 2)):
            press.flow(Run("\u00a0"), leader=True, after=0.45, record=False)  # an empty dotted line
    press.space(0.2)
    press.flow(
        OATH,
        indent=8,
        align="justify",
        after=0.7,
    )
    half = press.x0 + (press.x1 - press.x0) * 0.45
    _signed_on(press, case, day, half, hand)
    word = case.rng.choice(("Người làm đơn", "Người đề nghị")) if key != "register_copy" else "Người yêu cầu"
    signature(press, [word], person.name, rim="", note="(Ký, ghi rõ họ, chữ đệm, tên)", x0=half, sealed=False)
    if hand:
        case.facts.by_hand.update(case.facts.fields)


def _signed_on(press: Press, case: Case, day: date, x0: float, hand: bool) -> None:
    place = case.home.home.town(day)
    long = long_date(day)
    if not hand:
        press.flow(Run(f"{place}, {case.put('date', day, long)}", "i"), x0=x0, x1=press.x1, align="centre")
        return
    case.put("date", day, long)
    _, number, _, month, _, year = long.split()
    runs = [Run(place, "hand"), Run(", ngày ", "i"), Run(number, "hand"), Run(" tháng ", "i"), Run(month, "hand")]
    press.flow([*runs, Run(" năm ", "i"), Run(year, "hand")], x0=x0, x1=press.x1, align="centre")


def slip(press: Press, case: Case) -> None:
    """Circular 01/2018/TT-VPCP form 01 and its successor; a QR at the top left names the dossier."""
    person, place = case.home.citizen, case.home.home
    case.meet(person)
    day = (
        case.day(date(2025, 7, 2), date(2026, 8, 28))
        if case.layout == "slip2025"
        else case.day(date(2021, 1, 4), date(2025, 6, 27))
    )
    code, procedure, takes = case.rng.choice(PROCEDURES)
    due = day + timedelta(days=takes + 2 * ((day.weekday() + takes) // 5))
    dossier = f"H{case.rng.randint(1, 63):02d}.{case.rng.randint(1, 60)}-{day:%y%m%d}-{case.serial(900):04d}"
    picture = qr_picture(dossier, round(press.px(19)))
    press.leaf.image.paste(picture, (round(press.px(press.x0 - 8)), round(press.px(press.look.top - 6))))
    top, left = press.y, press.x0 + 14
    half = press.x0 + 76
    rows = committee_caps(case, day)
    press.flow(
        " ".join(rows) if case.layout == "slip2018" else rows[1],
        x0=left,
        x1=half,
        align="centre",
        size=press.look.size - 2,
    )
    office = "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ" if case.layout == "slip2018" else "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG"
    press.flow(shrunk(press, office, "b", half - left), x0=left, x1=half + 0.5, align="centre")
    if case.layout == "slip2018":
        press.flow(f"Số: {case.serial(900)}/TNHS", x0=left, x1=half, align="centre", size=press.look.size - 1)
    bottom, press.y = press.y, top
    motto(press, half + 2, press.x1 + 6, size=press.look.size - 1.5)
    dated = f"{place.town(day)}, {long_date(day)}"
    press.y += 1.5
    press.flow(Run(dated, "i", press.look.size - 1), x0=half + 2, x1=press.x1 + 6, align="centre")
    press.y = max(press.y, bottom, press.look.top + 16)
    rows_of_title = (
        ["GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"]
        if case.rng.random() < 0.6
        else ["GIẤY TIẾP NHẬN HỒ SƠ", "VÀ HẸN TRẢ KẾT QUẢ"]
    )
    title(press, rows_of_title, size=press.look.size + 1.5, before=0.8, after=0.1)
    press.flow([Run("Mã hồ sơ: "), Run(case.put("dossier_code", dossier), "b")], align="centre", after=0.4)
    _slip_body(press, case, procedure, code, takes, day, due)


def _slip_body(press: Press, case: Case, procedure: str, code: str, takes: int, day: date, due: date) -> None:
    person, place = case.home.citizen, case.home.home
    press.flow(
        [Run(f"Tiếp nhận hồ sơ của {person.title}: "), Run(case.put("applicant_name", person.name), "b")], after=0.15
    )
    press.flow(f"Địa chỉ: {place.address(day, case.home.spot)}", after=0.15)
    press.flow(f"Số điện thoại: {case.home.phone}", after=0.15)
    press.flow([Run("Nội dung yêu cầu giải quyết: "), Run(procedure)], after=0.15)
    press.flow([Run("Mã thủ tục hành chính: "), Run(case.put("procedure_code", code))], after=0.15)
    press.flow("Thành phần hồ sơ nộp gồm:", after=0.1)
    papers = case.rng.sample(ENCLOSED, case.rng.randint(2, 4))
    case.put("papers", "; ".join(papers), *papers)
    for number, paper in enumerate(papers, 1):
        press.flow([Run(f"{number}. "), Run(paper)], x0=press.x0 + 6, after=0.1)
    press.flow("Số lượng hồ sơ: 01 (bộ)", after=0.15)
    press.flow(f"Thời gian giải quyết hồ sơ theo quy định là: {takes:02d} ngày làm việc", after=0.15)
    hours = (f"{case.rng.randint(7, 10):02d} giờ {case.rng.choice((0, 15, 30, 45)):02d} phút", "16 giờ 00 phút")
    if case.layout == "slip2018":
        received, back = case.put("received_date", day, long_date(day)), case.put("due_date", due, long_date(due))
    else:
        received, back = case.put("received_date", day, slashed(day)), case.put("due_date", due, slashed(due))
    press.flow([Run(f"Thời gian nhận hồ sơ: {hours[0]}, "), Run(received)], after=0.15)
    press.flow([Run(f"Thời gian trả kết quả giải quyết hồ sơ: {hours[1]}, "), Run(back)], after=0.15)
    press.flow(
        f"Đăng ký nhận kết quả tại: {case.rng.choice(PICK_UP)}",
        after=0.15,
    )
    if case.layout == "slip2018":
        press.flow(f"Vào Sổ theo dõi hồ sơ, Quyển số: 01 Số thứ tự: {case.serial(900)}", after=0.15)
    press.space(0.6)
    top, middle = press.y, (press.x0 + press.x1) / 2
    press.flow("NGƯỜI NỘP HỒ SƠ", x0=press.x0, x1=middle - 8, align="centre", face="b", size=press.look.size - 1)
    press.flow("(Ký và ghi rõ họ tên)", x0=press.x0, x1=middle - 8, align="centre", face="i", size=press.look.size - 2)
    press.flow(person.name, x0=press.x0, x1=middle - 8, align="centre", face="hand")
    press.y = top
    signature(press, ["NGƯỜI TIẾP NHẬN HỒ SƠ"], case.official(2), rim="", note="(Ký và ghi rõ họ tên)", sealed=False)
