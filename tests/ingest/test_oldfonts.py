"""Text from fonts before Unicode: repaired where the result proves itself, left alone where it does not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ingest.oldfonts import from_tcvn3, from_vni, repaired
from ingest.read import Readers, read_page
from tests.ingest.sheets import BODY
from tests.ingest.test_layerreading import SilentOcr, a4

SIGNS = {"́": "ù", "̀": "ø", "̉": "û", "̃": "õ", "̣": "ï"}
ROUND = {"": "â", "́": "á", "̀": "à", "̉": "å", "̃": "ã", "̣": "ä"}
SHORT = {"": "ê", "́": "é", "̀": "è", "̉": "ú", "̃": "ü", "̣": "ë"}
ALONE = dict(zip("íìỉĩịỵđ", "íìæóòîñ", strict=True))
TCVN3 = {meant: written for written in map(chr, range(0xA1, 0xFF)) if (meant := from_tcvn3(written)) != written}


def in_vni(text: str) -> str:
    out = ""
    for char in unicodedata.normalize("NFC", text):
        base, *marks = unicodedata.normalize("NFD", char)
        tone = "".join(mark for mark in marks if mark in SIGNS)
        if char.lower() in ALONE:
            new = ALONE[char.lower()]
        elif "\u0302" in marks or "\u0306" in marks:
            new = base + (ROUND if "\u0302" in marks else SHORT)[tone]
        elif "\u031b" in marks:
            new = {"o": "ô", "u": "ö"}[base.lower()] + SIGNS.get(tone, "")
        else:
            new = base + SIGNS.get(tone, "")
        out += new.upper() if char.isupper() else new
    return out


def in_tcvn3(text: str) -> str:
    """Capitals with a tone as its fonts for capitals have them: the small letter's code."""
    return "".join(TCVN3.get(char, TCVN3.get(char.lower(), char)) for char in text)


CAPITALS = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
ALL_VOWELS = "ằ ẳ ẵ ắ ặ ầ ẩ ẫ ấ ậ ề ể ễ ế ệ ồ ổ ỗ ố ộ ờ ở ỡ ớ ợ ừ ử ữ ứ ự ỳ ỷ ỹ ý ỵ ì ỉ ĩ í ị".split()


def test_the_published_samples_of_both_encodings() -> None:
    assert from_vni("Caên cöù Luaät Toå chöùc chính quyeàn ñòa phöông") == "Căn cứ Luật Tổ chức chính quyền địa phương"
    assert from_tcvn3("Céng hßa x· héi chñ nghÜa ViÖt Nam") == "Cộng hòa xã hội chủ nghĩa Việt Nam"


@pytest.mark.parametrize("encode", [in_vni, in_tcvn3])
def test_text_in_an_old_encoding_becomes_unicode(encode: object) -> None:
    assert callable(encode)
    for line in (*BODY, CAPITALS):
        read = repaired(encode(line).split())
        assert read is not None
        if encode is in_tcvn3:  # "Ủy": it has no code for a single capital with a tone, only fonts that draw it so
            assert " ".join(read).lower() == line.lower()
        else:
            assert read == line.split()
    assert (repaired(encode(CAPITALS).split()) or [])[:2] == ["CỘNG", "HÒA"]
    assert [(from_vni if encode is in_vni else from_tcvn3)(encode(vowel)) for vowel in ALL_VOWELS] == ALL_VOWELS


@pytest.mark.parametrize(
    "text",
    [
        *BODY,
        "CONG Hcok xA HQI CHu NGHiA VlET NAM Doc lfip Tg do H4nh phtic",
        "Can cu Luat To chuc chinh quyen dia phuong ngay muoi chin thang sau",
        "L'été dernier, à Genève, où naître était déjà fêté: maïs, Noël, cœur, façade",
        "¡¢£¤ ¥¦§ ¨©ª «¬® µ¶· ¸¹» ¼½¾ ÆÇÈ ÉÊË",
    ],
)
def test_what_is_no_old_encoding_is_left_alone(text: str) -> None:
    assert repaired(text.split()) is None


def test_a_page_with_an_old_text_layer_needs_no_recogniser(tmp_path: Path) -> None:
    pdf = a4()
    for i, line in enumerate(BODY):
        pdf.text(80, 160 + 24 * i, in_vni(line))
    pdf.output(str(tmp_path / "a.pdf"))
    found = read_page(tmp_path / "a.pdf", "pdf", 1, Readers(SilentOcr()))
    assert (found.source, found.text().splitlines()) == ("text_layer", list(BODY))
