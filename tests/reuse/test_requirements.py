"""Which papers satisfy a requirement: the shipped data file, and a file of one's own."""

from __future__ import annotations

import pytest

from reuse import Requirements
from schemas.types import TypeCatalogue


def test_the_shipped_file_loads():
    shipped = Requirements.load()
    assert shipped.by_id and shipped.issued_fields and shipped.expires_fields
    for requirement in shipped.by_id.values():
        assert requirement.name and shipped.types(requirement.id) == requirement.types != ()


def test_a_word_that_is_no_requirement_is_a_type():
    assert Requirements.load().types("some_type") == ("some_type",)


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[requirements.x]\nname = "X"\ntypes = ["a", "b"]\n[dates]\nissued = ["d"]\nexpires = []\n')
    assert Requirements.load(path).types("x") == ("a", "b")
    path.write_text("[requirements.x]\n")
    with pytest.raises(KeyError):
        Requirements.load(path)


def test_every_type_of_the_shipped_file_is_known():
    types = TypeCatalogue.load()
    wanted = [name for requirement in Requirements.load().by_id.values() for name in requirement.types]
    assert [name for name in wanted if types.get(name) is None] == []


def test_every_dated_type_has_a_date_that_is_looked_for():
    shipped = Requirements.load()
    timed = [kind for kind in TypeCatalogue.load() if kind.validity_months is not None]
    assert timed
    for kind in timed:
        assert {field.name for field in kind.fields} & {*shipped.issued_fields, *shipped.expires_fields}, kind.id


def test_either_birth_paper_proves_a_birth():
    assert Requirements.load().types("birth") == ("birth_certificate", "birth_extract")
