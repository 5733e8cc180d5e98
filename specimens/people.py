"""Made-up people, households and places from a seed; numbers are consistent, and of a kind never given to anybody."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô",
                "Dương", "Lý", "Đinh", "Trịnh", "Lương", "Mai", "Tạ", "Quách")  # fmt: skip
MIDDLE = {
    "Nam": ("Văn", "Hữu", "Đức", "Minh", "Quốc", "Công", "Thanh", "Xuân", "Đình", "Ngọc", "Bá", "Trọng", "Gia"),
    "Nữ": (
        "Thị",
        "Thị Thu",
        "Ngọc",
        "Thị Bích",
        "Thanh",
        "Thùy",
        "Kim",
        "Phương",
        "Thị Mỹ",
        "Khánh",
        "Hoài",
        "Thị Hồng",
    ),
}
GIVEN = {
    "Nam": ("An", "Bảo", "Cường", "Dũng", "Đạt", "Giang", "Hải", "Hiếu", "Hoàng", "Huy", "Khải", "Kiệt", "Lâm", "Long",
            "Nghĩa", "Phúc", "Quân", "Sơn", "Thắng", "Thịnh", "Tiến", "Toàn", "Trường", "Tuấn",
            "Việt", "Vũ", "Kỳ", "Tường"),
    "Nữ": ("Anh", "Ánh", "Châu", "Chi", "Diễm", "Duyên", "Hà", "Hạnh", "Hiền", "Hoa", "Hương", "Lan", "Linh", "Loan",
           "Mai", "My", "Nga", "Ngân", "Nhung", "Oanh", "Quyên", "Thảo", "Thủy", "Trang", "Tuyết", "Vân", "Yến",
           "Quỳnh", "Uyên"),
}  # fmt: skip
ETHNICITIES = ("Kinh",) * 12 + ("Tày", "Thái", "Mường", "Khmer", "Hoa", "Nùng", "Hrê", "Ê Đê")
RELIGIONS = ("Không",) * 6 + ("Phật giáo", "Công giáo")
STREETS = ("Lê Lợi", "Trần Hưng Đạo", "Nguyễn Huệ", "Hùng Vương", "Quang Trung", "Phan Chu Trinh", "Lý Thường Kiệt",
           "Hai Bà Trưng", "Ngô Quyền", "Điện Biên Phủ", "Bạch Đằng", "Nguyễn Trãi")  # fmt: skip
HAMLETS = ("Thôn Đông", "Thôn Trung Hòa", "Thôn Phước Lộc", "Ấp Tân Lập", "Ấp Mỹ Thạnh", "Xóm Bến", "Thôn Kỳ Thọ",
           "Thôn An Vĩnh", "Tổ 5", "Tổ dân phố 3", "Khóm 2", "Thôn Đại Hữu")  # fmt: skip
MERGER_DAY = date(2025, 7, 1)  # 34 provinces and no districts from this day on


@dataclass(frozen=True)
class Place:
    """A commune under its old district and province, with the names of today."""

    code: str
    province: str
    district: str
    ward: str
    new_province: str
    new_ward: str

    def units(self, day: date) -> tuple[str, ...]:
        """Ward first, province last, as printed on a paper of that day: 'xã Bình Minh', 'huyện …', 'tỉnh …'."""
        if day >= MERGER_DAY:
            return (_small(self.new_ward), _small(self.new_province))
        return (_small(self.ward), _small(self.district), _small(self.province))

    def address(self, day: date, spot: str = "") -> str:
        """One line of address; `spot` is the house or hamlet before it."""
        units = self.units(day)
        text = ", ".join((spot, *units)) if spot else ", ".join(units)
        return text[:1].upper() + text[1:]

    def bare_names(self, day: date) -> str:
        """Names without their kinds, as the identity card prints a place: 'Đội Cấn, Tuyên Quang, Tuyên Quang'."""
        return ", ".join(_bare(unit[:1].upper() + unit[1:]) for unit in self.units(day))

    def town(self, day: date) -> str:
        """The place name that stands before the date on a paper of this commune's own committee."""
        return _bare(self.new_ward if day >= MERGER_DAY else self.ward)

    def province_name(self, day: date) -> str:
        """The bare province name of that day."""
        return _bare(self.new_province if day >= MERGER_DAY else self.province)


def _small(unit: str) -> str:
    return unit[:1].lower() + unit[1:]


def _bare(unit: str) -> str:
    for kind in ("Thành phố ", "Tỉnh ", "Quận ", "Huyện ", "Thị xã ", "Thị trấn ", "Phường ", "Xã ", "Đặc khu "):
        unit = unit.removeprefix(kind)
    return unit


@lru_cache(maxsize=1)
def places() -> tuple[Place, ...]:
    """The communes that made-up papers come from (real names, from the open conversion table of 2025)."""
    text = resources.files("specimens").joinpath("data/places.csv").read_text(encoding="utf-8")
    return tuple(Place(**row) for row in csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Person:
    """One made-up person."""

    name: str
    sex: str
    birth: date
    personal_id: str
    old_id: str
    hometown: Place
    ethnicity: str
    religion: str
    nationality: str = "Việt Nam"

    @property
    def title(self) -> str:
        """'Ông' or 'Bà'."""
        return "Ông" if self.sex == "Nam" else "Bà"

    def card(self) -> tuple[date, date]:
        """Issue and expiry day of the identity card: valid to the 25th, 40th or 60th birthday after the issue."""
        issued = date(2021, 3, 1) + timedelta(days=int(self.personal_id[-4:]) % 1500)
        issued = max(issued, _birthday(self.birth, 14) + timedelta(days=30))
        for age in (25, 40, 60):
            if (_birthday(self.birth, age) - issued).days > 730:
                return issued, _birthday(self.birth, age)
        return issued, date(9999, 12, 31)


def _birthday(birth: date, age: int) -> date:
    return date(birth.year + age, birth.month, min(birth.day, 28) if birth.month == 2 else birth.day)


@dataclass(frozen=True)
class Household:
    """A citizen with the relatives that papers name, living in one commune."""

    citizen: Person
    spouse: Person
    father: Person
    mother: Person
    child: Person
    home: Place
    spot: str
    phone: str
    married: date
    officials: tuple[str, ...] = field(default=())

    @property
    def husband(self) -> Person:
        return self.citizen if self.citizen.sex == "Nam" else self.spouse

    @property
    def wife(self) -> Person:
        return self.spouse if self.citizen.sex == "Nam" else self.citizen


def personal_id(rng: random.Random, code: str, sex: str, birth: date) -> str:
    """A 12-digit number consistent with province, sex, century and year of birth. The serial starts with 99: so many
    births of one sex in one province and year never happened, so the number belongs to nobody."""
    century = (birth.year // 100 - 19) * 2 + (0 if sex == "Nam" else 1)
    return f"{code}{century}{birth.year % 100:02d}99{rng.randrange(10_000):04d}"


def tax_code(rng: random.Random) -> str:
    """A 10-digit MST with a valid check digit; the first two digits 99 name no tax office."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    while True:
        digits = [9, 9, *(rng.randrange(10) for _ in range(7))]
        check = 10 - sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
        if check < 10:
            return "".join(map(str, (*digits, check)))


def full_name(rng: random.Random, sex: str, family: str | None = None) -> str:
    """Family name, middle name, given name; never twice the same word."""
    words = [family or rng.choice(FAMILY_NAMES)]
    words += rng.choice([m for m in MIDDLE[sex] if words[0] not in m.split()]).split()
    return " ".join([*words, rng.choice([g for g in GIVEN[sex] if g not in words])])


def make_person(
    rng: random.Random, sex: str, born: tuple[int, int], *, family: str | None = None, hometown: Place | None = None
) -> Person:
    """A person born in the given span of years (both included)."""
    home = hometown or rng.choice(places())
    birth = date(rng.randint(*born), 1, 1) + timedelta(days=rng.randrange(365))
    return Person(
        name=full_name(rng, sex, family),
        sex=sex,
        birth=birth,
        personal_id=personal_id(rng, home.code, sex, birth),
        old_id=f"{rng.randrange(10, 39)}9{rng.randrange(1_000_000):06d}",
        hometown=home,
        ethnicity=rng.choice(ETHNICITIES),
        religion=rng.choice(RELIGIONS),
    )


def make_household(seed: int | str) -> Household:
    """The same seed gives the same household."""
    rng = random.Random(f"household:{seed}")
    home = rng.choice(places())
    sex = rng.choice(("Nam", "Nữ"))
    father = make_person(rng, "Nam", (1950, 1962), hometown=home)
    mother = make_person(rng, "Nữ", (1952, 1964))
    citizen = make_person(rng, sex, (1978, 1996), family=father.name.split()[0], hometown=home)
    spouse = make_person(rng, "Nữ" if sex == "Nam" else "Nam", (1978, 1996))
    married = date(max(citizen.birth.year, spouse.birth.year) + rng.randint(21, 25), 1, 1) + timedelta(
        rng.randrange(365)
    )
    family = (citizen if sex == "Nam" else spouse).name.split()[0]
    born = min(married.year + rng.randint(1, 3), 2025)
    child = make_person(rng, rng.choice(("Nam", "Nữ")), (born, born), family=family, hometown=home)
    ward_is_town = home.ward.startswith(("Phường", "Thị trấn"))
    spot = f"Số {rng.randint(2, 480)} đường {rng.choice(STREETS)}" if ward_is_town else rng.choice(HAMLETS)
    officials = tuple(full_name(rng, rng.choice(("Nam", "Nam", "Nữ"))) for _ in range(4))
    return Household(
        citizen=citizen, spouse=spouse, father=father, mother=mother, child=child, home=home, spot=spot,
        phone=f"0999{rng.randrange(1_000_000):06d}", married=married, officials=officials,
    )  # fmt: skip
