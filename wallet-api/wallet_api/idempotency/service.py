"""Doing a request once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).

The key is bound to the request's hash before the request is done, so that it cannot stand for two.
A crash between the two leaves a bound key without a response; the same request is then done again,
which is safe because what lies behind is idempotent by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from domain.clock import Clock
from domain.units import Account
from wallet_api.idempotency import repository
from wallet_api.problems.errors import IdempotencyKeyReusedError

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text that names this request; sent again with the same key and the same "
        "body, it gets the same response. Kept for a day.",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it was given.

    Attributes:
        status: HTTP status.
        body: JSON.
        replayed: whether it was given before.
    """

    status: int
    body: bytes
    replayed: bool = False


class Idempotency:
    """Remembers successful responses under the keys that their requests were sent with."""

    def __init__(self, engine: Engine, clock: Clock, lifetime: int) -> None:
        self._engine = engine
        self._clock = clock
        self._lifetime = lifetime

    def respond(
        self, account: Account, key: str | None, request: bytes, act: Callable[[], StoredResponse]
    ) -> StoredResponse:
        """Do a request, or return the response that it got before.

        Args:
            account: whose key it is; keys of two accounts never meet.
            key: the client's name for the request, None to do it without remembering.
            request: what is asked, in a form that is the same for the same request.
            act: does it. Where it raises, nothing is remembered.

        Raises:
            IdempotencyKeyReusedError: where the key stands for another request.
        """
        if key is None:
            return act()
        earlier = self._bind(account, key, hashlib.sha256(request).digest())
        return earlier or self._do(account, key, act)

    def _do(self, account: Account, key: str, act: Callable[[], StoredResponse]) -> StoredResponse:
        try:
            response = act()
        except Exception:
            with self._engine.begin() as connection:
                repository.release(connection, account, key)
            raise
        with self._engine.begin() as connection:
            repository.complete(connection, account, key, response.status, response.body)
        return response

    def _bind(self, account: Account, key: str, request_hash: bytes) -> StoredResponse | None:
        now = self._clock.now()
        try:
            with self._engine.begin() as connection:
                repository.forget(connection, now - self._lifetime)
                repository.reserve(connection, account, key, request_hash, now)
        except IntegrityError:
            return self._earlier(account, key, request_hash)
        return None

    def _earlier(self, account: Account, key: str, request_hash: bytes) -> StoredResponse | None:
        with self._engine.connect() as connection:
            stored = repository.find(connection, account, key)
        if stored is None:
            return None
        bound_to, status, body = stored
        if bound_to != request_hash:
            raise IdempotencyKeyReusedError(key)
        if status is None or body is None:
            return None
        return StoredResponse(status, body, replayed=True)
