"""Making a backup while everything goes on working: ledger, configuration, archive; the keys apart from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger import dump
from motlan.backupfolder import Writing, shelf_of
from motlan.checking import ledger_digest
from motlan.configuration import without_secrets
from motlan.settings import CONFIG_NAME, Settings
from motlan.wiring import House
from schemas.errors import BadSetting
from storage.blobs import BlobStore
from storage.copying import Copied, Shelf, copy_archive, copy_blobs

LEDGER = "ledger.jsonl.gz"
TYPES = "document_types"
AREAS = ("received", "work", "quarantine")  # besides the archive: what is on its way, and what was set aside
Progress = Callable[[str, int], None]
"""Called with what is being done and how much of it is."""


@dataclass(frozen=True)
class Taken:
    """A finished backup; `copied.wrong` names what the archive itself does not have whole."""

    name: str
    folder: Path
    keys: Path | None
    archive: bool
    audit: int
    copied: Copied

    def as_json(self) -> dict[str, Any]:
        """The shape of `motlan backup --json` (docs/cli.md)."""
        places = {"folder": str(self.folder), "keys": str(self.keys) if self.keys else None}
        return {"backup": self.name, **places, "archive": self.archive, "audit": self.audit, **asdict(self.copied)}


def back_up(house: House, folder: Path, keys: Path | None, with_archive: bool, progress: Progress) -> Taken:
    """One more backup in `folder`; of blobs and manifests only what is not there yet is copied.

    Raises BadSetting for a place that would not do, DiskFull, StorageAway and its kinds."""
    folder, keys = folder.absolute(), keys.absolute() if keys else None
    _check_places(house.settings, folder, keys)
    name = f"{house.clock():%Y-%m-%dT%H-%M-%S-%fZ}"
    backup, shelf, copied = Writing(folder, name), shelf_of(folder), Copied()
    areas = AREAS if with_archive or house.bucket is None else ()
    progress("đang xử lý", 0)
    for area in areas:  # and again below: what the ledger names in between is then too young to have been swept
        list(_area(house, area, shelf, copied))
    copied.wrong.clear()  # told once, below
    progress("sổ cái", 0)
    with backup.new(LEDGER) as out:
        snapshot = dump.write(house.ledger, out)
    for area in areas:
        backup.write(f"{area}.txt", "".join(f"{one}\n" for one in _area(house, area, shelf, copied)).encode())
    if with_archive:
        source, known = Shelf(house.archive, house.records), ledger_digest(house)
        copy_archive(source, shelf, lambda done: progress("kho", done), copied, known)
    stripped = _configuration(house.settings, backup)
    if keys:
        _keys(house.settings, Writing(keys, name), house.blind.fingerprint, stripped)
    backup.seal(
        name=name,
        taken_at=house.clock().isoformat(timespec="seconds"),
        software=house.software,
        schema=snapshot.schema,
        tables=[asdict(table) for table in snapshot.tables],
        audit=list(snapshot.audit),
        blind=house.blind.fingerprint,
        archive=with_archive,
        areas=list(areas),
        keys=keys is not None,
    )
    with house.ledger.transaction() as tx:
        detail = {"archive": with_archive, "keys": keys is not None, "wrong": len(copied.wrong)}
        tx.audit("motlan", "archive.backed_up", name, detail)
    return Taken(name, folder, keys, with_archive, snapshot.audit[0], copied)


def _area(house: House, name: str, shelf: Shelf, copied: Copied) -> Iterator[str]:
    store: BlobStore = getattr(house, name)
    return copy_blobs(store, shelf.blobs, list(store.digests()), copied)


def _configuration(settings: Settings, backup: Writing) -> bool:
    """Configuration and own document types; whether passwords were left out of it."""
    config, stripped = without_secrets(settings.data / CONFIG_NAME)
    backup.write(CONFIG_NAME, config)
    for path in sorted(settings.types_folder.glob("*.toml")) if settings.types_folder.is_dir() else ():
        backup.write(f"{TYPES}/{path.name}", path.read_bytes())
    return stripped


def _keys(settings: Settings, backup: Writing, fingerprint: str, with_config: bool) -> None:
    for path in sorted(path for path in settings.keys_folder.iterdir() if path.is_file()):
        backup.write(path.name, path.read_bytes())
    if with_config:
        backup.write(CONFIG_NAME, (settings.data / CONFIG_NAME).read_bytes())
    backup.seal(name=backup.name, what="keys", blind=fingerprint, areas=[], audit=[], archive=False)


def _check_places(settings: Settings, folder: Path, keys: Path | None) -> None:
    """Keys and data must not be lost, nor stolen, together."""
    for data in (settings.data, settings.keys_folder):
        if _touching(folder, data):
            raise BadSetting(name="FOLDER", detail=f"bản sao lưu phải nằm ngoài {data} / must lie outside of it")
    for place in (folder, settings.data, settings.keys_folder):
        if keys and _touching(keys, place):
            raise BadSetting(name="--keys", detail=f"khóa phải nằm ở nơi khác, ngoài {place} / must lie apart from it")


def _touching(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)
