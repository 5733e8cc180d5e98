"""A font without ink: the one embedded Type 0 font whose only use is to carry Unicode text behind page pictures.

Every glyph is empty and half an em wide. Codes are handed out as characters appear, so that ToUnicode lists exactly
what the document uses and no code points at .notdef (PDF/A-2, 6.2.11.8).
"""

from __future__ import annotations

import zlib
from functools import cache
from io import BytesIO

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

ADVANCE = 500  # thousandths of an em, the same for every glyph
_EPOCH = 2082844800  # 1970-01-01 in the seconds since 1904 that OpenType counts: a fixed time keeps the bytes stable
_BLOCK = 100  # entries a bfchar block may have (Adobe technical note 5014)


@cache
def font_program() -> bytes:
    """TrueType with two empty glyphs: .notdef and the one that all codes show."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupCharacterMap({0x20: "empty"})
    builder.setupGlyf({".notdef": Glyph(), "empty": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "empty": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "MotLanGlyphless", "styleName": "Regular", "psName": "MotLanGlyphless"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = _EPOCH
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()


class GlyphlessFont:
    """Hands out two-byte codes for characters and, at the end, the PDF font that explains them."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def encode(self, text: str) -> bytes:
        """Two bytes a character, as the content stream's show operator takes them."""
        return b"".join(self._codes.setdefault(char, len(self._codes) + 1).to_bytes(2, "big") for char in text)

    def build(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """The font as an indirect object of `pdf`, after the last text was encoded."""
        program = pdf.make_stream(font_program(), Length1=len(font_program()))
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.MotLanGlyphless,
            Flags=4,
            FontBBox=Array([0, -200, ADVANCE, 800]),
            ItalicAngle=0,
            Ascent=800,
            Descent=-200,
            CapHeight=700,
            StemV=80,
            MissingWidth=ADVANCE,
            FontFile2=program,
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name.MotLanGlyphless,
            CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=ADVANCE,
            CIDToGIDMap=pdf.make_stream(b"\x00\x00" + b"\x00\x01" * max(1, len(self._codes))),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name.MotLanGlyphless,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(self._to_unicode()),
        )
        return pdf.make_indirect(font)

    def _to_unicode(self) -> bytes:
        rows = [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, code in self._codes.items()]
        blocks = [rows[i : i + _BLOCK] for i in range(0, len(rows), _BLOCK)]
        lines = [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<0000> <FFFF>",
            "endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
        return "\n".join(lines).encode("ascii")


def packed(pdf: pikepdf.Pdf, content: bytes) -> pikepdf.Stream:
    """A content stream that is already deflated, so that a long document does not hold its text in clear."""
    return pikepdf.Stream(pdf, zlib.compress(content, 6), Dictionary(Filter=Name.FlateDecode))
