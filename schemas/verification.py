"""The code printed with a paper: it names the record and its sealed file, and works without a network too
(docs/verification-code.md has the algorithm)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from schemas.errors import CodeMistyped
from schemas.records import split_uri

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_RECORD_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, as record URIs are written
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015_·]")

VERSION = 1
RECORD, REVISION, DIGEST = 12, 2, 16  # symbols of five bits: 60 bits, 10 bits, 80 bits
LENGTH = 1 + RECORD + REVISION + DIGEST + 1
GROUP = 4


@dataclass(frozen=True)
class VerificationCode:
    """`record` the first 12 letters of the record's own part, `revision` modulo 1024, `digest` the first 20 hex digits
    of the sealed PDF's SHA-256. As text: 32 symbols in groups of four."""

    record: str
    revision: int
    digest: str

    @classmethod
    def of(cls, record: str, revision: int, sha256: str) -> Self:
        """The code of a record's revision whose sealed PDF has that SHA-256 (hex). Raises BadIdentifier."""
        return cls(split_uri(record)[1][:RECORD], revision % 32**REVISION, sha256[: DIGEST * 5 // 4])

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what was printed, typed or read out: case, spaces and dashes do not matter, O is 0, I and L are 1.
        Raises CodeMistyped."""
        plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_READ_AS)
        if len(plain) != LENGTH or any(symbol not in ALPHABET for symbol in plain):
            raise CodeMistyped()
        values = [ALPHABET.index(symbol) for symbol in plain]
        if values[0] != VERSION or check_value(values[:-1]) != values[-1]:
            raise CodeMistyped()
        record, revision = values[1 : 1 + RECORD], values[1 + RECORD : 1 + RECORD + REVISION]
        digest = _number(values[1 + RECORD + REVISION : -1])
        return cls("".join(_RECORD_ALPHABET[v] for v in record), _number(revision), f"{digest:0{DIGEST * 5 // 4}x}")

    def is_of(self, sha256: str) -> bool:
        """Whether a file with that SHA-256 (hex) is the sealed PDF that the code was printed for."""
        return sha256.lower().startswith(self.digest)

    def __str__(self) -> str:
        values = [VERSION]
        values += [_RECORD_ALPHABET.index(letter) for letter in self.record]
        values += _symbols(self.revision, REVISION) + _symbols(int(self.digest, 16), DIGEST)
        values.append(check_value(values))
        plain = "".join(ALPHABET[v] for v in values)
        return "-".join(plain[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def check_value(values: list[int]) -> int:
    """A check symbol over GF(32) (x⁵ + x² + 1): the sum of vᵢ·αⁿ⁻ⁱ, i from 0. As neighbours weigh differently, it finds
    every single wrong symbol and every two neighbours that changed places."""
    total = 0
    for value in values:
        total = _times_alpha(total ^ value)
    return total


def _times_alpha(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _number(values: list[int]) -> int:
    total = 0
    for value in values:
        total = total * 32 + value
    return total


def _symbols(number: int, count: int) -> list[int]:
    return [number >> 5 * place & 31 for place in reversed(range(count))]
