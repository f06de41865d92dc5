"""The API's own tables: nonces, sessions, idempotency keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of the API's tables."""


metadata = Base.metadata


class NonceRow(Base):
    """A nonce that was handed out and not used yet."""

    __tablename__ = "wallet_nonces"

    nonce: Mapped[str] = mapped_column(String(32), primary_key=True)
    issued_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SessionRow(Base):
    """A signed-in participant. The token itself is not stored, only its SHA-256."""

    __tablename__ = "wallet_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account: Mapped[int] = mapped_column(BigInteger, index=True)
    wallet: Mapped[str] = mapped_column(String(42))
    role: Mapped[int]
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class IdempotencyRow(Base):
    """A request that an account named with a key, and the response where it succeeded."""

    __tablename__ = "wallet_idempotency_keys"

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
