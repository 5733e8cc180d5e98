"""What waits for a second person is found among many open questions."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_confirmations_state_review_id", "confirmations", ["state", "review_id"])
