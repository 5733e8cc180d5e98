"""Every dependency has its line in docs/dependencies.md, and every line its dependency."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def explained(heading: str) -> dict[str, str]:
    """First column's names → the rest of the row, of the table under a heading."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|", 1) for line in section.splitlines() if line.startswith("| `")]
    return {name: rest.strip() for names, rest in rows for name in re.findall(r"`([^`]+)`", names)}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", each)[0] for each in requirements}


def test_what_runs_is_explained() -> None:
    lines = explained("Python, needed to run")
    assert set(lines) == named(PROJECT["project"]["dependencies"])
    assert all(lines.values())


def test_what_develops_is_explained() -> None:
    lines = explained("Python, needed to develop")
    assert set(lines) == named(PROJECT["dependency-groups"]["dev"])
    assert all(lines.values())


def test_what_trains_is_explained() -> None:
    lines = explained("Python, needed to train the recogniser")
    assert set(lines) == named(PROJECT["dependency-groups"]["training"])
    assert all(lines.values())


def test_system_packages_are_those_that_run_installs() -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    installs = set(re.findall(r"\|\| echo ([a-z0-9-]+)$", script, flags=re.MULTILINE))
    assert {"tesseract-ocr", "maven"} <= installs
    assert installs - {"ca-certificates"} <= set(explained("System packages"))
