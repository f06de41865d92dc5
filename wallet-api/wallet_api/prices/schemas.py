"""Prices as clients read them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.trade import ClearingStatus, PriceRecord
from wallet_api.fields import (
    Community,
    Duration,
    Energy,
    Hash,
    IntervalStart,
    LocalPrice,
    Output,
    Price,
    hexadecimal,
)


class PriceOut(Output):
    """The recorded prices of one interval."""

    community: Community
    interval_start: IntervalStart
    duration_s: Duration
    status: Literal["cleared", "no-trade"] = Field(description="Whether energy was traded.")
    feed_in: Price = Field(description="What the grid pays, in millicent per kWh.")
    lem: LocalPrice | None
    retail: Price = Field(description="What the grid takes, in millicent per kWh.")
    volume_wh: Energy = Field(description="Wh bought, which equals Wh sold.")
    price_hash: Hash = Field(description="Names the record on chain; settlements refer to it.")


def show_price(record: PriceRecord) -> PriceOut:
    """Show a price record."""
    cleared = record.status is ClearingStatus.CLEARED
    return PriceOut(
        community=record.interval.community,
        interval_start=record.interval.start,
        duration_s=record.interval.duration,
        status="cleared" if cleared else "no-trade",
        feed_in=record.tariff.feed_in,
        lem=record.price if cleared else None,
        retail=record.tariff.retail,
        volume_wh=record.volume,
        price_hash=hexadecimal(record.price_hash),
    )
