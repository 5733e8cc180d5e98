"""Fixity of everything a data folder keeps: the archive against its manifests and the ledger, and every other blob."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motlan.wiring import House
from storage.fixity import KnownDigest, check, damaged

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Checked:
    """Counts, and what is wrong: each with the place, the kind of damage and the digest or record it concerns."""

    checked: int
    records: int
    revisions: int
    wrong: tuple[dict[str, Any], ...]

    @property
    def ok(self) -> bool:
        return not self.wrong

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "checked": self.checked,
            "records": self.records,
            "revisions": self.revisions,
            "wrong": list(self.wrong),
        }


def check_everything(house: House, progress: Progress) -> Checked:
    """Hash every blob; compare archive, manifests and ledger. Writes an audit entry, and marks papers: DAMAGED those
    that are not whole, DONE again those that are; changes nothing that is kept."""
    settled = _settled(house)
    report = check(
        house.archive,
        house.records,
        progress,
        known_digest=ledger_digest(house),
        known_revisions=[(d.record, d.revision) for d in house.ledger.documents() if d.revision],
        pending=lambda _: not settled,
    )
    found = report.to_json()
    kinds = ("changed", "missing", "broken_manifests", "broken_chain", "strays")
    wrong = [{"where": "archive", "what": kind, "item": item} for kind in kinds for item in found[kind]]
    wrong += [{"where": "archive", "what": "untracked", "item": x} for x in found["untracked"] if not x["excused"]]
    others = 0
    for name, store in (("received", house.received), ("work", house.work), ("quarantine", house.quarantine)):
        changed, count = damaged(store)
        others += count
        wrong += [{"where": name, "what": "changed", "item": digest} for digest in changed]
    checked = Checked(report.checked + others, report.records, report.revisions, tuple(wrong))
    with house.ledger.transaction() as tx:
        tx.audit("motlan", "archive.fixity", "archive", {"checked": checked.checked, "wrong": len(wrong)})
        tx.mark_damaged(report.harmed)
    return checked


def _settled(house: House) -> bool:
    return not any(house.ledger.files(state=state) for state in ("RECEIVED", "READING", "UNDERSTOOD", "WAITING"))


def ledger_digest(house: House) -> KnownDigest:
    """The newest manifests' digests as the ledger remembers them."""
    return remembered({d.record: (d.revision, d.manifest) for d in house.ledger.documents() if d.revision})


def remembered(newest: Mapping[str, tuple[int, str | None]]) -> KnownDigest:
    """Of each record's newest revision the digest."""

    def known(record: str, revision: int) -> str | None:
        at, digest = newest.get(record, (None, None))
        return digest if at == revision else None

    return known
