"""Vietnamese wordings of numbers, dates and money as clerks write them out on papers."""

from __future__ import annotations

from datetime import date

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", "nghìn", "triệu", "tỷ")


def number_words(number: int) -> str:
    """A whole number below 10^12 in words: 1985 -> 'một nghìn chín trăm tám mươi lăm'."""
    if number == 0:
        return _DIGITS[0]
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 1000)
        groups.append(rest)
    parts: list[str] = []
    for place in range(len(groups) - 1, -1, -1):
        if groups[place]:
            parts.append(f"{_group_words(groups[place], full=bool(parts))} {_SCALES[place]}".strip())
    return " ".join(parts)


def _group_words(group: int, *, full: bool) -> str:
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10)
    parts = [f"{_DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens == 0 and ones and parts:
        parts.append("lẻ")
    elif tens == 1:
        parts.append("mười")
    elif tens > 1:
        parts.append(f"{_DIGITS[tens]} mươi")
    if ones == 1 and tens > 1:
        parts.append("mốt")
    elif ones == 5 and tens:
        parts.append("lăm")
    elif ones:
        parts.append(_DIGITS[ones])
    return " ".join(parts)


def date_words(day: date) -> str:
    """A date in words, as birth certificates repeat it."""
    return f"Ngày {number_words(day.day)}, tháng {number_words(day.month)}, năm {number_words(day.year)}"


def slashed(day: date) -> str:
    """dd/mm/yyyy, both padded."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def long_date(day: date) -> str:
    """'ngày 05 tháng 02 năm 2024': days below 10 and months 1 and 2 carry a zero (Decree 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def dong(amount: int) -> str:
    """An amount with Vietnamese thousands dots: 1.500.000.000."""
    return f"{amount:,}".replace(",", ".")


def capitalised(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
