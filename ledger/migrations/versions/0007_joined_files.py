"""Files that were made out of others: the pages of one paper that had come as several files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joins",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_joins_file_id_files"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_joins_batch_id_batches"),
        sa.PrimaryKeyConstraint("file_id", name="pk_joins"),
    )
    op.create_index("ix_joins_batch_id", "joins", ["batch_id"])
    op.create_table(
        "join_sources",
        sa.Column("joined_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["joined_id"], ["joins.file_id"], name="fk_join_sources_joined_id_joins"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_join_sources_file_id_files"),
        sa.PrimaryKeyConstraint("joined_id", "place", name="pk_join_sources"),
    )
    op.create_index("ix_join_sources_file_id", "join_sources", ["file_id"])
