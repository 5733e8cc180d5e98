"""What a person typed for a field, in the normal form that readings have, or why it cannot be that field's value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from ingest.fields import kinds
from ingest.fields.numerals import valid_date
from schemas.errors import BadIdentifier, FormInvalid
from schemas.identifiers import Cccd, Cmnd, Mst, Passport
from schemas.types import FieldRule
from schemas.vietnamese import nfc

LONGEST = 2000  # characters
FIELD = "giá trị"
_DAY = re.compile(r"(\d{1,2})[/.\-\s]+(\d{1,2})[/.\-\s]+(\d{4})")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def typed(rule: FieldRule | None, text: str) -> str:
    """The value a person means by that text: NFC, one space between words, dates as YYYY-MM-DD, numbers without
    separators. A person's word is taken where a reader's would not be (a name of one syllable, an entry that is not in
    the list), but never one that cannot be right. Raises FormInvalid with the reason, which never carries the text."""
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c.isspace() else "" for c in nfc(text))
    value = " ".join(visible.split())
    if not value:
        raise _fault("Chưa có chữ nào. → Gõ đúng như trên giấy, hoặc chọn “Không đọc được”.")
    if len(value) > LONGEST:
        raise _fault(f"Dài quá {LONGEST} ký tự. → Chỉ gõ phần của mục này.")
    parse = _PARSERS.get(rule.kind) if rule is not None else None
    if rule is not None and rule.kind == "choice":
        return kinds.snapped(value, rule.choices)[0] or value
    return parse(value) if parse is not None else value


def _fault(reason: str) -> FormInvalid:
    return FormInvalid(field=FIELD, reason=reason)


def _name(text: str) -> str:
    if any(c.isdigit() for c in text):
        raise _fault("Họ tên không có chữ số.")
    return kinds.name(text) or text


def _day(text: str) -> str:
    found = _DAY.fullmatch(text.strip())
    if found:
        day = valid_date(int(found[3]), int(found[2]), int(found[1]))
    else:
        try:
            day = date.fromisoformat(text) if _ISO.fullmatch(text) else None
        except ValueError:
            day = None
    if day is None:
        raise _fault("Không có ngày này. → Gõ ngày/tháng/năm, ví dụ 29/05/1981.")
    if not kinds.is_plausible_day(day.isoformat()):
        raise _fault("Năm phải từ 1900 đến 2099.")
    return day.isoformat()


def _cccd(text: str) -> str:
    try:
        return Cccd.parse(text).number
    except BadIdentifier:
        raise _fault(f"Số định danh có 12 chữ số; bạn gõ {_counted(text)}.") from None


def _person_id(text: str) -> str:
    for kind in (Cccd, Cmnd, Passport):
        if kind.is_valid(text):
            return kind.parse(text).number
    raise _fault(f"Số định danh có 12 chữ số, chứng minh nhân dân 9 chữ số; bạn gõ {_counted(text)}.")


def _mst(text: str) -> str:
    for kind in (Mst, Cccd):
        if kind.is_valid(text):
            return kind.parse(text).number
    digits = sum(c.isdigit() for c in text)
    if digits in (10, 13):
        raise _fault("Chữ số kiểm tra (chữ số thứ 10) không khớp. → Đối chiếu từng chữ số với ảnh.")
    raise _fault(f"Mã số thuế có 10 hoặc 13 chữ số; bạn gõ {_counted(text)}.")


def _counted(text: str) -> str:
    digits = sum(c.isdigit() for c in text)
    return f"{digits} chữ số và có chữ cái" if any(c.isalpha() for c in text) else f"{digits} chữ số"


def _quantity(parse: Callable[[str], str | None]) -> Callable[[str], str]:
    def quantity(text: str) -> str:
        found = parse(text)
        if found is None:
            raise _fault("Mục này là một con số.")
        return found

    return quantity


_PARSERS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "date": _day,
    "cccd": _cccd,
    "person_id": _person_id,
    "mst": _mst,
    "number": _quantity(kinds.PARSERS["number"]),
    "money": _quantity(kinds.PARSERS["money"]),
    "area": _quantity(kinds.PARSERS["area"]),
}
