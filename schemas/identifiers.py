"""Numbers that name people, organisations and dossiers: parse, check and mask. Printing one never shows the number."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from schemas.errors import BadIdentifier
from schemas.vietnamese import fold, nfc

Sex = Literal["male", "female"]

_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015_]")
_MST_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)  # domain.md [S]
_MALE, _FEMALE = ("male", "m", "nam"), ("female", "f", "nu")  # folded
_DATA = Path(__file__).parent / "data"
MASK = "•"


@dataclass(frozen=True, repr=False)
class _Identifier:
    """A normalised number. Construction checks it; `parse` also takes separators. Raises BadIdentifier, which never
    carries the number."""

    number: str

    kind: ClassVar[str]
    shape: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]

    def __post_init__(self) -> None:
        if not self.pattern.fullmatch(self.number):
            raise BadIdentifier(detail=self.shape)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From text as printed or typed: separators, full-width digits and case do not matter."""
        return cls(cls._normal(text))

    @classmethod
    def is_valid(cls, text: str) -> bool:
        """Whether `parse` would accept the text."""
        try:
            cls.parse(text)
        except BadIdentifier:
            return False
        return True

    @classmethod
    def _normal(cls, text: str) -> str:
        return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()

    @property
    def masked(self) -> str:
        """Only the last three characters, enough for a person to recognise the own number."""
        return MASK * (len(self.number) - 3) + self.number[-3:]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __str__(self) -> str:
        return self.masked


@dataclass(frozen=True, repr=False)
class Cccd(_Identifier):
    """Personal number (số định danh cá nhân): `PPP G YY NNNNNN`. It has no check digit; its parts are the check."""

    kind: ClassVar[str] = "cccd"
    shape: ClassVar[str] = "số định danh có 12 chữ số"
    pattern: ClassVar[re.Pattern[str]] = re.compile("[0-9]{12}")

    @property
    def province_code(self) -> str:
        """Where the birth was registered: a province of Vietnam or a country."""
        return self.number[:3]

    @property
    def province(self) -> str | None:
        """Name of the province, None for a code the table does not know (for one, a country)."""
        return provinces().get(self.province_code)

    @property
    def sex(self) -> Sex:
        return "female" if int(self.number[3]) % 2 else "male"

    @property
    def century(self) -> int:
        """First year of the century of birth: 1900, 2000 …"""
        return 1900 + 100 * (int(self.number[3]) // 2)

    @property
    def birth_year(self) -> int:
        return self.century + int(self.number[4:6])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Stable codes of what is odd but allowed."""
        return () if self.province else ("UNKNOWN_PROVINCE",)

    def agrees_with(
        self,
        *,
        sex: str | None = None,
        birth_date: str | date | None = None,
        issued_on: str | date | None = None,
    ) -> list[str]:
        """Stable codes of the contradictions with what else is known; empty when all agrees.

        `sex` in Vietnamese or English; dates as date, `YYYY-MM-DD` or `YYYY`. A place of birth is not compared: a birth
        is often registered in another province. A sex or date that cannot be understood contradicts nothing.
        """
        found = []
        if sex is not None and fold(sex) in (_FEMALE if self.sex == "male" else _MALE):
            found.append("SEX_CONTRADICTS_NUMBER")
        born, issued = _year(birth_date), _year(issued_on)
        if born is not None and born != self.birth_year:
            found.append("BIRTH_YEAR_CONTRADICTS_NUMBER")
        if issued is not None and issued < self.birth_year:
            found.append("ISSUED_BEFORE_BIRTH")
        return found


@dataclass(frozen=True, repr=False)
class Cmnd(_Identifier):
    """Number of the old identity card: nine digits, an alias of the same subject."""

    kind: ClassVar[str] = "cmnd"
    shape: ClassVar[str] = "số chứng minh nhân dân có 9 chữ số"
    pattern: ClassVar[re.Pattern[str]] = re.compile("[0-9]{9}")


@dataclass(frozen=True, repr=False)
class Mst(_Identifier):
    """Tax code of an organisation: ten digits, the tenth a check digit; `-NNN` more for a dependent unit."""

    kind: ClassVar[str] = "mst"
    shape: ClassVar[str] = "mã số thuế có 10 hoặc 13 chữ số, chữ số thứ 10 là số kiểm tra"
    pattern: ClassVar[re.Pattern[str]] = re.compile("[0-9]{10}(-[0-9]{3})?")

    def __post_init__(self) -> None:
        super().__post_init__()
        if mst_check_digit(self.number[:9]) != int(self.number[9]):
            raise BadIdentifier(detail=self.shape)

    @classmethod
    def _normal(cls, text: str) -> str:
        digits = super()._normal(text)
        return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits

    @property
    def branch(self) -> str | None:
        """The three digits of a dependent unit, or None."""
        return self.number[11:] or None


@dataclass(frozen=True, repr=False)
class Passport(_Identifier):
    """Passport number: a letter and seven or eight digits (domain.md [U])."""

    kind: ClassVar[str] = "passport"
    shape: ClassVar[str] = "số hộ chiếu là một chữ cái và 7 hoặc 8 chữ số"
    pattern: ClassVar[re.Pattern[str]] = re.compile("[A-Z][0-9]{7,8}")


@dataclass(frozen=True, repr=False)
class DossierCode(_Identifier):
    """Dossier code `H41.16-230925-0001`: agency, date of receipt (yymmdd), serial. Names a case: shown."""

    kind: ClassVar[str] = "dossier"
    shape: ClassVar[str] = "mã hồ sơ có dạng H41.16-230925-0001"
    pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"(?P<agency>(?:[0-9]{2,3}\.)*[A-Z][0-9]{2}(?:\.[0-9]{1,3})*)-(?P<day>[0-9]{6})-(?P<serial>[0-9]{4,6})"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            _ = self.received_on
        except ValueError:
            raise BadIdentifier(detail=self.shape) from None

    @classmethod
    def _normal(cls, text: str) -> str:
        spaced = unicodedata.normalize("NFKC", text).upper()
        return re.sub("[\u2010-\u2015]", "-", re.sub(r"\s", "", spaced))

    @property
    def agency(self) -> str:
        return self.number.rsplit("-", 2)[0]

    @property
    def received_on(self) -> date:
        day = self.number.rsplit("-", 2)[1]
        return date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))

    @property
    def serial(self) -> int:
        return int(self.number.rsplit("-", 2)[2])

    @property
    def masked(self) -> str:
        return self.number


Identifier = Cccd | Cmnd | Mst | Passport | DossierCode
PERSON_KINDS: dict[str, type[Cccd] | type[Cmnd] | type[Mst] | type[Passport]] = {
    "cccd": Cccd,
    "cmnd": Cmnd,
    "mst": Mst,
    "passport": Passport,
}


def parse_any(text: str) -> Identifier:
    """The identifier the text is, by its shape; raises BadIdentifier when it is none."""
    for cls in (DossierCode, Cccd, Mst, Cmnd, Passport):
        if cls.is_valid(text):
            return cls.parse(text)
    raise BadIdentifier(detail="CCCD 12 số, CMND 9 số, mã số thuế, hộ chiếu hoặc mã hồ sơ")


def mst_check_digit(first_nine: str) -> int:
    """10 − (Σ dᵢ·wᵢ mod 11). Can be 10, which no digit equals: such codes are never given."""
    total = sum(int(digit) * weight for digit, weight in zip(first_nine, _MST_WEIGHTS, strict=True))
    return 10 - total % 11


@cache
def provinces() -> dict[str, str]:
    """Province names by the first three digits of a personal number (data/provinces.toml, with its source mark)."""
    return {code: row["name"] for code, row in _load("provinces.toml")["provinces"].items()}


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text("utf-8"))


def _year(value: str | date | None) -> int | None:
    if isinstance(value, date):
        return value.year
    match = re.match(r"\s*([0-9]{4})(?![0-9])", value) if value else None
    return int(match[1]) if match else None


# --- masking free text -----------------------------------------------------------------------------------------------

_GAP = r"[ \t\u00a0\u202f.\-\u2010-\u2015]{1,2}"
_CHAIN = re.compile(rf"(?<![0-9])[0-9]+(?:{_GAP}[0-9]+)*(?![0-9])")
_DOSSIER = re.compile(rf"(?<!\w){DossierCode.pattern.pattern}(?!\w)")
_DATE = re.compile(r"(?<![0-9])(?:0?[1-9]|[12][0-9]|3[01])([.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{2}(?![0-9])")
_AMOUNT = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")  # a personal number begins with 0, an amount never


def mask_numbers(text: str) -> str:
    """NFC text with everything that can be a person's ID number replaced by dots.

    Masked: nine or twelve digits, together or in groups with spaces, dots or dashes between (an ID number in boxes is
    read as twelve single digits); longer unbroken runs too, since a machine-readable zone glues the number to others
    and OCR adds digits; passports after the word. Left alone: dates; dossier codes; amounts before a unit of measure;
    ten digits and 10-NNN, because a tax code names an organisation and is public, and a telephone number is no ID
    number. In doubt it masks: the page itself still shows what the index forgets.
    """
    plain = _passports().sub(lambda m: m[1] + MASK * len(m[2]), nfc(text))
    shown, end = [], 0
    for code in _DOSSIER.finditer(plain):
        if DossierCode.is_valid(code[0]):
            shown += [_CHAIN.sub(_mask_chain, plain[end : code.start()]), code[0]]
            end = code.end()
    return "".join(shown) + _CHAIN.sub(_mask_chain, plain[end:])


def _mask_chain(match: re.Match[str]) -> str:
    chain = match[0]
    groups = _groups(chain)
    is_amount = _AMOUNT.fullmatch(chain) and _unit_of_measure().match(match.string, match.end())
    hidden: set[int] = set()
    for first, last in [] if is_amount else _windows(groups):
        hidden.update(range(groups[first].start(), groups[last].end()))
    for group in groups:
        if _hides_alone(group[0]):
            hidden.update(range(*group.span()))
    return "".join(MASK if i in hidden and char.isdigit() else char for i, char in enumerate(chain))


def _groups(chain: str) -> list[re.Match[str]]:
    """The groups of digits, without those of dates and tax codes."""
    dates = [match.span() for match in _DATE.finditer(chain)]
    groups = [g for g in re.finditer("[0-9]+", chain) if not any(a <= g.start() < b for a, b in dates)]
    return [g for g in groups if not (len(g[0]) == 10 and Mst.is_valid(g[0]))]


def _hides_alone(digits: str) -> bool:
    is_branch = len(digits) == 13 and Mst.is_valid(digits)
    return len(digits) == 9 or (len(digits) > 10 and not is_branch)


def _windows(groups: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Runs of groups with twelve digits together, then, among what is left, with nine."""
    found: list[tuple[int, int]] = []
    taken: set[int] = set()
    for wanted in (12, 9):
        for first in range(len(groups)):
            last = _window_end(groups, first, wanted)
            if last is not None and not taken.intersection(range(first, last + 1)):
                found.append((first, last))
                taken.update(range(first, last + 1))
    return found


def _window_end(groups: list[re.Match[str]], first: int, wanted: int) -> int | None:
    total = 0
    for last in range(first, len(groups)):
        total += len(groups[last][0])
        if total >= wanted:
            return last if total == wanted else None
    return None


@cache
def _unit_of_measure() -> re.Pattern[str]:
    data = _load("masking.toml")
    units, other = ("|".join(re.escape(word) for word in data[key]) for key in ("units_of_measure", "not_money"))
    return re.compile(rf"\s*(?:{units})(?!\w)(?!\s+(?:{other})(?!\w))")


@cache
def _passports() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in _load("masking.toml")["passport_words"])
    return re.compile(rf"((?:{words})[^0-9]{{0,15}}?(?<![A-Z]))([A-Z]\s?[0-9]{{7,8}})(?![0-9])", re.IGNORECASE)
