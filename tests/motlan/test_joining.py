"""A machine that joins an archive: only with every shared part set, an archive that is there, and its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from motlan.joining import SHARED, join
from motlan.settings import load
from schemas.errors import BadSetting, IndexKeyMissing, NotInitialised
from tests.support.archive import Template


def shared(database: str, **given: object) -> dict[str, object]:
    """Settings of the big size; nothing but the ledger is reached while joining."""
    elsewhere = {"broker_url": "amqp://nobody@127.0.0.1:1/", "store_url": "http://127.0.0.1:1"}
    return {**elsewhere, "index_url": "http://127.0.0.1:1", "database_url": database, "unit_code": "H99", **given}


@pytest.fixture
def database(template: Template) -> str:
    return f"sqlite:///{template.folder / 'data' / 'ledger.sqlite'}"


def test_a_fresh_folder_joins_and_is_ready_to_work(template: Template, tmp_path: Path, database: str) -> None:
    settings = load(tmp_path / "data", **shared(database, keys=template.folder / "data.keys"))
    join(settings)
    join(settings)
    assert settings.drop_folder.is_dir() and settings.run_folder.is_dir()
    assert load(tmp_path / "data", **shared(database)).unit_code == "H99"


@pytest.mark.parametrize("name", SHARED)
def test_a_part_that_would_lie_in_this_folder_alone_is_named(tmp_path: Path, name: str) -> None:
    settings = load(tmp_path / "data", **shared("sqlite:///nowhere", **{name: ""}))
    with pytest.raises(BadSetting) as caught:
        join(settings)
    assert caught.value.details["name"] == f"MOTLAN_{name.upper()}"


def test_without_the_archives_keys_nobody_joins(tmp_path: Path, database: str) -> None:
    with pytest.raises(IndexKeyMissing):
        join(load(tmp_path / "data", **shared(database)))
    assert not (tmp_path / "data" / "motlan.toml").exists()


def test_an_archive_that_was_never_initialised_is_not_joined(template: Template, tmp_path: Path) -> None:
    empty = shared(f"sqlite:///{tmp_path / 'empty.sqlite'}", keys=template.folder / "data.keys")
    with pytest.raises(NotInitialised):
        join(load(tmp_path / "data", **empty))


def test_a_unit_that_the_archive_does_not_know_is_named(template: Template, tmp_path: Path, database: str) -> None:
    other = shared(database, unit_code="H01", keys=template.folder / "data.keys")
    with pytest.raises(BadSetting) as caught:
        join(load(tmp_path / "data", **other))
    assert caught.value.details["name"] == "MOTLAN_UNIT_CODE"
