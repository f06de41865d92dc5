"""Idempotency keys in the database. Callers own the transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from domain.units import Account
from wallet_api.tables import IdempotencyRow


def find(
    connection: Connection, account: Account, key: str
) -> tuple[bytes, int | None, bytes | None] | None:
    """Return request hash, status and body stored under a key; no status where none came yet."""
    query = select(IdempotencyRow.request_hash, IdempotencyRow.status, IdempotencyRow.body).where(
        IdempotencyRow.account == account, IdempotencyRow.key == key
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1], row[2])


def reserve(
    connection: Connection, account: Account, key: str, request_hash: bytes, now: int
) -> None:
    """Bind a key to a request.

    Raises:
        IntegrityError: where it is bound already.
    """
    connection.execute(
        insert(IdempotencyRow).values(
            account=account, key=key, request_hash=request_hash, created_at=now
        )
    )


def complete(connection: Connection, account: Account, key: str, status: int, body: bytes) -> None:
    """Store the response of a request that succeeded."""
    connection.execute(
        update(IdempotencyRow)
        .where(IdempotencyRow.account == account, IdempotencyRow.key == key)
        .values(status=status, body=body)
    )


def release(connection: Connection, account: Account, key: str) -> None:
    """Free a key whose request failed and so changed nothing."""
    connection.execute(
        delete(IdempotencyRow).where(
            IdempotencyRow.account == account,
            IdempotencyRow.key == key,
            IdempotencyRow.status.is_(None),
        )
    )


def forget(connection: Connection, before: int) -> None:
    """Free all keys bound before a second."""
    connection.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < before))
