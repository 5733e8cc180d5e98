"""What a second reader saw at a value's place, and what its word is worth."""

from __future__ import annotations

import pytest

from ingest.secondlook import seen_at
from ingest.understand import understand
from schemas import doubts
from schemas.evidence import FieldReading
from schemas.reading import Box, PageReading, SecondLook, Word
from schemas.types import TypeCatalogue
from tests.ingest.written import Row, birth, centred, letter, page, read_again, signature, signed

TYPES = TypeCatalogue.load()
WIDTH = 0.01


def _placed(text: str) -> list[tuple[str, Box]]:
    """Words where a typewriter would set them."""
    placed, x = [], 0.1
    for part in text.split(" "):
        if part:
            placed.append((part, Box(x0=x, y0=0.1, x1=x + WIDTH * len(part), y1=0.12)))
        x += WIDTH * (len(part) + 1)
    return placed


def _look(text: str) -> SecondLook:
    words = [Word(text=part, box=box, confidence=0.9, block=0, line=0) for part, box in _placed(text)]
    return SecondLook(engine="other", block=0, line=0, words=tuple(words))


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ("Họ tên: Lý Thanh Uyên", "Họ tên: Lý Thanh Uyên", ["Họ", "tên:", "Lý", "Thanh", "Uyên"]),
        ("Số: 1Z4 /QĐ", "Số: 124 /QĐ", ["Số:", "124", "/QĐ"]),
        ("NguyễnVăn An", "Nguyễn Văn An", ["Nguyễn Văn", "An"]),
        ("Nguyễn Văn An", "NguyễnVăn An", ["Nguyễn", "Văn", "An"]),
        ("Dân tộc: Kinh", "Dân tộc:", ["Dân", "tộc:", ""]),
        ("tên:    Thanh Uyên", "tên: Lý Thanh Uyên", ["tên:", "Lý Thanh", "Uyên"]),
        ("05 12", "05 12 2016", ["05", "12 2016"]),
    ],
)
def test_each_token_gets_what_was_seen_there(first: str, second: str, seen: list[str]) -> None:
    assert [part.text for part in seen_at(_placed(first), _look(second))] == seen


def test_the_weakest_word_touched_counts() -> None:
    look = _look("Nguyễn Văn An")
    weak = look.words[1].model_copy(update={"confidence": 0.3})
    look = look.model_copy(update={"words": (look.words[0], weak, look.words[2])})
    assert [part.confidence for part in seen_at(_placed("NguyễnVăn An"), look)] == [0.3, 0.9]


# --- what it is worth ------------------------------------------------------------------------------------------------


def _fields(reading: PageReading, name: str = "scan.pdf") -> dict[str, FieldReading]:
    (paper,) = understand([reading], file_name=name, signatures=None, types=TYPES).papers
    return paper.fields


def test_two_readers_that_agree_confirm_what_one_alone_could_not() -> None:
    reading = birth(sure=0.85)
    assert not _fields(reading)["full_name"].accepted
    field = _fields(read_again(reading))["full_name"]
    assert field.accepted
    assert [(w.source, w.engine) for w in field.evidence] == [("ocr", "test"), ("second_ocr", "other")]


@pytest.mark.parametrize(
    ("field", "was", "saw"),
    [
        ("full_name", "Hồng Nhung", "Hoàng Nhung"),
        ("personal_id", "051316000123", "051316000128"),
        ("birth_place", "Trạm y tế", "Trạm ý tế"),
    ],
)
def test_readers_that_differ_call_a_person(field: str, was: str, saw: str) -> None:
    assert _fields(read_again(birth()))[field].accepted
    found = _fields(read_again(birth(), (was, saw)))[field]
    assert doubts.WITNESSES_DISAGREE in found.doubts


def test_a_reader_that_saw_what_cannot_be_leaves_the_other_alone() -> None:
    changed = ("Bình Minh", "Bình Mịnhh")
    assert _fields(read_again(birth(), changed))["birth_place"].accepted
    assert not _fields(read_again(birth(sure=0.9), changed))["birth_place"].accepted


def test_a_name_of_which_a_reader_saw_what_cannot_be_waits() -> None:
    assert not _fields(read_again(birth(sure=1.0), ("Hồng Nhung", "Hông Nhung")))["full_name"].accepted


def test_a_number_is_read_twice_where_only_the_label_above_it_was_not() -> None:
    reading = page(
        centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        centred(0.14, "GIẤY CHỨNG NHẬN KẾT HÔN"),
        Row(0.12, 0.3, "Họ, chữ đệm, tên vợ: VÕ THỊ HỒNG QUYÊN"),
        Row(0.52, 0.3001, "Họ, chữ đệm, tên chồng: Đặng Gia Phúc"),
        Row(0.12, 0.34, "Giấy tờ tùy thân: Số định danh"),
        Row(0.12, 0.37, "066187992183"),
    )
    number = tuple(look for look in read_again(reading).seconds if look.words[0].text.isdigit())
    assert not _fields(reading)["wife_id"].accepted
    assert _fields(reading.model_copy(update={"seconds": number}))["wife_id"].accepted


@pytest.mark.parametrize("saw", ["ởxã Bình Minh", "ở xã. Bình Minh", "ở ` xã 'Bình Minh"])
def test_spaces_stops_and_specks_are_no_difference(saw: str) -> None:
    reading = birth().model_copy()
    words = tuple(w.model_copy(update={"text": "ở"}) if w.text == "tế" else w for w in reading.words)
    field = _fields(read_again(reading.model_copy(update={"words": words}), ("ở xã Bình Minh", saw)))["birth_place"]
    assert (field.value, field.accepted) == ("Trạm y ở xã Bình Minh", True)


def test_a_speck_that_only_the_surer_reader_saw_is_no_part_of_the_value() -> None:
    reading = read_again(birth(sure=0.93), sure=0.99)
    looks = tuple(_specked(look, "Bình") for look in reading.seconds)
    field = _fields(reading.model_copy(update={"seconds": looks}))["birth_place"]
    assert (field.value, field.accepted) == ("Trạm y tế xã Bình Minh", True)


def _specked(look: SecondLook, word: str) -> SecondLook:
    texts = (f"'{one.text}" if one.text == word else one.text for one in look.words)
    words = [one.model_copy(update={"text": text}) for one, text in zip(look.words, texts, strict=True)]
    return look.model_copy(update={"words": tuple(words)})


def test_a_value_the_second_reader_could_not_make_out_waits() -> None:
    field = _fields(read_again(birth(), ("051316000123", "O5131~")))["personal_id"]
    assert field.doubts == (doubts.NOT_CONFIRMED,)


def test_words_decide_between_two_readers_of_the_digits() -> None:
    for reading, digits in ((birth(), "05/08/2016"), (birth(born="05/08/2016"), "05/03/2016")):
        field = _fields(read_again(reading, (digits[:5], digits[:5]), ("05/03/2016", digits), ("05/08/2016", digits)))
        assert (field["birth_date"].value, field["birth_date"].accepted) == ("2016-03-05", True)


def test_the_list_decides_over_a_reader_that_erred() -> None:
    field = _fields(read_again(letter(), ("QUẢNG NGÃI", "QUẢNG NGHÃI")))["agency"]
    assert (field.value, field.accepted) == ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", True)


def test_a_place_read_twice_by_one_reader_does_not_overrule_the_other() -> None:
    rows = [
        centred(0.06, "ỦY BAN NHÂN DÂN", middle=0.25),
        centred(0.08, "XÃ VĨNH TIÊN", middle=0.25),
        Row(0.18, 0.12, "Số: 84/QĐ-UBND"),
        centred(0.0601, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=0.68),
        centred(0.1201, "Vĩnh Tiên, ngày 03 tháng 02 năm 2025", middle=0.7),
        centred(0.18, "QUYẾT ĐỊNH"),
        Row(0.15, 0.7, "Nơi nhận:"),
    ]
    assert _fields(page(*rows))["agency"].accepted
    assert not _fields(read_again(page(*rows), ("VĨNH TIÊN", "VĨNH TIẾN")))["agency"].accepted


def test_of_two_readers_the_one_that_obeys_the_rules_is_shown() -> None:
    field = _fields(read_again(birth(name="Nguyên Thị Hồng Nhung"), ("Nguyên", "Nguyễn")))["full_name"]
    assert (field.value, field.accepted) == ("Nguyễn Thị Hồng Nhung", False)


def test_of_a_text_that_both_misread_the_likeliest_words_are_shown() -> None:
    place = Row(0.12, 0.3, "Nơi sinh: Trạm y tế gần chợ Hoaz Lan", weak=(("y", 0.5),))
    rows = (centred(0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), centred(0.14, "GIẤY KHAI SINH"), place)
    reading = page(*rows, Row(0.12, 0.2, "Họ, chữ đệm, tên: Nguyễn Thị Hồng Nhung"), Row(0.12, 0.33, "Giới tính: Nữ"))
    field = _fields(read_again(reading, ("Trạm y", "Trậmm ý"), ("Hoaz", "Hoa")))["birth_place"]
    assert (field.value, field.accepted) == ("Trạm ý tế gần chợ Hoa Lan", False)


def test_a_tax_code_that_only_the_second_reader_makes_out_is_shown() -> None:
    rows = [
        centred(0.14, "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP"),
        Row(0.1, 0.3, "Mã số doanh nghiệp: 0100109107"),
        Row(0.1, 0.33, "Đăng ký lần đầu: ngày 03 tháng 12 năm 2014"),
    ]
    field = _fields(read_again(page(*rows), ("0100109107", "0100109106")))["business_code"]
    assert (field.value, field.accepted) == ("0100109106", False)


# --- what is usually written by hand ---------------------------------------------------------------------------------


def test_print_that_two_sure_readers_saw_needs_no_other_witness() -> None:
    fields = _fields(read_again(letter(number_sure=0.95, place_sure=0.95)))
    assert fields["number"].accepted and fields["code"].accepted and fields["issued_date"].accepted


@pytest.mark.parametrize(("first", "second"), [(0.95, 0.7), (0.7, 0.95)])
def test_handwriting_that_one_of_them_hardly_read_waits(first: float, second: float) -> None:
    fields = _fields(read_again(letter(number_sure=first, place_sure=first), sure=second))
    assert fields["number"].doubts == (doubts.HANDWRITTEN_SUSPECTED,)
    assert fields["issued_date"].doubts == (doubts.HANDWRITTEN_SUSPECTED,)


def test_a_file_name_against_both_readers_calls_a_person() -> None:
    field = _fields(read_again(letter(number_sure=0.95)), "85 QĐ UB.pdf")["number"]
    assert not field.accepted and doubts.WITNESSES_DISAGREE in field.doubts


def test_the_signing_day_decides_between_two_readers() -> None:
    reading = read_again(letter(), ("ngày 03", "ngày 08"))
    verdict = signed(signature("2025-02-03T10:47:25+07:00"))
    (paper,) = understand([reading], file_name="scan.pdf", signatures=verdict, types=TYPES).papers
    assert (paper.fields["issued_date"].value, paper.fields["issued_date"].accepted) == ("2025-02-03", True)


def test_a_day_of_the_body_is_not_the_letters_date() -> None:
    body = Row(0.2, 0.24, "Căn cứ kết luận cuộc họp ngày 16 tháng 4 năm 2021 của Ủy ban nhân dân tỉnh;")
    field = _fields(letter(place="Quảng Ngãi, ngày", more=(body,)))["issued_date"]
    assert field.value is None


# --- the name under the seal -----------------------------------------------------------------------------------------

MIDDLE = 0.7


def _signed_by(*rows: Row) -> PageReading:
    """A letter with these words where the signer's name stands."""
    return letter(signer="", more=rows)


def test_a_name_among_the_specks_of_a_seal_is_found_by_its_place() -> None:
    name = centred(0.85, "Lê Thị Thu Loan", middle=MIDDLE)
    field = _fields(read_again(_signed_by(Row(name.x - 0.08, 0.85, "ÀŠ ` %c_"), name, Row(0.66, 0.8, "Sì 4"))))
    assert (field["signer_name"].value, field["signer_name"].accepted) == ("Lê Thị Thu Loan", True)


def test_a_stroke_before_a_name_is_no_part_of_it() -> None:
    reading = _signed_by(centred(0.85, "_Đỗ Thanh Huy", middle=MIDDLE - 0.0095 / 2))
    field = _fields(read_again(reading))["signer_name"]
    assert (field.value, field.accepted) == ("Đỗ Thanh Huy", True)


def test_a_name_that_does_not_stand_in_the_middle_has_lost_a_part() -> None:
    whole = centred(0.85, "Lý Thanh Uyên Phương", middle=MIDDLE)
    cut = Row(whole.x + 3 * 0.0095, 0.85, "Thanh Uyên Phương")
    field = _fields(read_again(_signed_by(cut)))["signer_name"]
    assert not field.accepted and doubts.NOT_CONFIRMED in field.doubts


def test_a_reader_that_saw_less_of_the_name_says_nothing_against_it_and_nothing_for_it() -> None:
    reading = _signed_by(centred(0.85, "Hà Thị Lê Vân", middle=MIDDLE))
    less = _fields(read_again(reading, ("Hà ", ""), (" Vân", " /")))["signer_name"]
    other = _fields(read_again(reading, ("Hà ", ""), (" Lê", " Lệ")))["signer_name"]
    assert less.doubts == (doubts.NOT_CONFIRMED,)
    assert doubts.WITNESSES_DISAGREE in other.doubts


def test_a_name_that_the_second_reader_saw_a_little_beside_is_the_same_name() -> None:
    reading = _signed_by(centred(0.85, "Huỳnh Thị Thu Chi", middle=MIDDLE))
    (look,) = [look for look in read_again(reading).seconds if look.words[0].text == "Huỳnh"]
    left = 0.0095 * len("Huỳnh ") / 2  # so that the rest of the name stands in the middle
    boxes = [word.box.model_copy(update={"x0": word.box.x0 - left, "x1": word.box.x1 - left}) for word in look.words]
    words = tuple(word.model_copy(update={"box": box}) for word, box in zip(look.words, boxes, strict=True))
    seconds = (look.model_copy(update={"words": words}),)
    assert _fields(reading.model_copy(update={"seconds": seconds}))["signer_name"].accepted


def test_words_of_an_authority_on_another_page_are_no_signature() -> None:
    first = letter(signer="", authority=(), more=(centred(0.6, "CHỦ TỊCH", middle=0.7), Row(0.6, 0.66, "Chánh Văn")))
    last = page(
        Row(0.15, 0.4, "Nơi nhận:"),
        centred(0.4001, "TM. ỦY BAN NHÂN DÂN", middle=MIDDLE),
        centred(0.42, "CHỦ TỊCH", middle=MIDDLE),
        centred(0.55, "Bùi Quốc Trường", middle=MIDDLE),
        number=2,
    )
    (paper,) = understand([first, last], file_name="scan.pdf", signatures=None, types=TYPES).papers
    assert paper.fields["signer_name"].value == "Bùi Quốc Trường"
    assert paper.fields["signer_authority"].value == "TM. ỦY BAN NHÂN DÂN; CHỦ TỊCH"


def test_each_reader_finds_the_name_for_itself() -> None:
    whole = centred(0.85, "Lý Thanh Uyên", middle=MIDDLE)
    reading = _signed_by(Row(whole.x, 0.85, "/ˆ vn"), Row(whole.x + 8 * 0.0095, 0.8501, "Uyên"))
    (first,) = [line for line in reading.lines() if line[0].text == "/ˆ"]
    words, x = [], whole.x
    for text in whole.text.split():
        box = Box(x0=x, y0=0.85, x1=x + 0.0095 * len(text), y1=0.862)
        words.append(Word(text=text, box=box, confidence=0.96, block=0, line=first[0].line))
        x += 0.0095 * (len(text) + 1)
    look = SecondLook(engine="other", block=0, line=first[0].line, words=tuple(words))
    field = _fields(reading.model_copy(update={"seconds": (look,)}))["signer_name"]
    assert (field.value, field.accepted) == ("Lý Thanh Uyên", False)
    assert [witness.source for witness in field.evidence] == ["second_ocr"]


# --- the head of a letter --------------------------------------------------------------------------------------------


def test_a_stroke_that_one_reader_lost_is_the_others() -> None:
    fields = _fields(read_again(letter(number="Số: 84QĐ UBND"), ("84QĐ UBND", "84/QĐ-UBND")), "84 QĐ UB.pdf")
    assert fields["notation"].value == "QĐ-UBND"
    assert fields["code"].value == "84/QĐ-UBND"


def test_a_lost_stroke_before_initials_is_no_part_of_the_number() -> None:
    fields = _fields(letter(number="Số: 08QĐ-UBND"))
    assert (fields["number"].value, fields["notation"].value) == ("08", "QĐ-UBND")


def test_a_date_that_only_the_second_reader_made_out_is_shown() -> None:
    reading = read_again(letter(place="Quảng Ngãi, nsàv*4 thảne 02 năm 2025"), ("nsàv*4 thảne", "ngày 03 tháng"))
    field = _fields(reading)["issued_date"]
    assert (field.value, field.accepted) == ("2025-02-03", False)
    assert [witness.source for witness in field.evidence] == ["second_ocr", "ocr"]


def test_an_organisation_that_one_reader_took_for_a_number_is_the_agency() -> None:
    rows = [
        centred(0.06, "ỦY BAN NHÂN DÂN TỈNH NAM ĐỊNH", middle=0.25),
        centred(0.08, "SỞ TƯ PHÁP", middle=0.25),
        Row(0.18, 0.12, "Số: 84/QĐ-STP"),
        centred(0.0601, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=0.68),
        centred(0.18, "QUYẾT ĐỊNH"),
        Row(0.15, 0.7, "Nơi nhận:"),
    ]
    fields = _fields(read_again(page(*rows), ("SỞ TƯ", "SỐ TƯ")))
    assert (fields["agency"].value, fields["number"].value) == ("SỞ TƯ PHÁP", "84")


def test_a_day_set_apart_by_hand_is_part_of_the_date() -> None:
    rows = (Row(0.52, 0.1203, "Quảng Ngãi, ngày"), Row(0.73, 0.1203, "03"), Row(0.8, 0.1203, "tháng 02 năm 2025"))
    assert _fields(letter(place="", more=rows))["issued_date"].value == "2025-02-03"
