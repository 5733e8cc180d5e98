"""The FTS5 index under several processes, after damage, with another key, and while it is replaced."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from schemas.errors import IndexAway, IndexUnusable
from search import fts5_file
from search.fts5 import Fts5Index
from search.index import Entry, Filters
from search.keys import BlindIndex

BLIND = BlindIndex(b"k" * 32)
SPAWN = multiprocessing.get_context("spawn")


def entry(record: str, text: str = "giấy tờ", revision: int = 1) -> Entry:
    return Entry(record=record, revision=revision, unit="U", type="t", type_name="T", access_level="public", text=text)


def opened(folder: Path) -> Fts5Index:
    return Fts5Index(folder / "index.sqlite", BLIND)


def _put_many(folder: Path, name: str, start: Event) -> None:
    index = opened(folder)
    start.wait(30)
    for n in range(40):
        index.put(entry(f"{name}-{n}"))
        index.put(entry("shared", f"bản {n}", revision=n + 1))


def _read_until(folder: Path, stop: Event, bad: multiprocessing.Queue[str]) -> None:
    index = opened(folder)
    while not stop.is_set():
        if not index.find_words("luôn có", None):
            bad.put("a reader found nothing")
            return


def test_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    start = SPAWN.Event()
    workers = [SPAWN.Process(target=_put_many, args=(tmp_path, name, start)) for name in ("a", "b", "c")]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    index = opened(tmp_path)
    assert index.count() == 3 * 40 + 1
    assert dict(index.records_and_revisions())["shared"] == 40


def test_rebuilding_under_writers_and_a_reader_loses_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.put(entry("kept", "luôn có ở đây"))
    start, stop, bad = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    reader = SPAWN.Process(target=_read_until, args=(tmp_path, stop, bad))
    writer = SPAWN.Process(target=_put_many, args=(tmp_path, "w", start))
    reader.start()
    writer.start()
    start.set()
    rounds = 0
    while writer.is_alive() or rounds < 3:
        with index.rebuilding() as fresh:
            for record, revision in list(index.records_and_revisions()):
                fresh.put(entry(record, "luôn có ở đây", revision))
        rounds += 1
    writer.join(60)
    stop.set()
    reader.join(60)
    assert (writer.exitcode, reader.exitcode) == (0, 0)
    assert bad.empty()
    assert index.count() == 1 + 40 + 1
    assert dict(index.records_and_revisions())["shared"] == 40
    left = [path.name for path in tmp_path.iterdir() if path.name.rsplit(".", 1)[1].split("-")[0].isdigit()]
    assert len({name.split("-")[0] for name in left}) == 1, "old generations are removed"


def test_of_very_many_papers_the_newest_are_ranked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened(tmp_path)
    monkeypatch.setattr(fts5_file, "MOST_RANKED", 3)
    index.put(entry("0-old", "chữ chữ chữ"))
    index.put(entry("1-accents", "chữ và hòa"))
    for n in range(5):
        index.put(entry(f"new-{n}", "chữ hoa"))
    assert [hit.record for hit in index.find_words("chữ", None)] == ["new-2", "new-3", "new-4"]
    assert [hit.record for hit in index.find_words("hòa", None)] == ["1-accents", "new-2", "new-3", "new-4"]


def test_a_fork_uses_a_connection_of_its_own(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.put(entry("parent"))
    child = os.fork()
    if child == 0:
        index.put(entry("child"))
        os._exit(0 if index.count() == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    index.put(entry("parent", revision=2))
    assert index.count() == 2


def test_another_key_is_told_and_rebuilding_helps(tmp_path: Path) -> None:
    opened(tmp_path).put(entry("r"))
    other = Fts5Index(tmp_path / "index.sqlite", BlindIndex(b"o" * 32))
    for use in (other.count, lambda: other.put(entry("s")), lambda: other.find_number("x", None)):
        with pytest.raises(IndexUnusable, match="key"):
            use()
    with other.rebuilding() as fresh:
        fresh.put(entry("s"))
    assert list(other.records_and_revisions()) == [("s", 1)]


def _garbage(file: Path) -> None:
    file.write_bytes(b"not a database " * 1000)


def _cut(file: Path) -> None:
    os.truncate(file, 5000)


@pytest.mark.parametrize("damage", [_garbage, _cut, Path.unlink])
def test_a_damaged_index_is_told_and_rebuilding_helps(tmp_path: Path, damage: object) -> None:
    index = opened(tmp_path)
    for n in range(50):
        index.put(entry(f"r{n}", "chữ " * 200))
    index.close()
    assert not list(tmp_path.glob("index.sqlite.1-*")), "a closed index is one file"
    damage(tmp_path / "index.sqlite.1")  # type: ignore[operator]  # one of three functions of a path
    again = opened(tmp_path)
    with pytest.raises(IndexUnusable):
        again.find_words("chữ", None)
    with again.rebuilding() as fresh:
        fresh.put(entry("s"))
    assert again.count() == 1


def test_the_version_before_is_upgraded_at_its_first_use(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.put(entry("r", "giấy khai sinh"))
    index.close()
    with sqlite3.connect(tmp_path / "index.sqlite.1") as raw:
        raw.executescript(
            "DROP INDEX entries_by_day; DROP TABLE vocabulary;"
            "ALTER TABLE entries DROP COLUMN type; ALTER TABLE entries DROP COLUMN level;"
            "ALTER TABLE entries DROP COLUMN code; UPDATE meta SET value = '1' WHERE key = 'schema';"
            "CREATE VIRTUAL TABLE vocabulary USING fts5vocab('words', 'col')"
        )
    assert [hit.record for hit in opened(tmp_path).find_words("", "U", filters=Filters(types=("t",)))] == ["r"]
    assert [hit.record for hit in opened(tmp_path).find_words("khai sinn", "U")] == ["r"]


def test_another_file_of_that_name_is_replaced_only_by_rebuilding(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"something else")
    index = opened(tmp_path)
    with pytest.raises(IndexUnusable):
        index.count()
    with index.rebuilding() as fresh:
        fresh.put(entry("s"))
    assert index.count() == 1


def test_an_index_may_be_copied_with_its_folder(tmp_path: Path) -> None:
    index = opened(tmp_path / "data")
    index.put(entry("r"))
    with index.rebuilding() as fresh:
        fresh.put(entry("s"))
    index.close()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    copy = opened(tmp_path / "copy")
    copy.put(entry("t"))
    assert (copy.count(), index.count()) == (2, 1)


def test_a_lost_index_starts_empty(tmp_path: Path) -> None:
    opened(tmp_path).put(entry("r"))
    for path in tmp_path.iterdir():
        path.unlink()
    assert opened(tmp_path).count() == 0


def test_a_locked_index_is_away_not_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **(k | {"timeout": 0})))
    index = opened(tmp_path)
    index.put(entry("r"))
    holder = real(tmp_path / "index.sqlite.1", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexAway) as caught:
        index.put(entry("s"))
    assert "SQLITE_BUSY" in str(caught.value)
    holder.execute("ROLLBACK")
    assert index.put(entry("s"))


def test_a_failure_does_not_quote_the_query(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.put(entry("r"))
    with sqlite3.connect(tmp_path / "index.sqlite.1") as raw:
        raw.execute("DROP TABLE words_data")
    with pytest.raises(IndexUnusable) as caught:
        index.find_words("tênriêng", None)
    assert "tênriêng" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
