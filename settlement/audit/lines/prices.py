"""Prices, and who traded what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.trade import ClearingStatus
from domain.units import MAX_ACCOUNT, MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from settlement.audit.fields import Fields
from settlement.audit.findings import Place
from settlement.audit.lines.values import SAFE_INTEGER, interval_of, price_of

_STATUS: Final = {
    "cleared": ClearingStatus.CLEARED,
    "no-trade": ClearingStatus.NO_TRADE,
    "abandoned": ClearingStatus.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One interval's price.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        status: whether energy traded.
        price: millicent per kWh, None where nothing traded, like the next two.
        low: lowest price at which the volume clears.
        high: highest such price.
        volume: Wh.
        tariff: the grid's prices.
        price_hash: 32 bytes.
    """

    place: Place
    interval: Interval
    status: ClearingStatus
    price: int | None
    low: int | None
    high: int | None
    volume: int
    tariff: Tariff
    price_hash: bytes

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.interval.start,)


@dataclass(frozen=True, slots=True)
class FillLine:
    """The part of one order that traded.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        digest: the order's, 32 bytes.
        account: whose order.
        quantity: Wh.
        payment: 10^-8 EUR, positive where the participant pays.
    """

    place: Place
    interval: Interval
    digest: bytes
    account: int
    quantity: int
    payment: int

    @property
    def key(self) -> tuple[int, bytes]:
        """What lines are sorted by."""
        return (self.interval.start, self.digest)


def parse_price(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> PriceLine:
    """Read a line of ``prices.jsonl``."""
    status = fields.text("status")
    if status not in _STATUS:
        raise InvalidValueError("status", f"one of: {', '.join(_STATUS)}", status)
    return PriceLine(
        place=place,
        interval=interval_of(fields, calendar),
        status=_STATUS[status],
        price=fields.optional_integer("price", MIN_PRICE, MAX_PRICE),
        low=fields.optional_integer("low", MIN_PRICE, MAX_PRICE),
        high=fields.optional_integer("high", MIN_PRICE, MAX_PRICE),
        volume=fields.integer("volume_wh", 0, SAFE_INTEGER),
        tariff=Tariff(price_of(fields, "feed_in"), price_of(fields, "retail")),
        price_hash=fields.hexadecimal("price_hash", 32),
    )


def parse_fill(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> FillLine:
    """Read a line of ``fills.jsonl``."""
    return FillLine(
        place=place,
        interval=interval_of(fields, calendar),
        digest=fields.hexadecimal("digest", 32),
        account=fields.integer("account", 1, MAX_ACCOUNT),
        quantity=fields.integer("quantity_wh", 1, MAX_QUANTITY),
        payment=fields.integer("payment", -SAFE_INTEGER, SAFE_INTEGER),
    )
