"""Orders as clients send and read them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from wallet_api.fields import (
    Community,
    Duration,
    Hash,
    Input,
    IntervalStart,
    Output,
    Price,
    Quantity,
    Salt,
    Second,
    SideName,
    Signature,
)
from wallet_api.problems.schemas import Problem

MAX_BATCH = 100


class PlaceOrder(Input):
    """A signed limit order. Who trades is the account that is signed in."""

    community: Community
    interval_start: IntervalStart
    duration_s: Duration
    side: SideName
    quantity_wh: Quantity
    price: Price
    salt: Salt
    signature: Signature


class PlaceOrders(Input):
    """Several signed orders."""

    orders: Annotated[list[PlaceOrder], Field(min_length=1, max_length=MAX_BATCH)]


class ReceiptOut(Output):
    """The operator's promise to commit the order."""

    digest: Hash = Field(description="EIP-712 digest of the order; names it everywhere.")
    received_at: Second = Field(description="UTC second at which the order came.")
    receipt: Signature = Field(
        description="The operator's EIP-712 signature of `Receipt(bytes32 order,uint64 receivedAt)`"
        " in the market's domain."
    )


class WithdrawalOut(Output):
    """The operator's word that the order counts no more."""

    digest: Hash = Field(description="EIP-712 digest of the order.")
    withdrawn_at: Second = Field(description="UTC second from which on it counts no more.")
    receipt: Signature = Field(
        description="The operator's EIP-712 signature of"
        " `WithdrawalReceipt(bytes32 order,uint64 withdrawnAt)` in the market's domain."
    )


class BatchItem(Output):
    """What became of one order of a batch."""

    status: int = Field(
        description="201 accepted, 200 accepted before, otherwise as the single order would get.",
        examples=[201],
    )
    receipt: ReceiptOut | None = Field(description="Where it was accepted.")
    problem: Problem | None = Field(description="Where it was not.")


class BatchOut(Output):
    """What became of every order of a batch, in their sequence."""

    results: list[BatchItem]


class OrderOut(Output):
    """An order that was accepted."""

    community: Community
    interval_start: IntervalStart
    duration_s: Duration
    side: SideName
    quantity_wh: Quantity
    price: Price
    salt: Salt
    digest: Hash
    received_at: Second | None = Field(description="Null where it was put on chain directly.")
    receipt: Signature | None = Field(description="Null where it was put on chain directly.")
    filled_wh: Annotated[int, Field(ge=0)] | None = Field(
        description="Wh that it trades; null while its interval is not cleared.", examples=[1200]
    )
    cancelled: bool = Field(
        description="Whether it was taken back: withdrawn here before it was committed, or"
        " cancelled on chain after."
    )
