"""What an operator may choose about the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from domain.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: short bursts are free, a steady stream is not.

    Attributes:
        burst: requests that a rested client may send at once.
        per_second: requests a second that it regains.
    """

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Public address, lifetimes and limits.

    Lifetimes are counted on the market's clock, so that a past day can be run today; rate limits on
    the machine's.

    Attributes:
        domain: authority that sign-in messages must name (``market.example``, ``127.0.0.1:8000``).
        uri: address of the API as its clients see it, without a slash at the end.
        nonce_lifetime: seconds in which a sign-in must follow its nonce.
        session_lifetime: seconds after which a participant signs in again, or sooner where the
            signed message says so.
        idempotency_lifetime: seconds for which a stored response answers repeated requests.
        max_body_bytes: largest request body.
        sign_in_rate: for each network address.
        order_rate: for each account; an order of a batch counts as one.
        heartbeat: seconds after which a silent stream sends a comment and checks its session.
    """

    domain: str
    uri: str
    nonce_lifetime: int = 300
    session_lifetime: int = 86_400
    idempotency_lifetime: int = 86_400
    max_body_bytes: int = 131_072
    sign_in_rate: RateLimit = RateLimit(burst=600, per_second=10)
    order_rate: RateLimit = RateLimit(burst=1_000, per_second=50)
    heartbeat: float = 15.0

    @classmethod
    def at(cls, uri: str) -> Self:
        """Return the default settings of an API whose clients reach it at ``uri``.

        Raises:
            InvalidValueError: where ``uri`` is not an http or https address.
        """
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidValueError("uri", "an http or https address", uri)
        return cls(domain=parts.netloc, uri=uri.rstrip("/"))
