"""Tables of the market in the node's database."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up only a primary key that is declared INTEGER."""


class Base(DeclarativeBase):
    """Metadata of the market's tables."""


class BookRow(Base):
    """An interval that orders came for. Its row is locked by whoever adds one."""

    __tablename__ = "order_books"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    orders: Mapped[int] = mapped_column(BigInteger)


class OrderRow(Base):
    """An order, signed and accepted here, or put on chain by its participant."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_of_interval", "community", "start"),
        Index("orders_of_account", "account", "start"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    community: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[int]
    account: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[int]
    quantity: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(65))
    """The participant's, NULL for an order that was only put on chain."""
    received_at: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary(65))
    """The operator's signature of digest and time of receipt."""
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
    """When the participant took it back before it was in a batch; NULL where it did not."""
    withdrawal: Mapped[bytes | None] = mapped_column(LargeBinary(65))
    """The participant's signature of that."""


class BatchRow(Base):
    """Orders that are committed to the chain together."""

    __tablename__ = "order_batches"
    __table_args__ = (
        UniqueConstraint("community", "start", "step"),
        UniqueConstraint("community", "start", "number"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    community: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int | None]
    """Number of the commitment among the operator's, NULL for a directly submitted order."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """Number of the batch in the book, which the chain gives; NULL until it was seen there."""
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    digests_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    block: Mapped[int | None] = mapped_column(BigInteger)
    """The block that holds the commitment, NULL until it was delivered."""


class EntryRow(Base):
    """The place of an order in a batch. A copy put on chain beside its original has two."""

    __tablename__ = "book_entries"

    batch_id: Mapped[int] = mapped_column(ForeignKey("order_batches.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(ForeignKey("orders.digest"), index=True)


class CancellationRow(Base):
    """A cancellation of a committed order, numbered by the chain among the book's batches."""

    __tablename__ = "order_cancellations"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    duration: Mapped[int]
    account: Mapped[int] = mapped_column(BigInteger)
    batch: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)


class FillRow(Base):
    """What an order trades, all its places in the book together."""

    __tablename__ = "fills"
    __table_args__ = (Index("fills_of_account", "account", "start"),)

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    duration: Mapped[int]
    account: Mapped[int] = mapped_column(BigInteger)
    bought: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[int] = mapped_column(BigInteger)
    payment: Mapped[int] = mapped_column(BigInteger)


class PriceRow(Base):
    """The outcome of an interval, as the chain recorded it."""

    __tablename__ = "price_records"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    duration: Mapped[int]
    status: Mapped[int]
    price: Mapped[int] = mapped_column(BigInteger)
    low: Mapped[int | None] = mapped_column(BigInteger)
    high: Mapped[int | None] = mapped_column(BigInteger)
    volume: Mapped[int] = mapped_column(BigInteger)
    feed_in: Mapped[int] = mapped_column(BigInteger)
    retail: Mapped[int] = mapped_column(BigInteger)
    price_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    allocation_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class CursorRow(Base):
    """How far the chain's events have been read for a community."""

    __tablename__ = "market_cursors"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    next_block: Mapped[int] = mapped_column(BigInteger)
