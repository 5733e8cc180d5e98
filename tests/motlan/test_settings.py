"""Settings: documented, read from file and variables, and named when they are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from motlan.settings import Settings, load
from motlan.wiring import House
from schemas.errors import BadSetting


def test_every_setting_is_documented_and_nothing_else() -> None:
    table = [line.split("|")[1] for line in Path("docs/settings.md").read_text().splitlines() if line.startswith("| `")]
    told = {name for cell in table for name in re.findall(r"`([a-z_]+)`", cell)}
    assert told == set(Settings.model_fields)


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "motlan.toml").write_text('unit_code = "H48"\nworkers = 3\n')
    assert (load(tmp_path).unit_code, load(tmp_path).workers) == ("H48", 3)
    monkeypatch.setenv("MOTLAN_WORKERS", "5")
    assert load(tmp_path).workers == 5


@pytest.mark.parametrize(("name", "value"), [("MOTLAN_WORKERS", "many"), ("MOTLAN_UNIT_CODE", "h 1")])
def test_a_wrong_value_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as caught:
        load(tmp_path)
    assert caught.value.details["name"] == name


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "motlan.toml").write_text("wokers = 3\n")
    with pytest.raises(BadSetting):
        load(tmp_path)


def test_own_procedures_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    terms = "[terms]\nrequest_days = 3\ncounter_hours = 1\n"
    path.write_text(f'{terms}[procedures."1.1"]\nname = "Việc"\nneeds = [{{ requirement = "birth" }}]\n')
    [own] = House(load(tmp_path, procedures=path)).procedures.by_code.values()
    assert (own.code, own.name, own.needs[0].types) == ("1.1", "Việc", ("birth_certificate", "birth_extract"))
    for wrong in (terms, "x", f"{terms}procedures = 3\n"):
        path.write_text(wrong)
        with pytest.raises(BadSetting) as caught:
            _ = House(load(tmp_path, procedures=path)).procedures
        assert caught.value.details["name"] == "procedures"
