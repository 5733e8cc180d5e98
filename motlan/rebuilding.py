"""Rebuild what is disposable from the archive alone: the index, and the ledger's heads of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from motlan.wiring import House
from schemas.errors import MotlanError
from schemas.manifest import Manifest
from search.projection import parity
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
    names = list(house.records.records())
    heads: list[Manifest] = []
    for done, name in enumerate(names, 1):
        try:
            head = house.records.head(name)
            if head is None or head.revision != house.records.revisions(name)[-1]:
                wrong.append({"record": name, "what": "RECORD_DAMAGED"})
            if head is not None:
                heads.append(head)
        except MotlanError as error:
            wrong.append({"record": name, "what": error.code})
        progress(done, len(names))
    with house.index.rebuilding() as fresh:
        for head in heads:
            fresh.put(entry_for(head, house.archive, house.blind))
    adopted = sum(_adopt(house, head) for head in heads)
    difference = parity(house.index, ((head.record, head.revision) for head in heads))
    wrong += [{"record": record, "what": what} for what, record in _differences(difference)]
    with house.ledger.transaction() as tx:
        tx.audit("motlan", "archive.rebuilt", "index", {"records": len(heads), "adopted": adopted, "wrong": len(wrong)})
    return RebuildReport(len(names), house.index.count(), adopted, tuple(wrong))


def _adopt(house: House, head: Manifest) -> bool:
    digest = house.records.manifest_digest(head.record, head.revision)
    with house.ledger.transaction() as tx:
        return tx.adopt_record(head, digest)


def _differences(report: Any) -> Iterator[tuple[str, str]]:
    for what in ("missing", "extra", "stale"):
        for record in getattr(report, what):
            yield what, record
