"""The ledger as one file: what a backup keeps, and what restores into SQLite and PostgreSQL alike.

Lines of JSON, gzipped: a head with the schema's version, then each table's name and columns, its rows as arrays, its
count and digest. Neither database's own dump restores into the other, and pg_dump need not be there.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DataError, IntegrityError, NoSuchTableError

from ledger import copying
from ledger.copying import TableDigest
from ledger.ledger import Ledger
from ledger.migrating import known_versions, upgrade, version
from ledger.tables import documents
from schemas.errors import BackupDamaged, BackupTooNew, TargetNotEmpty

FORMAT = "motlan-ledger/1"
BROKEN = (NoSuchTableError, IntegrityError, DataError)  # what a database says of a dump that was changed


@dataclass(frozen=True)
class Snapshot:
    """What a dump holds: the schema's version, the tables, and the end of the audit chain (number, hash)."""

    schema: str
    tables: tuple[TableDigest, ...]
    audit: tuple[int, str]


def write(ledger: Ledger, out: BinaryIO) -> Snapshot:
    """Write all rows of one consistent look; others go on reading and writing meanwhile."""
    with ledger.database.reading() as connection, gzip.GzipFile(fileobj=out, mode="wb", compresslevel=3) as file:
        audit = copying.end_of_chain(connection)  # the first question fixes what this transaction sees
        schema = version(connection) or ""
        file.write(_line({"format": FORMAT, "schema": schema}))
        tables = tuple(_write_table(connection, name, file) for name in copying.names())
        file.write(_line({"end": FORMAT}))
    return Snapshot(schema, tables, audit)


def _write_table(connection: Connection, name: str, file: gzip.GzipFile) -> TableDigest:
    file.write(_line({"table": name, "columns": copying.columns_of(name)}))
    tally = copying.Tally(name)
    for row in tally.passing(copying.rows_of(connection, name)):
        file.write(copying.row_text(row).encode())
    file.write(_line(asdict(tally.digest())))
    return tally.digest()


def load(ledger: Ledger, source: BinaryIO, name: str) -> Snapshot:
    """Fill an empty ledger, in one transaction, and bring it to this program's version.

    Raises BackupDamaged (naming `name`) for a dump that is not whole, BackupTooNew, and TargetNotEmpty."""
    with ledger.database.rebuilding() as connection, gzip.GzipFile(fileobj=source, mode="rb") as file:
        try:
            lines = _lines(file)
            head = next(lines)
            _prepare(connection, str(head["schema"]))
            copying.empty(connection)
            tables = tuple(_read_tables(connection, lines))
            copying.count_on(connection)
            upgrade(connection)
        except (*BROKEN, EOFError, OSError, zlib.error, ValueError, KeyError, TypeError, StopIteration) as error:
            raise BackupDamaged(file=name) from error
        return Snapshot(str(head["schema"]), tables, copying.end_of_chain(connection))


def newest_manifests(source: BinaryIO, name: str) -> dict[str, tuple[int, str | None]]:
    """Each record's newest revision and its manifest's digest as the dumped ledger knows them. Raises BackupDamaged
    (naming `name`)."""
    found: dict[str, tuple[int, str | None]] = {}
    table, columns = "", list[str]()
    with gzip.GzipFile(fileobj=source, mode="rb") as file:
        try:
            for line in _lines(file):
                if isinstance(line, dict):
                    table, columns = line.get("table", ""), line.get("columns", [])
                elif table == documents.name:
                    row = dict(zip(columns, line, strict=True))
                    if row["revision"]:
                        found[row["record"]] = (row["revision"], row["manifest"])
        except (EOFError, OSError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(file=name) from error
    return found


def _prepare(connection: Connection, schema: str) -> None:
    if schema not in known_versions():
        raise BackupTooNew(found=f"ledger schema {schema}")
    found = version(connection)
    if found is None:
        upgrade(connection, schema)
    elif found != schema or not copying.is_bare(connection):
        raise TargetNotEmpty(part="sổ cái", detail=f"it has tables of version {found}")


def _read_tables(connection: Connection, lines: Iterator[Any]) -> Iterator[TableDigest]:
    for line in lines:
        if line == {"end": FORMAT}:
            return
        known = {column["name"] for column in inspect(connection).get_columns(str(line["table"]))}
        if not known >= set(line["columns"]):
            raise ValueError("no such columns")
        told: list[dict[str, Any]] = []
        filled = copying.fill(connection, line["table"], line["columns"], _rows(lines, told))
        if asdict(filled) != told[0]:
            raise ValueError("the rows are not those that were written")
        yield filled
    raise EOFError


def _rows(lines: Iterator[Any], told: list[dict[str, Any]]) -> Iterator[copying.Row]:
    """Rows up to the line that tells their count and digest, which goes to `told`."""
    for line in lines:
        if isinstance(line, dict):
            told.append(line)
            return
        yield tuple(line)
    raise EOFError


def _lines(file: gzip.GzipFile) -> Iterator[Any]:
    return (json.loads(line) for line in file)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
