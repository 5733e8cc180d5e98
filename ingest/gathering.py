"""Gathering the evidence of every field of a paper, from its words and from the witnesses beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from rapidfuzz import fuzz

from ingest import agencies
from ingest.agreeing import WORDED, in_one_form
from ingest.evidence import Found, on_page
from ingest.fields import kinds, letter, signature
from ingest.fields.forms import Form
from ingest.naming import SURE, Title
from ingest.penwords import pen_word
from ingest.sheet import Line, Sheet
from ingest.typenames import named, surely_named
from ingest.vocabulary import table, words
from ingest.witnesses import NamedNumber, SigningWitness, card_from_mrz, card_from_qr, number_in_name
from schemas.evidence import WitnessSource
from schemas.identifiers import provinces
from schemas.types import DocumentType, FieldRule, TypeName
from schemas.vietnamese import fold, nfc, tone_style

_SAME_TEXT = 85.0  # similarity, 0..100
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HINT = 0.5  # confidence of a witness that only suggests


@dataclass(frozen=True)
class Context:
    """A paper with everything that may speak about it: its written pages, its title, the file's name (empty where the
    file holds several papers), the incoming signatures, and what a register says of its fields (by field name)."""

    kind: DocumentType
    sheets: tuple[Sheet, ...]
    title: Title | None
    file_name: str
    signing: SigningWitness
    register: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def form(self) -> Form:
        return Form(self.kind, self.sheets, self.title)

    @cached_property
    def header(self) -> letter.Header:
        return letter.header_of(self.sheets[0], self.kind.type_names, self.title)

    @cached_property
    def signature(self) -> tuple[Found | None, Found | None]:
        return signature.signer_of(self.sheets)

    @cached_property
    def named(self) -> NamedNumber | None:
        return number_in_name(self.file_name, self.kind.type_names) if self.kind.type_names else None

    @cached_property
    def card(self) -> tuple[dict[str, Found], dict[str, Found]]:
        """(QR, MRZ) of an identity card."""
        qr = next((found for sheet in self.sheets if (found := card_from_qr(sheet.reading))), {})
        mrz = next((found for sheet in self.sheets if (found := card_from_mrz(sheet))), {})
        return qr, mrz


def gather(context: Context) -> dict[str, list[Found]]:
    """All evidence by field, in the order of the type's data file; a second reader's word stands behind a value's."""
    return {rule.name: _all(rule, context) for rule in context.kind.fields}


def _all(rule: FieldRule, context: Context) -> list[Found]:
    found = _with_seconds([in_one_form(one, rule.kind) for one in _gather(rule, context)])
    pen = pen_word(rule, found[0], _decided_notation(context), context.sheets) if found else None
    return found + _told(rule, context, found) + ([pen] if pen is not None else [])


def _with_seconds(found: Sequence[Found]) -> list[Found]:
    return [witness for one in found for witness in (one, one.second()) if witness is not None]


def _gather(rule: FieldRule, context: Context) -> list[Found]:
    found: list[Found] = []
    seen_on_form = False
    for where in rule.where:
        if where in ("after_label", "below_label"):
            if not seen_on_form:
                found += context.form.find(rule)[:1]
            seen_on_form = True
        elif not any(one.source in ("ocr", "text_layer") and one.value for one in found):
            found += _BY_LAYOUT[where](context) if where in _BY_LAYOUT else _BY_RULE[where](rule, context)
    return found


def _told(rule: FieldRule, context: Context, found: Sequence[Found]) -> list[Found]:
    """What the register says. Numbers, names and dates are typed as they are; of texts it often gives a short form,
    which is no witness against the paper's."""
    typed = context.register.get(rule.name)
    if not typed:
        return []
    value = _typed_form(rule, typed, context)
    if rule.kind in WORDED:
        own = next((one.value for one in found if one.value is not None), "")
        if fuzz.ratio(fold(own), fold(typed)) < _SAME_TEXT:
            return []
        value = own if tone_style(own).casefold() == tone_style(nfc(typed)).casefold() else nfc(typed)
    return [Found(typed, value, "register", _HINT)] if value is not None else []


def _typed_form(rule: FieldRule, typed: str, context: Context) -> str | None:
    """The normal form that the paper's own value has."""
    if rule.kind == "date":
        return typed if _ISO_DAY.fullmatch(typed) else kinds.normal(rule, typed)
    value = kinds.normal(rule, typed)
    if rule.kind == "choice":
        return kinds.snapped(typed, rule.choices)[0]
    if value is not None and context.kind.type_names and rule.kind in ("number", "code"):
        number, stroke, notation = value.partition("/")
        return f"{number.zfill(2)}{stroke}{notation}"
    return value


def _agency(context: Context) -> list[Found]:
    found = context.header.agency
    if found is None or found.value is None:
        return []
    own = _proper(found)
    value = own.value or ""
    exact = next((n for n in map(letter.agency_name, context.signing.signers) if fold(n) == fold(value)), None)
    if exact is not None:
        return [replace(own, value=exact), Found(exact, exact, "signature_stamp", 1.0)]
    place = context.header.place
    if place is not None and place.value and value.endswith(f" {tone_style(place.value).upper()}"):
        head = value.removesuffix(f" {tone_style(place.value).upper()}")
        own = replace(own, repeated=head in _UNNAMED)
    return [own]


def _proper(found: Found) -> Found:
    """The agency in its proper spelling; confirmed where it ends in a province and is from lists throughout."""
    if found.value is None:
        return found
    _, distance, whole = agencies.snapped(found.value)
    return replace(found.in_form(lambda name: agencies.snapped(name)[0]), snapped=distance, structural=whole)


_UNNAMED = {f"{head} {unit}" for head in words("agency_heads") for unit in words("unit_words")}


def _parent(context: Context) -> list[Found]:
    found = context.header.parent
    return [_proper(found)] if found is not None else []


def _header_number(rule: FieldRule, context: Context) -> list[Found]:
    """The number alone, or the whole code where the field is one; the file's name and number stamps speak too."""
    header = context.header
    whole = rule.kind == "code"
    own = header.code if whole else header.number
    found = [own] if own is not None else []
    notation = _decided_notation(context)
    for digits, source in _other_numbers(context):
        if whole and not (notation and context.kind.type_names):
            continue
        value = f"{digits}/{notation}" if whole else digits
        found.append(Found(digits, value, source, _HINT))
    if own is not None and whole and own.value is not None and notation and context.kind.type_names:
        found[0] = own.in_form(lambda code: f"{code.partition('/')[0]}/{notation}")
    return found


def _other_numbers(context: Context) -> list[tuple[str, WitnessSource]]:
    """Numbers told by the file's name and by number stamps, each with its source."""
    numbers: list[tuple[str, WitnessSource]] = []
    if context.named is not None and _fits_title(context.named, context):
        numbers.append((context.named.number, "file_name"))
    read = context.header.number
    for digits, page in context.signing.numbers:
        if read is not None and page == context.sheets[0].page and digits.zfill(2) == read.value:
            numbers.append((digits.zfill(2), "signature_stamp"))
    return numbers


def _fits_title(named: NamedNumber, context: Context) -> bool:
    """A file name that speaks of another type is about another paper."""
    titled = titled_name(context)
    if named.abbreviation is None:
        return titled is None
    return titled is None or titled.abbreviation == named.abbreviation


def titled_name(context: Context) -> TypeName | None:
    """The type name that the title says."""
    if context.title is None or context.title.score < SURE:
        return None
    return named(" ".join(line.text for line in context.title.lines), context.kind.type_names)


def _decided_notation(context: Context) -> str | None:
    found = _notation(context)
    return found[0].value if found else None


def _notation(context: Context) -> list[Found]:
    """The notation confirms itself where its first part is the title's type and its second the agency's initials."""
    own = context.header.notation
    if own is None or own.value is None:
        return [own] if own is not None else []
    first, _, rest = own.value.partition("-")
    titled = titled_name(context)
    initials = _initials(context)
    backed = titled is not None and first == titled.abbreviation and rest == initials
    found = [replace(own, structural=backed)]
    if context.named is not None and context.named.abbreviation == first and titled is not None:
        found += [Found(context.file_name, own.value, "file_name", _HINT)] if rest == initials else []
    return found


def _initials(context: Context) -> str | None:
    """UBND for ỦY BAN NHÂN DÂN …"""
    agency = context.header.agency
    if agency is None or agency.value is None:
        return None
    for name, short in table("initials").items():
        if fold(agencies.snapped(agency.value)[0]).startswith(fold(name)):
            return str(short)
    return None


def _header_place(context: Context) -> list[Found]:
    found = context.header.place
    if found is None or found.value is None:
        return []
    agency = _agency(context)
    if agency and agency[0].value:
        tail = agency[0].value
        if fold(tail).endswith(fold(found.value)):
            return [replace(found.in_form(_proper_place), structural=_province(found.value) is not None)]
    return [found]


def _proper_place(text: str) -> str:
    """A province in its proper spelling; any other place as it stands."""
    proper = _province(text)
    return tone_style(proper) if proper else text


def _province(text: str) -> str | None:
    return next((name for name in provinces().values() if fold(name) == fold(text)), None)


def _header_date(context: Context) -> list[Found]:
    """The date of the header, or of the place line at the foot of a form that is dated there; and the signing day."""
    own = context.header.date
    if own is None:
        lines = ((sheet, run) for sheet in reversed(context.sheets) for run in sheet.runs if run.x > 0.35)
        own = next((letter.date_found(run, sheet) for sheet, run in lines if letter.is_dated(run)), None)
    if own is None:
        return []
    found = [own]
    for day in context.signing.days:
        iso = day.isoformat()
        same_month = own.partial.get("month") == iso[5:7] and own.partial.get("year") == iso[:4]
        if own.value == iso or (own.value is None and same_month):
            found.append(Found(iso, iso, "signature_time", _HINT))
    return found


def _title(context: Context) -> list[Found]:
    named = titled_name(context)
    sheet = context.sheets[0]
    if named is not None and context.title is not None:
        line = Line(tuple(t for part in context.title.lines for t in part.tokens), sheet.page)
        own = on_page(line, partial(surely_named, context.kind.type_names), sheet.reading)
        notation = context.header.notation
        whole = own.value == named.name
        own = replace(own, value=named.name, unsure=not whole)
        exact = whole and context.title.score >= 0.99
        short = notation.value.partition("-")[0] if notation is not None and notation.value else None
        found = [replace(own, structural=exact or short == named.abbreviation)]
        if context.named is not None and context.named.abbreviation == named.abbreviation:
            found.append(Found(context.file_name, named.name, "file_name", _HINT))
        return found
    untitled = next((name for name in context.kind.type_names if not name.titled and not name.copy_form), None)
    notation = context.header.notation
    if untitled is None or context.title is not None or notation is None or notation.value is None:
        return []
    first = notation.value.partition("-")[0]
    if first == _initials(context):  # an office's initials where other letters have their type
        return [replace(notation, value=untitled.name, structural=True)]
    return []


def _subject(context: Context) -> list[Found]:
    found = letter.subject_of(context.sheets[0], context.title, context.header)
    return [found] if found is not None else []


def _signer(context: Context) -> list[Found]:
    own = context.signature[1]
    if own is None:
        return []
    signers = [kinds.name(name) for name in context.signing.signers]
    return [
        own,
        *(
            Found(name, name, "signature_stamp", 1.0)
            for name in signers
            if name and fold(name) == fold(own.value or "")
        ),
    ]


def _signing_agency(context: Context) -> list[Found]:
    found = signature.signing_agency(context.sheets)
    return [_proper(found)] if found is not None else []


def _authority(context: Context) -> list[Found]:
    return [context.signature[0]] if context.signature[0] is not None else []


def _pattern(rule: FieldRule, context: Context) -> list[Found]:
    """The first place on the paper where the field's pattern stands."""
    pattern = re.compile(rule.pattern or "(?!)")
    for sheet in context.sheets:
        for run in sheet.runs:
            match = pattern.search(nfc(run.text))
            if match:
                covered = _covering(run, match)
                return [replace(on_page(covered, partial(_matched, pattern), sheet.reading), value=match[0])]
    return []


def _matched(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(nfc(text))
    return match[0] if match else None


def _covering(run: Line, match: re.Match[str]) -> Line:
    """The tokens a match lies on."""
    tokens, at = [], 0
    for token in run.tokens:
        if at < match.end() and at + len(token.text) > match.start():
            tokens.append(token)
        at += len(token.text) + 1
    return Line(tuple(tokens) or run.tokens, run.page, run.block)


def _qr(rule: FieldRule, context: Context) -> list[Found]:
    """From an identity card's QR code, or from any code that contains the field's pattern."""
    found = context.card[0].get(rule.name)
    if found is not None or rule.pattern is None:
        return [found] if found is not None else []
    for sheet in context.sheets:
        for code in sheet.reading.barcodes:
            match = re.search(rule.pattern, nfc(code.text))
            if match:
                return [Found(match[0], match[0], "qr", 1.0, sheet.page, code.box, code.format)]
    return []


def _mrz(rule: FieldRule, context: Context) -> list[Found]:
    found = context.card[1].get(rule.name)
    return [found] if found is not None else []


_BY_LAYOUT: dict[str, Callable[[Context], list[Found]]] = {
    "header_agency": _agency,
    "header_parent": _parent,
    "header_notation": _notation,
    "header_place": _header_place,
    "header_date": _header_date,
    "title": _title,
    "subject": _subject,
    "signer": _signer,
    "authority": _authority,
    "signature_agency": _signing_agency,
}
_BY_RULE: dict[str, Callable[[FieldRule, Context], list[Found]]] = {
    "pattern": _pattern,
    "header_number": _header_number,
    "qr": _qr,
    "mrz": _mrz,
}
