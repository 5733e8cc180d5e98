"""The characters that the recogniser writes. They travel with the weights, so that no reader ever guesses them."""

from __future__ import annotations

import unicodedata
from typing import Final

_LOWER = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđbcdfghjklmnpqrstvwxz"
_SIGNS = " .,:;-–/()\"'“”?!%&*+=…_<>[]°²³|@#$×•~"

ALPHABET: Final = "".join(sorted(set(_LOWER + _LOWER.upper() + "0123456789" + _SIGNS)))
"""In order of code points; class 0 of the network is the blank of CTC, class i + 1 is `ALPHABET[i]`."""

_ALIKE = str.maketrans({"—": "–", "−": "-", "‘": "'", "’": "'", "\u00a0": " ", "Ð": "Đ", "‐": "-", "‑": "-"})
_KNOWN = frozenset(ALPHABET)


def spelled(text: str) -> str:
    """A text in NFC with the alphabet's own spelling of look-alike signs, one space between words; characters that are
    not in the alphabet are left out."""
    text = unicodedata.normalize("NFC", text).translate(_ALIKE)
    return " ".join("".join(c for c in text if c in _KNOWN).split())
