"""The house's floors: rooms import only downward, and every folder with code is a known room."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ROOMS = set(PROJECT["tool"]["importlinter"]["root_packages"])
BESIDE = {"tests", "bench", "training", "deploy", "docs"}  # hold no part of the product
LONGEST = 400  # lines of a file
LISTS = {Path("schemas/errors.py")}  # one class per cause, no logic: as long as there are causes


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Import-linter over the contracts of the folder's pyproject.toml; its exit status is the verdict."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)


def test_rooms_import_only_downward() -> None:
    verdict = lint(ROOT)
    assert verdict.returncode == 0, verdict.stdout


def little_house(folder: Path, room: str, line: str) -> Path:
    """Empty rooms under our contracts, one of them with that import."""
    contracts = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.importlinter]")
    (folder / "pyproject.toml").write_text(contracts[1] + contracts[2], encoding="utf-8")
    for name in ROOMS:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(line if name == room else "", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("schemas", "import motlan"),
        ("ledger", "import worker"),
        ("search", "import storage"),
        ("ingest", "import ledger"),
        ("reuse", "import motlan"),
        ("specimens", "import ingest"),
    ],
)
def test_the_contracts_notice_an_import_upward_or_sideways(tmp_path: Path, room: str, line: str) -> None:
    assert lint(little_house(tmp_path, room, line)).returncode == 1


def test_the_contracts_allow_an_import_downward(tmp_path: Path) -> None:
    verdict = lint(little_house(tmp_path, "motlan", "import worker, search, schemas"))
    assert verdict.returncode == 0, verdict.stdout


def code_folders() -> set[str]:
    """Top-level folders with Python code, without what git ignores there."""
    ignored = {line.strip().strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in ignored]
    return {path.name for path in folders if next(path.rglob("*.py"), None)}


def test_every_folder_with_code_is_a_known_room() -> None:
    assert code_folders() - BESIDE == ROOMS


def test_every_room_is_under_a_contract_typed_and_shipped() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers = {room for c in contracts for layer in c.get("layers", ()) for room in layer.replace(" ", "").split("|")}
    forbidden = {room for contract in contracts for room in contract.get("source_modules", ())}
    assert layers | forbidden == ROOMS
    assert set(PROJECT["tool"]["mypy"]["packages"]) == ROOMS
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == ROOMS


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_file_of_a_room_says_its_job_and_is_short(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        text = path.read_text("utf-8")
        assert text.lstrip().startswith(('"""', 'r"""')), f"{path.relative_to(ROOT)} has no module docstring"
        short = len(text.splitlines()) <= LONGEST or path.relative_to(ROOT) in LISTS
        assert short, f"{path.relative_to(ROOT)} is longer than {LONGEST} lines"
