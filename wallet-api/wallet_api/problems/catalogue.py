"""Every kind of problem that the API can answer with: its status, title and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes:
        code: stable name, for programs.
        status: HTTP status it is answered with.
        title: short name, for people; the same at every occurrence.
        meaning: what a client can do about it.
    """

    code: str
    status: HTTPStatus
    title: str
    meaning: str


INVALID_VALUE: Final = Kind(
    "invalid-value",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "A field holds something that it may not hold",
    "`field`, `expected` and `got` name the first such field; `errors` lists all of them.",
)
MALFORMED_REQUEST: Final = Kind(
    "malformed-request",
    HTTPStatus.BAD_REQUEST,
    "The request could not be read",
    "The body is not well-formed JSON in UTF-8.",
)
SIGN_IN_REQUIRED: Final = Kind(
    "sign-in-required",
    HTTPStatus.UNAUTHORIZED,
    "Sign in first",
    "The bearer token is missing, unknown, expired or signed out.",
)
SIGN_IN_INVALID: Final = Kind(
    "sign-in-invalid",
    HTTPStatus.UNAUTHORIZED,
    "The sign-in message does not prove who you are",
    "The message, its signature or its nonce was not accepted; ask for a new nonce.",
)
NOT_A_PARTICIPANT: Final = Kind(
    "not-a-participant",
    HTTPStatus.FORBIDDEN,
    "Not an active participant",
    "The wallet belongs to no active participant of the registry.",
)
WRONG_SIGNER: Final = Kind(
    "wrong-signer",
    HTTPStatus.FORBIDDEN,
    "Signed by somebody else",
    "The signature was made neither by the wallet of the account that the request is for, nor by "
    "an agent with a mandate for it.",
)
GATE_CLOSED: Final = Kind(
    "gate-closed",
    HTTPStatus.CONFLICT,
    "The gate has closed",
    "The interval takes no more orders; use a later interval.",
)
UNKNOWN_ACCOUNT: Final = Kind(
    "unknown-account",
    HTTPStatus.FORBIDDEN,
    "Not in the registry",
    "The account is not in the registry of participants.",
)
INACTIVE_ACCOUNT: Final = Kind(
    "inactive-account",
    HTTPStatus.FORBIDDEN,
    "Barred from trading",
    "The registry lets the account trade no more; its data can still be read.",
)
NOT_A_TRADER: Final = Kind(
    "not-a-trader",
    HTTPStatus.FORBIDDEN,
    "The grid places no orders",
    "The grid's account takes part in settlement only.",
)
ALREADY_ON_CHAIN: Final = Kind(
    "already-on-chain",
    HTTPStatus.CONFLICT,
    "The order is in the book",
    "It was put on chain directly; there is nothing left to do.",
)
ORDER_WITHDRAWN: Final = Kind(
    "order-withdrawn",
    HTTPStatus.CONFLICT,
    "The order was withdrawn",
    "This very order was taken back; another salt makes another order.",
)
ALREADY_COMMITTED: Final = Kind(
    "already-committed",
    HTTPStatus.CONFLICT,
    "The order is committed",
    "`detail` names its batch and place: until the gate closes its participant can cancel it at "
    "the order entry contract.",
)
UNKNOWN_ORDER: Final = Kind(
    "unknown-order",
    HTTPStatus.NOT_FOUND,
    "No such order",
    "The account has handed in no order with this digest.",
)
BOOK_FULL: Final = Kind(
    "book-full",
    HTTPStatus.CONFLICT,
    "The book is full",
    "The interval takes no more orders; use another interval.",
)
INSUFFICIENT_FUNDS: Final = Kind(
    "insufficient-funds",
    HTTPStatus.CONFLICT,
    "Not enough deposit",
    "The deposit does not cover the open bids and this one, each with its interval's fee.",
)
TOO_MANY_ORDERS: Final = Kind(
    "too-many-orders",
    HTTPStatus.CONFLICT,
    "Too many orders in the interval",
    "The account has reached its number of orders in this interval.",
)
TOO_MUCH_ENERGY: Final = Kind(
    "too-much-energy",
    HTTPStatus.CONFLICT,
    "Too much energy in the interval",
    "The account's orders in this interval add up to more energy than a settlement can hold.",
)
REFUSED: Final = Kind(
    "refused",
    HTTPStatus.CONFLICT,
    "A rule of the market forbids it",
    "`detail` says which; `code` may name a rule more exact than this page.",
)
IDEMPOTENCY_KEY_REUSED: Final = Kind(
    "idempotency-key-reused",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The idempotency key was used for another request",
    "A key stands for one request; a different request needs a key of its own.",
)
BODY_TOO_LARGE: Final = Kind(
    "body-too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The body is too large",
    "Send less in one request.",
)
TOO_MANY_REQUESTS: Final = Kind(
    "too-many-requests",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many requests",
    "Wait for the seconds that `Retry-After` gives.",
)
NOT_FOUND: Final = Kind(
    "not-found", HTTPStatus.NOT_FOUND, "Not found", "Nothing that you may see lies at this address."
)
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "Method not allowed",
    "`Allow` names the methods of this address.",
)
INTERNAL_ERROR: Final = Kind(
    "internal-error",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something failed on our side",
    "Nothing is known to have been done; the same request may be sent again. "
    "The `X-Request-Id` finds it in the log.",
)

ORDER_REFUSALS: Final = (
    WRONG_SIGNER,
    UNKNOWN_ACCOUNT,
    INACTIVE_ACCOUNT,
    NOT_A_TRADER,
    GATE_CLOSED,
    INSUFFICIENT_FUNDS,
    TOO_MANY_ORDERS,
    TOO_MUCH_ENERGY,
    BOOK_FULL,
    ALREADY_ON_CHAIN,
    ORDER_WITHDRAWN,
    REFUSED,
)
"""What the market may answer to an order."""

WITHDRAWAL_REFUSALS: Final = (
    WRONG_SIGNER,
    UNKNOWN_ORDER,
    GATE_CLOSED,
    ALREADY_COMMITTED,
)
"""What the market may answer to a withdrawal."""

KINDS: Final = {
    kind.code: kind
    for kind in (
        INVALID_VALUE,
        MALFORMED_REQUEST,
        SIGN_IN_REQUIRED,
        SIGN_IN_INVALID,
        NOT_A_PARTICIPANT,
        *ORDER_REFUSALS,
        UNKNOWN_ORDER,
        ALREADY_COMMITTED,
        IDEMPOTENCY_KEY_REUSED,
        BODY_TOO_LARGE,
        TOO_MANY_REQUESTS,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        INTERNAL_ERROR,
    )
}
"""The kinds by their codes."""
