"""What a step needs to be chosen fairly: its unit, its turn within it, and the day by which its batch is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEVER = "9999-12-31T00:00:00.000000Z"
_READY = sa.text("state = 'READY'")


def upgrade() -> None:
    op.add_column("batches", sa.Column("due_at", sa.String(27), server_default=_NEVER, nullable=False))
    op.add_column("steps", sa.Column("unit", sa.String(20), server_default="", nullable=False))
    op.add_column("steps", sa.Column("due_at", sa.String(27), server_default=_NEVER, nullable=False))
    op.add_column("steps", sa.Column("turn", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE steps SET unit = (SELECT files.unit FROM files WHERE files.id = steps.file_id)")
    # What waited for its time was READY with a time in the future until now.
    op.execute("UPDATE steps SET state = 'WAITING' WHERE state = 'READY' AND not_before IS NOT NULL")
    columns = ["queue", "priority", "due_at", "turn", "id"]
    op.create_index("ix_steps_next", "steps", columns, sqlite_where=_READY, postgresql_where=_READY)
    columns = ["queue", "priority", "unit", "turn"]
    op.create_index("ix_steps_turn", "steps", columns, sqlite_where=_READY, postgresql_where=_READY)
