"""No ID number in a log, message, broker, index, ledger or file name: the whole way with known numbers, then a search
through every byte that is not the archive itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.support.archive import Template


def test_known_numbers_stay_inside_the_archive(template: Template, tmp_path: Path) -> None:
    house = template.copy(tmp_path / "archive")
    folder = tmp_path / "lô"
    folder.mkdir()
    canaries: set[str] = set()
    for seed, kind in enumerate(("marital_status", "residence_confirmation", "citizen_card")):
        specimen = make_paper(kind, 40 + seed, dpi=150)
        canaries |= {value for value in specimen.fields.values() if value.isdigit() and len(value) in (9, 12)}
        write_paper(specimen, folder / f"{kind}.pdf")
    assert len(canaries) >= 3
    told = subprocess.run(
        [sys.executable, "-m", "motlan.cli", "--data", str(house.data), "ingest", "--wait", str(folder)],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    number = min(canaries)
    subprocess.run(
        [sys.executable, "-m", "motlan.cli", "--data", str(house.data), "find", "--id", "-"],
        input=number, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    places = [path for path in house.data.rglob("*") if path.is_file()]
    outside = [p for p in places if not {"archive", "received", "work"} & set(p.relative_to(house.data).parts)]
    assert {"broker.sqlite", "index.sqlite", "ledger.sqlite"} <= {path.name for path in outside}
    spaced = {" ".join((c[:3], c[3:6], c[6:9], c[9:])).strip() for c in canaries} | canaries
    for path in outside:
        data = path.read_bytes()
        leaked = [path.name for canary in spaced if canary.encode() in data]
        assert not leaked, leaked
    assert not any(canary in str(path) for path in places for canary in canaries)
    assert not any(canary in told.stderr for canary in canaries)
