"""Servers as containers: what compose.yml asks for is what the launcher gives. No engine is needed here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.services import engine
from deploy.services.catalogue import SERVICES
from deploy.services.place import Place


def test_compose_asks_for_nothing_that_the_launcher_does_not_give(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    given = engine.variables(list(SERVICES.values()), place)
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)\}", engine.FILE.read_text("utf-8")))
    assert asked <= set(given) and all(given[name] for name in asked)
    assert {f"{name.upper()}_PORT" for name in SERVICES} <= asked


def test_an_engine_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engine.find_engine() is None
    (tmp_path / "docker").write_text("#!/bin/sh\n")
    assert engine.find_engine() == ["docker", "compose"]
    monkeypatch.setenv("MOTLAN_SERVICES", "native")
    assert engine.find_engine() is None
