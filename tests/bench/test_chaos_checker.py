"""The checker of `bench/chaos` finds what a campaign may leave behind: each kind of damage, in its own row."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.chaos.checker import Row, check, fts5_entries
from bench.chaos.papers import write_papers
from bench.chaos.reader import read_light
from bench.chaos.stores import Folder
from motlan.wiring import House
from tests.support.archive import Template, drain, drop
from worker import handlers

Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def stored(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two papers, one of them dropped twice, and the archive that took them."""
    folder = tmp_path_factory.mktemp("chaos")
    papers = write_papers(folder / "papers", 2, seed=1)
    house = template.copy(folder / "archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "read_page", read_light)
        patch.setattr(House, "readers", None)
        drop(house, *papers, papers[0])
        drain(house)
    house.ledger.close()
    return folder


def checked(folder: Path) -> list[Row]:
    data = folder / "archive" / "data"
    papers = [path.read_bytes() for path in (folder / "papers").iterdir()]
    return check(Folder(data), f"sqlite:///{data / 'ledger.sqlite'}", fts5_entries(data), papers)


def test_a_whole_archive_passes(stored: Path) -> None:
    rows = checked(stored)
    assert [row.what for row in rows if row.wrong] == []
    assert {row.what: row.count for row in rows}["papers stored exactly once"] == 2


def ledger(statement: str) -> Break:
    return lambda data: _run(data / "ledger.sqlite", statement)


def _run(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(statement)


def index(data: Path) -> None:
    _run(data / (data / "index.sqlite").read_text().strip(), "DELETE FROM entries WHERE id = 1")


def first_blob(data: Path) -> Path:
    return next(path for path in sorted((data / "archive" / "sha256").rglob("*")) if path.is_file())


def change_a_blob(data: Path) -> None:
    blob = first_blob(data)
    blob.chmod(0o600)
    blob.write_bytes(b"other bytes")


def record_twice(data: Path) -> None:
    unit = next((data / "archive" / "records").iterdir())
    record = next(unit.iterdir())
    shutil.copytree(record, unit / ("a" * 26))


def unknown_record(data: Path) -> None:
    """A manifest that only the store knows: as if somebody stored the paper a second time."""
    record_twice(data)
    path = next((data / "archive" / "records").rglob("a" * 26 + "/v1.json"))
    path.chmod(0o600)
    path.write_text(path.read_text().replace(next(path.parent.parent.iterdir()).name, "a" * 26))


@pytest.mark.parametrize(
    ("damage", "found_in"),
    [
        (change_a_blob, "blobs in the archive"),
        (lambda data: (first_blob(data).parent / "half.part").touch(), "blobs in the archive"),
        (record_twice, "blobs in the archive"),
        (lambda data: first_blob(data).unlink(), "manifests whole"),
        (unknown_record, "papers stored exactly once"),
        (unknown_record, "records that store and ledger agree on"),
        (ledger("UPDATE documents SET manifest = 'x' WHERE id = 1"), "records that store and ledger agree on"),
        (index, "index entries"),
        (ledger("UPDATE audit SET actor = 'somebody' WHERE seq = 2"), "audit entries"),
        (ledger("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"), "audit entries"),
        (ledger("UPDATE steps SET state = 'WAITING' WHERE id = 1"), "steps done"),
        (ledger("UPDATE files SET state = 'QUARANTINED' WHERE id = 1"), "files quarantined"),
        (lambda data: write_papers(data.parents[1] / "papers", 3, seed=2), "files quarantined"),
    ],
)
def test_damage_is_found(stored: Path, tmp_path: Path, damage: Break, found_in: str) -> None:
    shutil.copytree(stored, tmp_path / "broken")
    damage(tmp_path / "broken" / "archive" / "data")
    assert any(row.what.startswith(found_in) and row.wrong for row in checked(tmp_path / "broken"))
