"""Moving to other parts and back: readers notice nothing, nothing acknowledged is lost, what was cut off goes on."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from ledger import copying
from motlan.checking import check_everything
from motlan.configuration import config_text
from motlan.moving import Move, Moved
from motlan.rebuilding import rebuild
from motlan.settings import load
from motlan.wiring import House, open_house
from schemas.errors import BadSetting, LedgerMoved, MotlanError, TargetNotEmpty
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.services import Addresses
from tests.support import forks
from tests.support.archive import Template, drain, drop
from tests.support.databases import Postgres
from tests.support.killing import killed_at
from tests.support.trees import wait_for


def silent(_what: str, _done: int) -> None:
    pass


@dataclass
class Site:
    """An archive in use, and a file with the settings of where it goes."""

    house: House
    file: Path
    target: dict[str, Any]

    def plan(self) -> Move:
        self.file.write_text(config_text(self.target), "utf-8")
        return Move.planned(House(self.house.settings), self.file)

    def copy(self) -> Moved:
        return self.plan().copy(silent)

    def switch(self) -> Moved:
        return self.plan().switch(silent)

    @property
    def moved(self) -> House:
        """The archive as a new process finds it by its settings."""
        return open_house(load(Path(self.target.get("data", self.house.data)), reserve_bytes=10_000_000))


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("scans")
    paths = [folder / f"tờ {number}.pdf" for number in range(3)]
    for number, path in enumerate(paths):
        write_paper(make_paper("marital_status", 50 + number, dpi=120), path)
    return paths


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, template: Template, scans: list[Path]) -> Path:
    """An archive with a paper that went the whole way and one that was only received."""
    house = template.copy(tmp_path_factory.mktemp("worked"))
    drop(house, scans[0])
    drain(house)
    drop(house, scans[1])
    house.ledger.close()
    return house.data.parent


@pytest.fixture
def site(worked: Path, tmp_path: Path) -> Site:
    """An archive that goes into another folder."""
    shutil.copytree(worked, tmp_path / "old")
    house = House(load(tmp_path / "old" / "data", reserve_bytes=10_000_000))
    return Site(house, tmp_path / "target.toml", {"data": str(tmp_path / "new")})


def tables(house: House) -> list[copying.TableDigest]:
    with house.ledger.database.reading() as connection:
        return [copying.digest_of(connection, name) for name in copying.names()]


def whole(house: House, papers: int) -> None:
    """Everything is there, found, unbroken, and work goes on."""
    drain(house)
    assert [file.state for file in house.ledger.files()] == ["DONE"] * papers
    assert house.index.count() == len(list(house.records.records())) == papers
    assert check_everything(house, lambda *_: None).wrong == () and house.ledger.verify_audit().ok


def test_a_copy_changes_nothing_and_the_switch_moves_everything(site: Site, scans: list[Path]) -> None:
    before = tables(site.house)
    first = site.copy()
    assert first.parts == ("ledger", "store", "index") and not first.switched
    assert first.tables == before == tables(site.house)
    assert first.copied.new_revisions == 1 and first.copied.wrong == [] and first.indexed == 1
    with pytest.raises(MotlanError):
        _ = site.moved
    drop(site.house, scans[2])  # work goes on at the old place
    drain(site.house)
    moved = site.switch()
    assert moved.switched and moved.copied.new_revisions == 2 and moved.indexed == 3
    whole(site.moved, 3)
    assert site.moved.ledger.audit_entries(action="archive.moved")
    with pytest.raises(LedgerMoved):
        drop(site.house, scans[2])
    assert len(site.house.ledger.files()) == 3 and site.house.index.count() == 3, "reading goes on at the old place"
    with pytest.raises(LedgerMoved):
        site.target = {"data": site.target["data"] + "er"}
        site.copy()


def test_readers_go_on_and_what_was_acknowledged_is_at_the_new_place(site: Site) -> None:
    house, stop = House(site.house.settings), threading.Event()
    read, written, failed = [0], [0], list[BaseException]()

    def reader() -> None:
        mine = House(site.house.settings)
        try:
            while not stop.is_set():
                assert mine.index.count() == 1 and mine.records.head(mine.ledger.documents()[0].record)
                read[0] += 1
        except BaseException as error:
            failed.append(error)

    def writer() -> None:
        try:
            while True:
                with house.ledger.transaction() as tx:
                    tx.audit("x", "work.done", "batch:1", {"n": written[0]})
                written[0] += 1
        except LedgerMoved:
            return
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for work in (reader, writer)]
    for thread in threads:
        thread.start()
    wait_for(lambda: read[0] and written[0])
    site.switch()
    after = read[0]
    wait_for(lambda: read[0] > after or failed)
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    assert not failed
    there = site.moved.ledger.audit_entries(action="work.done", limit=1_000_000)
    assert [entry.detail["n"] for entry in there] == list(range(written[0]))
    assert site.moved.ledger.verify_audit().ok


@pytest.mark.parametrize(
    "point", ["received", "kho", "sổ cái", "so sổ cái", "chỉ mục", "đóng sổ cái cũ", "ghi cài đặt"]
)
def test_a_move_that_was_killed_goes_on(site: Site, point: str) -> None:
    killed_at(point, lambda progress: site.plan().switch(progress))
    assert site.house.ledger.files(), "the old place can be read"
    with pytest.raises(MotlanError):
        _ = site.moved
    assert site.switch().switched
    whole(site.moved, 2)


def test_a_target_with_a_life_of_its_own_is_refused(site: Site, template: Template, tmp_path: Path) -> None:
    other = template.copy(tmp_path / "other")
    with other.ledger.transaction() as tx:
        tx.audit("x", "work.done", "batch:1", {})
    site.target = {"data": str(other.data)}
    before = tables(other)
    with pytest.raises(TargetNotEmpty):
        site.switch()
    assert tables(other) == before
    site.target = {"data": str(site.house.data)}
    with pytest.raises(BadSetting):
        site.copy()


def test_a_damaged_archive_is_not_left_behind_for_a_half_one(site: Site) -> None:
    blob = max((site.house.data / "archive" / "sha256").glob("*/*"), key=lambda path: path.stat().st_size)
    blob.chmod(0o600)
    blob.write_bytes(b"x" * blob.stat().st_size)
    assert [item["what"] for item in site.copy().copied.wrong] == ["BLOB_DAMAGED"]
    with pytest.raises(MotlanError) as error:
        site.switch()
    assert error.value.code == "COPY_DIFFERS"
    with site.house.ledger.transaction() as tx:
        tx.audit("x", "work.done", "batch:1", {})


def test_the_command_speaks_and_exits_as_documented(site: Site) -> None:
    def motlan(*words: object, code: int = 0) -> str:
        done = forks.motlan(site.house.data, "migrate", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    site.plan()
    assert "--switch" in motlan("--to", site.file)
    told = json.loads(motlan("--to", site.file, "--switch", "--json"))
    assert told["switched"] and told["tables"] and told["indexed"] == 1 and told["copied"]["wrong"] == []
    assert "Đã chuyển" in motlan("--to", site.file, "--switch"), "again harms nothing"
    assert "LEDGER_MOVED" in motlan("--to", site.file, code=3)
    assert "BAD_SETTING" in motlan("--to", site.file.with_name("none.toml"), code=3)


@pytest.fixture
def big(services: Addresses, postgres: Postgres) -> Iterator[dict[str, Any]]:
    """Settings of the big size's parts, all of them new and empty."""
    name, store = f"motlan-test-{uuid4().hex[:12]}", services["versitygw"]
    yield {
        "database_url": postgres.database(upgraded=False),
        "store_url": store["url"],
        "store_bucket": name,
        "store_access_key": store["access_key"],
        "store_secret_key": store["secret_key"],
        "index_url": services["elasticsearch"]["url"],
        "index_name": name,
    }
    with Elasticsearch(services["elasticsearch"]["url"]) as client:
        for index in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=index)


@pytest.mark.services
def test_to_the_big_parts_rebuilt_there_and_back_again(site: Site, big: dict[str, Any], tmp_path: Path) -> None:
    before = tables(site.house)
    site.target = big
    killed_at("so sổ cái", lambda progress: site.plan().switch(progress))
    assert site.copy().tables == before, "row for row and digest for digest in the other database"
    assert site.switch().switched
    house = site.moved
    assert house.bucket and house.index_server
    whole(house, 2)
    _lost_index_and_ledger_come_back(house, big)
    back = dict.fromkeys(("database_url", "store_url", "index_url"), "") | {"data": str(tmp_path / "home")}
    home = Site(house, site.file, back)
    moved = home.switch()
    assert moved.switched and moved.parts == ("ledger", "store", "index")
    assert home.moved.bucket is None and home.moved.index_server is None
    whole(home.moved, 2)


def _lost_index_and_ledger_come_back(house: House, big: dict[str, Any]) -> None:
    """`rebuild` from the bucket alone."""
    house.index.remove_all()
    with house.ledger.database.writing() as connection:
        copying.empty(connection)
        connection.exec_driver_sql(f"insert into audit_head (id, seq, hash) values (1, 0, '{'0' * 64}')")
    with house.ledger.transaction() as tx:
        tx.ensure_unit(house.unit_code, house.unit_name)
    report = rebuild(house, lambda *_: None)
    assert (report.records, report.indexed, report.adopted, report.wrong) == (2, 2, 2, ())
    assert house.index.find_words("tình trạng hôn nhân", None) and big["store_bucket"]
    whole(house, 2)
