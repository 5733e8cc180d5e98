"""Fields of a letter's head by the layout of Decree 30: agency and number top left, place and date top right, title and
subject in the middle."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.evidence import Found, on_page
from ingest.fields import kinds
from ingest.fields.numerals import valid_date
from ingest.naming import Title, capitals_share, motto_of
from ingest.sheet import Line, Sheet, Token
from ingest.vocabulary import folded
from schemas.types import TypeName
from schemas.vietnamese import fold, nfc, tone_style

_TOP = 0.36
_NUMBER = re.compile(r"^\W*[sS]\W*[ốóòôoỐÓÔO]\W*?(?P<gap>[:.;]|\s|(?=\d))\s*(?P<rest>.*)$")
_NOTATION = re.compile(r"[/|](?=\s?[A-ZĐÐ])|(?<=\d)\s?(?=[A-ZĐÐ][A-Za-zĐÐđ]{1,3}-[A-ZĐÐ])")  # the stroke may be lost
_INITIALS = re.compile(r"[A-ZĐÐ]{2,}-[A-ZĐÐ]")
_DATE = re.compile(
    r"ng[àaảá][yỳỵvw]?\s*(?:/\s*date\s*)?(?P<day>.*?)\s*th[áaả]ng\s*(?:/\s*month\s*)?(?P<month>.*?)\s*"
    r"n[ăaắ]m\s*(?:/\s*year\s*)?(?P<year>\d{4})",
    re.I,
)  # a licence has the English words between
_LONGEST_SUBJECT = 8  # lines
_OFF_CENTRE = 0.2  # of the page
_TALLEST = 0.1  # of the page's height: agencies of four lines end so near below the motto
_BESIDE, _LEFT_OF = 0.04, 0.1  # of height and width: how far below the number, and left of the motto, the date stands
_AROUND = " .,-–_'`"  # what dotted lines leave around a day
_LONGEST_PLACE = 40  # characters
_LINE_STEP = 1.75  # a line this many steps below the one before begins something new


@dataclass(frozen=True)
class Header:
    """The first page's header; every part may be missing."""

    agency: Found | None = None
    parent: Found | None = None
    number: Found | None = None
    notation: Found | None = None
    code: Found | None = None
    place: Found | None = None
    date: Found | None = None
    number_line: Line | None = None


def header_of(sheet: Sheet, names: Sequence[TypeName] = (), title: Title | None = None) -> Header:
    """Read the header of a first page; `names` are the abbreviations a notation may begin with. What stands as low as
    the title belongs to no organisation."""
    motto = motto_of(sheet)
    border = motto.box.x0 if motto is not None and motto.box.x0 > 0.3 else 0.47
    left = [run for run in sheet.runs if run.y < _TOP and run.x < border]
    top = motto.box.y0 - 0.03 if motto is not None else 0.0
    rows = (_left_part(line, border) for line in sheet.lines if line.y < _TOP and line.y > top)
    number_line = next((row for row in rows if row is not None and _is_numbered(row)), None)
    header = _numbered(number_line, sheet, names) if number_line is not None else Header()
    limit = number_line.y if number_line is not None else (motto.y + 0.08 if motto is not None else 0.12)
    limit = min(limit, motto.y + _TALLEST) if motto is not None else limit  # a house number far below is no header's
    limit = (
        min(limit, title.lines[0].y) if title is not None and (motto is None or title.lines[0].y > motto.y) else limit
    )
    organisations = _organisations([run for run in left if top <= run.y < limit - 0.002], sheet)
    level = number_line.y + _BESIDE if number_line is not None else _TOP
    right = (_right_part(line, border - _LEFT_OF) for line in sheet.lines if line.y < level)
    dated = next((part for part in right if part is not None and is_dated(part)), None)
    place, day = (_place(dated, sheet), date_found(dated, sheet)) if dated is not None else (None, None)
    agency = organisations[-1] if organisations else None
    parent = _joined(organisations[:-1])
    return replace(header, agency=agency, parent=parent, place=place, date=day)


def _left_part(line: Line, border: float) -> Line | None:
    """What of a line stands left of the motto: a number written by hand is often set apart from its notation."""
    tokens = tuple(token for token in line.tokens if token.x < border)
    return Line(tokens, line.page, line.block) if tokens else None


def _right_part(line: Line, border: float) -> Line | None:
    """What of a line stands in the right half: a day written by hand is often set apart from the words around it."""
    tokens = tuple(token for token in line.tokens if token.x >= border)
    return Line(tokens, line.page, line.block) if tokens else None


def is_dated(run: Line) -> bool:
    """A line "Quảng Ngãi, ngày … tháng … năm …" to one of its readers: nothing but a place before the day."""
    return any(_is_dated(nfc(text)) for text in run.texts)


def _is_dated(text: str) -> bool:
    match = _DATE.search(text)
    if match is None or match.start() > _LONGEST_PLACE:
        return False
    place = text[: match.start()].rstrip()
    named = all(word[:1].isupper() for word in re.findall(r"[^\W\d_]+", place))
    return not re.search(r"[\d:;]", place) and (named or place.endswith(","))


def date_found(run: Line, sheet: Sheet) -> Found | None:
    """The date of a line "…, ngày … tháng … năm …", on any page; None if no reader saw one."""
    if not any(_DATE.search(text) for text in map(nfc, run.texts)):
        return None
    digits = [t for t in run.tokens if re.search(r"\d", t.text)] or list(run.tokens)
    weak = Line(tuple(digits), run.page, run.block)
    found = on_page(run, lambda text: _day(_date_parts(text)), sheet.reading, weak=weak)
    parts = next(parts for text in map(nfc, run.texts) if (parts := _date_parts(text)))
    again = found.again and replace(found.again, written=_written_day(found.again.raw))
    match = _DATE.search(nfc(run.text))
    raw = match[0] if match else run.text
    return replace(found, raw=raw, partial=parts, written=_written_day(run.text), again=again).readable()


# --- number and notation ---------------------------------------------------------------------------------------------


def _is_numbered(row: Line) -> bool:
    """ "Số: …" to the first reader, or to the second with a digit or a stroke behind it: that one may see "SỐ TƯ PHÁP"
    where an organisation's name stands."""
    other = _number_text(row.seen.text) if row.seen is not None else None
    return _number_text(row.text) is not None or (other is not None and bool(re.search(r"[\d/]", other)))


def _number_text(text: str) -> str | None:
    match = _NUMBER.match(nfc(text))
    return match["rest"] if match else None


@dataclass(frozen=True)
class _Numbered:
    """The parts of `84/QĐ-UBND`; `digits` and `tail` are what stands before and behind the stroke."""

    digits: str
    tail: str
    number: str | None
    notation: str | None
    code: str | None
    snapped: int = 0


def _parts(line: str, names: Sequence[TypeName]) -> _Numbered:
    text = (_number_text(line) or "").strip()
    cut = _NOTATION.search(text)
    digits = re.sub(r"[\s._]", "", text[: cut.start()] if cut else text.partition("/")[0])
    number = digits if digits.isdigit() and len(digits) <= 6 else None
    if number is not None and len(number) == 1:
        number = f"0{number}"  # Decree 30: below ten with a leading nought
    if not cut:
        plain = kinds.cleaned(text).replace(" ", "")
        return _Numbered(digits, text, number, None, plain if re.fullmatch(r"\d[\w/.\-]*", plain) else None)
    tail = text[cut.end() :]
    notation, snap = _notation(tail, names)
    return _Numbered(digits, tail, number, notation, f"{number}/{notation}" if number and notation else None, snap)


def _numbered(run: Line, sheet: Sheet, names: Sequence[TypeName]) -> Header:
    parts, reading = _parts(run.text, names), sheet.reading
    notation = on_page(run, lambda text: _parts(text, names).notation, reading, weak=_tail(run), snapped=parts.snapped)
    number = _written(on_page(run, lambda text: _parts(text, names).number, reading), parts.digits, names)
    code = _written(on_page(run, lambda text: _parts(text, names).code, reading), parts.digits, names)
    cut = any(_NOTATION.search(text) for text in map(nfc, run.texts))
    return Header(
        number=replace(number, raw=parts.digits).readable(),
        notation=replace(notation, raw=parts.tail).readable() if cut else None,
        code=replace(code, raw=_number_text(run.text) or run.text).readable(),
        number_line=run,
    )


def _written(found: Found, digits: str, names: Sequence[TypeName]) -> Found:
    again = found.again and replace(found.again, written=_parts(found.again.raw, names).digits)
    return replace(found, written=digits, again=again)


def _tail(run: Line) -> Line:
    """The word with the stroke and what follows it: the notation is printed where the number may be written by hand."""
    for index, token in enumerate(run.tokens):
        if "/" in token.text or _INITIALS.search(token.text):
            return Line(run.tokens[index:], run.page, run.block)
    return run


def _notation(text: str, names: Sequence[TypeName]) -> tuple[str | None, int]:
    """`QĐ-UBND`: the first part snaps to a known abbreviation, the rest stays as read."""
    plain = re.sub(r"\s*[-–—]\s*", "-", nfc(text).replace("Ð", "Đ").strip()).split(" ")[0].strip(" .,;:-'`‘’")
    if not re.fullmatch(r"[A-Za-zĐđƯưƠơ]+(?:[-.&][A-Za-zĐđƯưƠơ0-9]+)*", plain):
        return None, 0
    first, dash, rest = plain.partition("-")
    for name in names:
        if first == name.abbreviation:
            return plain, 0
    near = {n.abbreviation for n in names if fold(first) == fold(n.abbreviation) or _undoubled(first) == n.abbreviation}
    if len(near) == 1:
        return f"{near.pop()}{dash}{rest}", 1
    return plain, 0


def _undoubled(text: str) -> str:
    return re.sub(r"(.)\1", r"\1", text)


# --- agency ----------------------------------------------------------------------------------------------------------


def _organisations(runs: Sequence[Line], sheet: Sheet) -> list[Found]:
    """The header's organisations from top to bottom; a name may run over several lines."""
    groups: list[list[Line]] = []
    for run in sorted(runs, key=lambda run: run.y):
        line = capital_part(run)
        if line is None:
            continue
        text = line.folded
        begins = any(text == head or text.startswith(f"{head} ") for head in folded("organisation_heads"))
        if begins and groups and _goes_on(groups[-1], text):
            begins = False
        if begins or not groups:
            groups.append([line])
        else:
            groups[-1].append(line)
    found = []
    for group in groups:
        line = Line(tuple(token for part in group for token in part.tokens), sheet.page, group[0].block)
        found.append(on_page(line, agency_name, sheet.reading))
    return found


def _goes_on(name: Sequence[Line], text: str) -> bool:
    """Whether a line that might begin a name ends the one above: "SỞ NÔNG NGHIỆP VÀ MÔI" and "TRƯỜNG"."""
    above = " ".join(line.folded for line in name)
    known = f"{above} {text}" in folded("agency_heads")
    return known or above.endswith((" va", " cua", " truc thuoc", " moi"))


def agency_name(text: str) -> str:
    """Capitals, one tone style, without specks."""
    return tone_style(kinds.cleaned(text)).upper()


def capital_part(run: Line) -> Line | None:
    """The run without specks at its ends; None if it is no line of capitals."""
    tokens = [token.without_small_before() for token in run.tokens]
    while tokens and not _is_capital_word(tokens[0]):
        tokens.pop(0)
    while tokens and not (_is_capital_word(tokens[-1]) or _is_letter_of_name(tokens)):
        tokens.pop()
    if not tokens or capitals_share("".join(t.text for t in tokens)) < 0.7 or len(tokens) < 2 > len(tokens[0].core):
        return None
    return Line(tuple(tokens), run.page, run.block)


def _is_letter_of_name(tokens: Sequence[Token]) -> bool:
    """The letter that tells units of one name apart ("XÃ PHÚ THÀNH A"), a space behind the name."""
    if len(tokens) < 2 or not re.fullmatch("[ABCDĐ]", tokens[-1].text) or not _is_capital_word(tokens[-2]):
        return False
    return tokens[-1].box.x0 - tokens[-2].box.x1 < tokens[-1].box.height


def _is_capital_word(token: Token) -> bool:
    return (len(token.core) > 1 and capitals_share(token.text) >= 0.7) or bool(re.fullmatch(r"\d{1,2}", token.text))


def _joined(parts: Sequence[Found]) -> Found | None:
    if not parts:
        return None
    found = replace(
        parts[0],
        value=" ".join(part.value or "" for part in parts),
        confidence=min(part.confidence for part in parts),
        together=min((part.together for part in parts if part.together is not None), default=None),
    )
    seen = [part.again for part in parts]
    if found.again is None or None in seen:
        return replace(found, again=None)
    looks = [look for look in seen if look is not None]
    value = " ".join(look.value or "" for look in looks)
    return replace(found, again=replace(found.again, value=value, confidence=min(look.confidence for look in looks)))


# --- place and date --------------------------------------------------------------------------------------------------


def _place(run: Line, sheet: Sheet) -> Found | None:
    tokens: list[Token] = []
    for token in run.tokens:
        if (
            fold(token.text).startswith("nga")
            and tokens
            and (fold(token.text).startswith("ngay") or tokens[-1].text.endswith(","))
        ):
            break
        tokens.append(token)
    line = Line(tuple(tokens), run.page, run.block).trimmed() if tokens and len(tokens) < len(run.tokens) else None
    if line is None:
        return None
    return on_page(line, lambda text: tone_style(kinds.cleaned(text)), sheet.reading).readable()


def _written_day(text: str) -> str:
    match = _DATE.search(nfc(text))
    return match["day"].strip(" .,") if match else ""


def _date_parts(text: str) -> dict[str, str]:
    """What can be read of "ngày … tháng … năm …"."""
    match = _DATE.search(nfc(text))
    if match is None:
        return {}
    day, month = match["day"].strip(_AROUND), match["month"].strip(_AROUND)
    parts = {"year": match["year"]}
    if re.fullmatch(r"\d{1,2}", month) and 1 <= int(month) <= 12:
        parts["month"] = f"{int(month):02d}"
    if re.fullmatch(r"\d{1,2}", day) and 1 <= int(day) <= 31:
        parts["day"] = f"{int(day):02d}"
    return parts


def _day(parts: Mapping[str, str]) -> str | None:
    if len(parts) < 3:
        return None
    found = valid_date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    return found.isoformat() if found else None


# --- title and subject -----------------------------------------------------------------------------------------------


def subject_of(sheet: Sheet, title: Title | None, header: Header) -> Found | None:
    """Under the title, or (công văn) "V/v …" under the number."""
    if title is None:
        start = next((r for r in sheet.runs if _is_about(r) and r.y < _TOP + 0.05 and r.x < 0.5), None)
    else:
        start = _under_title(sheet, title, header)
    if start is None or _begins_body(start):
        return None
    lines, whole = _block(sheet, start, sheet.runs if title is None else sheet.lines)
    line = Line(tuple(token for part in lines for token in part.tokens), sheet.page, lines[0].block)
    return on_page(line, kinds.cleaned, sheet.reading, unsure=not whole)


def _under_title(sheet: Sheet, title: Title, header: Header) -> Line | None:
    last = title.lines[-1]
    below = [line for line in sheet.lines if line.y > last.y + 0.4 * last.box.height and line.trimmed() is not None]
    if header.number_line is not None:
        below = [line for line in below if line.y > header.number_line.y]
    start = min(below, key=lambda line: line.y, default=None)
    return start if start is not None and start.box.y0 - last.box.y1 <= 3 * last.box.height else None


def _is_about(run: Line) -> bool:
    return fold(run.text).lstrip(" '\"`-").startswith(("v/v", "ve viec", "vv "))


def _block(sheet: Sheet, start: Line, pool: Sequence[Line]) -> tuple[list[Line], bool]:
    """The lines that go on from `start`, in its column, and whether their end is plain: a wider gap, or words that
    begin the body. Where only the width tells a subject from the body, the end is not plain."""
    rows = [line for row in pool if row.y > start.y and _overlaps(row, start) and (line := row.trimmed()) is not None]
    block, step, plain = [_kept(start)], 0.0, True
    for line in sorted(rows, key=lambda row: row.y):
        gap = line.y - block[-1].y
        if gap < 0.3 * block[-1].box.height:
            continue
        if pool is sheet.lines and abs(_middle(line) - _middle(start)) > _OFF_CENTRE:
            continue  # under a title all lines are centred: this is a stamp in the margin
        if gap > (_LINE_STEP * step if step else 2.6 * start.box.height) or _begins_body(line):
            return block, plain and not line.text[:1].islower()  # no body begins so: the end may be in between
        edge = sheet.right_edge if pool is sheet.lines else start.box.x1 + 0.1
        if line.box.x1 > edge - 0.015 and block[-1].box.x1 < edge - 0.05:
            if not line.text[:1].islower():
                return block, False
            plain = False
        if len(block) == _LONGEST_SUBJECT:
            return block, False
        step = step or gap
        block.append(line)
    return block, plain


def _kept(line: Line) -> Line:
    return line.trimmed() or line


def _middle(line: Line) -> float:
    return (line.box.x0 + line.box.x1) / 2


def _overlaps(a: Line, b: Line) -> bool:
    return min(a.box.x1, b.box.x1) - max(a.box.x0, b.box.x0) > 0.3 * min(a.box.width, b.box.width)


def _begins_body(line: Line) -> bool:
    if line.text[:1].islower():  # "thực hiện …" goes on, "Thực hiện …" begins
        return False
    text = fold(line.text).lstrip("_-— .'`")
    capital = capitals_share(line.text) > 0.9 and len(line.tokens) > 2
    return capital or any(
        text.startswith(f"{start} ") or text.startswith(f"{start}:") for start in folded("body_starts")
    )
