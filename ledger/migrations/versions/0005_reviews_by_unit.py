"""Reviews are found by their unit and state, and counted by person and day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviews", sa.Column("unit", sa.String(20), server_default="", nullable=False))
    op.execute(
        "UPDATE reviews SET unit = (SELECT documents.unit FROM documents WHERE documents.id = reviews.document_id)"
    )
    op.create_index("ix_reviews_unit_outcome_id", "reviews", ["unit", "outcome", "id"])
    op.create_index("ix_reviews_unit_decided_at", "reviews", ["unit", "decided_at"])
    op.create_index("ix_confirmations_created_at", "confirmations", ["created_at"])
    op.create_index("ix_confirmations_answered_at", "confirmations", ["answered_at"])
