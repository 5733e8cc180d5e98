"""Made-up people, places, days and numbers for the forms; everything follows from a seed."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

_UNITS = Path(__file__).parents[2] / "ingest" / "data" / "units.txt"
_KINDS = {"P": "phường", "T": "thị trấn", "X": "xã", "K": "đặc khu"}
_KIND = re.compile(r"^(?:tỉnh|thành phố|huyện|quận|thị xã|thị trấn|phường|xã|đặc khu) ", re.I)
_TODAY = date(2026, 6, 1)
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_MADE_UP = 990_000  # six last digits of every made-up number: above all that were given out


@cache
def word_lists() -> Mapping[str, Sequence[str]]:
    """The lists of words.toml."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Place:
    """A commune with its district (none since 1 July 2025) and province, each with its kind: "xã Tân Lập"."""

    unit: str
    district: str | None
    province: str
    code: str

    @property
    def whole(self) -> str:
        """ "xã Tân Lập, huyện Mộc Châu, tỉnh Sơn La"."""
        return ", ".join(part for part in (self.unit, self.district, self.province) if part)

    @property
    def bare(self) -> str:
        """The province's name alone."""
        return _KIND.sub("", self.province)

    @property
    def unit_name(self) -> str:
        """The commune's name alone."""
        return _KIND.sub("", self.unit)

    @property
    def district_name(self) -> str:
        """The district's name alone."""
        return _KIND.sub("", self.district or "")


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    sex: str
    born: date
    number: str
    home: str  # house, street or hamlet
    place: Place

    @property
    def address(self) -> str:
        """The home with its place."""
        return f"{self.home}, {self.place.whole}"


class People:
    """Draws what a form needs."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.before, self.now = (_place(self.rng, old=old) for old in (True, False))

    def person(
        self, place: Place, *, sex: str | None = None, ages: tuple[int, int] = (22, 64), surname: str | None = None
    ) -> Person:
        """Somebody of that age (years) and place."""
        rng, lists = self.rng, word_lists()
        sex = sex or rng.choice(("Nam", "Nữ"))
        side = "men" if sex == "Nam" else "women"
        name = f"{surname or rng.choice(lists['surnames'])} {rng.choice(lists[side])}"
        if surname is None and rng.random() < 0.06:
            name = rng.choice(lists[f"other_{side}"])
        born = _TODAY - timedelta(days=rng.randint(ages[0] * 365, ages[1] * 365))
        century = 2 * ((born.year - 1900) // 100) + (sex == "Nữ")
        number = f"{place.code}{century}{born.year % 100:02d}{_MADE_UP + rng.randint(0, 9999)}"
        return Person(name, sex, born, number, _home(rng, place), place)

    def day(self, first: date, last: date) -> date:
        """A day between two."""
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.rng.randint(low, high)

    def one_of(self, *choices: str) -> str:
        """One of them."""
        return self.rng.choice(choices)

    def word(self, name: str) -> str:
        """An entry of one of the lists."""
        return self.rng.choice(word_lists()[name])

    def tax_code(self) -> str:
        """Ten digits with a right check digit."""
        while True:
            digits = f"99{self.rng.randint(0, 9_999_999):07d}"
            check = 10 - sum(int(d) * w for d, w in zip(digits, _TAX_WEIGHTS, strict=True)) % 11
            if check < 10:
                return f"{digits}{check}"


def _home(rng: random.Random, place: Place) -> str:
    lists = word_lists()
    if place.unit.startswith(("phường", "thị trấn")):
        numbered = rng.choice((f"Số {rng.randint(2, 380)} đường", f"{rng.randint(2, 90)}/{rng.randint(1, 30)}"))
        streets = f"{numbered} {rng.choice(lists['streets'])}"
        return rng.choice((streets, f"Tổ dân phố {rng.randint(1, 24)}", f"Khu phố {rng.randint(1, 9)}"))
    return f"{rng.choice(lists['hamlet_words'])} {rng.choice(lists['hamlets'])}"


def _place(rng: random.Random, *, old: bool) -> Place:
    return rng.choice(_places()[old])


@cache
def _places() -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Communes of today, and those of before."""
    found: tuple[list[Place], list[Place]] = ([], [])
    province, old = "", True
    for line in _UNITS.read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if line[0] in "=+":
            province, old = line[2:].partition(" > ")[0], line[0] == "="
            continue
        district, colon, rest = line.partition(": ")
        for group in (rest if colon else district).split("; "):
            kind, _, names = group.partition(" ")
            if kind in _KINDS and names:
                found[old].extend(
                    _whole(f"{_KINDS[kind]} {name}", district if colon else None, province)
                    for name in names.split(", ")
                )
    return tuple(found[0]), tuple(found[1])


def _whole(unit: str, district: str | None, province: str) -> Place:
    city = province in word_lists()["cities"]
    small = _KIND.sub(lambda kind: kind[0].lower(), district) if district else None
    codes = word_lists()["codes"]
    code = next((entry[:3] for entry in codes if entry[4:] == province), codes[0][:3])
    return Place(unit, small, f"{'thành phố' if city else 'tỉnh'} {province}", code)


_ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def in_words(number: int) -> str:
    """A number below ten thousand in Vietnamese."""
    if number < 10:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        head = "mười" if tens == 1 else f"{_ONES[tens]} mươi"
        last = {0: "", 1: "một" if tens == 1 else "mốt", 5: "lăm"}.get(ones, _ONES[ones])
        return f"{head} {last}".strip()
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        tail = "" if not rest else (f" linh {_ONES[rest]}" if rest < 10 else f" {in_words(rest)}")
        return f"{_ONES[hundreds]} trăm{tail}"
    thousands, rest = divmod(number, 1000)
    tail = (
        ""
        if not rest
        else (f" không trăm {'linh ' if rest < 10 else ''}{in_words(rest)}" if rest < 100 else f" {in_words(rest)}")
    )
    return f"{_ONES[thousands]} nghìn{tail}"


def day_in_words(day: date) -> str:
    """ "Ngày mười hai tháng ba năm hai nghìn không trăm mười một"."""
    month = "tư" if day.month == 4 else in_words(day.month)
    first = "mồng " if day.day <= 10 else ""
    return f"Ngày {first}{in_words(day.day)}, tháng {month}, năm {in_words(day.year)}"
