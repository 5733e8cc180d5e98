"""PostgreSQL: every wait has a limit on both sides of the connection, and the server must be new enough."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Dialect, Engine, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.faults import PART, SETTING
from schemas.errors import ServerTooOld

OLDEST = 13  # the oldest that is tested against and that PostgreSQL's makers keep (2026: 14)
CONNECT_SECONDS = 5
LOCK_SECONDS = 10  # how long a transaction waits for another one's row
STATEMENT_SECONDS = 30
ANSWER_SECONDS = STATEMENT_SECONDS + 10  # then the connection is given up: the server, or the way to it, is stuck
UPGRADE_SECONDS = 3600  # an index on a large ledger takes its time
POOL = {"pool_size": 3, "max_overflow": 5, "pool_timeout": 10, "pool_recycle": 1800}
FRESH_SECONDS = 1  # a connection that was in use so lately is taken to stand; an older one is asked first

_UPGRADE_LOCK = 4_611_041  # any number, the same in every process


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up when no answer comes: the server's own limits do not help when it, or the network, stands still."""

    answer_seconds: float = ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, within `answer_seconds`; raises psycopg.OperationalError and closes the connection."""
        if timeout is not None:  # the caller has a limit of its own and knows what to do at its end
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.answer_seconds:g} s") from None


def set_up(engine: Engine) -> None:
    """Make the engine's connections bounded, refuse a server that is too old, and let go of connections that broke
    while they were idle."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkin", _left)
    event.listen(engine, "checkout", partial(_taken, engine.dialect))


def options() -> dict[str, Any]:
    """What create_engine gets beside the URL."""
    milliseconds = {
        "statement_timeout": STATEMENT_SECONDS,
        "lock_timeout": LOCK_SECONDS,
        "idle_in_transaction_session_timeout": 2 * STATEMENT_SECONDS,
    }
    limits = " ".join(f"-c {name}={seconds * 1000}" for name, seconds in milliseconds.items())
    connect = {"connect_timeout": CONNECT_SECONDS, "options": limits, "application_name": "motlan"}
    return {**POOL, "connect_args": connect}


def before_upgrade(connection: Connection) -> None:
    """One upgrade at a time, and as long as it takes."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, BoundedConnection)
    driver.answer_seconds = UPGRADE_SECONDS + 10
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = '{UPGRADE_SECONDS}s'"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))


def _left(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["left"] = time.monotonic()


def _taken(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    # The pool's own way asks at every use, a round trip for each transaction.
    if time.monotonic() - record.info.get("left", math.inf) > FRESH_SECONDS:
        try:
            dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error  # the pool opens a new connection


def _connect(_dialect: PGDialect_psycopg, _record: Any, args: list[Any], given: dict[str, Any]) -> BoundedConnection:
    connection = BoundedConnection.connect(*args, **given)
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        connection.close()
        raise ServerTooOld(part=PART, setting=SETTING, found=version, needed=OLDEST)
    return connection
