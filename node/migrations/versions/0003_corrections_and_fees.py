"""Corrections of readings and of settlements, and the fee that an interval was settled with.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Names constraints that have none, so that one can be dropped.
_NAMING = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
_ONE_STATEMENT = "uq_reading_batches_community_start_duration_gateway"


def upgrade() -> None:
    with op.batch_alter_table("reading_batches", naming_convention=_NAMING) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("superseded", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.drop_constraint(_ONE_STATEMENT, type_="unique")
        batch_op.create_index(
            "reading_batches_of_interval",
            ["community", "start", "duration", "gateway"],
            unique=False,
        )
    with op.batch_alter_table("settled_intervals", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("fee_account", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("fee_rate", sa.Integer(), nullable=False, server_default="0"))
    _state_no_defaults("reading_batches", "revision", "pending")
    _state_no_defaults("settled_intervals", "fee_account", "fee_rate")
    op.create_table(
        "superseded_settlements",
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("positions_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grid_payment", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community", "start"],
            ["settled_intervals.community", "settled_intervals.start"],
        ),
        sa.PrimaryKeyConstraint("community", "start", "number"),
    )
    op.create_table(
        "superseded_positions",
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bought", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("exported", sa.BigInteger(), nullable=False),
        sa.Column("certificates", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community", "start", "number"],
            [
                "superseded_settlements.community",
                "superseded_settlements.start",
                "superseded_settlements.number",
            ],
        ),
        sa.PrimaryKeyConstraint("account", "community", "start", "number"),
    )


def downgrade() -> None:
    op.drop_table("superseded_positions")
    op.drop_table("superseded_settlements")
    with op.batch_alter_table("settled_intervals", schema=None) as batch_op:
        batch_op.drop_column("fee_rate")
        batch_op.drop_column("fee_account")
    with op.batch_alter_table("reading_batches", schema=None) as batch_op:
        batch_op.drop_index("reading_batches_of_interval")
        batch_op.create_unique_constraint(
            _ONE_STATEMENT, ["community", "start", "duration", "gateway"]
        )
        batch_op.drop_column("pending")
        batch_op.drop_column("reason")
        batch_op.drop_column("superseded")
        batch_op.drop_column("revision")


def _state_no_defaults(table: str, *columns: str) -> None:
    """Rows of before have a value now; later ones have to state it."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        for column in columns:
            batch_op.alter_column(column, server_default=None)
