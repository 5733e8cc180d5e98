"""What a batch was announced to hold (by who dropped it, and by printed sheets), and the registers dropped along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expectations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_expectations_batch_id_batches"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_expectations_file_id_files"),
        sa.PrimaryKeyConstraint("id", name="pk_expectations"),
    )
    op.create_index("ix_expectations_batch_id", "expectations", ["batch_id"])
    op.create_table(
        "registers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_registers_batch_id_batches"),
        sa.PrimaryKeyConstraint("id", name="pk_registers"),
    )
    op.create_index("ix_registers_batch_id", "registers", ["batch_id"])
