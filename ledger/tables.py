"""The ledger's tables: work and accountability. No document bytes, no values of fields, no ID numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
    text,
)

from schemas.manifest import canonical_json


class UtcTime(TypeDecorator[datetime]):
    """A moment as 27 characters of ISO 8601 in UTC: sorts as text, and is the same in every database and every hash."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else time_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Canonical JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else canonical_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - as above
        return None if value is None else json.loads(value)


def time_text(value: datetime) -> str:
    """`2026-11-22T04:00:37.000000Z`; raises ValueError for a time without a zone, which could mean anything."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be written to the ledger")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # the due day of what nobody waits for

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

units = Table(
    "units",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent", String(20), ForeignKey("units.code")),
    Column("created_at", UtcTime, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("source", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("expected_files", Integer),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False, server_default=time_text(NEVER)),
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, index=True),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("path_shown", Text),
    Column("sha256", String(64)),
    Column("size", BigInteger),
    Column("kind", String(16)),
    Column("notices", Json, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("duplicate_of", Integer, ForeignKey("files.id")),
    Column("pages", Integer),
    Column("signed", Boolean, nullable=False),
    Column("plain_pictures", Boolean, nullable=False),
    Column("incoming", String(64)),
    Column("reason", Json),
    Column("queue", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# The same bytes are worked on once in a unit, even when two intakes race.
IS_TAKEN = text("state NOT IN ('QUARANTINED', 'CANCELLED', 'REFUSED', 'DUPLICATE')")
Index("uq_files_taken", files.c.unit, files.c.sha256, unique=True, sqlite_where=IS_TAKEN, postgresql_where=IS_TAKEN)

pages = Table(
    "pages",
    metadata,
    Column("file_id", Integer, ForeignKey("files.id"), primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reading", String(64)),
    Column("notices", Json, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file_id", Integer, ForeignKey("files.id"), nullable=False),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("index", Integer, nullable=False),
    Column("pages", Json, nullable=False),
    Column("type", String(64), nullable=False),
    Column("record", String(64), nullable=False, index=True),
    Column("understanding", String(64), nullable=False),
    Column("access_level", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("sealed", String(64)),
    Column("revision", Integer),
    Column("manifest", String(64)),
    Column("indexed_revision", Integer),
    Column("review_generation", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("file_id", "index"),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("file_id", Integer, ForeignKey("files.id"), nullable=False, index=True),
    Column("document_id", Integer, ForeignKey("documents.id")),
    Column("page", Integer),
    Column("generation", Integer, nullable=False),
    Column("queue", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcTime),
    Column("not_before", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("interruptions", Integer, nullable=False),
    Column("result", Text),
    Column("reason", Json),
    Column("hinted_at", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("unit", String(20), nullable=False, server_default=""),
    Column("due_at", UtcTime, nullable=False, server_default=time_text(NEVER)),
    Column("turn", Integer, nullable=False, server_default="0"),
    Index("ix_steps_state_hinted_at", "state", "hinted_at"),
)

# The order in which steps are claimed (`ledger.work`), and what a unit has in it already.
IS_READY = steps.c.state == literal_column("'READY'")  # no parameter: the planner must see that the index serves
_ready = text("state = 'READY'")
_next = (steps.c.queue, steps.c.priority, steps.c.due_at, steps.c.turn, steps.c.id)
Index("ix_steps_next", *_next, sqlite_where=_ready, postgresql_where=_ready)
_turn = (steps.c.queue, steps.c.priority, steps.c.unit, steps.c.turn)
Index("ix_steps_turn", *_turn, sqlite_where=_ready, postgresql_where=_ready)

# A row here is a hint not yet handed to the broker; handing it over deletes it.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("step_id", Integer, ForeignKey("steps.id"), nullable=False, index=True),
    Column("due_at", UtcTime, nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
)

# `field` is "" for a question about the whole paper: NULLs would not be equal under the unique constraint.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id"), nullable=False),
    Column("field", String(64), nullable=False),
    Column("doubts", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("outcome", String(16)),
    Column("actor", Text),
    Column("witness", String(64)),
    Column("created_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Column("unit", String(20), nullable=False, server_default=""),
    UniqueConstraint("document_id", "field", "revision"),
    Index("ix_reviews_unit_outcome_id", "unit", "outcome", "id"),
    Index("ix_reviews_unit_decided_at", "unit", "decided_at"),
)

# What a batch, or what lies behind a printed sheet in a file, is said to hold.
expectations = Table(
    "expectations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, index=True),
    Column("file_id", Integer, ForeignKey("files.id")),
    Column("page", Integer),
    Column("source", String(16), nullable=False),
    Column("code", Text, nullable=False),
    Column("papers", Integer),
    Column("pages", Integer),
    Column("created_at", UtcTime, nullable=False),
)

# The rows of a register hold values of fields: they stay in its file, which the received area keeps under the digest.
registers = Table(
    "registers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("record", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("subject_token", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_requests_actor_id", "actor", "id"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request_id", Integer, ForeignKey("requests.id"), nullable=False, index=True),
    Column("subject_token", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("how", String(16), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("record", String(64), index=True),
    Column("subject_token", Text, index=True),
    Column("outcome", String(32), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_actor_action_at", "actor", "action", "at"),
)

# One row, made by the first migration: the end of the chain. Locking it puts writers in a line; a cut-off tail shows.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# What is counted of each stored paper's newest revision: a dashboard over a million of them reads no manifest.
paper_facts = Table(
    "paper_facts",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.id"), primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("type", String(64), nullable=False),
    Column("dossier", String(64)),
    Column("fields", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("level", String(16), nullable=False),
)
