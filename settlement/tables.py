"""What the settlement room keeps in the database: settled intervals and their positions.

What a correction replaces is kept beside what holds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKeyConstraint, Integer, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class SettlementBase(DeclarativeBase):
    """Base of this room's tables."""


class SettledIntervalRow(SettlementBase):
    """One settled interval: the price that it refers to and the transaction that settled it."""

    __tablename__ = "settled_intervals"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    duration: Mapped[int] = mapped_column(Integer)
    status: Mapped[int] = mapped_column(Integer)
    price: Mapped[int] = mapped_column(Integer)
    volume: Mapped[int] = mapped_column(BigInteger)
    feed_in: Mapped[int] = mapped_column(Integer)
    retail: Mapped[int] = mapped_column(Integer)
    price_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    allocation_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    positions_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    grid_payment: Mapped[int] = mapped_column(BigInteger)
    transaction_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    settled_at: Mapped[int] = mapped_column(BigInteger)
    fee_account: Mapped[int] = mapped_column(BigInteger)
    fee_rate: Mapped[int] = mapped_column(Integer)

    superseded: Mapped[list[SupersededSettlementRow]] = relationship(
        order_by="SupersededSettlementRow.number", cascade="all, delete-orphan", lazy="selectin"
    )
    positions: Mapped[list[SettledPositionRow]] = relationship(
        order_by="SettledPositionRow.account", cascade="all, delete-orphan", lazy="selectin"
    )


class SettledPositionRow(SettlementBase):
    """One account's position in a settled interval, with what it paid."""

    __tablename__ = "settled_positions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community", "start"], ["settled_intervals.community", "settled_intervals.start"]
        ),
    )

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    community: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    bought: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[int] = mapped_column(BigInteger)
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    certificates: Mapped[int] = mapped_column(BigInteger)
    payment: Mapped[int] = mapped_column(BigInteger)


class SupersededSettlementRow(SettlementBase):
    """What an interval was settled to before a correction; 0 is the first settlement."""

    __tablename__ = "superseded_settlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community", "start"], ["settled_intervals.community", "settled_intervals.start"]
        ),
    )

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    positions_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    grid_payment: Mapped[int] = mapped_column(BigInteger)
    transaction_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    settled_at: Mapped[int] = mapped_column(BigInteger)

    positions: Mapped[list[SupersededPositionRow]] = relationship(
        order_by="SupersededPositionRow.account", cascade="all, delete-orphan", lazy="selectin"
    )


class SupersededPositionRow(SettlementBase):
    """One account's position in a superseded settlement, with what it paid."""

    __tablename__ = "superseded_positions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community", "start", "number"],
            [
                "superseded_settlements.community",
                "superseded_settlements.start",
                "superseded_settlements.number",
            ],
        ),
    )

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    community: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    bought: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[int] = mapped_column(BigInteger)
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    certificates: Mapped[int] = mapped_column(BigInteger)
    payment: Mapped[int] = mapped_column(BigInteger)
