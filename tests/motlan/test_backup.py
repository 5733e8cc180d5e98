"""Backup and restore: made while work goes on, restored into a clean folder, refused when damaged or cut off."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from motlan.backup import back_up
from motlan.backupfolder import open_backup
from motlan.checking import check_everything
from motlan.restoring import Restored, restore
from motlan.settings import CONFIG_NAME, load
from motlan.wiring import House, open_house
from schemas.errors import (
    BackupDamaged,
    BackupMissing,
    BadSetting,
    IndexKeyMissing,
    KeysDiffer,
    RestoreUnfinished,
    TargetNotEmpty,
)
from schemas.manifest import Manifest
from search.keys import BlindIndex
from specimens.papers import make_paper
from specimens.scans import write_paper
from tests.services import Addresses
from tests.support import forks
from tests.support.archive import Template, drain, drop
from tests.support.databases import Postgres
from tests.support.drain import start
from tests.support.killing import killed_at


def silent(_what: str, _done: int) -> None:
    pass


@dataclass
class Desk:
    """An archive with two papers, and places for its backups."""

    house: House
    folder: Path
    keys: Path
    new: Path

    def back_up(self, **changes: object) -> str:
        given = {"folder": self.folder, "keys": self.keys, "with_archive": True, "progress": silent} | changes
        return back_up(self.house, **given).name  # type: ignore[arg-type]

    def restore(self, name: str | None = None, keys: bool = True) -> Restored:
        return restore(self.new, self.folder, name, self.keys if keys else None, silent)

    def rows(self, name: str) -> dict[str, int]:
        """How many rows each table has in a backup."""
        return {table["name"]: table["rows"] for table in open_backup(self.folder, name).told["tables"]}

    @property
    def restored(self) -> House:
        return open_house(load(self.new, reserve_bytes=10_000_000))


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("scans")
    kinds = ("marital_status", "birth_extract", "marital_status", "marital_status")
    paths = [folder / f"tờ {number}.pdf" for number in range(len(kinds))]
    for number, (kind, path) in enumerate(zip(kinds, paths, strict=True)):
        write_paper(make_paper(kind, 40 + number, dpi=120), path)
    return paths


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, template: Template, scans: list[Path]) -> Path:
    """An archive in which two papers have gone the whole way."""
    house = template.copy(tmp_path_factory.mktemp("worked"))
    drop(house, *scans[:2])
    drain(house)
    house.ledger.close()
    return house.data.parent


@pytest.fixture
def desk(worked: Path, tmp_path: Path) -> Desk:
    shutil.copytree(worked, tmp_path / "old")
    house = House(load(tmp_path / "old" / "data", reserve_bytes=10_000_000))
    return Desk(house, tmp_path / "backups", tmp_path / "safe", tmp_path / "new" / "data")


def documents(house: House) -> dict[str, tuple[str, int | None]]:
    return {one.record: (one.state, one.revision) for one in house.ledger.documents()}


def test_what_is_restored_is_found_and_can_be_reused_again(desk: Desk) -> None:
    before = documents(desk.house)
    record, shown = next((one.record, one) for one in map(desk.house.records.head, before) if one and one.subjects)
    subject = shown.subjects[0]
    desk.back_up()
    told = desk.restore()
    assert (told.wrong, told.audit_ok, told.records, told.adopted) == ((), True, 2, 0)
    house = desk.restored
    assert documents(house) == before and house.index.count() == 2 and check_everything(house, lambda *_: None).ok
    token = house.blind.token(subject.id_kind or "", subject.number or "")
    assert record in [hit.record for hit in house.index.find_number(token, None)]
    number = f"{subject.id_kind}:{subject.number}" if subject.id_kind != "cccd" else subject.number or ""
    held = house.reuse.check("can-bo", house.unit_code, "HS-1", "Đăng ký", shown.type, number)
    assert record in [one.record for one in held]
    entry = house.ledger.audit_entries(action="archive.restored")[0]
    assert entry.outcome == "gap" and entry.detail["entries"] == told.gap_after
    assert house.settings.keys_folder.stat().st_mode & 0o077 == 0


def test_a_backup_made_while_two_writers_work_is_whole(desk: Desk, scans: list[Path]) -> None:
    running = [start(desk.house.data, os.environ, scan) for scan in scans[2:]]
    made = [desk.back_up()]
    while any(process.is_alive() for process in running):
        made.append(desk.back_up())
    assert [process.exitcode for process in running] == [0, 0]
    half_way = [name for name in made if desk.rows(name)["files"] > desk.rows(name)["documents"]]
    assert half_way, "some backup was made in the middle of the work"
    told = desk.restore(half_way[len(half_way) // 2])
    assert (told.wrong, told.audit_ok) == ((), True)
    house = desk.restored
    taken = len(house.ledger.files())
    assert {file.state for file in house.ledger.files()} != {"DONE"}
    drain(house)
    assert [file.state for file in house.ledger.files()] == ["DONE"] * taken, "what was on its way goes on"
    assert check_everything(house, lambda *_: None).ok and house.ledger.verify_audit().ok
    assert house.index.count() == len(list(house.records.records())) == len(documents(house))


@pytest.mark.parametrize("what", ["ledger.jsonl.gz", "received.txt", "backup.json", "blob", "manifest", "blob gone"])
def test_a_damaged_backup_is_refused_with_the_files_name(desk: Desk, what: str) -> None:
    folder = desk.folder / desk.back_up()
    path = {
        "blob": min((desk.folder / "sha256").glob("*/*"), key=lambda one: one.stat().st_size),
        "blob gone": max((desk.folder / "sha256").glob("*/*"), key=lambda one: one.stat().st_size),
        "manifest": next((desk.folder / "records").rglob("v1.json")),
    }.get(what, folder / what)
    path.chmod(0o600)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :])
    if what == "blob gone":
        path.unlink()
    with pytest.raises(BackupDamaged) as error:
        desk.restore()
    assert path.name in error.value.vi_text
    assert not desk.new.exists(), "nothing was begun"


def _reworded(path: Path) -> None:
    """The newest revision of a record says something else, in the right form: no other manifest tells its digest."""
    path.chmod(0o600)
    said = Manifest.from_bytes(path.read_bytes())
    path.write_bytes(said.model_copy(update={"type_name": "Giấy khác"}).to_bytes())


def test_a_newest_manifest_that_says_something_else_is_refused_too(desk: Desk) -> None:
    desk.back_up()
    path = next((desk.folder / "records").rglob("v1.json"))
    _reworded(path)
    with pytest.raises(BackupDamaged) as error:
        desk.restore()
    assert str(path) in error.value.vi_text and not desk.new.exists()


def test_what_the_ledger_does_not_vouch_for_is_told_and_not_backed_up(desk: Desk) -> None:
    path = next((desk.house.data / "archive" / "records").rglob("v1.json"))
    _reworded(path)
    taken = back_up(desk.house, desk.folder, desk.keys, True, silent)
    assert [wrong["what"] for wrong in taken.copied.wrong] == ["RECORD_DAMAGED"]
    wrong = desk.restore().wrong
    assert [one["item"]["record"] for one in wrong if one["what"] == "broken_chain"] == [
        taken.copied.wrong[0]["record"]
    ]


def test_a_backup_that_was_killed_is_never_restored(desk: Desk) -> None:
    killed_at("kho", lambda progress: desk.back_up(progress=progress))
    (half,) = (path.name for path in desk.folder.iterdir() if path.name[0].isdigit())
    with pytest.raises(BackupMissing) as error:
        desk.restore()
    assert half in error.value.hint_text
    whole = desk.back_up()
    told = desk.restore()
    assert (told.backup, told.unfinished, told.wrong) == (whole, (half,), ())


def test_a_second_backup_copies_only_what_is_new(desk: Desk) -> None:
    first = back_up(desk.house, desk.folder, None, True, silent)
    again = back_up(desk.house, desk.folder, None, True, silent)
    assert first.copied.new_revisions == 2 and first.copied.new_blobs >= 8
    assert (again.copied.new_revisions, again.copied.new_blobs) == (0, 0)
    assert again.audit == first.audit + 1, "the first one is in the chain"


def test_keys_and_passwords_are_apart_from_data(desk: Desk) -> None:
    config = desk.house.data / CONFIG_NAME
    config.write_text(config.read_text("utf-8") + 'index_password = "rất mật"\n', "utf-8")
    desk.house = House(load(desk.house.data))
    for place in (desk.folder / "keys", desk.folder, desk.folder.parent, desk.house.data / "x"):
        with pytest.raises(BadSetting):
            desk.back_up(keys=place)
    with pytest.raises(BadSetting):
        desk.back_up(folder=desk.house.data / "backup")
    desk.back_up()
    kept = [path.read_bytes() for path in desk.house.settings.keys_folder.iterdir()]
    inside = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert not [secret for secret in kept if secret in inside] and "rất mật" not in inside.decode("utf-8", "replace")
    with pytest.raises(IndexKeyMissing):
        desk.restore(keys=False)
    assert not desk.new.exists()
    assert desk.restore().wrong == ()
    assert load(desk.new).index_password.get_secret_value() == "rất mật"


def test_foreign_keys_are_refused(desk: Desk) -> None:
    desk.back_up(keys=None)
    BlindIndex.create(desk.new.with_name("data.keys"))
    with pytest.raises(KeysDiffer):
        desk.restore(keys=False)


def test_what_was_kept_after_the_backup_is_adopted_and_the_gap_is_declared(desk: Desk, scans: list[Path]) -> None:
    record = next(iter(documents(desk.house)))
    with desk.house.ledger.transaction() as tx:
        request = tx.put_request(desk.house.unit_code, "can-bo", "HS-1", "Đăng ký", record)
        tx.put_consent(request, "v1.x", 1, "once", 1, desk.house.clock().replace(year=2999))
    desk.back_up(with_archive=False)
    drop(desk.house, scans[2])
    drain(desk.house)
    shutil.copytree(desk.house.data / "archive", desk.new / "archive")  # the ledger is lost, its archive is not
    told = desk.restore()
    assert (told.adopted, told.consents, told.wrong, told.audit_ok) == (1, 1, (), True)
    house = desk.restored
    assert documents(house) == documents(desk.house)
    assert [one.state for one in house.ledger.consents()] == ["REVOKED"]
    assert house.ledger.audit_entries(action="archive.restored")[0].detail["adopted"] == 1


@pytest.mark.parametrize("point", ["sổ cái", "received", "kho", "chỉ mục", "kiểm tra toàn vẹn"])
def test_a_restore_that_was_killed_is_known_and_goes_on(desk: Desk, point: str) -> None:
    desk.back_up()
    killed_at(point, lambda progress: restore(desk.new, desk.folder, None, desk.keys, progress))
    with pytest.raises(RestoreUnfinished):
        _ = desk.restored
    assert desk.restore().wrong == ()
    assert documents(desk.restored) == documents(desk.house)
    with pytest.raises(TargetNotEmpty):
        desk.restore()


def test_the_commands_speak_and_exit_as_documented(desk: Desk) -> None:
    def motlan(data: Path, *words: object, code: int = 0) -> str:
        done = forks.motlan(data, *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "KHÔNG nằm trong bản này" in motlan(desk.house.data, "backup", desk.folder)
    made = json.loads(motlan(desk.house.data, "backup", desk.folder, "--keys", desk.keys, "--json"))
    assert made["records"] == 2 and made["new_blobs"] == 0 and made["wrong"] == []
    told = json.loads(motlan(desk.new, "restore", desk.folder, "--keys", desk.keys, "--json"))
    assert told["backup"] == made["backup"] and told["records"] == 2 and told["wrong"] == []
    assert "TARGET_NOT_EMPTY" in motlan(desk.new, "restore", desk.folder, "--keys", desk.keys, code=4)
    assert "BACKUP_MISSING" in motlan(desk.new, "restore", desk.keys.parent / "none", code=3)


@pytest.fixture
def big(services: Addresses, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """Sets the big size's parts, all of them new and empty."""
    name = f"motlan-test-{uuid4().hex[:12]}"
    store = services["versitygw"]
    given = {
        "database_url": postgres.database(upgraded=False),
        "store_url": store["url"],
        "store_bucket": name,
        "store_access_key": store["access_key"],
        "store_secret_key": store["secret_key"],
        "index_url": services["elasticsearch"]["url"],
        "index_name": name,
    }
    for key, value in given.items():
        monkeypatch.setenv(f"MOTLAN_{key.upper()}", value)
    yield given
    with Elasticsearch(given["index_url"]) as client:
        for index in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=index)


@pytest.mark.services
def test_one_machines_backup_restores_onto_the_big_parts_and_back(desk: Desk, request: pytest.FixtureRequest) -> None:
    desk.back_up()
    before = documents(desk.house)
    request.getfixturevalue("big")
    assert desk.restore().wrong == ()
    house = desk.restored
    assert house.bucket and documents(house) == before and house.index.count() == 2
    desk.house, desk.folder, desk.keys = house, desk.folder.with_name("b2"), desk.keys.with_name("s2")
    desk.back_up()
    assert open_backup(desk.folder).told["archive"]
    for name in list(os.environ):
        if name.startswith("MOTLAN_") and name != "MOTLAN_BOOT":
            del os.environ[name]
    desk.new = desk.new.with_name("again") / "data"
    assert desk.restore().wrong == ()
    assert not desk.restored.bucket and documents(desk.restored) == before
