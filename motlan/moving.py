"""Moving an archive from one set of parts to another, while everybody goes on reading from the old one.

Copying may be done any number of times: it brings what is new and goes on where it was cut off. The switch lets the old
ledger stand still, brings the rest, compares, closes the old ledger for good, and only then changes the settings.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import closing, copying
from ledger.copying import TableDigest
from motlan.backup import AREAS, Progress
from motlan.configuration import read_config, write_config
from motlan.probing_store import prepare_store
from motlan.settings import CONFIG_NAME, Settings, load
from motlan.wiring import House
from schemas.errors import AlreadyRunning, BadSetting, CopyDiffers, LedgerMoved, TargetNotEmpty
from search.projection import parity
from storage.copying import Copied, Shelf, copy_archive, copy_blobs, foreign
from worker.manifests import entry_for
from worker.supervisor import running

PARTS = tuple(name for name in Settings.model_fields if name.split("_")[0] in ("broker", "database", "store", "index"))


@dataclass
class Moved:
    """What was moved. `tables` are the ledger's, as both sides have them; `parts` those that differ; `overriding` names
    variables that still say something else than the new settings."""

    parts: tuple[str, ...]
    tables: list[TableDigest] = field(default_factory=list)
    copied: Copied = field(default_factory=Copied)
    indexed: int = 0
    switched: bool = False
    data: str = ""
    overriding: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape of `motlan migrate --json` (docs/cli.md)."""
        return asdict(self) | {"parts": list(self.parts), "overriding": list(self.overriding)}


@dataclass(frozen=True)
class Move:
    """From one house to another; `values` are the settings that make the difference."""

    source: House
    target: House
    values: dict[str, Any]

    @classmethod
    def planned(cls, source: House, file: Path) -> Move:
        """As the settings in `file` say; what they do not name stays as it is. Raises BadSetting."""
        values = read_config(file)
        old = source.settings
        if not Path(data := str(values.pop("data", old.data))).is_absolute():
            raise BadSetting(name="data", detail="must be an absolute path")
        if Path(data) != old.data:
            values.setdefault("keys", str(old.keys_folder))
        stays = {name: getattr(old, name) for name in PARTS} | {"unit_code": old.unit_code, "unit_name": old.unit_name}
        move = cls(source, House(load(Path(data), **(stays | values)), source.clock), values)
        if not move.parts:
            raise BadSetting(name="--to", detail="it names the parts that are in use")
        return move

    @property
    def parts(self) -> tuple[str, ...]:
        """Which parts are others: ledger, store, index."""
        old, new = self.source.settings, self.target.settings
        store, index = _store_of(old) != _store_of(new), _index_of(old) != _index_of(new)
        told = {"ledger": old.ledger_url != new.ledger_url, "store": store, "index": index}
        return tuple(name for name, differs in told.items() if differs)

    def copy(self, progress: Progress) -> Moved:
        """Bring what is not there yet; the old parts stay in use. Raises TargetNotEmpty for a target with a life of its
        own, CopyDiffers."""
        moved = self._prepared(progress)
        self._copy_store(moved, progress)
        with self.source.ledger.database.reading() as connection:
            self._copy_ledger(connection, moved, progress)
        self._index(moved, progress)
        return moved

    def switch(self, progress: Progress) -> Moved:
        """Bring the rest while nobody writes, close the old ledger, change the settings. Raises as `copy`."""
        if self._is_closed():
            return self._settle(Moved(self.parts, data=str(self.target.data)), progress)
        if "ledger" not in self.parts and self._is_at_work():
            raise AlreadyRunning(pid="?")  # only a ledger that closes keeps old workers from the old store
        moved = self.copy(progress)
        with closing.standing_still(self.source.ledger.database) as connection:
            self._copy_store(moved, progress)
            if moved.copied.wrong:
                raise CopyDiffers(part="kho", detail=f"{len(moved.copied.wrong)} records or blobs are not whole")
            self._copy_ledger(connection, moved, progress)
            self._index(moved, progress)
            progress("đóng sổ cái cũ", 0)
            if "ledger" in self.parts:
                closing.close(connection)
        return self._settle(moved, progress)

    def _is_at_work(self) -> bool:
        return bool(running(self.source.settings.run_folder) or self.source.ledger.running_steps())

    def _is_closed(self) -> bool:
        """Whether the old ledger was closed by an earlier try. Raises LedgerMoved when it moved somewhere else."""
        with self.source.ledger.database.reading() as connection:
            if not closing.is_closed(connection):
                return False
            end = copying.end_of_chain(connection)
        if "ledger" in self.parts and self.target.ledger.is_ready():
            with self.target.ledger.database.reading() as connection:
                if copying.has_entry(connection, *end):
                    return True
        raise LedgerMoved()

    def _prepared(self, progress: Progress) -> Moved:
        """The target's empty parts, after a look whether they are empty or our own earlier try."""
        progress("xem nơi nhận", 0)
        if self._is_closed():
            raise LedgerMoved()
        source, target = self.source, self.target
        for folder in (target.data, target.settings.run_folder, target.settings.logs_folder, target.staging):
            folder.mkdir(parents=True, exist_ok=True)
        target.settings.drop_folder.mkdir(exist_ok=True)
        prepare_store(target)
        if "store" in self.parts and (record := foreign(_shelf(source), _shelf(target))):
            raise TargetNotEmpty(part="kho", detail=record)
        if "index" in self.parts:
            for record, _ in target.index.records_and_revisions():
                if not source.records.revisions(record):
                    raise TargetNotEmpty(part="chỉ mục", detail=record)
        if "ledger" in self.parts:
            self._check_ledger()
        return Moved(self.parts, data=str(target.data))

    def _check_ledger(self) -> None:
        database = self.target.ledger.database
        self.target.ledger.upgrade()
        with database.reading() as there, self.source.ledger.database.reading() as here:
            end = copying.end_of_chain(there)
            if not copying.is_bare(there) and not copying.has_entry(here, *end):
                raise TargetNotEmpty(part="sổ cái", detail="its audit chain is not the beginning of ours")

    def _copy_store(self, moved: Moved, progress: Progress) -> None:
        if "store" not in self.parts:
            return
        moved.copied.wrong.clear()
        moved.copied.records = moved.copied.revisions = 0
        for area in AREAS:
            progress(area, 0)
            here = getattr(self.source, area)
            for _ in copy_blobs(here, getattr(self.target, area), list(here.digests()), moved.copied):
                pass
        there = _shelf(self.target)
        copy_archive(_shelf(self.source), there, lambda done: progress("kho", done), moved.copied)

    def _copy_ledger(self, connection: Connection, moved: Moved, progress: Progress) -> None:
        """All rows that the connection sees, compared table by table before they count."""
        if "ledger" not in self.parts:
            return
        progress("sổ cái", 0)
        with self.target.ledger.database.rebuilding() as there:
            moved.tables = copying.copy(connection, there)
            progress("so sổ cái", 0)
            differ = copying.unlike(moved.tables, [copying.digest_of(there, table.name) for table in moved.tables])
            if differ:
                raise CopyDiffers(part="sổ cái", detail=", ".join(differ))

    def _index(self, moved: Moved, progress: Progress) -> None:
        """The new index from the new store's manifests: anew when it is empty, else what it lacks."""
        if "index" not in self.parts:
            return
        house, heads = self.target, dict(_heads(self.target))
        wanted = list(parity(house.index, heads.items()).missing) + list(parity(house.index, heads.items()).stale)
        with self._filling(anew=len(wanted) == len(heads)) as put:
            for done, record in enumerate(wanted, 1):
                head = house.records.head(record)
                assert head is not None
                put(entry_for(head, house.archive, house.blind))
                progress("chỉ mục", done)
        left = parity(house.index, heads.items())
        if left.missing or left.stale:
            raise CopyDiffers(part="chỉ mục", detail=f"{len(left.missing)} missing, {len(left.stale)} old")
        moved.indexed = house.index.count()

    @contextmanager
    def _filling(self, anew: bool) -> Iterator[Callable[[Any], object]]:
        if not anew:
            yield self.target.index.put
            return
        with self.target.index.rebuilding() as fresh:
            yield fresh.put

    def _settle(self, moved: Moved, progress: Progress) -> Moved:
        """From here on the target is the archive."""
        progress("ghi cài đặt", 0)
        old, new = self.source.settings, self.target.settings
        if old.data != new.data and old.types_folder.is_dir():
            shutil.copytree(old.types_folder, new.types_folder, dirs_exist_ok=True)
        with self.target.ledger.transaction() as tx:
            tx.free_steps([step.id for step in tx.running_steps()], blame=False)
            tx.audit("motlan", "archive.moved", new.unit_code, {"parts": list(self.parts)})
        write_config(new.data, read_config(old.data / CONFIG_NAME) | self.values)
        moved.switched = True
        moved.overriding = tuple(
            name for name in (f"MOTLAN_{key.upper()}" for key in self.values) if name in os.environ
        )
        return moved


def _heads(house: House) -> Iterator[tuple[str, int]]:
    for record in house.records.records():
        head = house.records.head(record)
        if head is not None:
            yield record, head.revision


def _shelf(house: House) -> Shelf:
    return Shelf(house.archive, house.records)


def _store_of(settings: Settings) -> tuple[str, str]:
    return (settings.store_url, settings.store_bucket) if settings.store_url else ("", str(settings.data))


def _index_of(settings: Settings) -> tuple[str, str]:
    return (settings.index_url, settings.index_name) if settings.index_url else ("", str(settings.data))
