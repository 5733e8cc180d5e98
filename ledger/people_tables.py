"""The ledger's tables of people and of what they leave behind: accounts, sessions, shares, confirmations, clients.
Passwords and tokens as hashes, citizens as blind tokens; no values of fields, no ID numbers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, select

from ledger.tables import Json, UtcTime, files, metadata

__all__ = [
    "HANDED_IN",
    "accounts",
    "arrangements",
    "clients",
    "confirmations",
    "corrections",
    "deliveries",
    "holds",
    "hooks",
    "idempotency",
    "invitations",
    "join_sources",
    "joins",
    "metadata",
    "recovery_codes",
    "saved_searches",
    "sessions",
    "shares",
]

# `login` of a citizen is "subject:" and the blind token: whoever reads this table learns no number. `totp` and other
# secrets that must be used again are sealed by the key in the keys folder.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("unit", String(20), ForeignKey("units.code")),
    Column("roles", Json, nullable=False),
    Column("password", Text),
    Column("totp", Text),
    Column("subject_token", Text, index=True),
    Column("failed", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# `token` is the SHA-256 of what the browser or the client holds. `complete` is false until the second factor was given.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
)

# A one-time link by which a person sets the first password.
invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

# A decision on an ID number that a second person must confirm; the value lies in the witness's blob.
confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("review_id", Integer, ForeignKey("reviews.id"), nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("witness", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("answered_by", Text),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("answered_at", UtcTime, index=True),
    Index("ix_confirmations_state_review_id", "state", "review_id"),
)

# How a person laid out a file's papers anew; `plan` is the digest of the blob with pages and types. The newest one that
# is not undone holds.
arrangements = Table(
    "arrangements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file_id", Integer, ForeignKey("files.id"), nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("plan", String(64), nullable=False),
    Column("before", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("undone_at", UtcTime),
)

# A file that was made out of others of its batch, because a paper's pages had come as several files.
joins = Table(
    "joins",
    metadata,
    Column("file_id", Integer, ForeignKey("files.id"), primary_key=True, autoincrement=False),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("type", String(64)),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

HANDED_IN = files.c.id.not_in(
    select(joins.c.file_id)
)  # what is counted as come: a joined file's pages have come before

# The files it was made of, in order; `pages` of each went into it, and `papers` are the documents withdrawn for it.
join_sources = Table(
    "join_sources",
    metadata,
    Column("joined_id", Integer, ForeignKey("joins.file_id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("file_id", Integer, ForeignKey("files.id"), nullable=False, index=True),
    Column("pages", Json, nullable=False),
    Column("papers", Json, nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("record", String(64), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("subject_token", Text, nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

# A citizen says that something is wrong; `message` comes with ID numbers masked.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record", String(64), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("field", String(64), nullable=False),
    Column("subject_token", Text, nullable=False, index=True),
    Column("message", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("answered_by", Text),
    Column("answer", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# A record under hold is not destroyed, whatever its retention says.
holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record", String(64), nullable=False, index=True),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", UtcTime),
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("query", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# A system that uses the API: its account has the role "client", one registered purpose, and what it may do.
clients = Table(
    "clients",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("key", String(100), nullable=False),
    Column("request", String(64), nullable=False),
    Column("status", Integer),
    Column("answer", Json),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("account_id", "key"),
)

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("unit", String(20), ForeignKey("units.code"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# What a hook is to be told: one row an event, delivered in order per record.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hook_id", Integer, ForeignKey("hooks.id"), nullable=False),
    Column("event", String(32), nullable=False),
    Column("record", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_deliveries_state_due_at", "state", "due_at"),
    UniqueConstraint("hook_id", "event", "record", "revision"),
)

# Each is good for one login when the telephone is lost; `code` is a keyed digest.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("code", String(64), nullable=False),
    Column("used_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("account_id", "code"),
)
