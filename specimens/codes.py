"""Machine-readable marks of the made-up papers: QR pictures and the three lines of a TD1 machine-readable zone."""

from __future__ import annotations

import unicodedata
from datetime import date

import numpy as np
import zxingcpp
from PIL import Image

from specimens.people import Person

_WEIGHTS = (7, 3, 1)


def qr_picture(text: str, pixels: int) -> Image.Image:
    """A QR code of about this width with its quiet zone; modules are whole pixels."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    picture = Image.fromarray(np.asarray(code.to_image(scale=1, add_quiet_zones=True)))
    times = max(2, round(pixels / picture.width))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def card_qr(person: Person, address: str, issued: date) -> str:
    """cccd|old_cmnd|name|ddmmyyyy|sex|address|ddmmyyyy, as the identity card carries it."""
    days = [f"{day:%d%m}{day.year}" for day in (person.birth, issued)]
    return "|".join((person.personal_id, person.old_id, person.name, days[0], person.sex, address, days[1]))


def plain_letters(text: str) -> str:
    """Capitals without marks, Đ as D: what an MRZ can say."""
    bare = unicodedata.normalize("NFD", text.upper().replace("Đ", "D"))
    return "".join(char for char in bare if not unicodedata.combining(char))


def check_digit(text: str) -> str:
    """ICAO 9303 part 3: weights 7-3-1 over digits, letters from 10, filler 0."""
    values = (0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55 for c in text)
    return str(sum(value * _WEIGHTS[i % 3] for i, value in enumerate(values)) % 10)


def td1(person: Person, expires: date) -> tuple[str, str, str]:
    """The card's back: document number is the last nine digits, the whole number stands in the optional data."""
    number = person.personal_id[3:]
    optional = f"{person.personal_id}<<"
    first = f"IDVNM{number}{check_digit(number)}{optional}{check_digit(person.personal_id)}"
    birth, expiry = f"{person.birth:%y%m%d}", f"{expires:%y%m%d}"
    sex = "M" if person.sex == "Nam" else "F"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM{'<' * 11}"
    second += check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    family, *given = plain_letters(person.name).split()
    return first, second, f"{family}<<{'<'.join(given)}".ljust(30, "<")[:30]
