"""Made-up texts of lines: what stands on the papers of a one-stop counter, and what no language model could guess.

A recogniser that has only seen fluent text reads fluent text into a name or a number that is none. So a good part of
the lines are rare syllables, random characters and numbers, where nothing but the picture helps.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from specimens import TYPE_IDS, make_paper
from specimens.people import full_name, places, tax_code
from specimens.words import date_words, dong, long_date, number_words, slashed
from training.alphabet import ALPHABET, spelled

_ONSETS = ("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x").split()
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê "
    "êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan oang "
    "oanh oat oay oăc oăm oăn oăng oăt oc oe oen oet oi om on ong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u "
    "ua uân uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt ư "
    "ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêt yêu"
).split()
_TONED = {
    "a": "àáảãạ", "ă": "ằắẳẵặ", "â": "ầấẩẫậ", "e": "èéẻẽẹ", "ê": "ềếểễệ", "i": "ìíỉĩị", "o": "òóỏõọ", "ô": "ồốổỗộ",
    "ơ": "ờớởỡợ", "u": "ùúủũụ", "ư": "ừứửữự", "y": "ỳýỷỹỵ",
}  # fmt: skip
_MAIN_VOWELS = "ăâêôơưaeoiuy"
_NOTATIONS = (
    "QĐ-UBND NQ-HĐND CT-UBND TB-VP TB-UBND KH-UBND BC-UBND TTr-STC TTr-UBND UBND-NC UBND-VX UBND-KT VPUBND-NC GM-VP "
    "GXN-UBND TLKS TLKT-BS ĐKKH QĐ-STNMT STP-HCTP SXD-QLXD BC-SNN GPXD GCN HĐ CV-BHXH NĐ-CP TT-BTP TT-BTNMT QH15 "
    "QĐ-TTg QĐ-BTP"
).split()
_LABELS = (
    "Họ, chữ đệm, tên:|Họ và tên:|Họ, chữ đệm, tên người yêu cầu:|Ông/Bà:|Ông (bà):|Sinh ngày:|"
    "Ngày, tháng, năm sinh:|Giới tính:|Dân tộc:|Quốc tịch:|Quê quán:|Nơi sinh:|Nơi cư trú:|Nơi thường trú:|"
    "Nơi ở hiện tại:|Số định danh cá nhân:|Số CCCD:|CMND/CCCD/Hộ chiếu số:|Giấy tờ tùy thân:|Cấp ngày:|Nơi cấp:|"
    "Ngày cấp:|Có giá trị đến:|Điện thoại:|Email:|Mã số thuế:|Mã số doanh nghiệp:|Địa chỉ:|Địa chỉ trụ sở chính:|"
    "Thửa đất số:|Tờ bản đồ số:|Diện tích:|Mục đích sử dụng:|Thời hạn sử dụng:|Nguồn gốc sử dụng:|Nghề nghiệp:|"
    "Trình độ văn hóa:|Họ, chữ đệm, tên cha:|Họ, chữ đệm, tên mẹ:|Chủ hộ:|Quan hệ với chủ hộ:|Số:|Quyển số:|"
    "Kính gửi:|Nơi nhận:|Người ký:|Người đại diện theo pháp luật:|Vốn điều lệ:|Tình trạng hôn nhân:|Số phát hành:|"
    "Mã số:|Hạng:|Xếp loại:|Lý do:|Nội dung:|Thời gian nhận:|Ngày hẹn trả:|Căn cứ:|Về việc:|V/v:|Ghi chú:"
).split("|")
_AUTHORITIES = (
    "CHỦ TỊCH|KT. CHỦ TỊCH|PHÓ CHỦ TỊCH|TM. ỦY BAN NHÂN DÂN|TL. CHỦ TỊCH|CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG|"
    "GIÁM ĐỐC|KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC|TRƯỞNG PHÒNG|CÔNG CHỨC TƯ PHÁP - HỘ TỊCH|NGƯỜI KHAI|NGƯỜI LÀM ĐƠN|Nơi nhận:|"
    "Độc lập - Tự do - Hạnh phúc|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM|ỦY BAN NHÂN DÂN|HỘI ĐỒNG NHÂN DÂN|SỞ TƯ PHÁP|"
    "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG|QUYẾT ĐỊNH|THÔNG BÁO|(Đã ký)|(Ký, ghi rõ họ tên)|(Ký, đóng dấu)|"
    "Xác nhận của cơ quan|- Như Điều 3;|- Lưu: VT, NC.|- Lưu: VT, VP (02b)."
).split("|")
_DAY = date(2024, 6, 1)
HAND = "\x01"
"""Begins and ends a stretch that the press sets as a pen would write it; never part of a line's truth."""


class Texts:
    """Lines of text by chance. `corpora` are folders of plain texts (*.md, *.txt): their running text is cut up."""

    def __init__(self, seed: int, corpora: Sequence[Path] = (), papers: int = 6) -> None:
        rng = random.Random(f"texts:{seed}")
        printed = [
            line
            for type_id in TYPE_IDS
            for one in range(papers)
            for page in [make_paper(type_id, rng.randrange(10**6), dpi=24)]
            for line in page.text.splitlines()
        ]
        printed = [re.sub(r"\d{9,}", lambda m: _digits(rng, len(m[0])), line) for line in printed]
        self._printed = [line for raw in printed if len(line := spelled(raw)) > 2]
        found = sorted(path for folder in corpora for path in folder.rglob("*") if path.suffix in (".md", ".txt"))
        running = " ".join(re.sub(r"[#*|`>\\_]+", " ", path.read_text("utf-8")) for path in found)
        self._words = spelled(running).split() or " ".join(self._printed).split()
        self._vocabulary = sorted({word.strip('.,:;()"“”').lower() for word in self._words} - {""})
        self._units = [unit for place in places() for unit in (place.town(_DAY), place.province_name(_DAY))]
        self._kinds: tuple[tuple[float, Callable[[random.Random], str]], ...] = (
            (0.25, self._running),
            (0.13, self._soup),
            (0.14, self._printed_line),
            (0.09, self._name),
            (0.14, self._labelled),
            (0.10, self._number),
            (0.03, self._place),
            (0.05, self._filled_in),
            (0.04, lambda rng: rng.choice(_AUTHORITIES)),
            (0.02, _random_characters),
            (0.01, _machine_readable),
        )

    def line(self, rng: random.Random) -> str:
        """A line of at most some fifty characters, in the alphabet; may hold `HAND` marks."""
        kinds = self._kinds
        text = rng.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0](rng)
        text = re.sub(f"{HAND}[^{HAND}]*{HAND}", lambda m: HAND + spelled(m[0]) + HAND, text)
        text = HAND.join(spelled(part) if i % 2 else _spaced(part) for i, part in enumerate(text.split(HAND)))
        if rng.random() < 0.16:
            text = text.upper()
        elif rng.random() < 0.04:
            text = text.title()
        room = rng.choice((12, 24, 40, 56))
        if len(text) > room and HAND not in text:
            start = rng.randrange(len(text) - room)
            if rng.random() < 0.8:  # mostly whole words, as lines have them
                start = text.rfind(" ", 0, start + 1) + 1
                room = max(room, text.find(" ", start))
            text = text[start : start + room]
            text = text.rpartition(" ")[0] if rng.random() < 0.8 and " " in text else text
        text = " ".join(text.split())
        return text if text.replace(HAND, "").strip() else "Số: 1"

    def _running(self, rng: random.Random) -> str:
        start = rng.randrange(max(1, len(self._words) - 20))
        return " ".join(self._words[start : start + rng.randint(1, 14)])

    def _soup(self, rng: random.Random) -> str:
        words = [
            rng.choice(self._vocabulary) if rng.random() < 0.4 else syllable(rng) for _ in range(rng.randint(2, 11))
        ]
        if rng.random() < 0.35:
            words = [word.capitalize() for word in words]
        return "".join(word + rng.choice((" ", " ", " ", " ", ", ", "; ", " - ", ". ")) for word in words)

    def _printed_line(self, rng: random.Random) -> str:
        """A line of a specimen; mostly with other digits, for those of made-up ID numbers all have two nines."""
        line = re.sub(r"\d{9,}", lambda m: _digits(rng, len(m[0])), rng.choice(self._printed))
        return line if rng.random() < 0.3 else re.sub(r"\d", lambda _: rng.choice("0123456789"), line)

    def _name(self, rng: random.Random) -> str:
        name = full_name(rng, rng.choice(("Nam", "Nữ")))
        if rng.random() < 0.3:
            name = " ".join(syllable(rng).capitalize() for _ in range(rng.randint(2, 4)))
        return rng.choice(("", "", "Ông ", "Bà ", "Họ và tên: ", "Người ký: ", "KT. ")) + name

    def _labelled(self, rng: random.Random) -> str:
        value = rng.choice((self._name, self._number, self._place, self._number, self._running))(rng)[:34]
        if rng.random() < 0.3:
            value = f"{HAND}{value}{HAND}"
        return f"{rng.choice(_LABELS)} {value}"

    def _place(self, rng: random.Random) -> str:
        parts = [rng.choice(self._units) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.3:
            parts.insert(0, f"số {rng.randint(1, 400)} đường {' '.join(syllable(rng).capitalize() for _ in range(2))}")
        return ", ".join(parts)

    def _filled_in(self, rng: random.Random) -> str:
        """What is written by hand between print: the number of a letter, the day of its date, an entry's number."""
        number, day, month = str(rng.randint(1, 10 ** rng.randint(1, 4))), rng.randint(1, 31), rng.randint(1, 12)
        pen = [
            f"{HAND}{text}{HAND}"
            for text in (number, f"{day:02d}", f"{month:02d}" if rng.random() < 0.6 else str(month))
        ]
        town, year = rng.choice(self._units).split()[-2:], rng.randint(1975, 2029)
        return rng.choice(
            (
                f"Số: {pen[0]}/{rng.choice(_NOTATIONS)}",
                f"Số: {pen[0]} /{rng.choice(_NOTATIONS)}",
                f"Số: {pen[0]}/{year}/{rng.choice(_NOTATIONS)}",
                f"{' '.join(town)}, ngày {pen[1]} tháng {pen[2]} năm {year}",
                f"{' '.join(town)}, ngày {pen[1]} tháng {month:02d} năm {year}",
                f"{' '.join(town)}, ngày {pen[1]} tháng {month} năm {year}",
                f"ngày {pen[1]}/{pen[2]}/{year}",
                f"Số {pen[0]}, quyển số {rng.randint(1, 9):02d}",
                f"ĐẾN Số: {pen[0]} Ngày: {HAND}{day}/{month}{HAND}",
            )
        )

    def _number(self, rng: random.Random) -> str:
        return rng.choice(_NUMBERS)(rng)


def syllable(rng: random.Random) -> str:
    """Any syllable that Vietnamese spelling can write, common or not."""
    onset = rng.choice(_ONSETS) if rng.random() < 0.93 else ""
    rime = rng.choice(_RIMES)
    stopped = rime.endswith(("c", "ch", "p", "t"))
    tone = rng.choice((1, 4)) if stopped else rng.choice((None, 0, 1, 2, 3, 4))
    if tone is None:
        return onset + rime
    if any(vowel in rime for vowel in "ăâêơ"):
        at = next(i for i, char in enumerate(rime) if char in "ăâêơ")
    elif rime in ("oa", "oe", "uy") and rng.random() < 0.5:
        at = 1
    else:
        at = next(i for want in _MAIN_VOWELS for i, char in enumerate(rime) if char == want)
    return onset + rime[:at] + _TONED[rime[at]][tone] + rime[at + 1 :]


def _spaced(text: str) -> str:
    """Spelled, but with the spaces at its ends kept, where a pen's stretch begins."""
    inner = spelled(text)
    return (" " if text[:1] == " " else "") + inner + (" " if text[-1:] == " " and inner else "")


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _day(rng: random.Random) -> date:
    return _DAY.fromordinal(rng.randrange(_DAY.replace(year=1940).toordinal(), _DAY.replace(year=2032).toordinal()))


def _random_characters(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(3, 22)))


def _machine_readable(rng: random.Random) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(rng.choice(letters) + "<" * rng.choice((0, 0, 0, 0, 0, 1, 1, 2, 6)) for _ in range(20))[:30]


def _pen(rng: random.Random, text: str) -> str:
    return f"{HAND}{text}{HAND}" if rng.random() < 0.35 else text


_NUMBERS: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"{r.randint(1, 96):03d}{r.randint(0, 3)}{_digits(r, 8)}",
    lambda r: _digits(r, r.choice((9, 10, 12, 12))),
    tax_code,
    lambda r: f"Số: {_pen(r, str(r.randint(1, 9999)))}/{r.choice(_NOTATIONS)}",
    lambda r: f"{r.randint(1, 9999)}/{r.randint(1990, 2026)}/{r.choice(_NOTATIONS)}",
    lambda r: slashed(_day(r)),
    lambda r: f"{_day(r):%d-%m-%Y}",
    lambda r: f"{r.choice(('Hà Nội', 'Huế', 'Lâm Đồng', 'Cần Thơ', 'Đà Nẵng', 'An Giang'))}, {long_date(_day(r))}",
    lambda r: (
        f"ngày {_pen(r, f'{r.randint(1, 31):02d}')} tháng {_pen(r, f'{r.randint(1, 12):02d}')} "
        f"năm {r.randint(1980, 2029)}"
    ),
    lambda r: date_words(_day(r)),
    lambda r: dong(r.randint(1, 10**9) * r.choice((1, 1000))),
    lambda r: f"{r.randint(10, 9999)},{r.randint(0, 99)} m²",
    lambda r: f"({number_words(r.randint(1, 10**7))})",
    lambda r: f"0{r.choice('35789')}{_digits(r, 8)}",
    lambda r: f"Điều {r.randint(1, 60)} Luật số {r.randint(10, 90)}/{r.randint(2005, 2026)}/QH{r.randint(11, 16)}",
    lambda r: f"{r.randint(1, 40)}.{r.randint(1, 30)}. {_digits(r, 3)}.{_digits(r, 3)}.{_digits(r, 3)}",
    lambda r: f"{r.randint(0, 23)}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d} {slashed(_day(r))} +07:00",
    lambda r: f"{''.join(r.choice('ABCDGHKLMNPRSTVX') for _ in range(2))} {_digits(r, 6)}",
    lambda r: f"{r.randint(1, 99)} %; {r.randint(1, 99)}°{r.randint(1, 59)}'",
)
