"""Repairing an archive that has lost a part, from a copy of it: a backup folder, another archive, another store."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from motlan.backup import AREAS, Progress
from motlan.checking import check_everything
from motlan.configuration import read_config
from motlan.settings import load
from motlan.wiring import House
from schemas.errors import BadSetting
from storage.blobs import FolderBlobStore
from storage.copying import Shelf
from storage.fixity import damaged
from storage.records import FolderRecordStore
from storage.repair import Repaired, mend_blob, repair


@dataclass(frozen=True)
class Mended:
    """What was put back, and what fixity still finds wrong afterwards."""

    put_back: Repaired
    wrong: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `motlan repair --json` (docs/cli.md)."""
        return asdict(self.put_back) | {"wrong": list(self.wrong)}


def replica_of(house: House, place: Path) -> Shelf:
    """The copy at a place: a folder with `sha256` and `records` in it (nothing is written there), or a TOML file that
    names a store. Raises BadSetting."""
    if place.is_dir():
        root = place.absolute()
        return Shelf(FolderBlobStore(root, root), FolderRecordStore(root, root))
    values = read_config(place)
    if not values.get("store_url"):
        raise BadSetting(name="--from", detail="a folder, or a file that names a store_url, is needed")
    other = House(load(house.data, **values))
    return Shelf(other.archive, other.records)


def mend(house: House, replica: Shelf, progress: Progress) -> Mended:
    """Put back what is not whole and hash everything again: papers that are whole then are DAMAGED no longer."""
    known = {d.record: (d.revision, d.manifest) for d in house.ledger.documents() if d.revision and d.manifest}
    done = repair(Shelf(house.archive, house.records), replica, known, lambda n: progress("sửa kho", n))
    for area in AREAS:
        store = getattr(house, area)
        for name in damaged(store)[0]:
            mend_blob(store, replica.blobs, name, done)
    with house.ledger.transaction() as tx:
        detail = {"revisions": done.revisions, "blobs": done.blobs, "left": len(done.left)}
        tx.audit("motlan", "archive.repaired", "archive", detail)
    checked = check_everything(house, lambda n, _: progress("kiểm tra toàn vẹn", n))
    return Mended(done, checked.wrong)
