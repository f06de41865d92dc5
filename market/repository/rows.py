"""Rows of orders as the values that they stand for."""

from __future__ import annotations

from typing import Any

from domain.interval import Interval
from domain.order import Order, Side
from domain.units import Account, MillicentPerKilowattHour, WattHours
from market.book import KeptOrder


def interval_of(row: Any) -> Interval:
    """Return the interval of any row that belongs to one."""
    return Interval(row.community, row.start, row.duration)


def order_of(row: Any) -> Order:
    """Return a stored order."""
    return Order(
        interval=interval_of(row),
        account=Account(row.account),
        side=Side(row.side),
        quantity=WattHours(row.quantity),
        price=MillicentPerKilowattHour(row.price),
        salt=int.from_bytes(row.salt, "big"),
    )


def kept_order(row: Any) -> KeptOrder:
    """Return a stored order with what belongs to it."""
    return KeptOrder(order_of(row), row.digest, row.signature, row.received_at, row.receipt)
