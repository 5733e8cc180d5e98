"""One index database: its tables, how an entry is written, and the queries, all within SQLite's FTS5."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.vietnamese import fold
from search.index import Entry, Filters, Place, code_key
from search.query import WORD, searchable
from search.stored import dated_of, entry_from, head_of, summary_of

SCHEMA_VERSION = "3"  # raise it when the tables or the folding change: the index then asks for a rebuild
UPGRADABLE = ("1", "2")  # versions that only lack what `upgrade` can make of what is there

# Accents as printed weigh more than folded words; what names the paper weighs more than its text.
_WEIGHTS = "8.0, 4.0, 2.0, 1.0"

MOST_RANKED = 5000  # papers; scoring takes several times as long as matching

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries(
    id INTEGER PRIMARY KEY, record TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, unit TEXT NOT NULL,
    dated TEXT NOT NULL, change INTEGER NOT NULL, summary TEXT NOT NULL,
    type TEXT NOT NULL DEFAULT '', level TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '');
CREATE INDEX entries_by_day ON entries(unit, dated);
CREATE INDEX entries_by_change ON entries(change);
CREATE TABLE tokens(token TEXT, entry INTEGER, PRIMARY KEY(token, entry)) WITHOUT ROWID;
CREATE INDEX tokens_by_entry ON tokens(entry);
CREATE VIRTUAL TABLE words USING fts5(
    head, body, head_folded, body_folded, tokenize = "unicode61 remove_diacritics 0");
"""
_VOCABULARY = """
CREATE TABLE vocabulary(
    first TEXT, length INTEGER, word TEXT, papers INTEGER NOT NULL, PRIMARY KEY(first, length, word)) WITHOUT ROWID;
"""
_UPGRADE = (
    "ALTER TABLE entries ADD COLUMN type TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE entries ADD COLUMN level TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE entries ADD COLUMN code TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX entries_by_day ON entries(unit, dated)",
    "DROP TABLE vocabulary",
    _VOCABULARY,
)


@dataclass(frozen=True)
class Narrowing:
    """Which papers may be among the hits at all: conditions on `entries e` with their values."""

    sql: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, unit: str | None, filters: Filters) -> Narrowing:
        """`filters.named` is no condition of these: it is matched with the words."""
        code = code_key(filters.code)
        parts: list[tuple[str, tuple[str, ...]]] = [
            ("e.unit = ?", (unit,) if unit is not None else ()),
            (f"e.unit IN ({', '.join('?' * len(filters.units))})", filters.units),
            (f"e.type IN ({', '.join('?' * len(filters.types))})", filters.types),
            (f"e.level IN ({', '.join('?' * len(filters.access_levels))})", filters.access_levels),
            ("substr(e.code, 1, length(?)) = ?", (code, code) if code else ()),
            ("e.dated >= ?", (filters.dated_from,) if filters.dated_from else ()),
            ("e.dated > '' AND e.dated <= ?", (filters.dated_to,) if filters.dated_to else ()),
        ]
        used = [(sql, values) for sql, values in parts if values]
        return cls("".join(f" AND {sql}" for sql, _ in used), tuple(v for _, values in used for v in values))


class Fts5File:
    """A connection to one database file. Rows of a search have record, revision, summary, body and score."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._papers_of = Counter[str]()  # words in so many papers more, or less, since the transaction began
        for pragma in ("journal_mode=WAL", f"synchronous={'FULL' if durable else 'OFF'}", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")

    @classmethod
    def create(cls, path: Path, fingerprint: str) -> Fts5File:
        """A new, empty database, not yet durable: `settle` it before anybody else uses it."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        file = cls(path, durable=False)
        file._db.executescript(_TABLES + _VOCABULARY)
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

    def upgrade(self) -> None:
        """Make of an older version's tables this version's, unless another process was faster."""
        with self._transaction():
            if self.meta()["schema"] not in UPGRADABLE:
                return
            for statement in _UPGRADE:
                self._db.execute(statement)
            for row in self._db.execute("SELECT head_folded, body_folded FROM words"):
                self._papers_of.update(_words(*row))
            rows = self._db.execute("SELECT id, summary FROM entries").fetchall()
            summaries = ((json.loads(row["summary"]), row["id"]) for row in rows)
            filled = ((s["type"], s["access_level"], code_key(s["code"]), id) for s, id in summaries)
            self._db.executemany("UPDATE entries SET type = ?, level = ?, code = ? WHERE id = ?", filled)
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (SCHEMA_VERSION,))

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        changed, self._papers_of = self._papers_of, Counter()
        self._db.executemany(
            "INSERT INTO vocabulary VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET papers = papers + excluded.papers",
            [(word[0], len(word), word, papers) for word, papers in sorted(changed.items())],
        )
        gone = [(word[0], len(word), word) for word, papers in changed.items() if papers < 0]
        sql = "DELETE FROM vocabulary WHERE first = ? AND length = ? AND word = ? AND papers < 1"
        self._db.executemany(sql, gone)
        self._db.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self._papers_of.clear()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

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
        sql = "SELECT head_folded, body_folded FROM words WHERE rowid = ?"
        self._papers_of.subtract(_words(*self._db.execute(sql, (identity,)).fetchone()))
        self._db.execute("DELETE FROM words WHERE rowid = ?", (identity,))
        self._db.execute("DELETE FROM tokens WHERE entry = ?", (identity,))
        self._db.execute("DELETE FROM entries WHERE id = ?", (identity,))

    def _insert(self, entry: Entry) -> None:
        cursor = self._db.execute(
            "INSERT INTO entries(record, revision, unit, dated, type, level, code, change, summary)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(change), 0) + 1 FROM entries), ?)",
            (
                entry.record,
                entry.revision,
                entry.unit,
                dated_of(entry),
                entry.type,
                entry.access_level,
                code_key(entry.code),
                _json(summary_of(entry)),
            ),
        )
        head, body = searchable(head_of(entry)), searchable(entry.text)
        folded = fold(head), fold(body)
        self._db.execute(
            "INSERT INTO words(rowid, head, body, head_folded, body_folded) VALUES (?, ?, ?, ?, ?)",
            (cursor.lastrowid, head, body, *folded),
        )
        self._papers_of.update(_words(*folded))
        tokens = [(token, cursor.lastrowid) for token in set(entry.tokens)]
        self._db.executemany("INSERT INTO tokens(token, entry) VALUES (?, ?)", tokens)

    def remove_all(self) -> None:
        with self._transaction():
            for table in ("words", "vocabulary", "tokens", "entries"):
                self._db.execute(f"DELETE FROM {table}")

    # --- reading

    def search(
        self,
        match: str,
        narrow: Narrowing,
        limit: int,
        *,
        above: float = 0.0,
        after: Place | None = None,
        but: str | None = None,
    ) -> list[sqlite3.Row]:
        """The best rows that match, by bm25 and so much above it, that follow `after` and do not match `but`; of more
        than MOST_RANKED the newest are looked at."""
        unlike = " AND words.rowid NOT IN (SELECT rowid FROM words WHERE words MATCH ?)" if but else ""
        newest = (
            f"SELECT words.rowid AS id, e.record AS record, -bm25(words, {_WEIGHTS}) + ? AS score"
            " FROM words CROSS JOIN entries e ON e.id = words.rowid"
            f" WHERE words MATCH ?{narrow.sql}{unlike} ORDER BY words.rowid DESC LIMIT ?"
        )  # CROSS: words lead, newest first, and no more of them are read than wanted
        order = "score DESC, record"
        following = " WHERE score < ? OR (score = ? AND record > ?)" if after else ""
        return self._db.execute(
            f"WITH best AS MATERIALIZED (SELECT * FROM ({newest}){following} ORDER BY {order} LIMIT ?)"
            " SELECT e.record AS record, e.revision, e.summary, words.body, score"
            " FROM best JOIN entries e ON e.id = best.id JOIN words ON words.rowid = best.id"
            f" ORDER BY {order}",  # texts are fetched for the best only: a common word is in every paper
            (
                above,
                match,
                *narrow.values,
                *((but,) if but else ()),
                MOST_RANKED,
                *((after.value, after.value, after.record) if after else ()),
                limit,
            ),
        ).fetchall()

    def by_day(self, narrow: Narrowing, limit: int, after: Place | None = None) -> list[sqlite3.Row]:
        """Whatever passes, newest paper first, that follows `after`."""
        following = " AND e.dated <= ? AND (e.dated < ? OR e.record > ?)" if after else ""
        return self._db.execute(
            "SELECT e.record AS record, e.revision, e.summary, words.body, 0.0 AS score"
            f" FROM entries e JOIN words ON words.rowid = e.id WHERE TRUE{narrow.sql}{following}"
            " ORDER BY e.dated DESC, e.record LIMIT ?",
            (*narrow.values, *((after.value, after.value, after.record) if after else ()), limit),
        ).fetchall()

    def with_token(self, token: str, unit: str | None, limit: int) -> list[sqlite3.Row]:
        return self._db.execute(
            "SELECT e.record, e.revision, e.summary, words.body, 1.0 AS score FROM tokens t"
            " JOIN entries e ON e.id = t.entry JOIN words ON words.rowid = e.id"
            " WHERE t.token = ? AND (? IS NULL OR e.unit = ?) ORDER BY e.dated DESC, e.record LIMIT ?",
            (token, unit, unit, limit),
        ).fetchall()

    def words_from(self, first: str, length: range) -> list[tuple[str, int]]:
        """Folded words of the index with that first letter and length, and in how many papers they stand."""
        sql = "SELECT word, papers FROM vocabulary WHERE first = ? AND length BETWEEN ? AND ?"
        return [(word, papers) for word, papers in self._db.execute(sql, (first, length.start, length.stop - 1))]

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


def _words(*folded: str) -> set[str]:
    return {word for text in folded for word in WORD.findall(text)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
