"""Placing orders and reading them back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from wallet_api.bodies import BoundedBodyRoute
from wallet_api.cursors import read_digest_position
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.fields import Hash, Signature
from wallet_api.idempotency.service import IdempotencyKey, StoredResponse
from wallet_api.orders.schemas import (
    BatchOut,
    OrderOut,
    PlaceOrder,
    PlaceOrders,
    ReceiptOut,
    WithdrawalOut,
)
from wallet_api.orders.service import show_order
from wallet_api.paging import CursorQuery, LimitQuery, Page, SpanQuery, make_page
from wallet_api.problems.catalogue import (
    IDEMPOTENCY_KEY_REUSED,
    INVALID_VALUE,
    MALFORMED_REQUEST,
    ORDER_REFUSALS,
    SIGN_IN_REQUIRED,
    TOO_MANY_REQUESTS,
    WITHDRAWAL_REFUSALS,
)
from wallet_api.problems.responses import declared

router = APIRouter(prefix="/orders", tags=["Orders"], route_class=BoundedBodyRoute)

_JSON = "application/json"


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Place an order",
    response_model=ReceiptOut,
    responses={
        200: {"model": ReceiptOut, "description": "The order was accepted before"},
        **declared(
            MALFORMED_REQUEST,
            SIGN_IN_REQUIRED,
            *ORDER_REFUSALS,
            INVALID_VALUE,
            IDEMPOTENCY_KEY_REUSED,
            TOO_MANY_REQUESTS,
        ),
    },
)
def place_order(
    state: StateDep,
    subject: SubjectDep,
    body: PlaceOrder,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Hand in a limit order that the account's wallet has signed (EIP-712, see `/v1/community`).

    The answer is the operator's signed receipt: a promise to commit the order before the gate
    closes, which proves a broken promise. The same order again gets the same receipt.
    """
    state.order_limiter.take(str(subject.account))

    def act() -> StoredResponse:
        receipt, new = state.orders.place(subject.account, body)
        return StoredResponse(201 if new else 200, receipt.model_dump_json().encode())

    request = b"/orders " + body.model_dump_json().encode()
    return _write(state.idempotency.respond(subject.account, idempotency_key, request, act))


@router.post(
    "/batch",
    summary="Place several orders",
    response_model=BatchOut,
    responses=declared(
        MALFORMED_REQUEST,
        SIGN_IN_REQUIRED,
        INVALID_VALUE,
        IDEMPOTENCY_KEY_REUSED,
        TOO_MANY_REQUESTS,
    ),
)
def place_orders(
    state: StateDep,
    subject: SubjectDep,
    body: PlaceOrders,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Hand in up to 100 signed orders. Each is judged by itself, in their sequence.

    One order that is refused does not hold back the others: every receipt given stands.
    """
    state.order_limiter.take(str(subject.account), len(body.orders))

    def act() -> StoredResponse:
        results = [state.orders.place_each(subject.account, order) for order in body.orders]
        return StoredResponse(200, BatchOut(results=results).model_dump_json().encode())

    request = b"/orders/batch " + body.model_dump_json().encode()
    return _write(state.idempotency.respond(subject.account, idempotency_key, request, act))


@router.get(
    "",
    summary="Your orders",
    responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE),
)
def list_orders(
    state: StateDep,
    subject: SubjectDep,
    span: SpanQuery,
    limit: LimitQuery = 100,
    cursor: CursorQuery = None,
) -> Page[OrderOut]:
    """Return your orders of the intervals that start in a span of time, earliest first."""
    rows = state.services.market.orders(
        subject.account, span.first, span.last, read_digest_position(cursor), limit + 1
    )
    return make_page(
        rows, limit, show_order, lambda row: [row.order.interval.start, row.digest.hex()]
    )


@router.delete(
    "/{digest}",
    summary="Take an order back",
    responses=declared(
        SIGN_IN_REQUIRED,
        *WITHDRAWAL_REFUSALS,
        INVALID_VALUE,
        TOO_MANY_REQUESTS,
    ),
)
def withdraw_order(
    state: StateDep,
    subject: SubjectDep,
    digest: Hash,
    signature: Annotated[Signature, Query()],
) -> WithdrawalOut:
    """Take back an order that is not committed yet, by a signature of the account's wallet.

    What is signed is the EIP-712 struct `Withdrawal(bytes32 order)` in the market's domain. The
    answer is the operator's signed word that the order counts no more; the same request again gets
    the same answer. A committed order is cancelled at the order entry contract.
    """
    state.order_limiter.take(str(subject.account))
    return state.orders.withdraw(subject.account, digest, signature)


def _write(response: StoredResponse) -> Response:
    headers = {"Idempotency-Replayed": "true"} if response.replayed else None
    return Response(response.body, response.status, headers, _JSON)
