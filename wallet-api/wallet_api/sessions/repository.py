"""Nonces and sessions in the database. Callers own the transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from domain.units import Account
from wallet_api.sessions.subject import Subject
from wallet_api.tables import NonceRow, SessionRow

# Every request asks this; putting the statement together each time takes as long as running it.
_FIND_SESSION: Final = select(
    SessionRow.account, SessionRow.wallet, SessionRow.role, SessionRow.expires_at
).where(
    SessionRow.token_hash == bindparam("hash"),
    SessionRow.expires_at > bindparam("now"),
)


def add_nonce(connection: Connection, nonce: str, issued_at: int, expires_at: int) -> None:
    """Store a nonce that was handed out, and forget those that have expired."""
    connection.execute(delete(NonceRow).where(NonceRow.expires_at <= issued_at))
    connection.execute(
        insert(NonceRow).values(nonce=nonce, issued_at=issued_at, expires_at=expires_at)
    )


def use_nonce(connection: Connection, nonce: str, now: int) -> bool:
    """Take a nonce out of circulation; False where it is unknown, expired or used."""
    unexpired = delete(NonceRow).where(NonceRow.nonce == nonce, NonceRow.expires_at > now)
    return connection.execute(unexpired).rowcount == 1


def add_session(
    connection: Connection, token_hash: bytes, subject: Subject, created_at: int
) -> None:
    """Store a session, and forget those that have expired."""
    connection.execute(delete(SessionRow).where(SessionRow.expires_at <= created_at))
    connection.execute(
        insert(SessionRow).values(
            token_hash=token_hash,
            account=subject.account,
            wallet=subject.wallet,
            role=subject.role,
            created_at=created_at,
            expires_at=subject.expires_at,
        )
    )


def find_session(connection: Connection, token_hash: bytes, now: int) -> Subject | None:
    """Return whose session a token belongs to, or None where it is unknown or has expired."""
    row = connection.execute(_FIND_SESSION, {"hash": token_hash, "now": now}).first()
    return None if row is None else Subject(Account(row[0]), row[1], row[2], row[3])


def remove_session(connection: Connection, token_hash: bytes) -> None:
    """End a session; one that does not exist stays so."""
    connection.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))
