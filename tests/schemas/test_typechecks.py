"""Faults and doubtful things of a type file are told with their line and with what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from schemas.typechecks import Remark, check_file, line_of, remark
from schemas.types import BUILT_IN, TypeCatalogue, load_type

TYPES = TypeCatalogue.load()
GOOD = """\
id = "school_report"
name = "Học bạ"
version = 1
titles = ["HỌC BẠ TRUNG HỌC PHỔ THÔNG"]
anchors = [{ text = "Kết quả học tập" }]

[[subjects]]
role = "pupil"
name = "full_name"

[[fields]]
name = "full_name"
label = "Họ và tên"
kind = "name"
labels = ["Họ và tên học sinh"]

[[fields]]
name = "birth_date"
label = "Ngày sinh"
kind = "date"
labels = ["Ngày sinh"]
"""


def remarks(tmp_path: Path, text: str) -> list[Remark]:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return check_file(path, TYPES)[1]


def test_a_good_file_leaves_nothing_to_say(tmp_path: Path) -> None:
    assert remarks(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("change", "code", "line", "said"),
    [
        (("version = 1", "version = "), "toml", 3, "TOML"),
        (("titles", "tiltes"), "extra_forbidden", 4, "titles"),
        (('kind = "date"', 'kind = "dat"'), "literal_error", 20, "date"),
        (('label = "Ngày sinh"\n', ""), "missing", 17, "label"),
        (('name = "birth_date"', 'name = "Ngày sinh"'), "string_pattern_mismatch", 18, "chữ thường không dấu"),
        (("version = 1", 'version = "một"'), "type", 3, "version"),
        (("version = 1", "version = 0"), "value", 3, "version"),
        (('labels = ["Ngày sinh"]', ""), "no_labels", 17, "birth_date"),
        (('kind = "date"', 'kind = "choice"'), "no_choices", 17, "choices"),
        (('labels = ["Ngày sinh"]', 'where = ["pattern"]'), "no_pattern", 17, "pattern"),
        (('labels = ["Ngày sinh"]', "where = ['pattern']\npattern = '\\d+'"), "pattern_as_it_stands", 17, "date"),
        (('labels = ["Ngày sinh"]', "labels = ['a']\npattern = '['"), "bad_pattern", 17, "biểu thức"),
        (('titles = ["HỌC BẠ TRUNG HỌC PHỔ THÔNG"]', ""), "no_titles", None, "titles"),
        (('name = "birth_date"', 'name = "full_name"'), "named_twice", None, "full_name"),
        (('role = "pupil"\nname = "full_name"', 'role = "pupil"\nname = "nobody"'), "unknown_field", None, "nobody"),
        (('kind = "date"', 'kind = "date"\nscope = "pupil"'), "unknown_scope", None, "pupil"),
        (("version = 1", 'version = 1\nspecial_of = "x"'), "special_alone", None, "special_words"),
    ],
)
def test_faults_name_their_line_and_the_way_out(
    tmp_path: Path, change: tuple[str, str], code: str, line: int | None, said: str
) -> None:
    assert change[0] in GOOD
    (found,) = remarks(tmp_path, GOOD.replace(*change))
    assert (found.code, found.line, found.level) == (code, line, "error")
    assert said in found.text + found.hint


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("HỌC BẠ TRUNG HỌC PHỔ THÔNG", "GIẤY KHAI SINH"), "title_same", "Giấy khai sinh"),
        (("HỌC BẠ TRUNG HỌC PHỔ THÔNG", "GIẤY KHAI SINHX"), "title_near", "Giấy khai sinh"),
        (("HỌC BẠ TRUNG HỌC PHỔ THÔNG", "HỌC"), "title_short", "HỌC"),
        (('anchors = [{ text = "Kết quả học tập" }]', ""), "no_anchors", "anchors"),
        (("Kết quả học tập", "Tình trạng án tích"), "anchors_shared", "Phiếu lý lịch tư pháp"),
        (('labels = ["Ngày sinh"]', 'labels = ["Hộ va tên học sinh"]'), "labels_alike", "birth_date"),
        (('labels = ["Ngày sinh"]', 'labels = ["Họ và tên học sinh"]'), "label_twice", "birth_date"),
        (("anchors =", 'stops = ["Ngày sính"]\nanchors ='), "labels_alike", "stops"),
        (('labels = ["Ngày sinh"]', 'where = ["title"]'), "not_reachable", "type_names"),
        (('kind = "date"', 'kind = "date"\nsex_field = "full_name"'), "no_use", "sex_field"),
        (('kind = "date"', 'kind = "date"\nnot_before = "full_name"'), "not_before_text", "full_name"),
        (('kind = "date"', 'kind = "text"\nnot_before = "full_name"'), "no_use", "not_before"),
        (("version = 1", 'version = 1\nspecial_of = "x"\nspecial_words = ["Về việc"]'), "unknown_special", "x"),
        (('id = "school_report"', 'id = "birth_certificate"'), "replaces", "Giấy khai sinh"),
    ],
)
def test_doubtful_things_are_told(tmp_path: Path, change: tuple[str, str], code: str, said: str) -> None:
    assert change[0] in GOOD
    found = {one.code: one for one in remarks(tmp_path, GOOD.replace(*change))}
    assert code in found
    assert said in found[code].text + found[code].hint


def test_no_subjects_low_access_and_empty_patterns_are_told(tmp_path: Path) -> None:
    text = GOOD.replace('[[subjects]]\nrole = "pupil"\nname = "full_name"\n', "") + (
        '[[fields]]\nname = "personal_id"\nlabel = "Số"\nkind = "cccd"\nlabels = ["Số định danh"]\n'
        "[[fields]]\nname = 'code'\nlabel = 'Mã'\nkind = 'code'\nwhere = ['pattern']\npattern = '[0-9]*'\n"
    )
    found = {one.code for one in remarks(tmp_path, text.replace("version = 1", 'version = 1\naccess_level = "public"'))}
    assert {"no_subjects", "open_to_all", "empty_pattern"} <= found


def test_two_parts_that_begin_alike_are_told(tmp_path: Path) -> None:
    scopes = '[[scopes]]\nid = "a"\nanchors = ["Bên A"]\n[[scopes]]\nid = "b"\nanchors = ["BÊN A"]\n'
    (found,) = remarks(tmp_path, GOOD + scopes)
    assert (found.code, found.line) == ("scopes_alike", GOOD.count("\n") + 6)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes('id = "học bạ"'.encode("utf-16"))
    assert [one.code for one in check_file(path, TYPES)[1]] == ["not_utf8"]


def test_a_special_case_may_share_the_title_of_its_wider_type(tmp_path: Path) -> None:
    special = 'special_of = "marital_status"\nspecial_words = ["Để kết hôn"]\nversion = 1'
    text = GOOD.replace("HỌC BẠ TRUNG HỌC PHỔ THÔNG", "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN").replace(
        "version = 1", special
    )
    assert remarks(tmp_path, text) == []


def test_the_built_in_types_have_no_faults() -> None:
    for path in BUILT_IN.glob("*.toml"):
        own = load_type(path)
        kind, found = check_file(path, TypeCatalogue.of(other for other in TYPES if other.id != own.id))
        assert kind == own
        assert [one for one in found if one.level == "error"] == []


def test_the_line_of_a_key_is_that_of_its_own_table() -> None:
    assert line_of(GOOD, ("fields", 1, "name")) == 18
    assert line_of(GOOD, ("name",)) == 2
    assert line_of(GOOD, ("fields", 1, "pattern")) == 17
    assert line_of(GOOD, ("stops",)) is None


def test_every_sentence_can_be_said() -> None:
    wordings = tomllib.loads((Path("schemas/data/type_remarks.toml")).read_text("utf-8"))

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return "…"

    for entry in wordings.values():
        assert entry["level"] in ("error", "warning", "note")
        assert (entry["text"] + entry["hint"]).format_map(Anything())
    assert remark("missing", 3, key="label").text == "Thiếu khóa bắt buộc “label”."
