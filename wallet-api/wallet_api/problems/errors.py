"""Errors of the API itself.

CommonwattError
└── ApiError                     carries its kind of problem
    ├── SignInRequiredError      no valid session
    ├── SignInInvalidError       a sign-in that proves nothing
    ├── IdempotencyKeyReusedError
    └── TooManyRequestsError     says when to come back
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import CommonwattError
from wallet_api.problems.catalogue import (
    IDEMPOTENCY_KEY_REUSED,
    SIGN_IN_INVALID,
    SIGN_IN_REQUIRED,
    TOO_MANY_REQUESTS,
    Kind,
)


class ApiError(CommonwattError):
    """An error that is answered with its own kind of problem.

    Attributes:
        kind: which kind.
        detail: sentence for people about this occurrence.
        headers: response headers that belong to it.
        code: a name more exact than the kind's, or the kind's.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.code = code or kind.code


class SignInRequiredError(ApiError):
    """The request came without a valid session."""

    def __init__(self, detail: str) -> None:
        super().__init__(SIGN_IN_REQUIRED, detail, {"WWW-Authenticate": "Bearer"})


class SignInInvalidError(ApiError):
    """The sign-in message, its nonce or its signature was not accepted."""

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(SIGN_IN_INVALID, detail, {"WWW-Authenticate": "Bearer"}, code)


class IdempotencyKeyReusedError(ApiError):
    """The key already stands for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            IDEMPOTENCY_KEY_REUSED, f"Idempotency-Key {key!r} was used for another request"
        )


class TooManyRequestsError(ApiError):
    """The client sends faster than it may.

    Attributes:
        wait: whole seconds after which the request would be let through.
    """

    def __init__(self, wait: int) -> None:
        super().__init__(
            TOO_MANY_REQUESTS,
            f"too many requests; come back in {wait} s",
            {"Retry-After": str(wait)},
        )
        self.wait = wait
