"""The independent checker: it reads store, ledger and index with clients of its own and none of the product's code.

What it knows of the product is what is written down for others: names in the store, the manifest's JSON, the ledger's
tables, the audit chain's rule, the index's fields.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, helpers
from sqlalchemy import create_engine, text

from bench.chaos.stores import Store

BLOB = re.compile(r"archive/sha256/([0-9a-f]{2})/(\1[0-9a-f]{62})")
MANIFEST = re.compile(r"archive/records/([^/]+)/([^/]+)/v([1-9][0-9]*)\.json")
GENESIS = "0" * 64
SHOWN = 5  # of what is wrong, so many are told by name


@dataclass
class Row:
    """One line of the table: what was counted, how many, and what is wrong."""

    what: str
    count: int
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "count": self.count, "wrong": len(self.wrong), "first": self.wrong[:SHOWN]}


@dataclass
class Held:
    """What the store holds: manifests by record and revision with their digests, blobs by digest with their sizes."""

    manifests: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    digests: dict[tuple[str, int], str] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def heads(self) -> dict[str, dict[str, Any]]:
        return {record: revisions[max(revisions)] for record, revisions in self.manifests.items()}


def check(store: Store, ledger_url: str, index: Iterable[tuple[str, int]], papers: Iterable[bytes]) -> list[Row]:
    """Every row; all is well when none has anything wrong. `papers` are the bytes of each paper that was dropped,
    `index` what the index tells of itself."""
    held = read_store(store)
    ledger = Tables(ledger_url)
    dropped = {hashlib.sha256(paper).hexdigest() for paper in papers}
    return [
        Row("blobs in the archive, digests recomputed", len(held.blobs), held.wrong),
        _manifests(held),
        _stored_once(held, dropped, ledger),
        _no_orphan(held, ledger),
        _unreferenced(held),
        _parity(held, list(index)),
        _audit(ledger, held),
        _nothing_stuck(ledger),
        _quarantined(ledger, dropped),
    ]


# --- the store


def read_store(store: Store) -> Held:
    """List the archive, read everything in it, recompute every digest."""
    held = Held()
    for name in store.names("archive"):
        data = store.read(name)
        digest = hashlib.sha256(data).hexdigest()
        if found := BLOB.fullmatch(name):
            held.blobs[found[2]] = len(data)
            if digest != found[2]:
                held.wrong.append(f"{name}: its bytes are others")
        elif found := MANIFEST.fullmatch(name):
            record, revision = f"motlan:{found[1]}:{found[2]}", int(found[3])
            try:
                told = json.loads(data)
            except ValueError:
                held.wrong.append(f"{name}: no JSON")
                continue
            if (told.get("record"), told.get("revision")) != (record, revision):
                held.wrong.append(f"{name}: names another record")
            held.manifests.setdefault(record, {})[revision] = told
            held.digests[record, revision] = digest
        else:
            held.wrong.append(f"{name}: neither blob nor manifest")
    return held


def _manifests(held: Held) -> Row:
    wrong = []
    for record, revisions in held.manifests.items():
        if sorted(revisions) != list(range(1, len(revisions) + 1)):
            wrong.append(f"{record}: revisions {sorted(revisions)}")
        for number, told in revisions.items():
            if told.get("previous") != held.digests.get((record, number - 1)):
                wrong.append(f"{record} v{number}: does not follow the one before")
            roles = Counter(each["role"] for each in told["representations"])
            if roles != Counter(("original", "archival", "text", "data")):
                wrong.append(f"{record} v{number}: {dict(roles)}")
            for each in told["representations"]:
                if held.blobs.get(each["sha256"]) != each["size"]:
                    wrong.append(f"{record} v{number}: {each['role']} is missing or of another size")
            if not (told.get("seal") or {}).get("signatures"):
                wrong.append(f"{record} v{number}: no seal")
    return Row("manifests whole: revisions, representations, seal", len(held.digests), wrong)


def _stored_once(held: Held, dropped: set[str], ledger: Tables) -> Row:
    """One head for each paper (papers have one page, so a file is a paper), its original the bytes that were dropped;
    a paper that was quarantined is counted elsewhere."""
    apart = {row["sha256"] for row in ledger.rows("files") if row["state"] == "QUARANTINED"}
    heads = Counter(told["source"]["sha256"] for told in held.heads.values())
    wrong = [f"{digest[:12]}: {heads[digest]} records" for digest in sorted(dropped - apart) if heads[digest] != 1]
    wrong += [f"{digest[:12]}: quarantined and stored" for digest in sorted(dropped & apart) if heads[digest]]
    wrong += [f"{digest[:12]}: nobody dropped it" for digest in sorted(set(heads) - dropped)]
    for record, told in held.heads.items():
        original = [each["sha256"] for each in told["representations"] if each["role"] == "original"]
        if original != [told["source"]["sha256"]]:
            wrong.append(f"{record}: its original is another file")
    return Row("papers stored exactly once", sum(heads[digest] == 1 for digest in dropped), wrong)


def _no_orphan(held: Held, ledger: Tables) -> Row:
    """Store and ledger name the same records at the same revisions with the same manifests, all indexed and done."""
    wrong = []
    documents = [row for row in ledger.rows("documents") if row["state"] != "CANCELLED"]
    known = Counter(row["record"] for row in documents)
    wrong += [f"{record}: no document in the ledger" for record in sorted(set(held.manifests) - set(known))]
    wrong += [f"{record}: {count} documents" for record, count in known.items() if count != 1]
    for row in documents:
        at = row["record"], row["revision"]
        if row["state"] != "DONE" or row["indexed_revision"] != row["revision"]:
            wrong.append(f"{row['record']}: {row['state']}, indexed {row['indexed_revision']} of {row['revision']}")
        if at not in held.digests or held.digests[at] != row["manifest"] or max(held.manifests[at[0]]) != at[1]:
            wrong.append(f"{row['record']}: the ledger's manifest is not the store's head")
    return Row("records that store and ledger agree on", len(documents), wrong)


def _unreferenced(held: Held) -> Row:
    """Told, not counted as wrong: nobody sees a blob that no manifest names (its writer died in between)."""
    named = {
        each["sha256"] for all_of in held.manifests.values() for t in all_of.values() for each in t["representations"]
    }
    return Row("blobs that no manifest names (invisible)", len(set(held.blobs) - named))


def _parity(held: Held, index: list[tuple[str, int]]) -> Row:
    heads = {(record, told["revision"]) for record, told in held.heads.items()}
    entries = Counter(index)
    wrong = [f"{record} v{revision}: not in the index" for record, revision in sorted(heads - set(entries))]
    wrong += [f"{record} v{revision}: in the index alone" for record, revision in sorted(set(entries) - heads)]
    wrong += [f"{entry}: {count} entries" for entry, count in entries.items() if count != 1]
    return Row("index entries, the same as the heads", len(index), wrong)


# --- the ledger


class Tables:
    """The ledger's tables by plain SQL."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)

    def rows(self, table: str, order: str = "") -> list[Mapping[str, Any]]:
        with self._engine.connect() as connection:
            found = connection.execute(text(f"SELECT * FROM {table}{' ORDER BY ' if order else ''}{order}"))
            return [dict(row._mapping) for row in found]


def _audit(ledger: Tables, held: Held) -> Row:
    """The chain recomputed from its first entry: SHA-256 over canonical JSON of every column but the hash. And every
    record was stored by exactly one entry, its revisions by one each."""
    wrong, before, number = [], GENESIS, 0
    entries = ledger.rows("audit", "seq")
    for number, row in enumerate(entries, 1):
        told = {name: value for name, value in row.items() if name != "hash"}
        data = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if row["seq"] != number or row["previous"] != before or row["hash"] != hashlib.sha256(data).hexdigest():
            wrong.append(f"entry {row['seq']}: the chain breaks")
        before = row["hash"]
    head = ledger.rows("audit_head")
    if [(row["seq"], row["hash"]) for row in head] != [(number, before)]:
        wrong.append("the head is not the end of the chain")
    stored = Counter(row["record"] for row in entries if row["action"] == "record.stored")
    wrong += [f"{record}: stored by {stored[record]} entries" for record in held.manifests if stored[record] != 1]
    return Row("audit entries, chain recomputed", len(entries), wrong)


def _nothing_stuck(ledger: Tables) -> Row:
    apart = {row["id"] for row in ledger.rows("files") if row["state"] == "QUARANTINED"}
    steps = ledger.rows("steps")
    wrong = [
        f"step {row['id']} {row['kind']}: {row['state']}"
        for row in steps
        if row["state"] != "DONE" and not (row["state"] in ("FAILED", "CANCELLED") and row["file_id"] in apart)
    ]
    wrong += [f"file {row['id']}: {row['state']}" for row in ledger.rows("files") if row["state"] not in _ENDED]
    wrong += [f"hint {row['id']} of step {row['step_id']} not sent" for row in ledger.rows("outbox")]
    return Row("steps done, or their file set aside", len(steps), wrong)


_ENDED = ("DONE", "DUPLICATE", "QUARANTINED", "REFUSED")


def _quarantined(ledger: Tables, dropped: set[str]) -> Row:
    """With a reason each; and no good paper was refused at the door."""
    apart = [row for row in ledger.rows("files") if row["state"] in ("QUARANTINED", "REFUSED")]
    wrong = [f"file {row['id']}: no reason" for row in apart if not json.loads(row["reason"] or "{}").get("code")]
    wrong += [f"file {row['id']}: refused" for row in apart if row["state"] == "REFUSED"]
    taken = {row["sha256"] for row in ledger.rows("files")}
    wrong += [f"{digest[:12]}: never taken in" for digest in sorted(dropped - taken)]
    return Row("files quarantined, with a reason", len(apart), wrong)


# --- the index


def fts5_entries(data: Path) -> Iterator[tuple[str, int]]:
    """Records and revisions of the index file that the pointer names; each must have its words."""
    path = data / (data / "index.sqlite").read_text().strip()
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        query = "SELECT e.record, e.revision FROM entries e JOIN words w ON w.rowid = e.id"
        yield from [(str(record), int(revision)) for record, revision in db.execute(query)]
    finally:
        db.close()


def elastic_entries(url: str, name: str) -> Iterator[tuple[str, int]]:
    """Records and revisions of everything behind the reading alias."""
    with Elasticsearch(url) as client:
        client.indices.refresh(index=name)
        for hit in helpers.scan(client, index=name, _source_includes=["record", "revision"]):
            yield str(hit["_source"]["record"]), int(hit["_source"]["revision"])
