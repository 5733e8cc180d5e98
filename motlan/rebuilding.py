"""Rebuild what is disposable from the archive alone: the index, and the ledger's heads of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from motlan.wiring import House
from schemas.errors import BlobDamaged, BlobMissing, MotlanError
from schemas.manifest import Manifest
from search.index import Entry
from search.projection import entry_of, parity
from worker.manifests import entry_for


@dataclass(frozen=True)
class RebuildReport:
    """Counts, and a list of what is wrong: unreadable records, and differences between index and archive."""

    records: int
    indexed: int
    adopted: int
    wrong: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def rebuild(house: House, progress: Callable[[int, int], None]) -> RebuildReport:
    """Read every record's head, index it anew, adopt into the ledger what the ledger does not know; then compare."""
    wrong: list[dict[str, Any]] = []
    heads: dict[str, int] = {}  # no manifests: an archive's do not fit into memory
    adopted = 0
    with house.index.rebuilding() as fresh:
        names = list(house.records.records())  # listed now: what was put before the block began is in the archive
        for done, name in enumerate(names, 1):
            head = _head(house, name, wrong)
            if head is not None:
                fresh.put(_entry(house, head, wrong))
                adopted += _adopt(house, head)
                heads[head.record] = head.revision
            progress(done, len(names))
    wrong += [{"record": record, "what": what} for what, record in _differences(parity(house.index, heads.items()))]
    with house.ledger.transaction() as tx:
        tx.audit("motlan", "archive.rebuilt", "index", {"records": len(heads), "adopted": adopted, "wrong": len(wrong)})
    return RebuildReport(len(names), house.index.count(), adopted, tuple(wrong))


def _head(house: House, name: str, wrong: list[dict[str, Any]]) -> Manifest | None:
    """The newest revision that can be read; `wrong` is told when that is not the newest, or none."""
    try:
        head = house.records.head(name)
        if head is None or head.revision != house.records.revisions(name)[-1]:
            wrong.append({"record": name, "what": "RECORD_DAMAGED"})
    except MotlanError as error:
        wrong.append({"record": name, "what": error.code})
        return None
    return head


def _entry(house: House, head: Manifest, wrong: list[dict[str, Any]]) -> Entry:
    """What the index takes in of it; of one whose text is lost, what its manifest says."""
    try:
        return entry_for(head, house.archive, house.blind)
    except (BlobMissing, BlobDamaged) as error:
        wrong.append({"record": head.record, "what": error.code})
        return entry_of(head, (), house.blind)


def _adopt(house: House, head: Manifest) -> bool:
    digest = house.records.manifest_digest(head.record, head.revision)
    with house.ledger.transaction() as tx:
        return tx.adopt_record(head, digest)


def _differences(report: Any) -> Iterator[tuple[str, str]]:
    for what in ("missing", "extra", "stale"):
        for record in getattr(report, what):
            yield what, record
