"""Trades as clients read them."""

from __future__ import annotations

from pydantic import Field

from wallet_api.fields import (
    Community,
    Duration,
    Hash,
    IntervalStart,
    Output,
    Payment,
    Quantity,
    SideName,
)


class TradeOut(Output):
    """What one of your orders traded."""

    community: Community
    interval_start: IntervalStart
    duration_s: Duration
    digest: Hash = Field(description="The order's digest.")
    side: SideName
    quantity_wh: Quantity
    payment: Payment
