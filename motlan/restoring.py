"""Restoring a backup into an empty data folder, and closing the gap between it and the archive.

What was written after the backup is lost from the ledger but not from the archive: its manifests are adopted, and the
audit chain says from which entry on it has a gap. A restore that was cut off leaves a mark; the same command goes on.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger import Ledger, copying, dump
from motlan.backup import AREAS, LEDGER, TYPES, Progress
from motlan.backupfolder import Backup, open_backup, shelf_of, unfinished
from motlan.checking import check_everything, remembered
from motlan.configuration import read_config
from motlan.probing_store import prepare_store
from motlan.rebuilding import RebuildReport, rebuild
from motlan.settings import CONFIG_NAME, RESTORING, Settings, load
from motlan.wiring import House
from schemas.errors import BackupDamaged, KeysDiffer, TargetNotEmpty
from search.keys import BlindIndex
from storage.copying import Copied, Shelf, copy_archive, copy_blob
from storage.fixity import check
from storage.records import place_of
from worker.chainsealing import take_back

_MAY_BE_THERE = {*AREAS, "archive", "staging", RESTORING}  # an archive whose ledger was lost is moved in by hand


@dataclass(frozen=True)
class Restored:
    """What came of it. `gap_after`: the last audit entry of the backup, or that was sealed into
    the archive after it; what was done later is not in the chain. `consents`:
    how many were ended, because they may have been revoked or used in the gap. `wrong`: as fixity and rebuild say."""

    backup: str
    unfinished: tuple[str, ...]
    records: int
    adopted: int
    gap_after: int
    consents: int
    audit_ok: bool
    wrong: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `motlan restore --json` (docs/cli.md)."""
        return asdict(self) | {"unfinished": list(self.unfinished), "wrong": list(self.wrong)}


def restore(data: Path | None, folder: Path, name: str | None, keys: Path | None, progress: Progress) -> Restored:
    """Make the data folder what the backup says, and check all of it.

    Raises BackupMissing, BackupDamaged (naming the file), BackupTooNew, TargetNotEmpty, IndexKeyMissing (no keys given
    and none there), KeysDiffer."""
    backup = open_backup(folder.absolute(), name)
    progress("kiểm tra bản sao lưu", 0)
    backup.check()
    _check_blobs(backup, progress)
    _check_keys(load(data), backup, keys)
    begun = _begin(load(data), backup)
    _configure(load(data), backup, keys)
    house = House(load(data))
    _restore_keys(house.settings, backup, keys)
    for each in (house.settings.run_folder, house.settings.logs_folder, house.settings.drop_folder, house.staging):
        each.mkdir(parents=True, exist_ok=True)
    prepare_store(house)
    progress("sổ cái", 0)
    _load_ledger(house.ledger, backup, begun)
    _restore_blobs(house, backup, progress)
    take_back(house)
    gap_after = _end_of_chain(house)
    report = rebuild(house, lambda done, _: progress("chỉ mục", done))
    consents = _declare_gap(house, backup, report, gap_after)
    progress("kiểm tra toàn vẹn", 0)
    checked = check_everything(house, lambda done, _: progress("kiểm tra toàn vẹn", done))
    chain = house.ledger.verify_audit(known=(backup.told["audit"][0], backup.told["audit"][1]))
    (house.data / RESTORING).unlink()
    return Restored(
        backup.name,
        tuple(unfinished(folder.absolute())),
        report.records,
        report.adopted,
        gap_after[0],
        consents,
        chain.ok,
        (*report.wrong, *checked.wrong),
    )


def _begin(settings: Settings, backup: Backup) -> bool:
    """Mark the data folder as being restored; whether it was already, from this very backup."""
    mark = settings.data / RESTORING
    if mark.is_file():
        if mark.read_text("utf-8") != backup.name:
            raise TargetNotEmpty(part="thư mục dữ liệu", detail="another backup is half restored there")
        return True
    there = {path.name for path in settings.data.iterdir()} if settings.data.is_dir() else set()
    if there - _MAY_BE_THERE:
        raise TargetNotEmpty(part="thư mục dữ liệu", detail=", ".join(sorted(there - _MAY_BE_THERE)[:5]))
    settings.data.mkdir(parents=True, exist_ok=True)
    mark.write_text(backup.name, "utf-8")
    return False


def _restore_keys(settings: Settings, backup: Backup, keys: Path | None) -> None:
    if keys is None:
        return
    kept = open_backup(keys.absolute(), backup.name)
    settings.keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in kept.files:
        place, content = settings.keys_folder / name, (kept.folder / name).read_bytes()
        if name == CONFIG_NAME:
            continue
        if place.exists():
            if place.read_bytes() != content:
                raise TargetNotEmpty(part="thư mục khóa", detail=name)
            continue
        place.touch(mode=0o600)
        place.write_bytes(content)


def _check_keys(settings: Settings, backup: Backup, keys: Path | None) -> None:
    """Before anything is written: are the archive's own keys given, or there already?"""
    if keys is not None:
        kept = open_backup(keys.absolute(), backup.name)
        kept.check()
        found = kept.told["blind"]
    else:
        named = settings.keys or read_config(backup.folder / CONFIG_NAME).get("keys")
        found = BlindIndex.load(Path(named) if named else settings.keys_folder).fingerprint
    if found != backup.told["blind"]:
        raise KeysDiffer(found=found, expected=backup.told["blind"])


def _configure(settings: Settings, backup: Backup, keys: Path | None) -> None:
    """The configuration, with its passwords where they were kept with the keys, and the unit's own document types."""
    config = backup.folder / CONFIG_NAME
    if keys is not None and CONFIG_NAME in (kept := open_backup(keys.absolute(), backup.name)).files:
        config = kept.folder / CONFIG_NAME
    place = settings.data / CONFIG_NAME
    if not place.exists():
        shutil.copyfile(config, place)
        place.chmod(0o600)
    types = load(settings.data).types_folder
    for name in (name for name in backup.files if name.startswith(f"{TYPES}/")):
        types.mkdir(parents=True, exist_ok=True)
        if not (types / Path(name).name).exists():
            shutil.copyfile(backup.folder / name, types / Path(name).name)


def _load_ledger(ledger: Ledger, backup: Backup, begun: bool) -> None:
    """The backup's rows, unless an earlier try has brought them."""
    end = (backup.told["audit"][0], backup.told["audit"][1])
    if begun and ledger.is_ready():
        with ledger.database.reading() as connection:
            if end[0] and copying.has_entry(connection, *end):
                return
    with (backup.folder / LEDGER).open("rb") as source:
        snapshot = dump.load(ledger, source, str(backup.folder / LEDGER))
    if [asdict(table) for table in snapshot.tables] != backup.told["tables"]:
        raise BackupDamaged(file=str(backup.folder / LEDGER))


def _check_blobs(backup: Backup, progress: Progress) -> None:
    """Hash every blob and follow every manifest in the backup folder before anything is written; the dumped ledger
    vouches for the newest of each record. Raises BackupDamaged."""
    root = backup.folder.parent
    shelf = shelf_of(root)
    for area in backup.told["areas"]:
        for digest in _listed(backup, area):
            if not shelf.blobs.exists(digest):
                raise BackupDamaged(file=str(_blob(root, digest)))
    with (backup.folder / LEDGER).open("rb") as source:
        known = remembered(dump.newest_manifests(source, str(backup.folder / LEDGER)))
    told = check(
        shelf.blobs,
        shelf.records,
        lambda done, _: progress("kiểm tra bản sao lưu", done),
        known_digest=known,
        pending=lambda _: True,
    )
    for digest in (*told.changed, *(place.digest for place in told.missing)):
        raise BackupDamaged(file=str(_blob(root, digest)))
    for broken in (*told.broken_manifests, *told.broken_chain):
        unit, record = place_of(broken.record)
        raise BackupDamaged(file=str(root / "records" / unit / record / f"v{broken.revision}.json"))


def _restore_blobs(house: House, backup: Backup, progress: Progress) -> None:
    shelf, copied = shelf_of(backup.folder.parent), Copied()
    for area in backup.told["areas"]:
        for number, digest in enumerate(_listed(backup, area), 1):
            copy_blob(shelf.blobs, getattr(house, area), digest, copied)
            progress(area, number)
    if backup.told["archive"]:
        copy_archive(shelf, Shelf(house.archive, house.records), lambda done: progress("kho", done), copied)
        for wrong in copied.wrong:
            raise TargetNotEmpty(part="kho", detail=f"{wrong['record']}: {wrong['what']}")


def _listed(backup: Backup, area: str) -> list[str]:
    return (backup.folder / f"{area}.txt").read_text("ascii").split()


def _blob(root: Path, digest: str) -> Path:
    return root / "sha256" / digest[:2] / digest


def _end_of_chain(house: House) -> tuple[int, str]:
    with house.ledger.database.reading() as connection:
        return copying.end_of_chain(connection)


def _declare_gap(house: House, backup: Backup, report: RebuildReport, after: tuple[int, str]) -> int:
    """Write into the audit chain what it does not know; end what cannot be trusted any more. Returns how many consents
    were ended: a citizen may have revoked one after the backup, and no look into a paper may rest on that."""
    with house.ledger.transaction() as tx:
        tx.free_steps([step.id for step in tx.running_steps()], blame=False)
        ended = sum(tx.revoke_consent(one.id) for one in tx.consents() if one.state == "ACTIVE")
        seq, hash = after
        detail = {"entries": seq, "after": hash, "adopted": report.adopted, "consents_ended": ended}
        tx.audit("motlan", "archive.restored", backup.name, detail, outcome="gap")
    return ended
