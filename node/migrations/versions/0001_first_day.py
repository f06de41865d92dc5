"""The tables of the first day.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interval_start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=True),
        sa.Column("calldata", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw_transaction", sa.LargeBinary(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("created_contract", sa.String(length=42), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community", "interval_start", "step"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("outbox_unfinished", ["state", "sender", "nonce"], unique=False)

    op.create_table(
        "fills",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("bought", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community", "start", "digest"),
    )
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.create_index("fills_of_account", ["account", "start"], unique=False)

    op.create_table(
        "market_cursors",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community"),
    )
    op.create_table(
        "order_batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digests_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community", "start", "number"),
        sa.UniqueConstraint("community", "start", "step"),
    )
    op.create_table(
        "order_books",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community", "start"),
    )
    op.create_table(
        "orders",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(length=65), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("orders_of_account", ["account", "start"], unique=False)
        batch_op.create_index("orders_of_interval", ["community", "start"], unique=False)

    op.create_table(
        "price_records",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("feed_in", sa.BigInteger(), nullable=False),
        sa.Column("retail", sa.BigInteger(), nullable=False),
        sa.Column("price_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("allocation_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("community", "start"),
    )
    op.create_table(
        "book_entries",
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["order_batches.id"],
        ),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["orders.digest"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "position"),
    )
    with op.batch_alter_table("book_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_book_entries_digest"), ["digest"], unique=False)

    op.create_table(
        "metered_intervals",
        sa.Column("community", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("duration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("community", "start", "duration"),
    )
    op.create_table(
        "reading_batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("exported", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("relayed", sa.Boolean(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community", "start", "duration", "gateway"),
        sa.UniqueConstraint("gateway", "sequence"),
    )
    op.create_table(
        "signed_readings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("exported", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["reading_batches.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "place"),
    )
    with op.batch_alter_table("signed_readings", schema=None) as batch_op:
        batch_op.create_index("signed_readings_of_account", ["account", "start"], unique=False)

    op.create_table(
        "settled_intervals",
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("feed_in", sa.Integer(), nullable=False),
        sa.Column("retail", sa.Integer(), nullable=False),
        sa.Column("price_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("allocation_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("positions_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("grid_payment", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community", "start"),
    )
    op.create_table(
        "settled_positions",
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("community", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("bought", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("exported", sa.BigInteger(), nullable=False),
        sa.Column("certificates", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community", "start"],
            ["settled_intervals.community", "settled_intervals.start"],
        ),
        sa.PrimaryKeyConstraint("account", "community", "start"),
    )
    op.create_table(
        "wallet_idempotency_keys",
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "key"),
    )
    with op.batch_alter_table("wallet_idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wallet_idempotency_keys_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "wallet_nonces",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    with op.batch_alter_table("wallet_nonces", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wallet_nonces_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "wallet_sessions",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("wallet_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wallet_sessions_account"), ["account"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_wallet_sessions_expires_at"), ["expires_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("wallet_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wallet_sessions_expires_at"))
        batch_op.drop_index(batch_op.f("ix_wallet_sessions_account"))

    op.drop_table("wallet_sessions")
    with op.batch_alter_table("wallet_nonces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wallet_nonces_expires_at"))

    op.drop_table("wallet_nonces")
    with op.batch_alter_table("wallet_idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wallet_idempotency_keys_created_at"))

    op.drop_table("wallet_idempotency_keys")
    op.drop_table("settled_positions")
    op.drop_table("settled_intervals")
    with op.batch_alter_table("signed_readings", schema=None) as batch_op:
        batch_op.drop_index("signed_readings_of_account")

    op.drop_table("signed_readings")
    op.drop_table("reading_batches")
    op.drop_table("metered_intervals")
    with op.batch_alter_table("book_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_book_entries_digest"))

    op.drop_table("book_entries")
    op.drop_table("price_records")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("orders_of_interval")
        batch_op.drop_index("orders_of_account")

    op.drop_table("orders")
    op.drop_table("order_books")
    op.drop_table("order_batches")
    op.drop_table("market_cursors")
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.drop_index("fills_of_account")

    op.drop_table("fills")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("outbox_unfinished")

    op.drop_table("outbox")
