"""From the words that stand there to a value's normal form, by the kind of the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from rapidfuzz.distance import Levenshtein

from ingest.fields.numerals import valid_date
from ingest.vocabulary import words
from schemas.errors import BadIdentifier
from schemas.identifiers import Cccd, Cmnd, Mst, Passport
from schemas.types import FieldRule
from schemas.vietnamese import fold, nfc, tone_style

_EDGE = " \t:;,.…_-–—*|'\"“”‘’`~=<>"
_LEADERS = re.compile(r"[.…_]{2,}|\s[.…_]+(?=\s|$)")
_SPACES = re.compile(r"\s+")
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,2})\s*[/.\-]\s*(\d ?\d?)\s*[/.\-]\s*(\d{4})(?!\d)")
_LONG_DATE = re.compile(
    r"(?:ng[àa]y\s*)?(?<!\d)(\d{1,2})\s*,?\s*th[áa]ng\s*(\d{1,2})\s*,?\s*n[ăa]m\s*(\d{4})(?!\d)", re.I
)
_CODE = re.compile(r"(?:(?<![^\W\d_])[A-ZĐ]{1,4}\s?)?\d[\w.\-/]*(?:\s?[/\-]\s?[\w.\-]+)*")
_BROKEN_CODE = re.compile(r"(?<=\w)([/\-])\s+(?=\d)")  # over two lines
_DIGITS = re.compile(r"(?<![\w.,])\d+(?!\w|[.,]\d)")
_ID_RUN = re.compile(r"(?<![\d/])\d(?:[ .]?\d){8,11}(?![\d/])")
_PASSPORT = re.compile(r"(?<!\w)[A-Z]\d{7,8}(?!\w)")
_MONEY = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,\s]\d{3})+(?!\d)|(?<![\d.,])\d+(?!\d|[.,]\d)")
_AREA = re.compile(r"(?<![\w.,])(\d{1,3}(?:\.\d{3})+|\d+)(?:[.,](\d{1,2}))?(?!\d|[.,]\d)")
_BEHIND_NAME = re.compile(r"\w\s*[(;,]\s*\w")
_CUT_NAME = re.compile(r"\d|[(;,/]|\s-\s")
MAX_SNAP = 1


def cleaned(text: str) -> str:
    """NFC, one space, without leaders and punctuation at the ends."""
    return _SPACES.sub(" ", _LEADERS.sub(" ", nfc(text))).strip(_EDGE)


def normal(rule: FieldRule, text: str) -> str | None:
    """The normal form of what stands there; None where it has none."""
    return PARSERS[rule.kind](cleaned(text))


def name(text: str) -> str | None:
    """A person's name with each syllable capitalised; two to six syllables."""
    found = _CUT_NAME.search(text)
    parts = [part.strip(_EDGE) for part in (text[: found.start()] if found else text).split()]
    parts = [part for part in parts if part]
    if len(parts) > 2 and parts[0] in words("honorifics") and has_surname(" ".join(parts[1:])):
        parts = parts[1:]
    if not 2 <= len(parts) <= 6 or not all(re.fullmatch(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", part) for part in parts):
        return None
    return " ".join(part[:1].upper() + part[1:].lower() for part in parts)


def is_followed(text: str) -> bool:
    """Whether a bracket or comma with more behind it ends the name that the text begins with."""
    return _BEHIND_NAME.search(text) is not None


def name_is_plausible(value: str) -> bool:
    """A known surname and at least two more syllables that names are made of. Shorter names may have lost a part, names
    of other languages cannot be judged: both wait for a person."""
    parts = [tone_style(part) for part in value.split()]
    known = set(words("name_syllables")) | set(words("surnames"))
    return len(parts) >= 3 and has_surname(value) and all(part in known for part in parts[1:])


def has_surname(value: str) -> bool:
    """Whether the first part is a Vietnamese surname, marks included."""
    first = value.split()[0]
    return tone_style(first[:1].upper() + first[1:].lower()) in words("surnames")


def day(text: str) -> str | None:
    """The first whole date in the text, YYYY-MM-DD."""
    for pattern in (_LONG_DATE, _NUMERIC_DATE):
        match = pattern.search(text)
        if match:
            found = valid_date(int(match[3]), int(match[2].replace(" ", "")), int(match[1]))
            return found.isoformat() if found else None
    return None


def is_plausible_day(value: str) -> bool:
    """Between 1900 and 2100: anything else is a misread digit, but for due dates of land use (2063)."""
    return 1900 <= date.fromisoformat(value).year < 2100


def snapped(text: str, choices: Sequence[str]) -> tuple[str | None, int]:
    """The entry of a closed list that the text is, with the edit distance; None if none or several are as near."""
    wanted = cleaned(text)
    exact = next((choice for choice in choices if choice.casefold() == wanted.casefold()), None)
    if exact is not None:
        return exact, 0
    limit = min(MAX_SNAP, len(wanted) // 4)
    near = [
        (distance, choice)
        for choice in choices
        if (distance := Levenshtein.distance(wanted.casefold(), choice.casefold())) <= limit
        or (fold(wanted) == fold(choice) and len(wanted) > 3)
    ]
    if not near:
        return None, 0
    near.sort()
    if len(near) > 1 and near[1][0] == near[0][0]:
        return None, 0
    return near[0][1], near[0][0]


def choice_at_start(text: str, choices: Sequence[str]) -> tuple[str | None, int, int]:
    """(entry, edit distance, number of words) of the closed list's entry that the text begins with."""
    parts = cleaned(text).split()
    longest = max(len(choice.split()) for choice in choices)
    for count in range(min(longest, len(parts)), 0, -1):
        entry, distance = snapped(" ".join(parts[:count]), choices)
        if entry is not None:
            return entry, distance, count
    return None, 0, 1


def _cccd(text: str) -> str | None:
    for match in _ID_RUN.finditer(text):
        if Cccd.is_valid(match[0]):
            return Cccd.parse(match[0]).number
    return None


def _person_id(text: str) -> str | None:
    found = _cccd(text)
    if found is not None:
        return found
    for match in _ID_RUN.finditer(text):
        if Cmnd.is_valid(match[0]):
            return Cmnd.parse(match[0]).number
    passport = _PASSPORT.search(text)
    return Passport.parse(passport[0]).number if passport and Passport.is_valid(passport[0]) else None


def _mst(text: str) -> str | None:
    digits = re.search(r"(?<!\d)\d(?:[ .]?\d){9}(?:\s?-?\s?\d{3})?(?!\d)", text)
    if digits is None:
        return _cccd(text)  # a household business may go by its owner's number
    try:
        return Mst.parse(digits[0]).number
    except BadIdentifier:
        return None


def _code(text: str) -> str | None:
    match = _CODE.search(_BROKEN_CODE.sub(r"\1", text))
    return re.sub(r"\s*([/\-])\s*", r"\1", match[0]).strip(_EDGE) if match else None


def _number(text: str) -> str | None:
    match = _DIGITS.search(text)
    return match[0] if match else None


def _money(text: str) -> str | None:
    match = _MONEY.search(text)
    return re.sub(r"\D", "", match[0]) if match else None


def _area(text: str) -> str | None:
    """Square metres with a dot before the decimals: 1.234,5 is 1234.5. One or two digits behind a dot can only be
    decimals: thousands have three."""
    match = _AREA.search(text)
    if match is None:
        return None
    whole = match[1].replace(".", "")
    return f"{whole}.{match[2]}" if match[2] else whole


def _notation(text: str) -> str | None:
    return re.sub(r"\s", "", text).replace("Ð", "Đ").replace("–", "-") or None


_STOP_BEFORE_UNIT = re.compile(r"\.\s+(?=(?:thành phố|thị xã|thị trấn|đặc khu|phường|huyện|quận|tỉnh|xã)\s|Việt Nam$)")


def _text(text: str) -> str | None:
    return text or None


def _address(text: str) -> str | None:
    """With commas before units, where a weak print's commas were read as full stops."""
    return _STOP_BEFORE_UNIT.sub(", ", text) or None


PARSERS: dict[str, Callable[[str], str | None]] = {
    "text": _text,
    "name": name,
    "date": day,
    "choice": _text,
    "cccd": _cccd,
    "person_id": _person_id,
    "mst": _mst,
    "code": _code,
    "number": _number,
    "money": _money,
    "area": _area,
    "agency": _text,
    "place": _text,
    "address": _address,
    "notation": _notation,
    "list": _text,
}
