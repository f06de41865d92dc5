"""Corrections of readings that a settlement has yet to follow.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reading_batches", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("unsettled", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # Whether settlements follow the corrections that are there is found out by correcting them.
    op.execute("UPDATE reading_batches SET unsettled = (revision > 0 AND excluded IS NULL)")
    with op.batch_alter_table("reading_batches", schema=None) as batch_op:
        batch_op.alter_column("unsettled", server_default=None)
        batch_op.create_index("reading_batches_unsettled", ["unsettled", "pending"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("reading_batches", schema=None) as batch_op:
        batch_op.drop_index("reading_batches_unsettled")
        batch_op.drop_column("unsettled")
