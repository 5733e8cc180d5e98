"""One index database: its tables, how an entry is written, and the queries, all within SQLite's FTS5."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.vietnamese import fold
from search.index import Entry
from search.query import searchable
from search.stored import entry_from, head_of, summary_of

SCHEMA_VERSION = "1"  # raise it when the tables or the folding change: the index then asks for a rebuild

# Accents as printed weigh more than folded words; what names the paper weighs more than its text.
_WEIGHTS = "8.0, 4.0, 2.0, 1.0"

MOST_RANKED = 5000  # papers; scoring takes several times as long as matching

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries(
    id INTEGER PRIMARY KEY, record TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, unit TEXT NOT NULL,
    dated TEXT NOT NULL, change INTEGER NOT NULL, summary TEXT NOT NULL);
CREATE INDEX entries_by_change ON entries(change);
CREATE TABLE tokens(token TEXT, entry INTEGER, PRIMARY KEY(token, entry)) WITHOUT ROWID;
CREATE INDEX tokens_by_entry ON tokens(entry);
CREATE VIRTUAL TABLE words USING fts5(
    head, body, head_folded, body_folded, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab('words', 'col');
"""


class Fts5File:
    """A connection to one database file. Rows of a search have record, revision, summary, body and score."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", f"synchronous={'FULL' if durable else 'OFF'}", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")

    @classmethod
    def create(cls, path: Path, fingerprint: str) -> Fts5File:
        """A new, empty database, not yet durable: `settle` it before anybody else uses it."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        file = cls(path, durable=False)
        file._db.executescript(_TABLES)
        file._db.executemany("INSERT INTO meta VALUES (?, ?)", [("schema", SCHEMA_VERSION), ("key", fingerprint)])
        return file

    def settle(self) -> None:
        """Bring everything written so far into the one file, on the disk, and close."""
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()
        for path in (self.path, self.path.parent):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)

    def close(self) -> None:
        self._db.close()

    def meta(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self._db.execute("SELECT key, value FROM meta")}

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self.commit()

    # --- writing

    def put(self, entry: Entry) -> bool:
        """Write the entry unless a newer revision is there, in a transaction of its own."""
        with self._transaction():
            return self.write(entry)

    def write(self, entry: Entry) -> bool:
        """`put` within the transaction that `begin` opened."""
        old = self._db.execute("SELECT id, revision FROM entries WHERE record = ?", (entry.record,)).fetchone()
        if old is not None and old["revision"] > entry.revision:
            return False
        if old is not None:
            self._remove(old["id"])
        self._insert(entry)
        return True

    def _remove(self, identity: int) -> None:
        self._db.execute("DELETE FROM words WHERE rowid = ?", (identity,))
        self._db.execute("DELETE FROM tokens WHERE entry = ?", (identity,))
        self._db.execute("DELETE FROM entries WHERE id = ?", (identity,))

    def _insert(self, entry: Entry) -> None:
        cursor = self._db.execute(
            "INSERT INTO entries(record, revision, unit, dated, change, summary)"
            " VALUES (?, ?, ?, ?, (SELECT coalesce(max(change), 0) + 1 FROM entries), ?)",
            (entry.record, entry.revision, entry.unit, entry.dates[0] if entry.dates else "", _json(summary_of(entry))),
        )
        head, body = searchable(head_of(entry)), searchable(entry.text)
        self._db.execute(
            "INSERT INTO words(rowid, head, body, head_folded, body_folded) VALUES (?, ?, ?, ?, ?)",
            (cursor.lastrowid, head, body, fold(head), fold(body)),
        )
        tokens = [(token, cursor.lastrowid) for token in set(entry.tokens)]
        self._db.executemany("INSERT INTO tokens(token, entry) VALUES (?, ?)", tokens)

    def remove_all(self) -> None:
        with self._transaction():
            for table in ("words", "tokens", "entries"):
                self._db.execute(f"DELETE FROM {table}")

    # --- reading

    def search(self, match: str, unit: str | None, limit: int) -> list[sqlite3.Row]:
        """The best rows that match, by bm25; of more than MOST_RANKED the newest are looked at."""
        newest = (
            f"SELECT words.rowid AS id, e.record AS record, -bm25(words, {_WEIGHTS}) AS score"
            " FROM words CROSS JOIN entries e ON e.id = words.rowid"
            " WHERE words MATCH ? AND (? IS NULL OR e.unit = ?) ORDER BY words.rowid DESC LIMIT ?"
        )  # CROSS: words lead, newest first, and no more of them are read than wanted
        order = "score DESC, record"
        return self._db.execute(
            f"WITH best AS MATERIALIZED (SELECT * FROM ({newest}) ORDER BY {order} LIMIT ?)"
            " SELECT e.record AS record, e.revision, e.summary, words.body, score"
            " FROM best JOIN entries e ON e.id = best.id JOIN words ON words.rowid = best.id"
            f" ORDER BY {order}",  # texts are fetched for the best only: a common word is in every paper
            (match, unit, unit, MOST_RANKED, limit),
        ).fetchall()

    def with_token(self, token: str, unit: str | None, limit: int) -> list[sqlite3.Row]:
        return self._db.execute(
            "SELECT e.record, e.revision, e.summary, words.body, 1.0 AS score FROM tokens t"
            " JOIN entries e ON e.id = t.entry JOIN words ON words.rowid = e.id"
            " WHERE t.token = ? AND (? IS NULL OR e.unit = ?) ORDER BY e.dated DESC, e.record LIMIT ?",
            (token, unit, unit, limit),
        ).fetchall()

    def words_from(self, first: str) -> list[tuple[str, int]]:
        """Folded words of the index that begin with that letter, and in how many papers they stand."""
        rows = self._db.execute(
            "SELECT term, max(doc) AS papers FROM vocabulary WHERE term >= ? AND term < ?"
            " AND col IN ('head_folded', 'body_folded') GROUP BY term",
            (first, chr(ord(first) + 1)),
        )
        return [(row["term"], row["papers"]) for row in rows]

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def records_and_revisions(self) -> list[tuple[str, int]]:
        rows = self._db.execute("SELECT record, revision FROM entries ORDER BY record")
        return [(row["record"], row["revision"]) for row in rows]

    # --- carrying over

    def last_change(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(change), 0) FROM entries").fetchone()[0])

    def changed_after(self, change: int) -> Iterator[Entry]:
        """Entries put after that change; their text in the one tone style of the index."""
        rows = self._db.execute(
            "SELECT e.summary, words.body FROM entries e JOIN words ON words.rowid = e.id WHERE e.change > ?", (change,)
        )
        for row in rows.fetchall():
            yield entry_from(json.loads(row["summary"]), row["body"])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
