"""Vietnamese text: the one folding function of the product, one tone style, and whether a text is Vietnamese at all."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

# đ has no decomposition; Ð (Icelandic eth) and Ɖ (African D) are what old fonts and foreign keyboards put in its place.
_D_LOOKALIKES = "đðɖ"
_MARKS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền sắc ngã hỏi nặng
_MISPLACED = re.compile(f"(?<![aeiouy\u0302\u0306\u031b])[{_TONES}]")  # a tone on no vowel
_STOP_TONES = "\u0301\u0323"  # the two tones of a syllable that ends in a stop

# The last two vowels of an open syllable, tone on the second: hoà, khoẻ, thuỷ. After q the u belongs to the onset: quý.
_NEW_STYLE = re.compile(
    "([oO])([àáảãạèéẻẽẹÀÁẢÃẠÈÉẺẼẸ])(?![\\w\u0300-\u036f])|(?<![qQ])([uU])([ỳýỷỹỵỲÝỶỸỴ])(?![\\w\u0300-\u036f])"
)

_WORD_LENGTH = 32

_CODE = re.compile(r"[A-ZĐ]{0,4}\d+[A-ZĐ]{0,2}|m[23]|\d+[a-zđ]")
_SYMBOL = re.compile(r"(?<=[-/])[A-ZĐ]{2,6}(?!\w)|[A-ZĐ]{2,6}(?=[-/])")  # the parts of a document's symbol: TTr-STNMT
_RUN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def nfc(text: str) -> str:
    """The text in Unicode normal form C (macOS and some phones write NFD)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The form for comparing and finding: lower case, without tone or vowel marks, đ as d, one space between words.

    Every back end and every comparison uses this function; folding twice changes nothing. Marks of other scripts stay.
    """
    return _folded_word(text) if len(text) <= _WORD_LENGTH else _folded(text)


def _folded(text: str) -> str:
    lowered = _INVISIBLE.sub("", nfc(text)).lower()
    bare = nfc(_MARKS.sub("", unicodedata.normalize("NFD", lowered)))
    for letter in _D_LOOKALIKES:  # several times as fast as translate
        bare = bare.replace(letter, "d")
    return " ".join(bare.split())


# The same words come again and again, on every page and several times over each.
_folded_word = lru_cache(maxsize=8192)(_folded)


def tone_style(text: str) -> str:
    """NFC with the tone where the traditional style puts it: hoà → hòa, khoẻ → khỏe, thuỷ → thủy; quý stays."""

    def move(match: re.Match[str]) -> str:
        first, second = match[1] or match[3], match[2] or match[4]
        base, tone = tuple(unicodedata.normalize("NFD", second))
        return nfc(first + tone) + base

    return _NEW_STYLE.sub(move, nfc(text))


def script_of(text: str) -> str:
    """The script most letters belong to: latin, cyrillic, han, arabic, thai, hangul, kana …; none without letters."""
    counts = Counter(_script(char) for char in text if char.isalpha())
    return counts.most_common(1)[0][0] if counts else "none"


def _script(char: str) -> str:
    first = unicodedata.name(char, "UNKNOWN").split(" ")[0].split("-")[0].lower()
    return {"cjk": "han", "hiragana": "kana", "katakana": "kana", "fullwidth": "latin", "halfwidth": "kana"}.get(
        first, first
    )


@lru_cache(maxsize=8192)
def is_syllable(token: str) -> bool:
    """Whether the token is one well-formed Vietnamese syllable: onset, rhyme and a tone the rhyme can carry."""
    word = nfc(token)
    if word not in (word.lower(), word.upper(), word[:1].upper() + word[1:].lower()):
        return False
    rules = _rules()
    word = word.lower()
    if word in rules["also"]:
        return True
    parts = unicodedata.normalize("NFD", word)
    tones = [char for char in parts if char in _TONES]
    if len(tones) > 1 or _MISPLACED.search(parts):
        return False
    bare = nfc("".join(char for char in parts if char not in _TONES))
    return any(_fits(onset, bare[len(onset) :], tones, rules) for onset in rules["onsets"] if bare.startswith(onset))


def _fits(onset: str, rhyme: str, tones: list[str], rules: dict[str, Any]) -> bool:
    if rhyme not in rules["rhymes"]:
        return False
    front = rhyme[0] in rules["front_vowels"]
    if (onset in rules["front_only"] and not front) or (onset in rules["back_only"] and front):
        return False
    stopped = rhyme.endswith(tuple(rules["checked_codas"]))
    return not stopped or (bool(tones) and tones[0] in _STOP_TONES)


def syllable_share(text: str) -> float:
    """How much of the text is Vietnamese, 0..1: the share of tokens that are well-formed syllables.

    Numbers, codes and known abbreviations do not count. In real text three syllables of four carry a mark, so syllables
    without any (which chance and other languages produce too) are believed only up to twice the marked ones.
    """
    judged = [(is_syllable(token), _is_marked(token)) for token in _words(nfc(text))]
    if not judged:
        return 0.0
    marked = sum(1 for good, mark in judged if good and mark)
    plain = sum(1 for good, mark in judged if good and not mark)
    return (marked + min(plain, max(2, 2 * marked))) / len(judged)


def _is_marked(token: str) -> bool:
    return "đ" in token.lower() or bool(_MARKS.search(unicodedata.normalize("NFD", token)))


def _words(text: str) -> Iterator[str]:
    """The tokens that speak for or against Vietnamese."""
    abbreviations = _rules()["abbreviations"]
    for match in _RUN.finditer(text):
        token = match[0]
        if _CODE.fullmatch(token) or (token.upper() in abbreviations and not token.islower()):
            continue
        if _SYMBOL.match(text, match.start()) and not is_syllable(token):
            continue
        if len(token) == 1 and (token.isupper() or text[match.end() : match.end() + 1] in (")", ".")):
            continue  # "A", "b)": list marks and initials
        yield token


@cache
def _rules() -> dict[str, Any]:
    raw = tomllib.loads((Path(__file__).parent / "data" / "syllables.toml").read_text("utf-8"))
    return {key: frozenset(value) if isinstance(value, list) else value for key, value in raw.items()}
