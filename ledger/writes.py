"""The ground of a transaction: its connection, its clock, and the audit entry that goes with a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Executable, Table, TextClause

from ledger import audit as chain
from ledger.reads import Reads
from ledger.statements import change_from, change_in, insert_into, insert_unless_there


class Writes(Reads):
    """Usable only while its `with` block runs; after that every call raises RuntimeError."""

    def __init__(self, connection: Connection, clock: Callable[[], datetime]) -> None:
        self._live: Connection | None = connection
        self._clock = clock

    def audit(
        self,
        actor: str,
        action: str,
        object: str,
        detail: dict[str, Any],
        *,
        record: str | None = None,
        subject_token: str | None = None,
        outcome: str = "ok",
    ) -> int:
        """Append to the audit chain, in this transaction; returns the sequence number. Raises NumberInAudit for an
        entry that may hold an ID number."""
        return chain.append(
            self._usable(),
            at=self._now(),
            actor=actor,
            action=action,
            object=object,
            detail=detail,
            record=record,
            subject_token=subject_token,
            outcome=outcome,
        )

    def close(self) -> None:
        """The `with` block is over."""
        self._live = None

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        yield self._usable()

    def _usable(self) -> Connection:
        if self._live is None:
            raise RuntimeError("this transaction is over; begin a new one with Ledger.transaction()")
        return self._live

    def _now(self) -> datetime:
        return self._clock()

    def _do(self, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> int:
        return int(self._usable().execute(statement, rows).rowcount)

    def _change(self, table: Table, row: int, expected: str | Sequence[str] | None, values: Mapping[str, Any]) -> bool:
        """Change a row of a table with states, and when it changed, if it is in an expected state; whether it was."""
        given = {"row": row, "changed_at": self._now(), **values}
        if expected is None:
            return self._usable().execute(change_in(table), given).rowcount == 1
        among = [expected] if isinstance(expected, str) else list(expected)
        return self._usable().execute(change_from(table), {**given, "among": among}).rowcount == 1

    def _insert(self, table: Table, **values: Any) -> int:
        key = self._usable().execute(insert_into(table), values).inserted_primary_key
        assert key is not None  # every table here has one
        return int(key[0])

    def _insert_new(
        self, table: Table, same: Sequence[Column[Any]], where: TextClause | None = None, **values: Any
    ) -> int | None:
        """As _insert; None when a row with the same values in the columns of that unique index is there. Where another
        transaction is about to write it, that one's end is awaited."""
        connection = self._usable()
        new = insert_unless_there(connection.dialect.name, table, tuple(same), where)
        key = connection.execute(new, values).scalar_one_or_none()
        return None if key is None else int(key)
