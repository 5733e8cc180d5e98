"""Administrative units, as they were before and as they are since 1 July 2025: which spelling of a place a paper means
where two readers differ, and which province of today an old one became.

A commune may have been renamed before the list was made, so that the list never corrects what two readers agree on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.vietnamese import fold, is_syllable, tone_style

_FILE = Path(__file__).parent / "data" / "units.txt"
_TYPES = {"P": "phường", "T": "thị trấn", "X": "xã", "K": "đặc khu"}
_PROVINCE = ("tỉnh", "thành phố")
_WORDS = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")
_CITIES = ("Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ")  # Huế was a province's city until 2024
_LONGEST = 5  # syllables of a unit's name

Names = Mapping[str, frozenset[str]]
"""Kind and name, folded, to the official spellings of such a unit ("xã Bình Hòa")."""


@dataclass(frozen=True)
class _Units:
    everywhere: Names
    within: Mapping[str, Names]  # province or "province/district", folded
    today: Mapping[str, str]  # province before, folded, to the province of today


def proper(text: str) -> str:
    """The text with every unit that the list knows in its official spelling, where the same letters with other marks
    can be only one unit there: "huyện Củ Chỉ, thành phố Hồ Chí Minh" is "huyện Củ Chi, …". Larger units, which stand
    last, say where smaller ones are looked for."""
    parts = text.split(",")
    province = district = ""
    for index in range(len(parts) - 1, -1, -1):
        unit = _unit_in(parts[index])
        if unit is None:
            continue
        start, word, name = unit
        scopes = [f"{province}/{district}", province] if district else [province]
        found = next((one for scope in scopes if (one := _spelling(word, name, scope)) is not None), None)
        if found is None:
            continue
        parts[index] = parts[index][:start] + _in_case(found, parts[index][start:])
        if fold(found) in _provinces() and not province:
            province = fold(_bare(found))
        elif word in ("huyện", "quận", "thị xã", "thành phố"):
            district = fold(found)
    return ",".join(parts)


def is_spelled(text: str) -> bool:
    """Whether every word of an address is a syllable of Vietnamese or a word of some unit's name (Krông Búk), and the
    end is not where a unit's name should follow ("…, tỉnh")."""
    if any(fold(text).endswith(f" {fold(word)}") for word in _WORDS):
        return False
    words = re.findall(r"[^\W\d_]{2,}", tone_style(text))
    return all(is_syllable(word) or word.casefold() in _unit_words() for word in words)


def ends_in_province(text: str) -> bool:
    """Whether an address has come to its last part: a province, or a city that is none's."""
    last = fold(text.rpartition(",")[2].strip(" .;"))
    return last in _ends()


@cache
def _ends() -> frozenset[str]:
    return frozenset(
        {fold(f"tỉnh {name}") for name in _units().today} | {fold(f"thành phố {name}") for name in _CITIES}
    )


def names_units(text: str) -> bool:
    """Whether the units that a text names are spelled as the list has them; those that it does not have are."""
    return tone_style(proper(text)).casefold() == tone_style(text).casefold()


@cache
def _unit_words() -> frozenset[str]:
    names = (name for spellings in _units().everywhere.values() for name in spellings)
    return frozenset(word.casefold() for name in names for word in tone_style(name).split())


def province_today(name: str) -> str | None:
    """The province of today that a province (of before or of today, without "tỉnh") belongs to; None for others."""
    return _units().today.get(fold(name))


def _unit_in(part: str) -> tuple[int, str, str] | None:
    """(where, kind, name) of the unit that the part ends in: "Trạm y tế xã Hòa Phú" ends in "xã Hòa Phú"."""
    words = list(re.finditer(r"\S+", part))
    for first in range(len(words)):
        text = part[words[first].start() :]
        for word in _WORDS:
            count = len(word.split())
            name = text.split()[count:]
            if fold(" ".join(text.split()[:count])) == fold(word) and 0 < len(name) <= _LONGEST:
                return words[first].start(), word, " ".join(name)
    return None


def _spelling(word: str, name: str, scope: str) -> str | None:
    """The only official spelling of the unit in that scope (everywhere, where it is empty)."""
    units = _units()
    names = units.within.get(scope, {}) if scope else units.everywhere
    found = names.get(fold(f"{word} {name}"), frozenset())
    return next(iter(found)) if len(found) == 1 else None


def _in_case(official: str, read: str) -> str:
    """In capitals, or with a capital or a small letter first, as it stands on the paper."""
    tail = read[len(read.rstrip(" .;")) :]
    if read.isupper():
        return official.upper() + tail
    return (official[:1].upper() if read[:1].isupper() else official[:1]) + official[1:] + tail


def _bare(unit: str) -> str:
    return next((unit[len(word) + 1 :] for word in _PROVINCE if unit.startswith(f"{word} ")), unit)


@cache
def _provinces() -> frozenset[str]:
    return frozenset(fold(f"{word} {name}") for word in _PROVINCE for name in _units().today)


@cache
def _units() -> _Units:
    everywhere: dict[str, set[str]] = defaultdict(set)
    within: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    today: dict[str, str] = {}
    folded = cache(fold)
    for province, district, unit in _rows(today):
        key, scope = fold(unit), folded(province)
        everywhere[key].add(unit)
        within[scope][key].add(unit)
        if district:
            within[f"{scope}/{folded(district)}"][key].add(unit)
    for name in set(today.values()):
        today[fold(name)] = name
    frozen = {scope: {key: frozenset(units) for key, units in names.items()} for scope, names in within.items()}
    return _Units({key: frozenset(units) for key, units in everywhere.items()}, frozen, today)


def _rows(today: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(province, district, unit) of every unit; the districts are empty for districts, provinces and units of today."""
    province = ""
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if line[0] in "=+":
            name, _, now = line[2:].partition(" > ")
            province = tone_style(name)
            today[fold(province)] = tone_style(now or name)
            yield from ((province, "", f"{word} {province}") for word in _PROVINCE)
            continue
        head, colon, rest = line.rpartition(": ") if ": " in line else ("", "", line.removesuffix(":"))
        district = ""
        if colon or line.endswith(":"):
            district = _lowered(head or rest)
            rest = rest if colon else ""
            yield province, "", district
        for group in filter(None, rest.split("; ")):
            kind, _, names = group.partition(" ")
            yield from ((province, district, f"{_TYPES[kind]} {tone_style(name)}") for name in names.split(", "))


def _lowered(unit: str) -> str:
    """ "Huyện Củ Chi" is "huyện Củ Chi"."""
    return unit[:1].lower() + tone_style(unit[1:])
