"""The printed code: it comes back from what people make of it, and says no to a slip of the hand."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadIdentifier, CodeMistyped
from schemas.records import record_uri
from schemas.verification import ALPHABET, VerificationCode

RECORD = "motlan:H99:mg4trjnbmjfze455csu2pa72s3"
SHA256 = "c0ffee" + "5" * 58
PRINTED = "1C6W-KH9D-1C95-S0DR-3ZYW-NANA-NANA-NANJ"  # released: what stands on paper must be read for ever


def test_a_printed_code_is_read_for_ever() -> None:
    code = VerificationCode.of(RECORD, 13, SHA256)
    assert str(code) == PRINTED
    assert VerificationCode.parse(PRINTED) == code
    assert (code.record, code.revision, code.digest) == ("mg4trjnbmjfz", 13, SHA256[:20])


@pytest.mark.parametrize(
    "typed",
    [PRINTED.lower(), PRINTED.replace("-", " "), PRINTED.replace("-", ""), PRINTED.replace("1", "l"),
     PRINTED.replace("0", "O"), f"  {PRINTED}\n", PRINTED.replace("-", "–")],
)  # fmt: skip
def test_what_hands_make_of_it_is_understood(typed: str) -> None:
    assert str(VerificationCode.parse(typed)) == PRINTED


@given(st.integers(1, 2000), st.binary(min_size=32, max_size=32), st.integers(0, 2**32))
def test_every_slip_is_found(page: int, digest: bytes, seed: int) -> None:
    sha256 = digest.hex()
    record = record_uri("H32.14", sha256, page)
    text = str(VerificationCode.of(record, page, sha256))
    code = VerificationCode.parse(text)
    assert record.rpartition(":")[2].startswith(code.record) and code.is_of(sha256) and code.revision == page % 1024
    chance = random.Random(seed)
    symbols = list(text.replace("-", ""))
    at = chance.randrange(len(symbols))
    wrong = symbols.copy()
    wrong[at] = chance.choice([each for each in ALPHABET if each != symbols[at]])
    with pytest.raises(CodeMistyped):
        VerificationCode.parse("".join(wrong))
    at = chance.randrange(len(symbols) - 1)
    if symbols[at] != symbols[at + 1]:
        symbols[at], symbols[at + 1] = symbols[at + 1], symbols[at]
        with pytest.raises(CodeMistyped):
            VerificationCode.parse("".join(symbols))


@pytest.mark.parametrize("text", ["", "1C6W", PRINTED + "0", "2" + PRINTED[1:], "U" * 32, "<script>", "٣" * 32])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(CodeMistyped):
        VerificationCode.parse(text)


def test_it_says_whose_file_it_is() -> None:
    code = VerificationCode.parse(PRINTED)
    assert code.is_of(SHA256) and code.is_of(SHA256.upper())
    assert not code.is_of("d" + SHA256[1:])


def test_it_looks_like_no_id_number_and_its_record_must_be_one() -> None:
    assert not re.search(r"\d{9}", PRINTED)
    with pytest.raises(BadIdentifier):
        VerificationCode.of("motlan:H99:short", 1, SHA256)
