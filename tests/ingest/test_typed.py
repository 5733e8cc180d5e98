"""What people type for a field: brought into its normal form, or refused with a reason that does not repeat it."""

from __future__ import annotations

import unicodedata

import pytest

from ingest.fields.typed import LONGEST, typed
from schemas.errors import FormInvalid
from schemas.types import FieldRule


def rule(kind: str, **more: object) -> FieldRule:
    return FieldRule.model_validate({"name": "value", "label": "Mục", "kind": kind, "labels": ["Mục"], **more})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", unicodedata.normalize("NFD", " Số 5,  phố Huế "), "Số 5, phố Huế"),
        ("text", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("text", "một\u200b hai\x00\ud800\nba", "một hai ba"),
        ("name", "NGUYỄN  THỊ MẪU", "Nguyễn Thị Mẫu"),
        ("name", "Sukarno", "Sukarno"),
        ("date", "29/5/1981", "1981-05-29"),
        ("date", "29 - 05 - 1981", "1981-05-29"),
        ("date", "1981-05-29", "1981-05-29"),
        ("cccd", "001 090 000 018", "001090000018"),
        ("cccd", "００１０９００００018", "001090000018"),
        ("person_id", "024 000 018", "024000018"),
        ("money", "1.250.000 đồng", "1250000"),
        ("area", "1.234,5", "1234.5"),
    ],
)
def test_what_is_typed_is_brought_into_its_form(kind: str, text: str, value: str) -> None:
    assert typed(rule(kind), text) == value


def test_an_entry_of_the_list_is_written_as_in_the_list() -> None:
    assert typed(rule("choice", choices=["Việt Nam", "Lào"]), "việt nam") == "Việt Nam"
    assert typed(rule("choice", choices=["Việt Nam", "Lào"]), "Bỉ") == "Bỉ", "a person's word goes beyond the list"


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("text", " \n", "Chưa có chữ"),
        ("text", "x" * (LONGEST + 1), "Dài quá"),
        ("name", "Nguyễn 2", "chữ số"),
        ("date", "31/02/2020", "Không có ngày"),
        ("date", "29/05/0981", "Năm phải"),
        ("cccd", "00109000001", "bạn gõ 11 chữ số"),
        ("cccd", "00109000001a", "có chữ cái"),
        ("person_id", "0010", "bạn gõ 4 chữ số"),
        ("mst", "0100109107", "Chữ số kiểm tra"),
        ("money", "nhiều", "con số"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_reason(kind: str, text: str, said: str) -> None:
    with pytest.raises(FormInvalid) as refused:
        typed(rule(kind), text)
    assert said in refused.value.vi_text
    assert text.strip() == "" or text not in refused.value.vi_text


def test_a_field_that_no_type_knows_is_text() -> None:
    assert typed(None, " 12  ") == "12"
