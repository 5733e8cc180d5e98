"""Errors: unique stable codes, a sentence and a hint each, messages that can be filled."""

from __future__ import annotations

import json
import pickle
import string
from pathlib import Path

import pytest

from schemas.errors import ErrorKind, InputError, MotlanError, TooManyPages, by_code
from schemas.publish import error_classes

ALL = error_classes()
BY_NAME = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in ALL]
    assert len(codes) == len(set(codes))


def test_every_class_but_the_family_names_has_its_own_code() -> None:
    def below(cls: type[MotlanError]) -> set[type[MotlanError]]:
        return {cls}.union(*map(below, cls.__subclasses__()))

    assert {c for c in below(MotlanError) if c.__module__ == "schemas.errors"} - set(ALL) == {InputError}


@BY_NAME
def test_each_has_code_kind_sentence_and_hint(cls: type[MotlanError]) -> None:
    assert cls.code == cls.code.upper() and cls.code.replace("_", "").isalnum()
    assert isinstance(cls.kind, ErrorKind)
    if cls is not MotlanError:
        assert {"vi", "hint"} <= vars(cls).keys()
    assert cls.vi.strip() == cls.vi and cls.vi
    assert cls.hint.strip() == cls.hint and cls.hint


@BY_NAME
def test_messages_can_be_filled_or_left_blank(cls: type[MotlanError]) -> None:
    names = placeholders(cls.vi) | placeholders(cls.hint)
    filled = cls(**{name: f"<{name}>" for name in names})
    assert all(f"<{name}>" in filled.vi_text + filled.hint_text for name in names)
    assert "{" not in filled.vi_text + filled.hint_text
    assert "{" not in cls().vi_text + cls().hint_text
    assert str(filled) == f"{cls.code}: {filled.hint_text}"


@BY_NAME
def test_a_reason_is_json_and_the_code_leads_back(cls: type[MotlanError]) -> None:
    reason = json.loads(json.dumps(cls(page=3).as_reason()))
    assert set(reason) == {"code", "message", "hint", "details"}
    assert by_code(reason["code"]) is cls


def test_an_unknown_code_is_an_unknown_error() -> None:
    assert by_code("FROM_THE_FUTURE") is MotlanError


def test_the_sentences_are_vietnamese() -> None:
    from schemas.vietnamese import syllable_share

    low = [cls.code for cls in ALL if syllable_share(cls.vi.replace("{", " ").replace("}", " ")) < 0.6]
    assert low == []


def test_released_codes_never_change() -> None:
    released = (Path(__file__).parent / "released_codes.txt").read_text("ascii").split()
    assert set(released) <= {cls.code for cls in ALL}, "a code that scripts may know has gone"


def test_an_error_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(TooManyPages(pages=9, limit=3)))
    assert isinstance(again, TooManyPages) and again.details == {"pages": 9, "limit": 3}
