"""Pages for tests of understanding: words laid out from lines of text, as a recogniser would report them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.evidence import SignatureFacts, Verdict
from schemas.reading import Barcode, Box, PageReading, SecondLook, Word

CHAR, HEIGHT = 0.0095, 0.012
WIDTH_PX, HEIGHT_PX = 1654, 2339


@dataclass(frozen=True)
class Row:
    """A line of text that begins at x, y (page fractions). `sure` is the confidence of its words; `weak` names words
    that are less sure."""

    x: float
    y: float
    text: str
    sure: float = 0.97
    weak: tuple[tuple[str, float], ...] = ()


def page(
    *rows: Row,
    number: int = 1,
    source: Literal["ocr", "text_layer"] = "ocr",
    skew: float = 0.0,
    codes: Sequence[str] = (),
) -> PageReading:
    """A page with these rows; rows at the same height are one line. With `skew` the words stand tilted."""
    words: list[Word] = []
    heights = sorted({row.y for row in rows})
    for row in rows:
        x, weak = row.x, dict(row.weak)
        for text in row.text.split():
            box = Box(x0=x, y0=row.y, x1=x + CHAR * len(text), y1=row.y + HEIGHT)
            confidence = weak.get(text, row.sure)
            words.append(
                Word(text=text, box=_tilted(box, skew), confidence=confidence, block=0, line=heights.index(row.y))
            )
            x += CHAR * (len(text) + 1)
    words.sort(key=lambda word: (word.line, word.box.x0))
    barcodes = tuple(Barcode(format="QRCode", text=text, box=Box(x0=0.8, y0=0.1, x1=0.9, y1=0.2)) for text in codes)
    return PageReading(
        page=number,
        width=WIDTH_PX,
        height=HEIGHT_PX,
        dpi=200,
        skew=skew,
        source=source,
        words=tuple(words),
        barcodes=barcodes,
        confidence=0.9,
        engine="test",
        config="test",
    )


def read_again(reading: PageReading, *changes: tuple[str, str], sure: float = 0.96) -> PageReading:
    """The page with every line read a second time: the same words, but for these changes of text."""
    looks = []
    for row in reading.lines():
        text = " ".join(word.text for word in row)
        for old, new in changes:
            text = text.replace(old, new)
        x, words = row[0].box.x0, []
        for part in text.split():
            box = Box(x0=x, y0=row[0].box.y0, x1=x + CHAR * len(part), y1=row[0].box.y1)
            words.append(Word(text=part, box=box, confidence=sure, block=row[0].block, line=row[0].line))
            x += CHAR * (len(part) + 1)
        looks.append(SecondLook(engine="other", block=row[0].block, line=row[0].line, words=tuple(words)))
    return reading.model_copy(update={"seconds": tuple(looks)})


def blank(number: int) -> PageReading:
    """An empty back."""
    return PageReading(
        page=number,
        width=WIDTH_PX,
        height=HEIGHT_PX,
        dpi=200,
        source="none",
        blank=True,
        engine="test",
        config="test",
    )


def centred(y: float, text: str, *, middle: float = 0.52, sure: float = 0.97) -> Row:
    """A row with its middle there."""
    return Row(middle - CHAR * len(text) / 2, y, text, sure)


def letter(
    *,
    number: str = "Số: 84 /QĐ-UBND",
    place: str = "Quảng Ngãi, ngày 03 tháng 02 năm 2025",
    title: str = "QUYẾT ĐỊNH",
    subject: Sequence[str] = ("Về việc phê duyệt Kế hoạch ứng phó sự cố tràn dầu",),
    authority: Sequence[str] = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    signer: str = "Trần Phước Hiền",
    more: Sequence[Row] = (),
    number_sure: float = 0.92,
    place_sure: float = 0.92,
    source: Literal["ocr", "text_layer"] = "ocr",
    page_number: int = 1,
) -> PageReading:
    """A one-page letter by Decree 30."""
    rows = [
        centred(0.06, "ỦY BAN NHÂN DÂN", middle=0.25),
        centred(0.08, "TỈNH QUẢNG NGÃI", middle=0.25),
        Row(0.18, 0.12, number, number_sure),
        centred(0.0601, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=0.68),
        centred(0.0801, "Độc lập - Tự do - Hạnh phúc", middle=0.68),
        centred(0.1201, place, middle=0.7, sure=place_sure),
        Row(0.2, 0.5, "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;"),
        Row(0.15, 0.7, "Nơi nhận:"),
        Row(0.15, 0.72, "- Lưu: VT."),
        centred(0.85, signer, middle=0.7),
        *more,
    ]
    rows += [centred(0.18, title)] if title else []
    rows += [centred(0.21 + 0.02 * i, line) for i, line in enumerate(subject)]
    rows += [centred(0.7001 + 0.02 * i, line, middle=0.7) for i, line in enumerate(authority)]
    return page(*rows, source=source, number=page_number)


def birth(
    *,
    name: str = "Nguyễn Thị Hồng Nhung",
    sex: str = "Nữ",
    born: str = "05/03/2016",
    words: str = "Ngày năm tháng ba năm hai nghìn không trăm mười sáu",
    personal_id: str = "051316000123",
    page_number: int = 1,
    sure: float = 0.97,
    skew: float = 0.0,
    mother: str = "Trần Thị Mai Lan",
) -> PageReading:
    """A birth certificate of made-up people."""
    return page(
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.08, "Độc lập - Tự do - Hạnh phúc"),
        centred(0.14, "GIẤY KHAI SINH"),
        Row(0.7, 0.18, "Số: 12/2016"),
        Row(0.12, 0.22, f"Họ, chữ đệm, tên: {name}", sure),
        Row(0.12, 0.25, f"Ngày, tháng, năm sinh: {born}", sure),
        Row(0.12, 0.28, f"Ghi bằng chữ: {words}", sure),
        Row(0.12, 0.31, f"Giới tính: {sex}", sure),
        Row(0.4, 0.31, "Dân tộc: Kinh", sure),
        Row(0.65, 0.31, "Quốc tịch: Việt Nam", sure),
        Row(0.12, 0.34, "Nơi sinh: Trạm y tế xã Bình Minh", sure),
        Row(0.12, 0.37, f"Số định danh cá nhân: {personal_id}", sure),
        Row(0.12, 0.4, f"Họ, chữ đệm, tên người mẹ: {mother}", sure),
        Row(0.12, 0.43, "Năm sinh: 1990", sure),
        Row(0.4, 0.43, "Dân tộc: Tày", sure),
        Row(0.65, 0.43, "Quốc tịch: Lào", sure),
        Row(0.12, 0.46, "Họ, chữ đệm, tên người cha: Nguyễn Văn Bình", sure),
        Row(0.12, 0.49, "Nơi đăng ký khai sinh: Ủy ban nhân dân xã Bình Minh", sure),
        Row(0.12, 0.52, "Ngày, tháng, năm đăng ký: 20/03/2016", sure),
        number=page_number,
        skew=skew,
    )


def signed(*facts: SignatureFacts) -> Verdict:
    """The verdict over a file with these signatures."""
    return Verdict(verdict="VALID", sub="TOTAL_PASSED", policy="test", signatures=facts)


def signature(
    at: str = "2025-02-03T10:47:25+07:00",
    signer: str = "Ủy ban nhân dân tỉnh Quảng Ngãi",
    stamp: str | None = None,
    *,
    verdict: Literal["VALID", "INVALID", "INDETERMINATE"] = "VALID",
    source: Literal["timestamp", "claimed", "none"] = "claimed",
) -> SignatureFacts:
    """One signature."""
    return SignatureFacts(
        field="Signature1",
        verdict=verdict,
        sub="",
        signer=signer,
        signed_at=at,
        time_source=source,
        stamp_text=stamp,
        stamp_page=1,
    )


def _tilted(box: Box, skew: float) -> Box:
    """The box on a page tilted counter-clockwise by `skew` degrees about its middle."""
    if not skew:
        return box
    slope, ratio = math.tan(math.radians(skew)), WIDTH_PX / HEIGHT_PX
    x, y = (box.x0 + box.x1) / 2 - 0.5, (box.y0 + box.y1) / 2 - 0.5
    right, down = slope * y / ratio, -slope * x * ratio
    return Box(x0=box.x0 + right, x1=box.x1 + right, y0=box.y0 + down, y1=box.y1 + down)
