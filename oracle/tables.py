"""Tables of the oracle in the node's database."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up only a primary key that is declared INTEGER."""


class Base(DeclarativeBase):
    """Metadata of the oracle's tables."""


class MeteredInterval(Base):
    """An interval that readings came for. Its row is locked by whatever changes them."""

    __tablename__ = "metered_intervals"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    duration: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    changes: Mapped[int] = mapped_column(BigInteger)
    closed: Mapped[bool]
    """Whether its attestations are on their way to the chain: nothing is added any more."""


class ReadingBatch(Base):
    """A gateway's attestation of one interval, or a correction of it."""

    __tablename__ = "reading_batches"
    __table_args__ = (
        UniqueConstraint("gateway", "sequence"),
        Index("reading_batches_of_interval", "community", "start", "duration", "gateway"),
        Index("reading_batches_unsettled", "unsettled", "pending"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    community: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[int]
    gateway: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    count: Mapped[int]
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    received_at: Mapped[int] = mapped_column(BigInteger)
    relayed: Mapped[bool]
    """Whether somebody else brought the attestation to the chain."""
    excluded: Mapped[str | None] = mapped_column(Text)
    """Why its readings do not count after all, or NULL where they do."""
    revision: Mapped[int]
    """0, or the number of the correction within interval and gateway, from 1."""
    superseded: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of a correction: the recorded root that it supersedes, zeros where that is none."""
    reason: Mapped[int | None]
    """Of a correction: why (``CorrectionReason``)."""
    pending: Mapped[bool]
    """Of a correction: whether the chain lacks it; until then the former statement counts."""
    unsettled: Mapped[bool]
    """Of a correction: whether the interval's settlement has yet to follow it."""


class SignedReading(Base):
    """A reading with its signed document."""

    __tablename__ = "signed_readings"
    __table_args__ = (
        UniqueConstraint("batch_id", "place"),
        Index("signed_readings_of_account", "account", "start"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("reading_batches.id"))
    place: Mapped[int]
    """Index in the gateway's batch, from 0."""
    community: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[int]
    device: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[int] = mapped_column(BigInteger)
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    document: Mapped[str] = mapped_column(Text)
    """Canonical JSON (RFC 8785), proof included."""
