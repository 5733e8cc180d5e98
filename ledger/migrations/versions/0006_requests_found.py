"""Requests are found by their paper and by whoever asked."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_requests_record", "requests", ["record"])
    op.create_index("ix_requests_actor_id", "requests", ["actor", "id"])
