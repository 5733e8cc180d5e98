"""What speaks about a paper besides its words: the file's name, visible signature stamps, signing times, the QR code
and the machine-readable lines of an identity card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

from ingest.evidence import Found
from ingest.fields.numerals import valid_date
from ingest.sheet import Sheet
from schemas.evidence import Verdict
from schemas.identifiers import Cccd
from schemas.reading import PageReading
from schemas.types import TypeName
from schemas.vietnamese import nfc

_HANOI = timezone(timedelta(hours=7))
_STAMP_DAY = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")
_MRZ_LINE = re.compile(r"[A-Z0-9<]{28,31}")
_MRZ_WEIGHTS = (7, 3, 1)


# --- the file's name -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NamedNumber:
    """A document's number as the file's name tells it, with the abbreviation of the type beside it, if there."""

    number: str
    abbreviation: str | None


def number_in_name(file_name: str, names: Sequence[TypeName]) -> NamedNumber | None:
    """`84 QĐ UB.signed.pdf` → 84, QĐ; `2770 (08-CT-UBND).pdf` → 08, CT; `575 UB.pdf` → 575. A number without a type or
    an office beside it (`05.signed.pdf`) is no document number: registries number incoming papers too."""
    stem = nfc(file_name)
    known = {name.abbreviation.upper(): name.abbreviation for name in names}
    known.setdefault("QD", "QĐ")
    abbreviations = "|".join(sorted(known, key=len, reverse=True))
    number = r"(?<![\w.])(?P<number>\d{1,5})"
    typed = re.compile(rf"{number}[\s_\-/.]{{0,2}}(?P<type>{abbreviations})(?![^\W\d_])", re.IGNORECASE)
    found = {(m["number"], known[m["type"].upper()]) for m in typed.finditer(stem)}
    if len(found) == 1:
        digits, abbreviation = found.pop()
        return NamedNumber(_two_digits(digits), abbreviation)
    office = re.match(rf"{number}[\s_\-]{{0,2}}(?:UB|UBND|HĐND|HDND)(?![^\W\d_])", stem, re.IGNORECASE)
    return NamedNumber(_two_digits(office["number"]), None) if office and not found else None


def _two_digits(number: str) -> str:
    plain = number.lstrip("0") or "0"
    return plain.zfill(2)


# --- signatures ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SigningWitness:
    """What the incoming signatures tell: the days of the first signature (more than one where its time zone is
    doubtful), short numbers drawn by stamps, and the names of the signers."""

    days: tuple[date, ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()  # (digits, page)
    signers: tuple[str, ...] = ()

    @property
    def last_day(self) -> date | None:
        """No paper is issued after it was first signed."""
        return max(self.days, default=None)


def signing_witness(verdict: Verdict | None) -> SigningWitness:
    """Gathered from a file's verdict. A signature found INVALID is no witness."""
    if verdict is None:
        return SigningWitness()
    numbers, signers = [], []
    days: list[tuple[date, ...]] = []
    for signature in verdict.signatures:
        if signature.verdict == "INVALID":
            continue
        if signature.signer:
            signers.append(nfc(signature.signer))
        text = (signature.stamp_text or "").strip()
        if re.fullmatch(r"\d{1,5}", text):
            numbers.append((text, signature.stamp_page or 1))
        found = _days(text, signature.signed_at, signature.time_source)
        if found:
            days.append(found)
    first = min(days, default=())
    return SigningWitness(first, tuple(numbers), tuple(signers))


def _days(stamp: str, signed_at: str | None, source: str) -> tuple[date, ...]:
    """The stamp prints local time; a timestamp is UTC; a claimed time is often local time marked as UTC, so that both
    readings are kept."""
    match = _STAMP_DAY.search(stamp)
    printed = valid_date(int(match[3]), int(match[2]), int(match[1])) if match else None
    if printed is not None:
        return (printed,)
    if not signed_at:
        return ()
    moment = datetime.fromisoformat(signed_at)
    if moment.tzinfo is None:
        return (moment.date(),)
    local = moment.astimezone(_HANOI).date()
    return (local,) if source == "timestamp" else tuple(sorted({local, moment.date()}))


# --- the identity card -----------------------------------------------------------------------------------------------


def card_from_qr(reading: PageReading) -> dict[str, Found]:
    """`cccd|old_cmnd|name|ddmmyyyy|sex|address|ddmmyyyy` (domain.md), more parts on cards of 2024 are left alone."""
    for code in reading.barcodes:
        parts = [part.strip() for part in nfc(code.text).split("|")]
        if len(parts) < 7 or not Cccd.is_valid(parts[0]):
            continue
        born, issued = _compact(parts[3]), _compact(parts[6])
        values = {
            "personal_id": parts[0],
            "full_name": " ".join(p[:1].upper() + p[1:].lower() for p in parts[2].split()) or None,
            "birth_date": born,
            "sex": parts[4] if parts[4] in ("Nam", "Nữ") else None,
            "address": parts[5] or None,
            "issued_date": issued,
        }
        return {
            name: Found(value, value, "qr", 1.0, reading.page, code.box, code.format, structural=True)
            for name, value in values.items()
            if value
        }
    return {}


def _compact(text: str) -> str | None:
    if not re.fullmatch(r"\d{8}", text):
        return None
    found = valid_date(int(text[4:]), int(text[2:4]), int(text[:2]))
    return found.isoformat() if found else None


def card_from_mrz(sheet: Sheet) -> dict[str, Found]:
    """The three TD1 lines of a card's back (ICAO 9303 part 5); only lines whose check digits are right speak."""
    lines = [(line, _mrz_text(line.text)) for line in sheet.lines]
    reading = sheet.reading
    for (first, top), (second, middle) in pairwise(lines):
        if not (top.startswith("IDVNM") and _MRZ_LINE.fullmatch(top) and _MRZ_LINE.fullmatch(middle)):
            continue
        top, middle = top.ljust(30, "<")[:30], middle.ljust(30, "<")[:30]
        if not _mrz_checks(top, middle):
            continue
        number = top[15:27]
        if not Cccd.is_valid(number) or number[3:] != top[5:14]:
            continue
        card = Cccd.parse(number)
        values = {
            "personal_id": number,
            "birth_date": _mrz_day(middle[:6], card.birth_year // 100 * 100),
            "sex": {"M": "Nam", "F": "Nữ"}.get(middle[7]),
            "expiry_date": _mrz_day(middle[8:14], 2000),
        }
        box = first.box.union(second.box)
        confidence = min(first.confidence, second.confidence)
        return {
            name: Found(
                value, value, "mrz", confidence, sheet.page, box, reading.engine, reading.config, structural=True
            )
            for name, value in values.items()
            if value
        }
    return {}


def _mrz_text(text: str) -> str:
    """Without blanks and specks; a card's first letter is always I, whatever was read for it."""
    plain = re.sub(r"[^A-Z0-9<]", "", text.upper().replace("«", "<<").replace("‹", "<"))
    return re.sub(r"^.?DVNM", "IDVNM", plain)


def _mrz_checks(top: str, middle: str) -> bool:
    composite = top[5:30] + middle[0:7] + middle[8:15] + middle[18:29]
    checked = ((top[5:14], top[14]), (middle[:6], middle[6]), (middle[8:14], middle[14]), (composite, middle[29]))
    return all(mrz_check_digit(text) == digit for text, digit in checked)


def mrz_check_digit(text: str) -> str:
    """ICAO 9303 part 3: weights 7-3-1; letters count from 10, the filler 0."""
    values = (0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55 for c in text)
    return str(sum(value * _MRZ_WEIGHTS[i % 3] for i, value in enumerate(values)) % 10)


def _mrz_day(text: str, century: int) -> str | None:
    if not text.isdigit():
        return None
    found = valid_date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
    return found.isoformat() if found else None
