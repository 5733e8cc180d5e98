"""The ledger's rows as they are stored, out of one consistent look and into another database of either kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    TableClause,
    TypeDecorator,
    bindparam,
    delete,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy import column as named
from sqlalchemy import table as table_named
from sqlalchemy.exc import DBAPIError

from ledger.audit import GENESIS
from ledger.people_tables import metadata
from ledger.tables import audit, audit_head

ROWS = 1000  # at a time: what a copy holds in memory
Row = tuple[Any, ...]


@dataclass(frozen=True)
class TableDigest:
    """A table's rows: how many, and the SHA-256 over them in the order of the primary key."""

    name: str
    rows: int
    sha256: str


class Tally:
    """Counts and digests rows on their way."""

    def __init__(self, name: str) -> None:
        self._name, self._rows, self._sha = name, 0, hashlib.sha256()

    def passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self._rows += 1
            self._sha.update(row_text(row).encode())
            yield row

    def digest(self) -> TableDigest:
        return TableDigest(self._name, self._rows, self._sha.hexdigest())


def row_text(row: Row) -> str:
    """A row as one line: a JSON array of what the database holds (times and JSON are texts there)."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def names() -> list[str]:
    """The ledger's tables, each after those that it refers to."""
    return [table.name for table in metadata.sorted_tables]


def columns_of(name: str) -> list[str]:
    """A table's columns in their order."""
    return [column.name for column in metadata.tables[name].columns]


def rows_of(connection: Connection, name: str) -> Iterator[Row]:
    """Every row of a table as stored, in the order of its primary key, a few at a time."""
    table = metadata.tables[name]
    bare = table_named(name, *(named(column.name, _stored(column)) for column in table.columns))
    order = [_sorted(bare.c[column.name], connection) for column in table.primary_key.columns]
    query = select(*bare.columns).order_by(*order).execution_options(yield_per=ROWS)
    with connection.execute(query) as result:
        for row in result:
            yield tuple(row)


def digest_of(connection: Connection, name: str) -> TableDigest:
    """Count and digest of a table as it is now."""
    tally = Tally(name)
    for _ in tally.passing(rows_of(connection, name)):
        pass
    return tally.digest()


def is_bare(connection: Connection) -> bool:
    """Whether the migrated tables hold nothing yet."""
    others = (table for table in metadata.sorted_tables if table is not audit_head)
    return all(connection.execute(select(table).limit(1)).first() is None for table in others)


def end_of_chain(connection: Connection) -> tuple[int, str]:
    """Number and hash of the audit chain's last entry; (0, GENESIS) for none."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    return (int(head.seq), str(head.hash)) if head else (0, GENESIS)


def has_entry(connection: Connection, seq: int, hash: str) -> bool:
    """Whether the audit chain has this very entry."""
    return connection.execute(select(audit.c.hash).where(audit.c.seq == seq)).scalar_one_or_none() == hash


def empty(connection: Connection) -> None:
    """Take every row out, of an older schema too."""
    there = set(inspect(connection).get_table_names())
    for table in reversed([table for table in metadata.sorted_tables if table.name in there]):
        if pair := _own_reference(table):
            connection.execute(update(table).values({pair[1]: None}))
        connection.execute(delete(table))


def fill(connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Row]) -> TableDigest:
    """Put rows into an empty table; returns what went in."""
    pair = _own_reference(metadata.tables[name]) if name in metadata.tables else None
    tally, later = Tally(name), list[dict[str, Any]]()
    passing = tally.passing(rows)
    if pair:  # a row may point to one that comes after it
        passing = _held_back(passing, columns.index(pair[0]), columns.index(pair[1]), later)
    _insert(connection, name, columns, passing)
    if pair and later:
        _point(connection, table_named(name, *(named(column) for column in columns)), pair, later)
    return tally.digest()


def _held_back(rows: Iterable[Row], key: int, other: int, later: list[dict[str, Any]]) -> Iterator[Row]:
    for row in rows:
        if row[other] is not None:
            later.append({"key": row[key], "other": row[other]})
            row = (*row[:other], None, *row[other + 1 :])
        yield row


def _insert(connection: Connection, name: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """The fastest way of each database."""
    listed = ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "sqlite":
        statement = f'insert into "{name}" ({listed}) values ({", ".join("?" * len(columns))})'
        while some := list(islice(rows, ROWS)):
            connection.exec_driver_sql(statement, some)
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    statement = f'copy "{name}" ({listed}) from stdin'
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as out:
            for row in rows:
                out.write_row(row)
    except psycopg.Error as error:  # told as every other error of the database is
        raise DBAPIError(statement, None, error) from error


def copy(source: Connection, target: Connection) -> list[TableDigest]:
    """Replace the target's rows by those that the source's transaction sees; returns what was read."""
    empty(target)
    copied = [fill(target, name, columns_of(name), rows_of(source, name)) for name in names()]
    count_on(target)
    return copied


def count_on(connection: Connection) -> None:
    """Let the numbers that the database gives new rows follow those that were filled in."""
    if connection.dialect.name == "sqlite":
        return  # takes the highest number plus one by itself
    for table in metadata.sorted_tables:
        number = table.autoincrement_column
        if number is not None and number.autoincrement is not False:
            highest = connection.execute(select(func.max(number))).scalar_one_or_none()
            statement = text("select setval(pg_get_serial_sequence(:name, :number), :next, false)")
            connection.execute(statement, {"name": table.name, "number": number.name, "next": (highest or 0) + 1})


def unlike(source: Sequence[TableDigest], target: Sequence[TableDigest]) -> list[str]:
    """The tables that are not the same on both sides."""
    there: Mapping[str, TableDigest] = {each.name: each for each in target}
    return [each.name for each in source if there.get(each.name) != each]


def _stored(column: Column[Any]) -> Any:
    """What the database holds, without our own reading of it."""
    return column.type.impl if isinstance(column.type, TypeDecorator) else column.type


def _sorted(column: ColumnElement[Any], connection: Connection) -> ColumnElement[Any]:
    """The same order in every database: PostgreSQL sorts texts by the habits of a country unless told otherwise."""
    if connection.dialect.name == "postgresql" and column.type.python_type is str:
        return column.collate("C")
    return column


def _own_reference(table: Table) -> tuple[str, str] | None:
    """(primary key, column) where rows refer to rows of the same table."""
    for key in table.foreign_keys:
        if key.column.table is table:
            return key.column.name, key.parent.name
    return None


def _point(connection: Connection, bare: TableClause, pair: tuple[str, str], rows: list[dict[str, Any]]) -> None:
    change = update(bare).where(bare.c[pair[0]] == bindparam("key")).values({pair[1]: bindparam("other")})
    for at in range(0, len(rows), ROWS):
        connection.execute(change, rows[at : at + ROWS])
